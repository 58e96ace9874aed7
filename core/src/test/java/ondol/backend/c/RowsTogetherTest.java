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
        assertTrue(together(softmax(contiguous(3, 4097), 5, 5), 0b10).isEmpty());
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
    void tooManyValuesToKeepStayApart() {
        View x = contiguous(7, 4000);
        View y = contiguous(7, 4000);
        View sum = contiguous(7, 1);
        Expr b = Expr.input(1, Type.F32);
        Kernel.Reduce products = new Kernel.Reduce(X.mul(b), ReduceOp.SUM);
        Kernel.Map parts = new Kernel.Map(X.sub(b.mul(Expr.input(2, Type.F32))));
        List<Launch> launches = List.of(
                launch(products, x, sum, 0, x, y), launch(parts, x, contiguous(7, 4000), 0, x, y, ofRow(sum, 4000)));
        assertTrue(together(launches, 0b10).isEmpty());
    }
}
