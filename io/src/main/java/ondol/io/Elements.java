package ondol.io;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import ondol.DType;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;

/** Elements between files and tensors. The table of types is at {@link ElementType}. */
final class Elements {
    /** How many elements are converted, or written, at a time. */
    private static final int PART = 1 << 16;

    private Elements() {}

    /**
     * A new tensor of what comes next in a file. Nothing stays behind if that fails.
     *
     * @param what the tensor's name for messages
     */
    static Tensor read(ByteSource from, String what, TensorInfo info, ByteOrder order, LoadOptions options)
            throws IOException {
        DType dtype = dtype(from, what, info.type(), options);
        if (info.bytes() > from.remaining()) {
            throw from.malformed(what + " of shape " + info.shape() + " and type " + info.type() + " needs "
                    + info.bytes() + " bytes, and only " + from.remaining() + " are there; the file is cut short");
        }
        Tensor t = Tensor.empty(info.shape(), dtype, options.device());
        try (var _ = Autograd.noGrad()) {
            fill(t, from, what, info.type(), order);
            return t;
        } catch (IOException | RuntimeException | Error e) {
            t.close();
            throw e;
        }
    }

    /** The type that elements get. */
    static DType dtype(ByteSource from, String what, ElementType type, LoadOptions options) throws TensorFileException {
        DType dtype = type.dtype();
        if (dtype == null || type == ElementType.F64 && !options.roundFloat64()) {
            throw from.malformed(what + " is " + type + ": " + type.refusal());
        }
        return dtype;
    }

    private static void fill(Tensor t, ByteSource from, String what, ElementType type, ByteOrder order)
            throws IOException {
        long n = t.numel();
        for (long start = 0; start < n; start += PART) {
            int count = (int) Math.min(PART, n - start);
            MemorySegment bytes = from.next(count * type.bytes(), what);
            try (var _ = Scope.open()) {
                t.view(n)
                        .slice(0, start, start + count)
                        .upload(asStored(type, order) ? bytes : converted(bytes, type, order, count));
            }
        }
    }

    /** Whether elements are in the file as they are in memory. */
    private static boolean asStored(ElementType type, ByteOrder order) {
        return switch (type) {
            case BOOL -> true;
            case F32, I64 -> order == ByteOrder.nativeOrder();
            default -> false;
        };
    }

    private static MemorySegment converted(MemorySegment bytes, ElementType type, ByteOrder order, int n) {
        var shorts = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        var ints = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        var longs = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        if (type.dtype() == DType.INT64) {
            long[] to = new long[n];
            for (int i = 0; i < n; i++) {
                to[i] = switch (type) {
                    case U8 -> bytes.get(ValueLayout.JAVA_BYTE, i) & 0xff;
                    case I8 -> bytes.get(ValueLayout.JAVA_BYTE, i);
                    case U16 -> bytes.getAtIndex(shorts, i) & 0xffff;
                    case I16 -> bytes.getAtIndex(shorts, i);
                    case U32 -> bytes.getAtIndex(ints, i) & 0xffffffffL;
                    case I32 -> bytes.getAtIndex(ints, i);
                    case I64 -> bytes.getAtIndex(longs, i);
                    default -> throw new AssertionError(type);
                };
            }
            return MemorySegment.ofArray(to);
        }
        int[] to = new int[n]; // bits, so that a NaN stays the NaN that it is
        for (int i = 0; i < n; i++) {
            to[i] = switch (type) {
                case F16 -> Float.floatToRawIntBits(Float.float16ToFloat(bytes.getAtIndex(shorts, i)));
                case BF16 -> bytes.getAtIndex(shorts, i) << 16;
                case F32 -> bytes.getAtIndex(ints, i);
                case F64 -> Float.floatToRawIntBits((float) Double.longBitsToDouble(bytes.getAtIndex(longs, i)));
                default -> throw new AssertionError(type);
            };
        }
        return MemorySegment.ofArray(to);
    }

    /** Writes the elements in row-major order, little-endian. */
    static void write(Tensor t, OutputStream to) throws IOException {
        int size = t.dtype().bytes();
        long n = t.numel();
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            Tensor flat = t.detach().contiguous().view(n);
            for (long start = 0; start < n; start += PART) {
                byte[] bytes = new byte[(int) Math.min(PART, n - start) * size];
                try (var _ = Scope.open()) {
                    flat.slice(0, start, start + bytes.length / size).download(MemorySegment.ofArray(bytes));
                }
                to.write(littleEndian(bytes, size));
            }
        }
    }

    private static byte[] littleEndian(byte[] bytes, int size) {
        if (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) {
            for (int i = 0; i < bytes.length; i += size) {
                for (int a = i, b = i + size - 1; a < b; a++, b--) {
                    byte other = bytes[a];
                    bytes[a] = bytes[b];
                    bytes[b] = other;
                }
            }
        }
        return bytes;
    }

    /** A type and a shape as a file gives them. */
    static TensorInfo info(ByteSource from, String what, ElementType type, long[] sizes) throws TensorFileException {
        try {
            return new TensorInfo(type, Shape.of(sizes));
        } catch (IllegalArgumentException e) {
            throw from.malformed(what + ": " + e.getMessage(), e);
        }
    }
}
