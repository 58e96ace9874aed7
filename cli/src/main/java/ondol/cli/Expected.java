package ondol.cli;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values that the lecture's notebook prints, in its order.
 *
 * @param blocks one for each output
 */
record Expected(List<Block> blocks) {
    private static final Pattern NUMBER = Pattern.compile("-?(?:\\d+\\.\\d*(?:e[+-]\\d+)?|\\binf\\b|\\bnan\\b)");

    Expected {
        blocks = List.copyOf(blocks);
    }

    /**
     * One output.
     *
     * @param part where in the lecture, such as {@code 5.B}
     * @param code the line that is shown before it
     * @param output the lines
     */
    record Block(String part, String code, List<String> output) {
        Block {
            if (part == null || code == null || output == null || output.isEmpty()) {
                throw new IllegalArgumentException("a block needs part, code and output");
            }
            output = List.copyOf(output);
        }

        String text() {
            return String.join("\n", output);
        }
    }

    /**
     * One printed value.
     *
     * @param line in which line of the output, from 1
     * @param place which one of that line, from 1
     * @param text the value as printed, with its sign
     */
    record Value(int line, int place, String text) {}

    /** The values of an output: the numbers of tensors; anything else (True, a module) is one value. */
    static List<Value> values(String output) {
        if (!output.contains("tensor(")) {
            return List.of(new Value(1, 1, output));
        }
        List<Value> values = new ArrayList<>();
        List<String> lines = output.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            Matcher numbers = NUMBER.matcher(lines.get(i));
            for (int place = 1; numbers.find(); place++) {
                values.add(new Value(i + 1, place, numbers.group()));
            }
        }
        return values;
    }

    /** How many values all blocks have. */
    int size() {
        return blocks.stream().mapToInt(block -> values(block.text()).size()).sum();
    }

    /** The notebook's own. */
    static Expected ofNotebook() {
        try (InputStream in = Expected.class.getResourceAsStream("expected.json")) {
            if (in == null) {
                throw new IllegalStateException("ondol/cli/expected.json is missing from the class path");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a JSON array of blocks.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Expected parse(String json) {
        Block[] blocks;
        try {
            blocks = new Gson().fromJson(json, Block[].class);
        } catch (RuntimeException e) { // Gson wraps what a record's constructor throws
            throw new IllegalArgumentException("expected values: " + e.getMessage(), e);
        }
        if (blocks == null || blocks.length == 0) {
            throw new IllegalArgumentException("expected values: there are none");
        }
        return new Expected(Arrays.asList(blocks));
    }
}
