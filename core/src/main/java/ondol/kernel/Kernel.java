package ondol.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A computation that a backend can be asked for: a closed list. A kernel is a value; backends cache what they make of it by
 * {@code equals}. Its operands (buffers, shapes, strides, run-time scalars) come with the launch.
 */
public sealed interface Kernel {
    /**
     * One or more outputs, element by element. Inputs are strided views of the launch's shape (stride 0 broadcasts);
     * outputs are strided views without overlap inside themselves. An output may be the same view as an input: an
     * element's inputs are read before its outputs are written.
     *
     * @param outputs one expression for each output, of the output's type
     */
    record Map(List<Expr> outputs) implements Kernel {
        /** Keeps an immutable copy. */
        public Map {
            Objects.requireNonNull(outputs, "Kernel.Map: the list of outputs is null; give an expression for each");
            for (Expr e : outputs) {
                Objects.requireNonNull(e, "Kernel.Map: an output is null; give an expression");
            }
            outputs = List.copyOf(outputs);
        }

        /**
         * A map with an expression for each output.
         *
         * @param outputs one expression for each output
         */
        public Map(Expr... outputs) {
            this(Arrays.asList(Objects.requireNonNull(
                    outputs, "Kernel.Map: the list of outputs is null; give an expression for each")));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Map o && o.outputs.equals(outputs);
        }

        @Override
        public int hashCode() {
            return outputs.hashCode();
        }
    }

    /**
     * An expression of the inputs, combined over the launch's reduced axes. The output has size 1 there. ARGMAX and
     * ARGMIN give I64, the others the expression's type.
     *
     * @param value what is combined
     * @param op how it is combined
     */
    record Reduce(Expr value, ReduceOp op) implements Kernel {
        /** Checks that both are given; BOOL has no SUM or PROD. */
        public Reduce {
            Objects.requireNonNull(value, "Kernel.Reduce: the value is null; give an expression");
            Objects.requireNonNull(op, "Kernel.Reduce: the operation is null; give a ReduceOp");
            if (op.hasIdentity() && value.type() == Type.BOOL) {
                throw new IllegalArgumentException(
                        "Reduce: no " + op + " of BOOL; use MAX for any and MIN for all, or count with to(Type.I64)");
            }
        }

        /** {@return the output's type} */
        public Type outputType() {
            return op.isArg() ? Type.I64 : value.type();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Reduce o && o.value.equals(value) && o.op == op;
        }

        @Override
        public int hashCode() {
            return 31 * value.hashCode() + op.ordinal();
        }
    }

    /**
     * Batched C = A B (F32), where the rows of A, the columns of B and what is summed over may each have several axes:
     * inputs 0 and 1 are A [batch..., m..., k...] and B [batch..., k..., n...], the output is [batch..., m..., n...].
     * Each element is the chain {@code c = fma(a[i][p], b[p][j], c)} from +0 over p in row-major order of the k axes, as
     * if they were one; then the epilogue, if any, in which input 0 is c and input i is the launch's input i + 1, a view
     * of C's shape.
     *
     * <p>Operands may overlap in themselves: with A [c, (kh, kw)] a filter's weights and B [(c, kh, kw), (h, w)] the windows of
     * an image, this is a convolution.
     *
     * @param epilogue an F32 expression, or null for C as it is
     * @param rowAxes how many m axes, at least 1
     * @param innerAxes how many k axes, at least 1
     * @param columnAxes how many n axes, at least 1
     */
    record MatMul(@Nullable Expr epilogue, int rowAxes, int innerAxes, int columnAxes) implements Kernel {
        /** Checks the numbers of axes. */
        public MatMul {
            if (rowAxes < 1 || innerAxes < 1 || columnAxes < 1) {
                throw new IllegalArgumentException("Kernel.MatMul: " + rowAxes + " row axes, " + innerAxes
                        + " inner axes and " + columnAxes + " column axes; give at least 1 of each");
            }
        }

        /**
         * A product of matrices [m, k] and [k, n].
         *
         * @param epilogue what is done with each sum, which is its input 0; null for nothing
         */
        public MatMul(@Nullable Expr epilogue) {
            this(epilogue, 1, 1, 1);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof MatMul o
                    && o.rowAxes == rowAxes
                    && o.innerAxes == innerAxes
                    && o.columnAxes == columnAxes
                    && Objects.equals(o.epilogue, epilogue);
        }

        @Override
        public int hashCode() {
            return ((Objects.hashCode(epilogue) * 31 + rowAxes) * 31 + innerAxes) * 31 + columnAxes;
        }
    }

    /**
     * Rows by index: inputs are src [..., s] and index (I64) [..., n], output [..., n] of the same leading sizes:
     * {@code out[p, j] = src[p, index[p, j]]}. The caller has checked that {@code 0 <= index < s}.
     *
     * @param type the elements' type
     */
    record Gather(Type type) implements Kernel {
        /** Checks that the type is given; it may be any. */
        public Gather {
            Objects.requireNonNull(type, "Kernel.Gather: the type is null; give one, such as Type.F32");
        }
    }

    /**
     * The adjoint of Gather: inputs are index (I64) [..., n] and src [..., n], output [..., s], updated in place:
     * {@code out[p, index[p, j]] += src[p, j]}, for ascending j. The caller has checked {@code 0 <= index < s}.
     *
     * @param type F32 or I64
     */
    record ScatterAdd(Type type) implements Kernel {
        /** Checks that elements of the type can be added. */
        public ScatterAdd {
            Objects.requireNonNull(type, "Kernel.ScatterAdd: the type is null; give Type.F32 or Type.I64");
        }
    }

    /**
     * Sorts along the last axis, stably; NaN counts as larger than all, and -0 equals +0. Input [..., n]; outputs are
     * the values [..., n] and their indices (I64) [..., n].
     *
     * @param type the elements' type
     * @param descending whether the largest element comes first
     */
    record Sort(Type type, boolean descending) implements Kernel {
        /** Checks that the type is given; it may be any. */
        public Sort {
            Objects.requireNonNull(type, "Kernel.Sort: the type is null; give one, such as Type.F32");
        }
    }

    /**
     * Running sums or products along the last axis: input and output [..., n], {@code out[p, i] = in[p, 0] + ... + in[p, i]}.
     * The output shares nothing with the input.
     *
     * <p>The order of a row's operations: groups of {@value #GROUP} neighbours; in a group a chain from +0 (from 1) over
     * ascending elements, {@code c = c op x}, whose last value is the group's total. The totals are grouped in the same way,
     * and so on, until one group is left. The value before a group is the value before the group of totals that it belongs to,
     * op the chain in there up to the total before its own (+0 or 1 for the first); before the last group left there is +0 (1).
     * An element's result is what comes before its group, op the chain up to and with the element.
     *
     * <p>So an element's result depends on no later element, is never -0 when it is a sum, and each element went through fewer
     * than {@code 16 * levels} roundings, where {@code levels} is the least from 1 with {@code 16^levels >= n}: with u = 2^-24
     * and to first order, a sum differs from the true one by at most
     * {@code 16 * levels * u * (|in[p, 0]| + ... + |in[p, i]|)}.
     *
     * @param type F32 or I64 (which wraps, and so has no order)
     * @param op SUM or PROD
     */
    record Scan(Type type, ReduceOp op) implements Kernel {
        /** Elements, or totals, in a group. */
        public static final int GROUP = 16;

        /** Checks the operation and the type. */
        public Scan {
            Objects.requireNonNull(type, "Kernel.Scan: the type is null; give Type.F32 or Type.I64");
            Objects.requireNonNull(op, "Kernel.Scan: the operation is null; give ReduceOp.SUM or ReduceOp.PROD");
            if (!op.hasIdentity() || type != Type.F32 && type != Type.I64) {
                throw new IllegalArgumentException(
                        "Scan: no " + op + " of " + type + "; use SUM or PROD of F32 or I64");
            }
        }
    }
}
