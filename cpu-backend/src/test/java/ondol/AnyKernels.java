package ondol;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;

/** Expressions and kernels of every kind. */
final class AnyKernels {
    private static final List<Expr> EXPRESSIONS = expressions();
    private static final List<Kernel> KERNELS = kernels();

    private final Random random;

    AnyKernels(Random random) {
        this.random = random;
    }

    private static List<Expr> expressions() {
        List<Expr> all = new ArrayList<>();
        for (Type type : Type.values()) {
            all.add(Expr.input(0, type));
            all.add(Expr.scalar(1, type));
            all.add(Expr.constant(type, 2));
        }
        Expr x = Expr.input(0, Type.F32);
        Expr y = Expr.input(1, Type.F32);
        all.add(x);
        all.add(y);
        all.add(Expr.unary(UnaryOp.SQRT, x));
        all.add(Expr.binary(BinaryOp.ADD, x, y));
        all.add(x.fma(y, x));
        all.add(x.lt(y));
        all.add(x.lt(y).choose(x, y));
        all.add(Expr.keep(0, 1));
        all.add(Expr.input(999, Type.F32).add(Expr.scalar(999, Type.F32)));
        return List.copyOf(all);
    }

    private static List<Kernel> kernels() {
        Expr x = Expr.input(0, Type.F32);
        return List.of(
                new Kernel.Map(x),
                new Kernel.Map(x.add(Expr.input(1, Type.F32)), x.mul(Expr.scalar(0, Type.F32))),
                new Kernel.Map(Expr.input(0, Type.I64)),
                new Kernel.Map(Expr.input(999, Type.F32)),
                new Kernel.Map(Expr.keep(0, 1)),
                new Kernel.Reduce(x, ReduceOp.SUM),
                new Kernel.MatMul(null),
                new Kernel.MatMul(x, 1, 2, 2),
                new Kernel.Gather(Type.F32),
                new Kernel.ScatterAdd(Type.F32),
                new Kernel.Sort(Type.I64, true),
                new Kernel.Scan(Type.F32, ReduceOp.SUM));
    }

    /** One of a class of them. */
    Object draw(Class<?> c) {
        List<?> all = Expr.class.isAssignableFrom(c) ? EXPRESSIONS : KERNELS;
        List<?> fitting = all.stream().filter(c::isInstance).toList();
        return fitting.get(random.nextInt(fitting.size()));
    }
}
