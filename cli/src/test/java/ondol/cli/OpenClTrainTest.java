package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import ondol.Device;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.Required;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code ondol train} and {@code ondol predict} on the first OpenCL device and on the CPU: the same files. Skipped without one, unless
 * {@code -Dondol.test.requireOpencl=true}.
 */
final class OpenClTrainTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void needsADevice() {
        if (Device.discover().get("opencl") instanceof Probe.Unavailable none) {
            if (Required.is("opencl")) {
                fail(none.reason());
            }
            abort(none.reason());
        }
    }

    /** Trains on both, predicts on both with both models, and compares all of it. */
    private void same(Path data, Path asked, String... settings) throws IOException {
        String[] devices = {"cpu", "opencl:0"};
        for (String device : devices) {
            CommandRun run = Trainings.train(
                    data,
                    out(device),
                    Stream.concat(Stream.of("--device", device), Stream.of(settings))
                            .toArray(String[]::new));
            assertEquals(0, run.exitCode(), run.err());
        }
        assertArrayEquals(
                Files.readAllBytes(out("cpu").resolve("model.safetensors")),
                Files.readAllBytes(out("opencl:0").resolve("model.safetensors")));
        assertEquals(scores("cpu"), scores("opencl:0"));
        String answers = Trainings.predict(out("cpu"), asked).out();
        assertFalse(answers.isEmpty());
        CommandRun there = Trainings.predict(out("cpu"), asked, "--device", "opencl:0");
        assertEquals(0, there.exitCode(), there.err());
        assertEquals(answers, there.out());
    }

    private Path out(String device) {
        return folder.resolve(device.replace(':', '-'));
    }

    /** The scores of all epochs, with all their digits, without the times. */
    private String scores(String device) throws IOException {
        return Files.readString(out(device).resolve("history.csv")).replaceAll("(?m)^((?:[^,]*,){2})[^,]*,", "$1");
    }

    @Test
    void classesOfATable() throws IOException {
        Path data = Trainings.flowers(folder.resolve("flowers.csv"), true);
        same(data, data, "--target", "kind", "--epochs", "6", "--hidden", "16,8");
    }

    @Test
    void numbersOfATable() throws IOException {
        Path data = Trainings.flowers(folder.resolve("flowers.csv"), true);
        same(data, data, "--target", "height", "--epochs", "6", "--hidden", "16");
    }

    @Test
    void pictures() throws IOException {
        Path data = Trainings.pictures(folder.resolve("pictures"));
        same(data, data, "--size", "10", "--epochs", "2", "--batch-size", "8");
    }
}
