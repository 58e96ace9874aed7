package ondol.backend.c;

import ondol.backend.Launch;
import ondol.kernel.ReduceOp;

/** A reduction's two index spaces: of the outputs, and of what each is reduced from. */
record ReduceSpaces(Space kept, Space reduced, boolean byColumns) {
    /**
     * The spaces of a launch.
     *
     * @param counts whether the row-major index in the launch's shape is asked for: as one more view, the last in both
     */
    static ReduceSpaces of(Launch launch, boolean counts) {
        int rank = launch.shape().length;
        int inputs = launch.inputs().length;
        int more = counts ? 1 : 0;
        int reducedAxes = Long.bitCount(launch.reducedAxes());
        long[] keptSizes = new long[rank - reducedAxes];
        long[] reducedSizes = new long[reducedAxes];
        long[][] keptStrides = new long[inputs + 1 + more][rank - reducedAxes];
        long[][] reducedStrides = new long[inputs + more][reducedAxes];
        int k = rank - reducedAxes;
        int r = reducedAxes;
        long step = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            boolean isReduced = (launch.reducedAxes() >> axis & 1) != 0;
            if (isReduced) {
                reducedSizes[--r] = launch.shape()[axis];
            } else {
                keptSizes[--k] = launch.shape()[axis];
                keptStrides[inputs][k] = launch.outputs()[0].strides()[axis];
            }
            for (int v = 0; v < inputs; v++) {
                (isReduced ? reducedStrides : keptStrides)[v][isReduced ? r : k] =
                        launch.inputs()[v].strides()[axis];
            }
            if (counts) {
                (isReduced ? reducedStrides[inputs] : keptStrides[inputs + 1])[isReduced ? r : k] = step;
            }
            step *= launch.shape()[axis];
        }
        Space kept = Space.of(keptSizes, keptStrides).asGeneral();
        Space reduced = Space.of(reducedSizes, reducedStrides);
        return new ReduceSpaces(kept, reduced, columns(kept, reduced, inputs));
    }

    /** The spaces of the second call, which reduces the results of blocks, [outputs, blocks], to the whole reduction's output. */
    static ReduceSpaces ofBlocks(Space kept, int output, long blocks, int inputs) {
        long[][] keptStrides = new long[inputs + 1][];
        long[][] reducedStrides = new long[inputs][];
        long[] rows = new long[kept.rank()];
        long step = blocks;
        for (int axis = kept.rank() - 1; axis >= 0; axis--) {
            rows[axis] = step;
            step *= kept.sizes()[axis];
        }
        for (int v = 0; v < inputs; v++) {
            keptStrides[v] = rows;
            reducedStrides[v] = new long[] {1};
        }
        keptStrides[inputs] = kept.strides()[output];
        Space outputs = Space.of(kept.sizes(), keptStrides).asGeneral();
        return new ReduceSpaces(outputs, Space.of(new long[] {blocks}, reducedStrides), false);
    }

    private static boolean columns(Space kept, Space reduced, int inputs) {
        if (kept.size() < ReduceWriter.COLUMNS || reduced.size() == 1) {
            return reduced.size() <= 8 && kept.size() >= ReduceWriter.COLUMNS;
        }
        for (int v = 0; v < inputs; v++) {
            int way = way(kept, reduced, v);
            if (way != 0) {
                return way > 0;
            }
        }
        return false;
    }

    /** Which way a view's neighbours lie closer together: -1 along the reduced axes, 1 along the kept ones, 0 if neither. */
    static int way(Space kept, Space reduced, int view) {
        long along = Math.abs(reduced.strides()[view][reduced.rank() - 1]);
        long across = Math.abs(kept.strides()[view][kept.rank() - 1]);
        return along == across ? 0 : across != 0 && (along == 0 || across < along) ? 1 : -1;
    }

    String signature() {
        return kept.signature() + (byColumns ? "/" : "|") + reduced.signature();
    }

    boolean counts(int inputs) {
        return reduced.strides().length > inputs;
    }

    /** How many work items a row takes: the contract's lanes, or for GPUs as many as a short row has elements. */
    int lanes(boolean isGpu) {
        long n = Math.max(1, reduced.size());
        return isGpu && !byColumns && n <= ReduceOp.LANES / 2
                ? Math.toIntExact(Long.highestOneBit(2 * n - 1))
                : ReduceOp.LANES;
    }

    long blocks() {
        return Math.max(1, (reduced.size() + ReduceOp.BLOCK - 1) / ReduceOp.BLOCK);
    }
}
