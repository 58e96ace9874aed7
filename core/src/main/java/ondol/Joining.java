package ondol;

import java.util.Arrays;
import java.util.Objects;

/** cat and stack. */
final class Joining {
    private Joining() {}

    static Tensor cat(int axis, Tensor... tensors) {
        Objects.requireNonNull(tensors, "cat: the list of tensors is null; give one or more");
        if (tensors.length == 0) {
            throw new IllegalArgumentException("cat: no tensors were given; give one or more");
        }
        Device device = Pointwise.sameDevice("cat", tensors);
        Tensor first = tensors[0];
        if (first.dim() == 0) {
            throw new IllegalArgumentException("cat: single numbers have no axis to join along; use stack");
        }
        int a = Axes.checked("cat", axis, first.dim());
        long[] sizes = first.sizes().clone();
        sizes[a] = 0;
        DType dtype = DType.BOOL;
        long[] starts = new long[tensors.length + 1];
        for (int i = 0; i < tensors.length; i++) {
            Tensor t = tensors[i];
            long[] rest = t.sizes().clone();
            if (t.dim() == first.dim()) {
                starts[i + 1] = starts[i] + rest[a];
                if (starts[i + 1] < 0) {
                    throw new IllegalArgumentException("cat: along axis " + axis + " the tensors from " + first.shape()
                            + " to " + t.shape() + " have more elements than a long can count; use smaller sizes");
                }
                rest[a] = 0;
            }
            if (!Arrays.equals(rest, sizes)) {
                throw new IllegalArgumentException("cat: " + first.shape() + " and " + t.shape()
                        + " differ in another axis than " + axis + ", the one to join along; they must be equal there");
            }
            dtype = DType.promote(dtype, t.dtype());
        }
        sizes[a] = starts[tensors.length];
        Shape.checked("cat", sizes);
        Tensor out = Tensor.empty(device, dtype, sizes);
        for (int i = 0; i < tensors.length; i++) {
            if (tensors[i].numel() != 0) {
                Tensor place = out.window(tensors[i].sizes(), out.strideArray(), starts[i] * out.strideArray()[a]);
                TensorConversions.copyNew(tensors[i], place);
                place.close();
            }
        }
        return Tape.record(
                "CatBackward0", out, tensors, (i, g, saved) -> Views.slice(g, a, starts[i], starts[i + 1], 1));
    }

    static Tensor stack(int axis, Tensor... tensors) {
        Objects.requireNonNull(tensors, "stack: the list of tensors is null; give one or more");
        if (tensors.length == 0) {
            throw new IllegalArgumentException("stack: no tensors were given; give one or more");
        }
        Device device = Pointwise.sameDevice("stack", tensors);
        long[] one = tensors[0].sizes();
        int a = Axes.checkedNew("stack", axis, one.length + 1);
        long[] sizes = new long[one.length + 1];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = i == a ? tensors.length : one[i < a ? i : i - 1];
        }
        Shape.checked("stack", sizes);
        DType dtype = DType.BOOL;
        for (Tensor t : tensors) {
            if (!Arrays.equals(t.sizes(), one)) {
                throw new IllegalArgumentException("stack: " + tensors[0].shape() + " and " + t.shape()
                        + " differ; all tensors must have one shape: use cat to join along an axis");
            }
            dtype = DType.promote(dtype, t.dtype());
        }
        Tensor out = Tensor.empty(device, dtype, sizes);
        long[] strides = Axes.reduced(out.strideArray(), 1L << a, false);
        for (int i = 0; i < tensors.length; i++) {
            if (tensors[i].numel() != 0) {
                Tensor place = out.window(one, strides, i * out.strideArray()[a]);
                TensorConversions.copyNew(tensors[i], place);
                place.close();
            }
        }
        return Tape.record("StackBackward0", out, tensors, (i, g, saved) -> Views.select(g, a, i));
    }
}
