package ondol;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.View;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/**
 * The gradient of one input of a {@link Pointwise} operation. It has up to n + 2 sources: source 0 is the output's
 * gradient, sources 1 to n are the inputs, source n + 1 is the output; only those the derivative reads are passed.
 */
final class PointwiseGradient {
    private final Pointwise.Derivative derivative;
    private final int arity;
    private final boolean condition;
    private final int[] sources;
    private final Kernel.Map map;
    private final Kernel.Reduce sum;

    /** Input 0 is a BOOL condition if {@code condition}; all others are taken as FLOAT32. */
    PointwiseGradient(Pointwise.Derivative derivative, DType[] inputs, int scalars, boolean condition) {
        this.derivative = derivative;
        this.arity = inputs.length;
        this.condition = condition;
        int[] all = new int[arity + 2];
        for (int i = 0; i < all.length; i++) {
            all[i] = i;
        }
        long used = 0;
        for (Expr e : Dag.nodes(List.of(expression(all, inputs, scalars)))) {
            used |= e instanceof Expr.Input i ? 1L << i.index() : 0;
        }
        this.sources = new int[Long.bitCount(used)];
        int[] place = new int[arity + 2];
        int n = 0;
        for (int i = 0; i < place.length; i++) {
            if ((used >> i & 1) != 0) {
                sources[n] = i;
                place[i] = n++;
            }
        }
        Expr e = expression(place, inputs, scalars);
        this.map = new Kernel.Map(e);
        this.sum = new Kernel.Reduce(e, ReduceOp.SUM);
    }

    private Expr expression(int[] place, DType[] inputs, int scalars) {
        List<Expr> in = new ArrayList<>();
        for (int i = 0; i < arity; i++) {
            Expr e = Expr.input(place[i + 1], inputs[i].type());
            in.add(condition && i == 0 ? e : e.to(Type.F32));
        }
        List<Expr> s = new ArrayList<>();
        for (int i = 0; i < scalars; i++) {
            s.add(Expr.scalar(i, Type.F32));
        }
        Expr y = Expr.input(place[arity + 1], Type.F32);
        return derivative.of(new Pointwise.Terms<>(in, y, Expr.input(place[0], Type.F32), s));
    }

    /** Which sources the derivative reads, as bits. */
    long used() {
        long mask = 0;
        for (int s : sources) {
            mask |= 1L << s;
        }
        return mask;
    }

    /** The saved tensors that it reads, as {@link Node.Rule#reads}. {@code slot} says where a source was saved. */
    int reads(int[] slot) {
        int saved = 0;
        for (int s : sources) {
            saved |= s == 0 ? 0 : 1 << slot[s];
        }
        return saved;
    }

    /** The gradient, of the input's shape. {@code slot} says where a source was saved. */
    Tensor apply(Tensor g, Node.Saved saved, int[] slot, Number[] scalars, long[] shape, long[] inputShape) {
        return Context.current().recording
                ? composed(g, saved, slot, scalars, shape, inputShape)
                : fused(g, saved, slot, scalars, shape, inputShape);
    }

    private Tensor fused(Tensor g, Node.Saved saved, int[] slot, Number[] scalars, long[] shape, long[] inputShape) {
        View[] views = new View[sources.length];
        Tensor[] holders = new Tensor[sources.length];
        for (int i = 0; i < views.length; i++) {
            holders[i] = sources[i] == 0 ? g : saved.get(slot[sources[i]]);
            views[i] = holders[i].operand(shape);
        }
        long[] bits = Pointwise.bits(Type.F32, scalars);
        long repeated = Axes.broadcastAxes(inputShape, shape);
        long[] outShape = repeated == 0 ? shape : Axes.reduced(shape, repeated, true);
        Tensor out = Tensor.empty(g.device(), DType.FLOAT32, outShape);
        Kernel kernel = repeated == 0 ? map : sum;
        Launcher.run(kernel, shape, repeated, views, new View[] {out.operand(outShape)}, bits, out, holders);
        return outShape.length == inputShape.length ? out : out.viewAs(inputShape);
    }

    private Tensor composed(Tensor g, Node.Saved saved, int[] slot, Number[] scalars, long[] shape, long[] inputShape) {
        long used = used();
        List<Tensor> in = new ArrayList<>();
        for (int i = 0; i < arity; i++) {
            // A tensor that the derivative does not read was not saved; g stands in its place.
            in.add((used >> (i + 1) & 1) != 0 ? saved.get(slot[i + 1]) : g);
        }
        Tensor y = (used >> (arity + 1) & 1) != 0 ? saved.get(slot[arity + 1]) : g;
        List<Tensor> s = new ArrayList<>();
        for (Number scalar : scalars) {
            s.add(g.constant(scalar.doubleValue()));
        }
        Tensor result = derivative.of(new Pointwise.Terms<>(in, y, g, s));
        return sumTo(result.expand(shape), inputShape);
    }

    /** Undoes a broadcast: the sum over the axes along which a tensor of {@code shape} was repeated. */
    static Tensor sumTo(Tensor t, long[] shape) {
        long repeated = Axes.broadcastAxes(shape, t.sizes());
        if (repeated == 0) {
            return t;
        }
        int[] axes = new int[Long.bitCount(repeated)];
        for (int i = 0, n = 0; n < axes.length; i++) {
            if ((repeated >> i & 1) != 0) {
                axes[n++] = i;
            }
        }
        return t.sum(axes, true).reshape(shape);
    }
}
