package ondol.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ondol notebook}. */
@Command(
        name = "notebook",
        description = {
            "Tells Jupyter of a kernel in which Ondol's classes are imported, or makes it forget it.",
            "It goes on with this Java, this Ondol and the present ONDOL_JAVA_OPTS; install it again when they have moved."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class NotebookCommand implements Callable<Integer> {
    private static final class Action {
        @Option(names = "--install", required = true, description = "Write the kernel's description.")
        private boolean install;

        @Option(names = "--uninstall", required = true, description = "Remove it.")
        private boolean uninstall;
    }

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Action action;

    @Option(
            names = "--prefix",
            paramLabel = "DIR",
            description = "An installation of Jupyter, such as a Python environment, instead of the user's"
                    + " folder (JUPYTER_DATA_DIR, or where the system has it).")
    private @Nullable Path prefix;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path data = prefix != null
                ? JupyterFolder.ofPrefix(prefix)
                : JupyterFolder.ofUser(
                        System.getenv(), System.getProperty("os.name"), Path.of(System.getProperty("user.home")));
        Path folder = data.resolve("kernels")
                .resolve(KernelSpec.NAME)
                .toAbsolutePath()
                .normalize();
        PrintWriter out = spec.commandLine().getOut();
        try {
            if (action.install) {
                KernelSpec.write(folder);
                out.println("The kernel 'Ondol (Java)' is in " + folder + ".");
                out.println("Start jupyter lab or jupyter notebook, and choose it.");
            } else if (KernelSpec.remove(folder)) {
                out.println("The kernel in " + folder + " is removed.");
            } else {
                out.println("There is no kernel in " + folder + ".");
            }
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "cannot write to the folder " + folder + ": " + OutputFolder.reason(e)
                            + "; choose another with --prefix",
                    e);
        }
        return 0;
    }
}
