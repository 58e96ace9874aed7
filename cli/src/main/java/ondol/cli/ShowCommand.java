package ondol.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import ondol.io.TensorFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ondol show}. */
@Command(
        name = "show",
        description = {
            "Lists the tensors in a file: safetensors, PyTorch's .pt and .pth, NumPy's .npy and .npz.",
            "Which of them it is, is seen by what is in it. The tensors are not read, and nothing in the file is run."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ShowCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path file;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        TensorFiles.Contents contents;
        try {
            contents = TensorFiles.describe(file);
        } catch (IOException e) {
            throw FileErrors.refusal(file, e, spec);
        }
        PrintWriter out = spec.commandLine().getOut();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "TYPE", "SHAPE", "BYTES"));
        contents.tensors()
                .forEach((name, info) -> rows.add(List.of(
                        FileErrors.printable(name),
                        info.type().toString(),
                        info.shape().toString(),
                        String.valueOf(info.bytes()))));
        TextTable.lines(rows).forEach(out::println);
        out.println();
        contents.metadata()
                .forEach((name, text) -> out.println(FileErrors.printable("metadata: " + name + " = " + text)));
        if (!contents.others().isEmpty()) {
            out.println(FileErrors.printable("no tensors: " + FileErrors.names(contents.others())));
        }
        out.println(Tally.of(contents));
        return 0;
    }
}
