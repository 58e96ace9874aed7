package ondol;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.text.NestedArrays;
import ondol.text.TensorFormat;

/** A tensor's elements as another type, on another device, and as Java arrays. */
final class TensorConversions {
    private TensorConversions() {}

    static Tensor convert(Tensor t, DType type) {
        Kernel kernel = new Kernel.Map(Expr.input(0, t.dtype().type()).to(type.type()));
        Tensor out = Tensor.empty(t.device(), type, t.sizes());
        Launcher.run(
                kernel, t.sizes(), 0, new View[] {t.operand()}, new View[] {out.operand()}, Launch.NO_SCALARS, out, t);
        return out; // one of the types is not FLOAT32: no gradient can pass
    }

    /** Copies into the window of a tensor that nobody else has seen. */
    static void copyNew(Tensor from, Tensor to) {
        Kernel kernel =
                new Kernel.Map(Expr.input(0, from.dtype().type()).to(to.dtype().type()));
        View[] in = {from.operand(to.sizes())};
        Launcher.run(kernel, to.sizes(), 0, in, new View[] {to.operand()}, Launch.NO_SCALARS, to, from);
    }

    static Tensor transfer(Tensor t, Device device) {
        Tensor out = TensorFactory.from(download(t), t.sizes(), device);
        Device home = t.device();
        return Tape.record("ToCopyBackward0", out, new Tensor[] {t}, (i, g, saved) -> g.to(home));
    }

    /** The elements as float[], long[] or boolean[]. */
    static Object download(Tensor t) {
        t.checkOpen("reading");
        int n = arrayLength("reading", t.numel());
        Tensor d = t.detach();
        Tensor c = d.contiguous();
        Object array = switch (c.dtype()) {
            case FLOAT32 -> new float[n];
            case INT64 -> new long[n];
            case BOOL -> new boolean[n];
        };
        if (n != 0) {
            MemorySegment target = c.dtype() == DType.BOOL ? MemorySegment.ofArray(new byte[n]) : segment(array);
            Transfers.download(c, target);
            if (array instanceof boolean[] b) {
                for (int i = 0; i < n; i++) {
                    b[i] = target.get(ValueLayout.JAVA_BYTE, i) != 0;
                }
            }
        }
        Reference.reachabilityFence(c);
        c.close();
        d.close();
        return array;
    }

    /** The elements that {@link TensorFormat} shows, as float[], long[] or boolean[]. */
    static Object shown(Tensor t) {
        long[] shape = t.sizes();
        long[] sizes = new long[2 * shape.length];
        long[] strides = new long[sizes.length];
        int n = 0;
        for (int axis = 0; axis < shape.length; axis++) {
            long stride = t.strideArray()[axis];
            if (TensorFormat.isCut(shape, axis)) { // its two ends, as two axes
                sizes[n] = 2;
                strides[n++] = (shape[axis] - TensorFormat.EDGE) * stride;
                sizes[n] = TensorFormat.EDGE;
                strides[n++] = stride;
            } else if (shape[axis] != 1) {
                sizes[n] = shape[axis];
                strides[n++] = stride;
            }
        }
        if (!TensorFormat.isShown(shape)) {
            sizes[0] = 0;
            n = 1;
        }
        try (var _ = Scope.open()) {
            return download(t.window(Arrays.copyOf(sizes, n), Arrays.copyOf(strides, n), t.storageOffset()));
        }
    }

    /** Host memory over an array, for uploads; BOOL becomes bytes. */
    static MemorySegment segment(Object array) {
        if (array instanceof float[] a) {
            return MemorySegment.ofArray(a);
        }
        if (array instanceof long[] a) {
            return MemorySegment.ofArray(a);
        }
        boolean[] a = (boolean[]) array;
        byte[] bytes = new byte[a.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (a[i] ? 1 : 0);
        }
        return MemorySegment.ofArray(bytes);
    }

    static int arrayLength(String operation, long n) {
        if (n > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(operation + ": " + n + " elements do not fit into a Java array (at most "
                    + (Integer.MAX_VALUE - 8) + "); work in parts");
        }
        return (int) n;
    }

    static double item(Tensor t) {
        if (t.numel() != 1) {
            throw notOne("item", t);
        }
        Object array = download(t);
        return array instanceof float[] a
                ? a[0]
                : array instanceof long[] a ? exact(a[0]) : ((boolean[]) array)[0] ? 1 : 0;
    }

    static long itemLong(Tensor t) {
        if (t.numel() != 1) {
            throw notOne("itemLong", t);
        }
        return switch (download(t)) {
            case long[] a -> a[0];
            case boolean[] a -> a[0] ? 1 : 0;
            case float[] a ->
                throw new IllegalStateException("itemLong: the tensor holds a FLOAT32, " + a[0]
                        + "; use item(), or to(DType.INT64), which cuts towards zero");
            default -> throw new AssertionError();
        };
    }

    private static IllegalStateException notOne(String operation, Tensor t) {
        return new IllegalStateException(operation + ": the tensor has shape " + t.shape()
                + "; only a tensor of one element is a number: index or reduce it");
    }

    /** Integers beyond 2^53 have neighbours that no double can tell from them. */
    private static double exact(long value) {
        double d = value;
        if ((long) d != value || d == 0x1p63) {
            throw new IllegalStateException("item: no double is exactly " + value + "; use itemLong()");
        }
        return d;
    }

    static float[] floats(Tensor t) {
        return (float[]) download(t, DType.FLOAT32);
    }

    static long[] longs(Tensor t) {
        return (long[]) download(t, DType.INT64);
    }

    static boolean[] booleans(Tensor t) {
        return (boolean[]) download(t, DType.BOOL);
    }

    private static Object download(Tensor t, DType type) {
        t.checkOpen("reading");
        if (t.dtype() == type) {
            return download(t);
        }
        Tensor converted = convert(t, type);
        Object array = download(converted);
        converted.close();
        return array;
    }

    static Object nested(Tensor t) {
        if (t.dim() == 0) {
            throw new IllegalStateException("toNestedArray: the tensor is a single number; use item()");
        }
        return NestedArrays.nest(download(t), t.sizes());
    }
}
