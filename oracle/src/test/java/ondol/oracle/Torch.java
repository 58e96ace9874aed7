package ondol.oracle;

import ondol.DType;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Shorthands for PyTorch's C++ interface. */
final class Torch {
    static {
        torch.set_num_threads(1); // its sums depend on the number of threads
    }

    private Torch() {}

    static Scalar scalar(double value) {
        return new Scalar(value);
    }

    static Scalar scalar(long value) {
        return new Scalar(value);
    }

    /**
     * A number as Python passes it to an operation between tensors: {@code x * 0.5} is a MulBackward0 there, while C++'s own
     * overload for numbers would record a MulBackward1.
     */
    static Tensor number(double value) {
        return torch.scalar_tensor(new Scalar(value));
    }

    static ScalarType type(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> ScalarType.Float;
            case INT64 -> ScalarType.Long;
            case BOOL -> ScalarType.Bool;
        };
    }

    static ScalarTypeOptional noType() {
        return new ScalarTypeOptional();
    }

    static TensorOptions options(ScalarType type) {
        return new TensorOptions().dtype(new ScalarTypeOptional(type));
    }

    static LongOptional some(long value) {
        return new LongOptional(value);
    }

    static long[] sizes(Tensor t) {
        long[] sizes = new long[(int) t.dim()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = t.size(i);
        }
        return sizes;
    }

    static long[] longs(int... values) {
        long[] longs = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            longs[i] = values[i];
        }
        return longs;
    }

    /** A part of one axis with a step, as Python's {@code start:end:step}. */
    static Tensor slice(Tensor t, long axis, long start, long end, long step) {
        return t.slice(axis, new LongOptional(start), new LongOptional(end), step);
    }

    static TensorVector vector(Iterable<Tensor> tensors) {
        TensorVector v = new TensorVector();
        for (Tensor t : tensors) {
            v.push_back(t);
        }
        return v;
    }

    static TensorVector grad(TensorVector outputs, TensorVector inputs, TensorVector gradients, boolean createGraph) {
        return torch.grad(outputs, inputs, gradients, new BoolOptional(true), createGraph, true);
    }
}
