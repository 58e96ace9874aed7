package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import ondol.Device;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.Required;
import org.junit.jupiter.api.Test;

/** The whole lecture on the first OpenCL device: skipped without one, unless {@code -Dondol.test.requireOpencl=true}. */
final class OpenClLectureTest {
    @Test
    void everyValueIsReproduced() {
        if (Device.discover().get("opencl") instanceof Probe.Unavailable none) {
            if (Required.is("opencl")) {
                fail(none.reason());
            }
            abort(none.reason());
        }
        CommandRun run = CommandRun.of("lecture", "--device", "opencl", "--no-figures");
        assertEquals(0, run.exitCode(), run.out() + run.err());
        assertTrue(run.out().contains("236 of 236 printed values reproduced."), run.out());
    }
}
