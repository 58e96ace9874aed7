package ondol.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import ondol.Device;
import ondol.Tensor;
import ondol.io.ElementType;
import ondol.io.FileFormat;
import ondol.io.LoadOptions;
import ondol.io.TensorFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ondol convert}. */
@Command(
        name = "convert",
        description = {
            "Writes the tensors of a file in another format.",
            "OUT's name says which: .safetensors, .pt, .pth, .npz, or .npy for a single tensor. Types become those that "
                    + "Ondol has: F32, I64 and BOOL. Tensors in maps and lists of a PyTorch file get joined names: "
                    + "model.0.weight."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ConvertCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IN", description = "The file to read: what is in it says its format.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path in;

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to write. An older one is replaced.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path out;

    @Option(names = "--round-float64", description = "Round F64 to F32. Without this, F64 is refused.")
    private boolean roundFloat64;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        TensorFiles.Contents contents;
        Map<String, Tensor> tensors;
        try {
            FileFormat.named(out); // before anything is read
            contents = TensorFiles.describe(in);
            tensors = TensorFiles.load(in, new LoadOptions(Device.CPU, roundFloat64));
        } catch (IOException e) {
            throw FileErrors.refusal(in, e, spec);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        TensorFiles.Contents written;
        try {
            TensorFiles.save(out, tensors, contents.metadata());
            written = TensorFiles.describe(out);
        } catch (IOException e) {
            throw FileErrors.refusal(out, e, spec);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        } finally {
            tensors.values().forEach(Tensor::close);
        }
        report(contents, written);
        return 0;
    }

    private void report(TensorFiles.Contents read, TensorFiles.Contents written) {
        PrintWriter console = spec.commandLine().getOut();
        console.println("read " + in + " (" + Tally.of(read) + ")");
        Map<String, Integer> changes = new TreeMap<>();
        read.tensors().forEach((name, info) -> {
            ElementType now = switch (info.type()) {
                case F32, I64, BOOL -> info.type();
                case F16, BF16, F64 -> ElementType.F32;
                default -> ElementType.I64;
            };
            if (now != info.type()) {
                changes.merge(info.type() + " became " + now, 1, Integer::sum);
            }
        });
        changes.forEach((change, n) -> console.println("  " + change + " in " + n + (n == 1 ? " tensor" : " tensors")));
        if (!read.others().isEmpty()) {
            console.println(
                    FileErrors.printable("  left out, because it is no tensor: " + FileErrors.names(read.others())));
        }
        if (!read.metadata().isEmpty() && written.metadata().isEmpty()) {
            console.println(FileErrors.printable("  left out, because the format has no place for it: metadata "
                    + FileErrors.names(List.copyOf(read.metadata().keySet()))));
        }
        console.println("wrote " + out + " (" + Tally.of(written) + ")");
    }
}
