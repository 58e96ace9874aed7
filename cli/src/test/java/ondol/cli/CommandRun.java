package ondol.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command gave. */
record CommandRun(int exitCode, String out, String err) {
    static CommandRun of(String... arguments) {
        return expecting(Expected.ofNotebook(), arguments);
    }

    static CommandRun expecting(Expected expected, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), expected, arguments);
        return new CommandRun(exitCode, unix(out), unix(err));
    }

    private static String unix(StringWriter text) {
        return text.toString().replace(System.lineSeparator(), "\n");
    }
}
