package ondol;

import java.util.Objects;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Dropout: a mask of one random word and the element's index, times 1 / (1 - p). */
final class Dropout {
    private static final Kernel.Map DROPOUT = new Kernel.Map(Expr.input(0, Type.F32)
            .mul(Expr.keep(0, 1).choose(Expr.scalar(2, Type.F32), Expr.constant(0f))));

    private Dropout() {}

    static Tensor dropout(Tensor x, double p, Generator generator) {
        x.checkOpen("dropout");
        Objects.requireNonNull(generator, "dropout: the generator is null; give Ondol.generator()");
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException("dropout: p is " + p + "; a probability is from 0 to 1");
        }
        if (p == 0 || x.numel() == 0) {
            return x;
        }
        if (p == 1) {
            return Scope.result(() -> x.mul(TensorFactory.full(Shape.of(), 0, x.dtype(), x.device())));
        }
        Reductions.requireFloat("dropout", x);
        Tensor out = Tensor.empty(x.device(), DType.FLOAT32, x.sizes()); // before drawing: it may fail
        return masked(out, x, (int) generator.random32(), p);
    }

    private static Tensor masked(Tensor out, Tensor x, int seed, double p) {
        float scale = 1f / (float) (1 - p);
        long[] scalars = {seed, Expr.Keep.threshold(1 - p), Float.floatToRawIntBits(scale) & 0xffffffffL};
        Launcher.run(DROPOUT, x.sizes(), 0, new View[] {x.operand()}, new View[] {out.operand()}, scalars, out, x);
        return Tape.record(
                "MulBackward0",
                out,
                new Tensor[] {x},
                (i, g, saved) -> masked(Tensor.empty(g.device(), DType.FLOAT32, g.sizes()), g, seed, p));
    }
}
