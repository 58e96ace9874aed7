package ondol;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.UnaryOperator;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Changes of a tensor's own elements. */
final class InPlace {
    private static final Kernel.Map ADD = new Kernel.Map(Expr.input(0, Type.F32).add(Expr.input(1, Type.F32)));
    private static final Kernel.Map ADD_I64 =
            new Kernel.Map(Expr.input(0, Type.I64).add(Expr.input(1, Type.I64)));
    private static final Kernel.Map OR = new Kernel.Map(Expr.input(0, Type.BOOL).or(Expr.input(1, Type.BOOL)));
    private static final Kernel.Map MUL = new Kernel.Map(Expr.input(0, Type.F32).mul(Expr.scalar(0, Type.F32)));

    private InPlace() {}

    static Tensor add(Tensor to, Tensor other) {
        check("addInPlace", to, other);
        checkMemory("addInPlace", to);
        if (DType.promote(to.dtype(), other.dtype()) != to.dtype()) {
            throw new IllegalArgumentException("addInPlace: " + other.dtype() + " does not fit into " + to.dtype()
                    + " without loss; use add, or convert with to(DType." + to.dtype() + ")");
        }
        Node node = node("addInPlace", "AddBackward0", to, g -> g, other, sumTo(other));
        if (to.sharesStorageWith(other) && !Overlap.sameWindow(to, other)) { // the two may overlap
            try (var _ = Scope.open()) {
                addNow(to, other.detach().clone().to(to.dtype()));
            }
        } else {
            addNow(to, other.to(to.dtype()));
        }
        return changed(to, node);
    }

    /** Adds without a record. */
    static void addNow(Tensor to, Tensor same) {
        Kernel.Map kernel = switch (to.dtype()) {
            case FLOAT32 -> ADD;
            case INT64 -> ADD_I64;
            case BOOL -> OR;
        };
        View out = to.operand();
        run(kernel, to, new View[] {out, same.operand(to.sizes())}, Launch.NO_SCALARS, same);
    }

    static Tensor mul(Tensor to, double factor) {
        check("mulInPlace", to, to);
        checkMemory("mulInPlace", to);
        if (to.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException("mulInPlace: only FLOAT32 tensors, this is " + to.dtype() + "; use mul");
        }
        Node node = node("mulInPlace", "MulBackward0", to, g -> g.mul(factor), null, g -> g);
        long[] bits = {Float.floatToRawIntBits((float) factor) & 0xffffffffL};
        run(MUL, to, new View[] {to.operand()}, bits, to);
        return changed(to, node);
    }

    static Tensor copy(Tensor to, Tensor source) {
        Objects.requireNonNull(source, "copyFrom: the source is null; give a tensor");
        source.checkOpen("copyFrom");
        check("copyFrom", to, source.device() == to.device() ? source : to);
        checkMemory("copyFrom", to);
        Device home = source.device();
        UnaryOperator<Tensor> toSource = sumTo(source);
        Node node = node(
                "copyFrom",
                "CopyBackwards",
                to,
                null,
                source,
                g -> toSource.apply(g).to(home));
        if (home != to.device()) {
            try (var _ = Scope.open()) {
                Tensor arrived = TensorConversions.transfer(source.detach(), to.device());
                check("copyFrom", to, arrived);
                copyNow(to, arrived);
            }
        } else if (to.sharesStorageWith(source)) { // the two may overlap
            try (var _ = Scope.open()) {
                copyNow(to, source.detach().clone());
            }
        } else {
            copyNow(to, source);
        }
        return changed(to, node);
    }

    private static void copyNow(Tensor to, Tensor source) {
        Expr convert = Expr.input(0, source.dtype().type()).to(to.dtype().type());
        run(new Kernel.Map(convert), to, new View[] {source.operand(to.sizes())}, Launch.NO_SCALARS, source);
    }

    static Tensor fill(String gradName, Tensor to, double value) {
        check("fill", to, to);
        checkValue("fill", to.dtype(), value);
        Node node = node("fill", gradName, to, null, null, g -> g);
        fillNew(to, value);
        return changed(to, node);
    }

    /**
     * The recorder of a change after which all elements have values that come from no tensor; null if nothing is to be
     * recorded.
     */
    static @Nullable Node overwriting(String operation, Tensor to) {
        checkMemory(operation, to);
        return node(operation, "CopyBackwards", to, null, null, g -> g);
    }

    /** INT64 holds no NaN and no infinity, and fractions are cut off; FLOAT32 holds no finite number beyond its largest. */
    static void checkValue(String operation, DType dtype, double value) {
        if (dtype == DType.INT64 && !(value >= -0x1p63 && value < 0x1p63)) {
            throw new IllegalArgumentException(
                    operation + ": an INT64 tensor cannot hold " + value + "; use an integer, or a FLOAT32 tensor");
        }
        if (dtype == DType.FLOAT32 && Math.abs(value) > Float.MAX_VALUE && !Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    operation + ": FLOAT32 cannot hold " + value + "; use a smaller number, or an infinity");
        }
    }

    /** Fills a tensor that nobody else has seen. */
    static Tensor fillNew(Tensor to, double value) {
        Type type = to.dtype().type();
        Expr scalar = type == Type.BOOL ? Expr.scalar(0, Type.I64).to(type) : Expr.scalar(0, type);
        long bits = switch (type) {
            case F32 -> Float.floatToRawIntBits((float) value) & 0xffffffffL;
            case I32, I64 -> (long) value;
            case BOOL -> value != 0 ? 1 : 0;
        };
        run(new Kernel.Map(scalar), to, new View[0], new long[] {bits}, to);
        return to;
    }

    private static void run(Kernel kernel, Tensor to, View[] in, long[] scalars, Object holders) {
        Launcher.run(kernel, to.sizes(), 0, in, new View[] {to.operand()}, scalars, to, holders);
    }

    // ---- what is recorded

    /**
     * The recorder of a change; null if nothing is to be recorded.
     *
     * @param back from the gradient of the elements to that of what they were before; null if nothing is left of them
     * @param other what else goes in, and {@code toOther} the way to its gradient; null if nothing does
     */
    private static @Nullable Node node(
            String operation,
            String name,
            Tensor to,
            @Nullable UnaryOperator<Tensor> back,
            @Nullable Tensor other,
            UnaryOperator<Tensor> toOther) {
        Lineage viewed = to.viewed();
        AutogradMeta own = to.autogradMeta();
        AutogradMeta whole = viewed == null ? own : viewed.autogradMeta();
        boolean concerned = own != null || whole != null || other != null && other.autogradMeta() != null;
        if (!concerned || !Context.current().recording || to.dtype() != DType.FLOAT32) {
            return null;
        }
        if (to.isLoose()) {
            throw new IllegalStateException(operation + ": the tensor of shape " + to.shape()
                    + " is a view that was made under Autograd.noGrad(); take the view where operations are recorded");
        }
        if (whole == null ? own != null : whole.node == null) {
            throw new IllegalStateException(operation + ": the tensor of shape " + to.shape()
                    + (own != null && own.node == null ? " is" : " is a view of")
                    + " a leaf that requires a gradient; change it under Autograd.noGrad(), or change a clone() of it");
        }
        if (viewed != null) {
            return viewed.changed(to, back, other, toOther);
        }
        Node.Rule rule =
                (i, g, saved) -> i == 1 ? toOther.apply(g) : back == null ? TensorFactory.zerosLike(g) : back.apply(g);
        Tensor[] inputs = other == null ? new Tensor[] {to} : new Tensor[] {to, other};
        return new Node(name, rule, inputs, new Tensor[0]);
    }

    static Tensor changed(Tensor to, @Nullable Node node) {
        to.storage().changed();
        if (node != null) {
            to.changedBy(node);
        }
        return to;
    }

    private static UnaryOperator<Tensor> sumTo(Tensor other) {
        long[] shape = other.sizes();
        return g -> PointwiseGradient.sumTo(g, shape);
    }

    // ---- what is refused

    private static void check(String operation, Tensor to, Tensor other) {
        Pointwise.sameDevice(operation, to, other);
        if (!Arrays.equals(Axes.broadcast(operation, to.sizes(), other.sizes()), to.sizes())) {
            throw new IllegalArgumentException(operation + ": " + other.shape() + " does not fit into " + to.shape()
                    + " without making it larger; take a part of it, or reduce it");
        }
    }

    private static void checkMemory(String operation, Tensor to) {
        if (Overlap.ofItself(to)) {
            throw new IllegalStateException(operation + ": the tensor of shape " + to.shape()
                    + " is a view in which elements share memory; change a clone() of it");
        }
    }
}
