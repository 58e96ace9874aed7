package ondol.kernel;

import java.util.Objects;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a backend can be asked to compute: a closed list. A kernel is a value; backends cache what they make of it by
 * {@code equals}. What it is run on (buffers, shapes, strides, run-time scalars) comes with the launch.
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

        /** A map with the given outputs. */
        public Map(Expr... outputs) {
            this(Arrays.asList(
                    Objects.requireNonNull(outputs, "Kernel.Map: the list of outputs is null; give an expression for each")));
        }
    }

    /**
     * An expression of the inputs, combined over the launch's reduced axes. The output has size 1 there. ARGMAX and
     * ARGMIN give I64, the others the expression's type.
     */
    record Reduce(Expr value, ReduceOp op) implements Kernel {
        /** Both must be given. */
        public Reduce {
            Objects.requireNonNull(value, "Kernel.Reduce: the value is null; give an expression");
            Objects.requireNonNull(op, "Kernel.Reduce: the operation is null; give a ReduceOp");
        }

        /** The output's type. */
        public Type outputType() {
            return op.isArg() ? Type.I64 : value.type();
        }
    }

    /**
     * Batched C = A B (F32): inputs 0 and 1 are A [batch..., m, k] and B [batch..., k, n]. Each element is the chain
     * {@code c = fma(a[i][p], b[p][j], c)} over ascending p from +0; then the epilogue, if any, in which input 0 is c
     * and input i is the launch's input i + 1, a view of C's shape.
     *
     * @param epilogue an F32 expression, or null for C as it is
     */
    record MatMul(@Nullable Expr epilogue) implements Kernel {}

    /**
     * Rows by index: inputs are src [..., s] and index (I64) [..., n], output [..., n] of the same leading sizes:
     * {@code out[p, j] = src[p, index[p, j]]}. The caller has checked that {@code 0 <= index < s}.
     */
    record Gather(Type type) implements Kernel {
        /** Of elements of any type. */
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
        /** Of elements that can be added. */
        public ScatterAdd {
            Objects.requireNonNull(type, "Kernel.ScatterAdd: the type is null; give Type.F32 or Type.I64");
        }
    }

    /**
     * Sorts along the last axis, stably; NaN counts as larger than all, and -0 equals +0. Input [..., n]; outputs are
     * the values [..., n] and their indices (I64) [..., n].
     */
    record Sort(Type type, boolean descending) implements Kernel {
        /** Of elements of any type. */
        public Sort {
            Objects.requireNonNull(type, "Kernel.Sort: the type is null; give one, such as Type.F32");
        }
    }
}
