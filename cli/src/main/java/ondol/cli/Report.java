package ondol.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Takes the lecture down: on the console at once, and as cells for the page. */
final class Report {
    /** A piece of the lecture. */
    sealed interface Cell {
        /** A heading; parts are inside sections. */
        record Heading(String title, boolean isSection) implements Cell {}

        /** A line or two of explanation. */
        record Note(String text) implements Cell {}

        /** Code, and what it printed. */
        record Output(String code, String text) implements Cell {}

        /** Code, and the figure that it drew. */
        record Picture(String caption, String code, String file) implements Cell {}
    }

    private final PrintWriter console;
    private final List<Cell> cells = new ArrayList<>();

    Report(PrintWriter console) {
        this.console = console;
    }

    List<Cell> cells() {
        return List.copyOf(cells);
    }

    void section(String title) {
        cells.add(new Cell.Heading(title, true));
        console.println();
        console.println(title);
        console.println("=".repeat(title.length()));
    }

    void part(String title) {
        cells.add(new Cell.Heading(title, false));
        console.println();
        console.println(title);
        console.println("-".repeat(title.length()));
    }

    void note(String text) {
        cells.add(new Cell.Note(text));
        console.println(text);
    }

    /** The text that the code printed, character by character. */
    void output(String code, String text) {
        cells.add(new Cell.Output(code, text));
        printCode(code);
        console.println(text);
    }

    void picture(String caption, String code, String file) {
        cells.add(new Cell.Picture(caption, code, file));
        printCode(code);
        console.println("[" + caption + ": " + file + "]");
    }

    private void printCode(String code) {
        code.lines().forEach(line -> console.println((line.startsWith(" ") ? "... " : ">>> ") + line));
    }
}
