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

        /** Code that prints nothing, in Java and with PyTorch. */
        record Code(String java, String python) implements Cell {}

        /**
         * Code, and what it printed.
         *
         * @param text as the notebook in Python shows it
         * @param javaText as one in Java does
         */
        record Output(String java, String python, String text, String javaText) implements Cell {}

        /** Code, and the figure that it drew. */
        record Picture(String caption, String java, String python, String file) implements Cell {}
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

    /** Code that prints nothing. */
    void code(Cell.Code code) {
        cells.add(code);
        printCode(code.java(), code.python());
    }

    /** The text that the code printed, character by character. */
    void output(Cell.Output output) {
        cells.add(output);
        printCode(output.java(), output.python());
        console.println(output.text());
    }

    void picture(String caption, String java, String python, String file) {
        cells.add(new Cell.Picture(caption, java, python, file));
        printCode(java, python);
        console.println("[" + caption + ": " + file + "]");
    }

    private void printCode(String java, String python) {
        console.println();
        print("java>  ", java);
        print("torch> ", python);
    }

    private void print(String prompt, String code) {
        console.println(prompt + code.replace("\n", "\n" + " ".repeat(prompt.length())));
    }
}
