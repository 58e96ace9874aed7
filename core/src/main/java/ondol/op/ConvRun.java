package ondol.op;

import java.util.ArrayList;
import java.util.List;

/**
 * Some of the input's places along one axis, as a transposed convolution writes them: those at {@code first + r + q * stride}
 * for r below {@code width} and q below {@code count}. Each gets a product with elements {@code tap + r + t * period} of the
 * kernel, for t below {@code taps}, of the windows {@code base + q - t * step}. No other window reaches them: so a stride
 * costs no multiplications by zero.
 *
 * @param first the first place
 * @param width how many places side by side are alike
 * @param count how many times they come, a stride apart
 * @param tap the kernel's first element
 * @param period from element to element
 * @param taps how many elements there are; 0 where no window comes
 * @param base the window of the first element, for q = 0
 * @param step how many windows back the next element's is
 */
record ConvRun(long first, long width, long count, long tap, long period, long taps, long base, long step) {
    /** The runs that make up an axis. */
    static List<ConvRun> of(ConvGeometry g, int axis) {
        List<ConvRun> runs = new ArrayList<>();
        for (long r = 0; r < Math.min(g.stride()[axis], g.input()[axis]); r++) {
            ConvRun run = at(g, axis, r);
            ConvRun last = runs.isEmpty() ? null : runs.getLast();
            if (last != null && last.isContinuedBy(run)) {
                runs.set(runs.size() - 1, last.wider());
            } else {
                runs.add(run);
            }
        }
        return runs;
    }

    private static ConvRun at(ConvGeometry g, int axis, long first) {
        long stride = g.stride()[axis];
        long dilation = g.dilation()[axis];
        long kernel = g.kernel()[axis];
        long padded = first + g.low()[axis];
        long count = (g.input()[axis] - first + stride - 1) / stride;
        long common = gcd(stride, dilation);
        long period = stride / common;
        long tap = 0;
        while (tap < Math.min(period, kernel) && Math.floorMod(padded - tap * dilation, stride) != 0) {
            tap++;
        }
        if (tap >= Math.min(period, kernel)) {
            return new ConvRun(first, 1, count, 0, 1, 0, 0, 1);
        }
        long taps = (kernel - 1 - tap) / period + 1;
        return new ConvRun(first, 1, count, tap, period, taps, (padded - tap * dilation) / stride, dilation / common);
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private boolean isContinuedBy(ConvRun next) {
        return next.count == count
                && next.taps == taps
                && next.base == base
                && (taps == 0 || next.tap == tap + width && width < period);
    }

    private ConvRun wider() {
        return new ConvRun(first, width + 1, count, tap, period, taps, base, step);
    }

    /** One of the places side by side. */
    ConvRun place(long r) {
        return new ConvRun(first + r, 1, count, taps == 0 ? tap : tap + r, period, taps, base, step);
    }

    /** The first window that is read: before 0 in the padding. */
    long lowest() {
        return base - (taps - 1) * step;
    }

    /** The last one. */
    long highest() {
        return base + count - 1;
    }
}
