package ondol.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import ondol.Tensor;

/** The text that a notebook shows under a cell: {@code repr} of its last value, and tuples by IPython's pretty printer. */
final class Jupyter {
    private static final int LINE_WIDTH = 79;

    private Jupyter() {}

    /** One value as it is, several as a tuple. */
    static String display(Object... values) {
        List<String> texts = Arrays.stream(values).map(Jupyter::repr).toList();
        return texts.size() == 1 ? texts.getFirst() : tuple(texts);
    }

    /** The same in Java: several values as a list of them. */
    static String displayInJava(Object... values) {
        List<String> texts = Arrays.stream(values)
                .map(value -> value instanceof Tensor tensor ? tensor.toString(false) : value.toString())
                .toList();
        return texts.size() == 1 ? texts.getFirst() : "[" + String.join(", ", texts) + "]";
    }

    /** Python's {@code repr}. A tensor says nothing of its device: the lecture prints the same on each. */
    static String repr(Object value) {
        return switch (value) {
            case Tensor tensor -> tensor.toString(false);
            case Boolean truth -> truth ? "True" : "False";
            case Double number -> number(number);
            default -> value.toString();
        };
    }

    /** The shortest digits that give the number back, as both languages print them unless it is very large or small. */
    private static String number(double value) {
        return Double.toString(value).toLowerCase(Locale.ROOT);
    }

    /** Side by side if that fits a line, otherwise one under the other, all further lines one column to the right. */
    static String tuple(List<String> elements) {
        String line = "(" + String.join(", ", elements) + ")";
        if (line.length() <= LINE_WIDTH && line.indexOf('\n') < 0) {
            return line;
        }
        List<String> indented = new ArrayList<>();
        elements.forEach(e -> indented.add(e.replace("\n", "\n ")));
        return "(" + String.join(",\n ", indented) + ")";
    }
}
