package ondol.op;

import static ondol.op.ConvWindows.LEADING;
import static ondol.op.ConvWindows.axes;
import static ondol.op.ConvWindows.ordered;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import ondol.Fused;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * The three products that convolutions and their gradients are made of, of any order: the convolution itself, its adjoint in
 * the input, which is the transposed convolution, and its adjoint in the weight. Each is linear in both of its factors.
 *
 * <p>Images are [samples, channels, places...], weights [output channels, input channels of a group, kernel...]. Samples and
 * groups are batches of one product each, so that a sample has the bits that it has alone. Where each channel is a group of
 * its own, which the weight's shape says, the adjoint in the weight, a few numbers of many terms, is a reduction.
 */
final class ConvProducts {
    private static final Kernel.Reduce DOT =
            new Kernel.Reduce(Expr.input(0, Type.F32).mul(Expr.input(1, Type.F32)), ReduceOp.SUM);

    private ConvProducts() {}

    /** Whether each channel is a group of its own. */
    static boolean isDepthwise(Tensor weight, ConvGeometry g) {
        return weight.size(0) == g.groups() && weight.size(1) == 1;
    }

    /** The convolution, plus a bias for each output channel. */
    static Tensor convolution(Tensor input, Tensor weight, @Nullable Tensor bias, ConvGeometry g) {
        return Scope.result(() -> {
            int n = g.axes();
            Tensor windows = ConvWindows.of(ConvWindows.grouped(input, 1, g.groups()), g);
            Tensor factor = ConvWindows.grouped(weight, 0, g.groups()).unsqueeze(0);
            Tensor columns = ordered(windows, axes(0, LEADING), axes(LEADING + n, n), axes(LEADING, n));
            Tensor out = bias == null
                    ? Fused.matmul(2, 1 + n, factor, columns)
                    : Fused.matmul(2, 1 + n, factor, columns, ofChannels(ConvWindows.grouped(bias, 0, g.groups()), n));
            return joined(out);
        });
    }

    /** The adjoint in the weight: of shape [output channels, input channels of a group, kernel...]. */
    static Tensor ofWeight(Tensor input, Tensor output, boolean depthwise, ConvGeometry g) {
        return Scope.result(() -> {
            int n = g.axes();
            Tensor windows = ConvWindows.of(ConvWindows.grouped(input, 1, g.groups()), g);
            Tensor grouped = ConvWindows.grouped(output, 1, g.groups());
            if (depthwise) {
                Tensor all = grouped;
                for (int i = 0; i < n; i++) {
                    all = all.unsqueeze(all.dim());
                }
                int[] reduced = axes(LEADING - 1, n + 1);
                reduced[0] = 0;
                return Fused.reduce(DOT, reduced, false, windows, all);
            }
            int[] places = axes(LEADING, n);
            Tensor rows = ordered(grouped, new int[] {1, 2, 0}, places);
            Tensor columns = ordered(windows, new int[] {1, 0}, places, new int[] {2}, axes(LEADING + n, n));
            return joinedAt(Fused.matmul(1, 1 + n, rows, columns), 0);
        });
    }

    /** The adjoint in the input, plus a bias for each input channel. */
    static Tensor transposed(Tensor output, Tensor weight, @Nullable Tensor bias, ConvGeometry g) {
        return Scope.result(() -> {
            int n = g.axes();
            long[] sizes = new long[LEADING + n];
            sizes[0] = output.size(0);
            sizes[1] = g.groups();
            sizes[2] = weight.size(1);
            System.arraycopy(g.input(), 0, sizes, LEADING, n);
            Tensor out = Tensor.empty(Shape.of(sizes), output.dtype(), output.device());
            List<List<ConvRun>> runs =
                    IntStream.range(0, n).mapToObj(i -> ConvRun.of(g, i)).toList();
            long[] low = new long[n];
            long[] high = new long[n];
            for (int i = 0; i < n; i++) {
                for (ConvRun run : runs.get(i)) {
                    low[i] = run.taps() == 0 ? low[i] : Math.max(low[i], -run.lowest());
                    high[i] = run.taps() == 0 ? high[i] : Math.max(high[i], run.highest() + 1 - g.output()[i]);
                }
            }
            Tensor image = ConvWindows.padded(ConvWindows.grouped(output, 1, g.groups()), low, high);
            Tensor kernel = ConvWindows.grouped(weight, 0, g.groups());
            ConvRun[] chosen = new ConvRun[n];
            forEach(runs, chosen, 0, () -> write(image, kernel, chosen, low, g, out));
            return plus(joined(out), bias, n);
        });
    }

    private static void forEach(List<List<ConvRun>> runs, ConvRun[] chosen, int axis, Runnable body) {
        if (axis == runs.size()) {
            body.run();
            return;
        }
        for (ConvRun run : runs.get(axis)) {
            chosen[axis] = run;
            forEach(runs, chosen, axis + 1, body);
        }
    }

    /** Writes the places of one run along each axis. */
    private static void write(Tensor image, Tensor kernel, ConvRun[] runs, long[] low, ConvGeometry g, Tensor out) {
        int n = runs.length;
        Tensor to = out;
        Tensor windows = image;
        Tensor taps = kernel;
        for (int i = 0; i < n; i++) {
            ConvRun run = runs[i];
            int axis = LEADING + i;
            long end = run.first() + (run.count() - 1) * g.stride()[i] + run.width();
            to = to.slice(axis, run.first(), end).unfold(axis, run.width(), g.stride()[i]);
            if (run.taps() > 0) {
                long back = (run.taps() - 1) * run.step();
                long from = low[i] + run.lowest();
                windows = windows.slice(axis, from, from + back + run.count()).unfold(axis, back + 1, 1);
                long last = run.tap() + (run.taps() - 1) * run.period() + run.width();
                taps = taps.slice(axis, run.tap(), last).unfold(axis, run.width(), run.period());
            }
        }
        if (Arrays.stream(runs).anyMatch(run -> run.taps() == 0)) {
            to.zero();
            return;
        }
        for (int i = 0; i < n; i++) {
            windows = windows.slice(LEADING + n + i, 0, Long.MAX_VALUE, runs[i].step());
        }
        int[] first = axes(LEADING, n);
        int[] second = axes(LEADING + n, n);
        // the windows ascend while the kernel's elements descend
        taps = taps.flip(first);
        to = ordered(to, axes(0, LEADING), second, first);
        Tensor factor =
                ordered(taps, new int[] {0, 2}, second, new int[] {1}, first).contiguous();
        Tensor columns = ordered(windows, axes(0, LEADING), second, first);
        Fused.matmulInto(2, 1 + n, factor.unsqueeze(0), columns, to);
    }

    /** Numbers for each channel, beside an image. */
    private static Tensor ofChannels(Tensor values, int n) {
        Tensor all = values;
        for (int i = 0; i < n; i++) {
            all = all.unsqueeze(all.dim());
        }
        return all;
    }

    private static Tensor plus(Tensor image, @Nullable Tensor bias, int n) {
        return bias == null ? image : image.addInPlace(ofChannels(bias, n));
    }

    /** An image whose groups are channels again. */
    private static Tensor joined(Tensor image) {
        return joinedAt(image, 1);
    }

    private static Tensor joinedAt(Tensor t, int axis) {
        long[] sizes = t.shape().toArray();
        long[] all = new long[sizes.length - 1];
        System.arraycopy(sizes, 0, all, 0, axis);
        all[axis] = sizes[axis] * sizes[axis + 1];
        System.arraycopy(sizes, axis + 2, all, axis + 1, sizes.length - axis - 2);
        return t.view(all);
    }
}
