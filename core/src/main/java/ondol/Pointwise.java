package ondol;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import ondol.backend.View;
import ondol.kernel.Arithmetic;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * An operation that works element by element: one formula, its derivative by each input, and how types combine.
 *
 * <p>The formula becomes one Map kernel for each combination of input types. A derivative is written once over {@link
 * Arithmetic}: backward turns it into one fused Map (or, where the input was broadcast, one Reduce), and under {@code
 * createGraph} evaluates it on tensors, so that it is recorded and can be differentiated again.
 */
final class Pointwise {
    /** How input types make the type computed in and the type of the result. */
    enum Typing {
        /** Computed in FLOAT32. */
        FLOAT,
        /** Computed in FLOAT32, and only of FLOAT32. */
        ONLY_FLOAT,
        /** Computed in the inputs' common type. */
        NUMBER,
        /** As NUMBER, but no input may be BOOL. */
        NUMBER_NOT_BOOL,
        /** As NUMBER, but not all inputs may be BOOL. */
        NUMBER_BEYOND_BOOL,
        /** Compared in the inputs' common type; the result is BOOL. */
        COMPARISON,
        /** Asked of FLOAT32; the answer is BOOL. */
        PREDICATE,
        /** Inputs are taken as BOOL, as the result is. */
        LOGICAL,
        /** The first input is a BOOL condition; the others have a common type. */
        CHOICE
    }

    /** The terms of a derivative: inputs, output, the output's gradient, run-time scalars. */
    record Terms<T extends Arithmetic<T>>(List<T> inputs, T y, T g, List<T> scalars) {
        T x() {
            return inputs.get(0);
        }

        T a() {
            return inputs.get(0);
        }

        T b() {
            return inputs.get(1);
        }

        T s() {
            return scalars.get(0);
        }

        T constant(double value) {
            return g.constant(value);
        }
    }

    /** The gradient of one input: implemented by references to generic methods. */
    interface Derivative {
        <T extends Arithmetic<T>> T of(Terms<T> terms);
    }

    /** The operation's form for one combination of input types. */
    static final class Variant {
        final Kernel.Map kernel;
        final Type compute;
        final DType[] inputs;
        final DType result;

        /** The derivatives as kernels, made when first needed. */
        final @Nullable PointwiseGradient[] gradients;

        Variant(Kernel.Map kernel, Type compute, DType[] inputs, DType result) {
            this.kernel = kernel;
            this.compute = compute;
            this.inputs = inputs;
            this.result = result;
            this.gradients = new @Nullable PointwiseGradient[inputs.length];
        }
    }

    private static final Number[] NO_SCALARS = {};

    private static final int TYPES = DType.values().length;

    private final String name;
    private final String gradName;
    private final Typing typing;
    private final int arity;
    private final Function<Expr[], Expr> formula;
    private final Derivative[] derivatives;
    private final AtomicReferenceArray<Variant> variants;

    /**
     * @param name what errors call it
     * @param gradName what {@code grad_fn} calls it
     * @param arity how many inputs
     * @param formula from the inputs, then the scalars
     * @param derivatives one for each input, or none at all
     */
    Pointwise(
            String name,
            String gradName,
            Typing typing,
            int arity,
            Function<Expr[], Expr> formula,
            Derivative... derivatives) {
        this.name = name;
        this.gradName = gradName;
        this.typing = typing;
        this.arity = arity;
        this.formula = formula;
        this.derivatives = derivatives;
        int n = 2;
        for (int i = 0; i < arity; i++) {
            n *= TYPES;
        }
        this.variants = new AtomicReferenceArray<>(n);
    }

    Tensor apply(Tensor x) {
        return apply(new Tensor[] {x}, NO_SCALARS);
    }

    Tensor apply(Tensor a, Tensor b) {
        return apply(new Tensor[] {a, b}, NO_SCALARS);
    }

    Tensor apply(Tensor x, Number... scalars) {
        return apply(new Tensor[] {x}, scalars);
    }

    Tensor apply(Tensor[] in, Number... scalars) {
        Device device = sameDevice(name, in);
        long[] shape = in[0].sizes();
        for (int i = 1; i < in.length; i++) {
            shape = Axes.broadcast(name, shape, in[i].sizes());
        }
        Variant v = variant(in, scalars);
        Tensor out = Tensor.empty(device, v.result, shape);
        long[] bits = bits(v.compute, scalars);
        View[] views = new View[in.length];
        for (int i = 0; i < in.length; i++) {
            views[i] = in[i].operand(shape);
        }
        Launcher.run(v.kernel, shape, 0, views, new View[] {out.operand(shape)}, bits, out, in);
        if (derivatives.length != 0 && v.result == DType.FLOAT32 && Tape.records(in)) {
            record(v, in, out, scalars);
        }
        return out;
    }

    static Device sameDevice(String name, Tensor... in) {
        if (in[0] == null) {
            throw missing(name);
        }
        Device device = in[0].device();
        for (Tensor t : in) {
            if (t == null) {
                throw missing(name);
            }
            t.checkOpen(name);
            if (t.device() != device) {
                throw new IllegalArgumentException(name + ": tensors are on different devices, " + device + " and "
                        + t.device() + "; move one with to(...)");
            }
        }
        return device;
    }

    private static NullPointerException missing(String name) {
        return new NullPointerException(name + ": a tensor is null; give one");
    }

    static long[] bits(Type compute, Number[] scalars) {
        long[] bits = new long[scalars.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = compute == Type.F32
                    ? Float.floatToRawIntBits(scalars[i].floatValue()) & 0xffffffffL
                    : scalars[i].longValue();
        }
        return bits;
    }

    // ---- forward kernels

    private Variant variant(Tensor[] in, Number[] scalars) {
        int key = 0;
        for (Tensor t : in) {
            key = key * TYPES + t.dtype().ordinal();
        }
        boolean floating = false;
        for (Number s : scalars) {
            floating |= s instanceof Double;
        }
        key = key * 2 + (floating ? 1 : 0);
        Variant v = variants.get(key);
        if (v == null) {
            v = makeVariant(in, scalars.length, floating);
            variants.set(key, v);
        }
        return v;
    }

    private Variant makeVariant(Tensor[] in, int scalars, boolean floatScalar) {
        int first = typing == Typing.CHOICE ? 1 : 0;
        DType common = scalars == 0 ? DType.BOOL : floatScalar ? DType.FLOAT32 : DType.INT64;
        for (int i = first; i < in.length; i++) {
            common = DType.promote(common, in[i].dtype());
        }
        if (typing == Typing.CHOICE && in[0].dtype() != DType.BOOL) {
            throw new IllegalArgumentException(
                    name + ": the condition is " + in[0].dtype() + "; make it BOOL, for example with ne(0)");
        }
        boolean isOfBool = typing == Typing.NUMBER_BEYOND_BOOL && common == DType.BOOL;
        for (Tensor t : in) {
            isOfBool |= typing == Typing.NUMBER_NOT_BOOL && t.dtype() == DType.BOOL;
            if (typing == Typing.ONLY_FLOAT && t.dtype() != DType.FLOAT32) {
                throw new IllegalArgumentException(
                        name + ": defined on FLOAT32, this is " + t.dtype() + "; use to(DType.FLOAT32)");
            }
        }
        if (isOfBool) {
            throw new IllegalArgumentException(
                    name + ": not defined on BOOL; use to(DType.INT64), or logicalNot or logicalXor");
        }
        Type compute = switch (typing) {
            case FLOAT, ONLY_FLOAT, PREDICATE -> Type.F32;
            case NUMBER, NUMBER_NOT_BOOL, NUMBER_BEYOND_BOOL, COMPARISON ->
                common == DType.BOOL ? Type.I64 : common.type();
            case LOGICAL -> Type.BOOL;
            case CHOICE -> common.type();
        };
        DType result = switch (typing) {
            case FLOAT, ONLY_FLOAT -> DType.FLOAT32;
            case NUMBER, NUMBER_NOT_BOOL, NUMBER_BEYOND_BOOL, CHOICE -> common;
            case COMPARISON, PREDICATE, LOGICAL -> DType.BOOL;
        };
        Expr[] args = new Expr[in.length + scalars];
        for (int i = 0; i < in.length; i++) {
            Expr e = Expr.input(i, in[i].dtype().type());
            args[i] = i < first ? e : e.to(compute);
        }
        for (int i = 0; i < scalars; i++) {
            args[in.length + i] = Expr.scalar(i, compute);
        }
        Expr e = formula.apply(args).to(result.type());
        DType[] types = new DType[in.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = in[i].dtype();
        }
        return new Variant(new Kernel.Map(e), compute, types, result);
    }

    private void record(Variant v, Tensor[] in, Tensor out, Number[] scalars) {
        PointwiseGradient[] gradients = new PointwiseGradient[arity];
        long used = 0;
        for (int i = 0; i < arity; i++) {
            PointwiseGradient g = v.gradients[i];
            if (g == null) {
                g = new PointwiseGradient(derivatives[i], v.inputs, scalars.length, typing == Typing.CHOICE);
                v.gradients[i] = g;
            }
            gradients[i] = g;
            used |= in[i].autogradMeta() != null ? g.used() : 0;
        }
        // Only what a derivative reads is kept: inputs are sources 1 to arity, the output is the next.
        var saved = new ArrayList<Tensor>(arity);
        int[] slot = new int[arity + 2];
        for (int i = 0; i < arity; i++) {
            if ((used >> (i + 1) & 1) != 0) {
                slot[i + 1] = saved.size();
                saved.add(in[i]);
            }
        }
        slot[arity + 1] = saved.size();
        long[] shape = out.sizes();
        long[][] inputShapes = new long[arity][]; // not the inputs themselves: the rule must not keep them alive
        for (int i = 0; i < arity; i++) {
            inputShapes[i] = in[i].sizes();
        }
        Node.Rule rule = Node.reading(
                i -> gradients[i].reads(slot),
                (i, g, keep) -> gradients[i].apply(g, keep, slot, scalars, shape, inputShapes[i]));
        boolean withOutput = (used >> (arity + 1) & 1) != 0;
        Tensor[] kept = saved.toArray(Tensor[]::new);
        if (withOutput) {
            Tape.recordWithOutput(gradName, out, in, rule, kept);
        } else {
            Tape.record(gradName, out, in, rule, kept);
        }
    }
}
