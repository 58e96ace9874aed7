package ondol.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import ondol.Device;
import ondol.Ondol;
import ondol.backend.MatmulPrecision;
import ondol.data.Table;
import ondol.train.TableModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ondol predict}. */
@Command(
        name = "predict",
        description = {
            "Predicts by a model of 'ondol train': for a table, its rows with columns for what is predicted, as CSV; for a folder of"
                    + " pictures, a line for each of them."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class PredictCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "MODEL", description = "The model.safetensors of 'ondol train'.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path model;

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description = "A table like the one that was learnt from, or a folder of pictures.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path file;

    @Mixin
    private HeaderOption header = new HeaderOption();

    @Option(names = "--out", paramLabel = "FILE", description = "Where the CSV goes. Default: to the standard output.")
    private @Nullable Path out;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "What to compute on, as 'ondol devices' names it. Default: cpu.")
    private String device = "cpu";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        Device chosen = DeviceOption.open(device, spec);
        Device before = Ondol.defaultDevice();
        Ondol.setDefaultDevice(chosen);
        try {
            chosen.matmulPrecision(MatmulPrecision.STRICT); // the same answers on every device
            if (Files.isDirectory(model)) {
                throw new IllegalArgumentException(model + " is a folder; give the model.safetensors in it");
            }
            checkOut(model, "the model");
            checkOut(file, "what is to be predicted");
            Path folder = out == null ? null : out.toAbsolutePath().getParent();
            if (folder != null && !Files.isDirectory(folder)) {
                throw new IllegalArgumentException("--out " + out + ": there is no such folder");
            }
            Table answers = PictureModel.isOne(model)
                    ? PictureModel.load(model, chosen).predict(file)
                    : TableModel.load(model, chosen).predict(Table.read(file, header.header()));
            write(answers);
            return 0;
        } catch (NoSuchFileException e) {
            throw refused(e.getFile() + ": there is no such file", e);
        } catch (IOException | IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        } finally {
            Ondol.setDefaultDevice(before);
        }
    }

    /** Refuses to write over the file that is read, whichever way its name is written. */
    private void checkOut(Path read, String what) throws IOException {
        if (out != null && Files.exists(out) && Files.exists(read) && Files.isSameFile(out, read)) {
            throw new IllegalArgumentException("--out " + out + " is " + what + ", " + read + "; choose another file");
        }
    }

    private ParameterException refused(String message, Exception cause) {
        return new ParameterException(spec.commandLine(), message, cause);
    }

    private void write(Table answers) throws IOException {
        if (out != null) {
            answers.write(out);
            return;
        }
        PrintWriter console = spec.commandLine().getOut();
        answers.write(console);
        console.flush();
    }
}
