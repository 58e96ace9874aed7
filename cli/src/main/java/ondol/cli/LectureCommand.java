package ondol.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import ondol.Device;
import ondol.Ondol;
import ondol.backend.DeviceInfo;
import ondol.backend.MatmulPrecision;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ondol lecture}. */
@Command(
        name = "lecture",
        description = {
            "Runs the lecture \"prediction, overfitting, dropout\": trains its networks, prints what its notebook prints,"
                    + " beside the Java and the PyTorch that make it, and draws its 14 figures.",
            "Writes all of it as a page, and as a notebook in Java for the kernel of 'ondol notebook'.",
            "The exit code is 0 only if every printed value is the notebook's."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class LectureCommand implements Callable<Integer> {
    private static final String TITLE = "Prediction, overfitting, dropout";
    private static final String PAGE = "index.html";
    private static final String NOTEBOOK = "lecture.ipynb";
    private static final Path DEFAULT_FOLDER = Path.of("ondol-lecture");

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description =
                    "What to compute on, as 'ondol devices' names it: cpu, opencl:1, cuda. Default: the best there is.")
    private @Nullable String device;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the figures, " + PAGE + " and " + NOTEBOOK + " go. Default: the folder ondol-lecture.")
    private @Nullable Path out;

    @Option(names = "--no-figures", description = "Draw no figures; without --out, write no files at all.")
    private boolean noFigures;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Expected expected;

    LectureCommand(Expected expected) {
        this.expected = expected;
    }

    @Override
    public Integer call() {
        PrintWriter console = spec.commandLine().getOut();
        Device chosen = DeviceOption.open(device, spec);
        Path folder = folder();
        Device before = Ondol.defaultDevice();
        Ondol.setDefaultDevice(chosen);
        try {
            chosen.matmulPrecision(MatmulPrecision.STRICT); // for its printed digits
            return run(console, chosen, folder);
        } finally {
            Ondol.setDefaultDevice(before);
        }
    }

    private int run(PrintWriter console, Device chosen, @Nullable Path folder) {
        long start = System.nanoTime();
        String subtitle = subtitle(chosen);
        console.println(TITLE);
        console.println(subtitle);
        Report report = new Report(console);
        Figures figures = new Figures(noFigures ? null : folder, report);
        Verification verification = new Verification(expected);
        new Lecture(report, figures, verification).run();
        int exitCode = conclude(report, verification);
        if (folder != null) {
            write(folder, PAGE, HtmlPage.of(TITLE, subtitle, report.cells()));
            writeNotebook(folder, subtitle, report);
            console.println(wasWritten(figures.drawn()) + " in "
                    + folder.toAbsolutePath().normalize() + ".");
        }
        console.printf(Locale.ROOT, "It took %.1f seconds.%n", (System.nanoTime() - start) / 1e9);
        return exitCode;
    }

    private static int conclude(Report report, Verification verification) {
        report.section("Result");
        report.note(verification.summary() + ".");
        if (verification.passed()) {
            report.note("The three computations of 5.D print the same.");
            return 0;
        }
        verification.mismatches().forEach(mismatch -> report.note("Mismatch in " + mismatch));
        return 1;
    }

    private static String wasWritten(int figures) {
        return (figures == 0 ? "" : figures + " figures, ") + PAGE + " and " + NOTEBOOK + " are";
    }

    private static String subtitle(Device device) {
        DeviceInfo info = device.info();
        String contract = info.strict() ? "keeps the strict contract" : "not strict: " + info.notStrictBecause();
        return "Ondol " + Version.ofOndol() + " on " + device + " (" + info.name() + "; " + contract + ")";
    }

    /** The folder to write to, which exists and can be written to; null for none. */
    private @Nullable Path folder() {
        if (out == null && noFigures) {
            return null;
        }
        return OutputFolder.at(out == null ? DEFAULT_FOLDER : out, spec);
    }

    private static void write(Path folder, String file, String text) {
        try {
            Files.writeString(folder.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + folder.resolve(file) + ": " + OutputFolder.reason(e), e);
        }
    }

    private static void writeNotebook(Path folder, String subtitle, Report report) {
        String notebook;
        try {
            notebook = LectureNotebook.of(TITLE, subtitle, report.cells(), folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a figure in " + folder + ": " + OutputFolder.reason(e), e);
        }
        write(folder, NOTEBOOK, notebook);
    }
}
