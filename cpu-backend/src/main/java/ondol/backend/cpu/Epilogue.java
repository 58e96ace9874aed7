package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;

/** What follows a matrix product: a Map from the raw product and the launch's other inputs to the output. */
final class Epilogue {
    private final MapPlan plan;
    private final View[] inputs;
    private final Launch launch;

    Epilogue(MapPlans plans, Launch launch, View raw) {
        this.launch = launch;
        this.inputs = Arrays.copyOfRange(launch.inputs(), 1, launch.inputs().length);
        inputs[0] = raw;
        this.plan =
                plans.plan(new Launch(launch.kernel(), launch.shape(), 0, inputs, launch.outputs(), launch.scalars()));
    }

    Frame begin(Scratch scratch) {
        return plan.begin(scratch, inputs, launch.outputs(), launch.scalars());
    }

    /**
     * Finishes a part of some rows.
     *
     * @param row the first row's first element, in row-major order
     * @param pitch from row to row
     * @param j0 the part of each row, to {@code j1 - 1}
     */
    void run(Frame r, long row, int pitch, int rows, int j0, int j1) {
        for (int i = 0; i < rows; i++) {
            r.cursor.start(plan.space, row + (long) i * pitch + j0);
            for (int j = j0; j < j1; j += plan.program.block()) {
                int n = Math.min(plan.program.block(), j1 - j);
                plan.run(r, n);
                r.cursor.advance(n);
            }
        }
    }
}
