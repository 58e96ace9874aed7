package ondol.backend.cpu;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/** The operands of one product of a batch after the other, as the plan wants them. */
final class MatMulProduct {
    final Matrix a;
    final Matrix b;
    final Matrix c;

    /** What the threads share. */
    final float[] shared;

    private final MatMulPlan plan;
    private final @Nullable Epilogue epilogue;
    private long each;

    /** @param raw what takes the product: its rows and its columns each lie evenly */
    MatMulProduct(MatMulPlan plan, Launch launch, View raw, @Nullable Epilogue epilogue, float[] shared) {
        View[] inputs = launch.inputs();
        this.plan = plan;
        Kernel.MatMul kernel = (Kernel.MatMul) launch.kernel();
        Matrix first = new Matrix(inputs[0], kernel.rowAxes(), kernel.innerAxes(), plan.transposes);
        Matrix second = new Matrix(inputs[1], kernel.innerAxes(), kernel.columnAxes(), plan.transposes);
        this.a = plan.transposes ? second : first;
        this.b = plan.transposes ? first : second;
        this.c = new Matrix(raw, kernel.rowAxes(), kernel.columnAxes(), plan.transposes);
        this.epilogue = epilogue;
        this.shared = shared;
    }

    /** Goes to the product with that number. */
    void moveTo(long number) {
        each = number;
        a.moveTo(number);
        b.moveTo(number);
        c.moveTo(number);
    }

    /** Prepares a thread for the epilogue; null if there is none. */
    @Nullable
    Frame begin(Scratch scratch) {
        return epilogue == null ? null : epilogue.begin(scratch);
    }

    /** Lets the epilogue follow on rows i0 to i1 - 1 and columns j0 to j1 - 1. */
    void finish(Frame frame, int i0, int i1, int j0, int j1) {
        if (epilogue == null) {
            return;
        }
        MatMulSize size = plan.size;
        if (plan.transposes) {
            epilogue.run(frame, (each * size.n() + j0) * size.m(), size.m(), j1 - j0, i0, i1);
        } else {
            epilogue.run(frame, (each * size.m() + i0) * size.n(), size.n(), i1 - i0, j0, j1);
        }
    }
}
