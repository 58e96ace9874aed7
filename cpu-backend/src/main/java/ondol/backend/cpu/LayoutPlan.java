package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;

/** How a kernel runs on one layout: the shape, the reduced axes, and the strides of all views. */
abstract class LayoutPlan {
    private final long[] shape;
    private final long reducedAxes;

    /** Of the launch's inputs, then its outputs, then the row-major index if it is used. */
    final long[][] strides;

    private final Heat heat = new Heat();

    /** @param indexed whether the row-major index is used */
    LayoutPlan(Launch launch, boolean indexed) {
        this.shape = launch.shape();
        this.reducedAxes = launch.reducedAxes();
        long[] index = indexed ? Space.rowMajor(shape) : null;
        this.strides = Space.viewStrides(launch.inputs(), launch.outputs(), index);
    }

    /** Whether this is the plan for such a launch. */
    final boolean fits(Launch launch) {
        return reducedAxes == launch.reducedAxes()
                && Arrays.equals(shape, launch.shape())
                && fit(0, launch.inputs())
                && fit(launch.inputs().length, launch.outputs());
    }

    private boolean fit(int first, View[] views) {
        for (int v = 0; v < views.length; v++) {
            if (!Arrays.equals(strides[first + v], views[v].strides())) {
                return false;
            }
        }
        return true;
    }

    /** About how many nanoseconds one thread takes. */
    abstract double nanos();

    /** Counts a launch; whether it has been run for so long by now that a faster plan is worth making, true once. */
    final boolean hasBecomeHot() {
        return heat.hasBecomeHot(nanos());
    }
}
