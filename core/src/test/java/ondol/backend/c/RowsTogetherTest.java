package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** Which kernels along rows become one, and what is read and computed once in it. What it computes is tested where it can be run. */
class RowsTogetherTest {
    private record Room(Type type, long length) implements Buffer {}

    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr SHIFTED = X.sub(Expr.input(1, Type.F32));
    private static final Expr POWER = SHIFTED.mul(Expr.scalar(0, Type.F32)).exp();
    private static final Kernel.Reduce LARGEST = new Kernel.Reduce(X, ReduceOp.MAX);
    private static final Kernel.Reduce POWERS = new Kernel.Reduce(POWER, ReduceOp.SUM);
    private static final Kernel.Map SHARES = new Kernel.Map(POWER.div(Expr.input(2, Type.F32)));

    private final Planner planner = Planner.ofGpu(_ -> {
        throw new AssertionError("no product");
    });

    private List<Call> together(List<Launch> launches, long axes) {
        List<Call> calls = new ArrayList<>();
        assertEquals(planner.planRows(launches, axes, calls::add), !calls.isEmpty());
        return calls;
    }

    private static View contiguous(long... shape) {
        return Planner.contiguous(new Room(Type.F32, 1), shape);
    }

    /** What there is one of a row, as an element reads it. */
    private static View ofRow(View rows, long n) {
        return new View(
                rows.buffer(), new long[] {rows.shape()[0], n}, new long[] {rows.strides()[0], 0}, rows.offset());
    }

    private static Launch launch(Kernel kernel, View like, View output, long scalar, View... inputs) {
        long axes = kernel instanceof Kernel.Reduce ? 0b10 : 0;
        return new Launch(kernel, like.shape(), axes, inputs, new View[] {output}, new long[] {scalar});
    }

    /** The exponentials of a view's rows, each divided by their sum. */
    private static List<Launch> softmax(View x, long scalar, long again) {
        long rows = x.shape()[0];
        long n = x.shape()[1];
        View largest = contiguous(rows, 1);
        View sum = contiguous(rows, 1);
        return List.of(
                launch(LARGEST, x, largest, 0, x),
                launch(POWERS, x, sum, scalar, x, ofRow(largest, n)),
                launch(SHARES, x, contiguous(rows, n), again, x, ofRow(largest, n), ofRow(sum, n)));
    }

    private static int count(String what, String text) {
        return text.split(java.util.regex.Pattern.quote(what), -1).length - 1;
    }

    @Test
    void softmaxReadsOnceAndComputesExponentialsOnce() {
        Call call = together(softmax(contiguous(7, 1000), 5, 5), 0b10).getFirst();
        String text = call.source().text();
        assertEquals(7, call.groups());
        assertEquals(64, call.source().groupSize());
        assertEquals(4, call.buffers().length);
        assertEquals(1, count("= inside ? in0[", text), text);
        assertEquals(1, count("0x1.8000fep23f);", text), text); // the exponential's first step
        assertTrue(text.contains("f32 kept0[16];") && !text.contains("kept1"), text);
    }

    /** Scalars that differ make different exponentials, of the differences that are kept. */
    @Test
    void whatDiffersIsComputedAgain() {
        String text = together(softmax(contiguous(7, 1000), 5, 6), 0b10)
                .getFirst()
                .source()
                .text();
        assertEquals(2, count("0x1.8000fep23f);", text), text);
        assertEquals(1, count("= inside ? in0[", text), text);
        assertEquals(1, count(" - (best1)", text), text);
    }

    @Test
    void longerRowsAreKeptInLocalMemoryAndShareTexts() {
        Source source =
                together(softmax(contiguous(3, 3999), 5, 5), 0b10).getFirst().source();
        assertTrue(source.text().contains("LOCAL f32 kept0[4096];"), source::text);
        assertSame(
                source,
                together(softmax(contiguous(9, 4096), 7, 7), 0b10).getFirst().source());
    }

    /** One launch for rows of any number of blocks; the exponentials wait in the memory of the result. */
    @Test
    void rowsOfSeveralBlocksAreOneCall() {
        for (long n : new long[] {4097, 5000, 100_000, 1_000_000}) {
            List<Call> calls = together(softmax(contiguous(9, n), 5, 5), 0b10);
            assertEquals(1, calls.size());
            Call call = calls.getFirst();
            String text = call.source().text();
            assertEquals(9, call.groups());
            assertEquals(n > 8192 ? 256 : 128, call.source().groupSize());
            assertEquals(2, count("= inside ? in0[", text), text); // for the largest and for the sum
            assertEquals(1, count("0x1.8000fep23f);", text), text); // the exponential's first step
            assertEquals(2, count("if (inside) out3[out3_o + j] = v", text), text); // kept, and the result
            assertEquals(1, count("= inside ? out3[out3_o + j] : 0;", text), text); // found
        }
        assertSame(
                together(softmax(contiguous(9, 10_000), 5, 5), 0b10).getFirst().source(),
                together(softmax(contiguous(2, 90_000), 7, 7), 0b10).getFirst().source());
    }

    /** What is cheap is computed again, and what memory no longer holds, too. */
    @Test
    void onlyWhatTakesLongIsKeptInMemory() {
        View x = contiguous(3, 5000);
        View sum = contiguous(3, 1);
        View y = contiguous(3, 5000);
        Kernel.Reduce squares = new Kernel.Reduce(SHIFTED.mul(SHIFTED), ReduceOp.SUM);
        Kernel.Map shifted = new Kernel.Map(SHIFTED);
        String text = together(
                        List.of(launch(squares, x, sum, 0, x, x), launch(shifted, x, y, 0, x, ofRow(sum, 5000))), 0b10)
                .getFirst()
                .source()
                .text();
        assertEquals(1, count("if (inside) ", text), text);

        View powers = contiguous(3, 5000);
        Kernel.Map power = new Kernel.Map(X.exp());
        Kernel.Map twice = new Kernel.Map(X.add(X));
        Kernel.Reduce total = new Kernel.Reduce(X.exp(), ReduceOp.SUM);
        List<Launch> overwritten = List.of(
                launch(power, x, powers, 0, x), launch(twice, x, powers, 0, powers), launch(total, x, sum, 0, x));
        text = together(overwritten, 0b10).getFirst().source().text();
        assertEquals(3, count("0x1.8000fep23f);", text), text);
        List<Launch> kept = List.of(launch(power, x, powers, 0, x), launch(total, x, sum, 0, x));
        text = together(kept, 0b10).getFirst().source().text();
        assertEquals(1, count("0x1.8000fep23f);", text), text);
    }

    /** An input that has been overwritten cannot be read again. */
    @Test
    void longRowsWhoseInputIsOverwrittenStayApart() {
        View x = contiguous(3, 5000);
        View sum = contiguous(3, 1);
        Launch before = launch(LARGEST, x, sum, 0, x);
        Launch over = launch(new Kernel.Map(X.mul(X)), x, x, 0, x);
        Launch after = launch(new Kernel.Reduce(X, ReduceOp.SUM), x, contiguous(3, 1), 0, x);
        assertFalse(together(List.of(before, over), 0b10).isEmpty());
        assertFalse(together(List.of(before, over, after), 0b10).isEmpty()); // the product is where it was written
        View y = contiguous(3, 5000);
        Launch copy = launch(new Kernel.Map(X), x, y, 0, x);
        Launch ofCopy = launch(new Kernel.Reduce(X, ReduceOp.SUM), x, contiguous(3, 1), 0, y);
        assertTrue(together(List.of(copy, over, ofCopy), 0b10).isEmpty()); // y's element is x's, which is gone
    }

    /** One group for a row of very many blocks would leave the rest of the device idle. */
    @Test
    void fewVeryLongRowsStayApart() {
        assertFalse(together(softmax(contiguous(1, 131_072), 5, 5), 0b10).isEmpty());
        assertTrue(together(softmax(contiguous(1, 131_073), 5, 5), 0b10).isEmpty());
        assertTrue(together(softmax(contiguous(1000, 1 << 20), 5, 5), 0b10).size() == 1);
        assertTrue(together(softmax(contiguous(1000, (1 << 20) + 1), 5, 5), 0b10)
                .isEmpty());
    }

    @Test
    void aGroupDoesSeveralShortRows() {
        Call call = together(softmax(contiguous(1000, 10), 5, 5), 0b10).getFirst();
        assertEquals(256, call.source().groupSize());
        assertEquals(Math.ceilDiv(1000, 16), call.groups());
    }

    @Test
    void rowsAcrossMemoryStayApart() {
        View columns = new View(new Room(Type.F32, 1), new long[] {70, 50}, new long[] {1, 70}, 0);
        assertTrue(together(softmax(columns, 5, 5), 0b10).isEmpty());
    }

    /** Work items would read what others write. */
    @Test
    void whatIsReadInAnotherOrderStaysApart() {
        View x = contiguous(7, 1000);
        View y = contiguous(7, 1000);
        View back = new View(y.buffer(), y.shape(), new long[] {1000, -1}, 999);
        Kernel.Map square = new Kernel.Map(X.mul(X));
        Launch write = launch(square, x, y, 0, x);
        assertTrue(together(List.of(write, launch(square, x, contiguous(7, 1000), 0, back)), 0b10)
                .isEmpty());
        assertTrue(together(List.of(launch(square, x, contiguous(7, 1000), 0, back), write), 0b10)
                .isEmpty());
        assertFalse(together(List.of(write, launch(square, x, contiguous(7, 1000), 0, y)), 0b10)
                .isEmpty());
    }

    @Test
    void processorsRunThemOneAfterTheOther() {
        Planner ofProcessor = new Planner(_ -> {
            throw new AssertionError("no product");
        });
        assertFalse(ofProcessor.planRows(softmax(contiguous(7, 1000), 5, 5), 0b10, call -> {
            throw new AssertionError("starts " + call);
        }));
    }

    @Test
    void tooManyValuesToKeepAreReadAgain() {
        View x = contiguous(7, 4000);
        View y = contiguous(7, 4000);
        View sum = contiguous(7, 1);
        Expr b = Expr.input(1, Type.F32);
        Kernel.Reduce products = new Kernel.Reduce(X.mul(b), ReduceOp.SUM);
        Kernel.Map parts = new Kernel.Map(X.sub(b.mul(Expr.input(2, Type.F32))));
        List<Launch> launches = List.of(
                launch(products, x, sum, 0, x, y), launch(parts, x, contiguous(7, 4000), 0, x, y, ofRow(sum, 4000)));
        String text = together(launches, 0b10).getFirst().source().text();
        assertEquals(2, count("= inside ? in0[", text), text);
        assertEquals(2, count("= inside ? in1[", text), text);
    }

    /** Registers are full, and rows of one group would share local memory. */
    @Test
    void longProgramsOfShortRowsStayApart() {
        View x = contiguous(100, 10);
        View sum = contiguous(100, 1);
        Expr deep = X;
        for (int i = 0; i < 2001; i++) {
            deep = deep.mul(X).add(Expr.constant(1f));
        }
        List<Launch> launches = List.of(
                launch(new Kernel.Reduce(deep, ReduceOp.SUM), x, sum, 0, x),
                launch(
                        new Kernel.Map(deep.sub(Expr.input(1, Type.F32))),
                        x,
                        contiguous(100, 10),
                        0,
                        x,
                        ofRow(sum, 10)));
        assertTrue(together(launches, 0b10).isEmpty());
    }
}
