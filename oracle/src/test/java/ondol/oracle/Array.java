package ondol.oracle;

import java.util.Arrays;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Values between the two engines: a shape, a type, and the elements in row-major order. */
record Array(long[] shape, DType dtype, Object elements) {
    static Array of(long[] shape, float[] elements) {
        return new Array(shape, DType.FLOAT32, elements);
    }

    static Array of(long[] shape, long[] elements) {
        return new Array(shape, DType.INT64, elements);
    }

    static Array of(long[] shape, boolean[] elements) {
        return new Array(shape, DType.BOOL, elements);
    }

    static Array of(Tensor t) {
        Object elements = switch (t.dtype()) {
            case FLOAT32 -> t.toFloatArray();
            case INT64 -> t.toLongArray();
            case BOOL -> t.toBooleanArray();
        };
        return new Array(t.shape().toArray(), t.dtype(), elements);
    }

    static Array of(org.bytedeco.pytorch.Tensor t) {
        long[] shape = Torch.sizes(t);
        int n = Math.toIntExact(count(shape));
        org.bytedeco.pytorch.Tensor d = t.detach();
        org.bytedeco.pytorch.Tensor c = d._is_zerotensor() ? d.clone() : d.contiguous();
        ScalarType type = c.scalar_type().intern();
        if (type == ScalarType.Float) {
            float[] elements = new float[n];
            if (n > 0) {
                c.data_ptr_float().get(elements);
            }
            return of(shape, elements);
        }
        if (type == ScalarType.Long) {
            long[] elements = new long[n];
            if (n > 0) {
                c.data_ptr_long().get(elements);
            }
            return of(shape, elements);
        }
        if (type == ScalarType.Bool) {
            boolean[] elements = new boolean[n];
            if (n > 0) {
                byte[] bytes = new byte[n];
                new BytePointer(c.data_ptr_bool()).get(bytes);
                for (int i = 0; i < n; i++) {
                    elements[i] = bytes[i] != 0;
                }
            }
            return of(shape, elements);
        }
        throw new IllegalArgumentException("a tensor of type " + type);
    }

    static long count(long[] shape) {
        long n = 1;
        for (long size : shape) {
            n *= size;
        }
        return n;
    }

    int size() {
        return (int) count(shape);
    }

    /** One element as a number; true is 1. */
    double at(int i) {
        return switch (elements) {
            case float[] f -> f[i];
            case long[] l -> l[i];
            case boolean[] b -> b[i] ? 1 : 0;
            default -> throw new AssertionError();
        };
    }

    boolean isFloat() {
        return dtype == DType.FLOAT32;
    }

    /** Floats without their signs, anything else as it is. */
    Array abs() {
        if (!(elements instanceof float[] f)) {
            return this;
        }
        float[] positive = f.clone();
        for (int i = 0; i < positive.length; i++) {
            positive[i] = Math.abs(positive[i]);
        }
        return of(shape, positive);
    }

    /** The largest magnitude of the finite elements. */
    double norm() {
        double max = 0;
        for (int i = 0; i < size(); i++) {
            double v = Math.abs(at(i));
            if (v <= Float.MAX_VALUE) {
                max = Math.max(max, v);
            }
        }
        return max;
    }

    /** Whether the bits are the same; every NaN is the same NaN. */
    boolean sameBits(Array other) {
        if (!Arrays.equals(shape, other.shape) || dtype != other.dtype) {
            return false;
        }
        return switch (elements) {
            case float[] f -> Arrays.equals(f, (float[]) other.elements);
            case long[] l -> Arrays.equals(l, (long[]) other.elements);
            case boolean[] b -> Arrays.equals(b, (boolean[]) other.elements);
            default -> throw new AssertionError();
        };
    }

    Tensor ondol(Device device) {
        Tensor flat = switch (elements) {
            case float[] f -> Tensor.tensor(f);
            case long[] l -> Tensor.tensor(l);
            case boolean[] b -> Tensor.tensor(b);
            default -> throw new AssertionError();
        };
        return flat.reshape(shape).clone().to(device); // a view of nothing
    }

    org.bytedeco.pytorch.Tensor torch() {
        if (size() == 0) {
            return torch.zeros(shape).to(Torch.type(dtype));
        }
        return switch (elements) {
            case float[] f -> torch.from_blob(new FloatPointer(f), shape).clone();
            case long[] l ->
                torch.from_blob(new LongPointer(l), shape, Torch.options(ScalarType.Long))
                        .clone();
            case boolean[] b -> {
                byte[] bytes = new byte[b.length];
                for (int i = 0; i < b.length; i++) {
                    bytes[i] = (byte) (b[i] ? 1 : 0);
                }
                yield torch.from_blob(new BytePointer(bytes), shape, Torch.options(ScalarType.Bool))
                        .clone();
            }
            default -> throw new AssertionError();
        };
    }

    @Override
    public String toString() {
        String text = switch (elements) {
            case float[] f -> Arrays.toString(Arrays.copyOf(f, Math.min(f.length, 16)));
            case long[] l -> Arrays.toString(Arrays.copyOf(l, Math.min(l.length, 16)));
            case boolean[] b -> Arrays.toString(Arrays.copyOf(b, Math.min(b.length, 16)));
            default -> throw new AssertionError();
        };
        return dtype + " " + Shape.of(shape) + " " + text + (size() > 16 ? "..." : "");
    }
}
