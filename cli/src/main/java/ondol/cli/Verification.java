package ondol.cli;

import java.util.ArrayList;
import java.util.List;
import ondol.cli.Expected.Block;
import ondol.cli.Expected.Value;

/** Compares what a run prints with what it should print, output by output, in order. */
final class Verification {
    /** A difference: where, what should be there, and what is. */
    record Mismatch(String where, String expected, String got) {
        @Override
        public String toString() {
            return where + ": expected " + inOneLine(expected) + ", got " + inOneLine(got);
        }

        private static String inOneLine(String text) {
            return text.isEmpty() ? "nothing" : text.replaceAll("\\s*\n\\s*", " ");
        }
    }

    private final Expected expected;
    private final List<Mismatch> mismatches = new ArrayList<>();
    private int done;
    private int reproduced;

    Verification(Expected expected) {
        this.expected = expected;
    }

    /** Notes an output, which should be the next one. */
    void printed(String part, String code, String output) {
        String where = place(part, code);
        if (done == expected.blocks().size()) {
            mismatches.add(new Mismatch(where, "", output));
            return;
        }
        Block block = expected.blocks().get(done++);
        String due = place(block.part(), block.code());
        if (due.equals(where)) {
            reproduced += compare(where, block.text(), output);
        } else {
            mismatches.add(new Mismatch("output " + done, due, where));
        }
    }

    /** Notes an output that should be the same as an earlier one, which is not in the table. */
    void same(String part, String code, String earlier, String output) {
        compare(place(part, code), earlier, output);
    }

    /** The part, and the line that printed. */
    private static String place(String part, String code) {
        return part + ", " + code.substring(code.lastIndexOf('\n') + 1);
    }

    /** Returns how many values agree. */
    private int compare(String where, String due, String output) {
        List<Value> values = Expected.values(due);
        List<Value> got = Expected.values(output);
        int before = mismatches.size();
        int agreeing = 0;
        for (int i = 0; i < Math.max(values.size(), got.size()); i++) {
            String dueText = i < values.size() ? values.get(i).text() : "";
            String gotText = i < got.size() ? got.get(i).text() : "";
            if (dueText.equals(gotText)) {
                agreeing++;
            } else {
                Value at = i < values.size() ? values.get(i) : got.get(i);
                String place = values.size() == 1 ? "" : ", line " + at.line() + ", value " + at.place();
                mismatches.add(new Mismatch(where + place, dueText, gotText));
            }
        }
        if (mismatches.size() == before && !due.equals(output)) {
            mismatches.add(new Mismatch(where + ", layout", due, output));
        }
        return agreeing;
    }

    /** All differences so far; when the run is over, what was not printed counts, too. */
    List<Mismatch> mismatches() {
        List<Mismatch> all = new ArrayList<>(mismatches);
        for (Block block : expected.blocks().subList(done, expected.blocks().size())) {
            all.add(new Mismatch(place(block.part(), block.code()), block.text(), ""));
        }
        return all;
    }

    boolean passed() {
        return mismatches().isEmpty();
    }

    String summary() {
        return reproduced + " of " + expected.size() + " printed values reproduced";
    }
}
