package ondol;

import java.util.List;
import java.util.Objects;

/**
 * Other views of the same elements. A view shares memory with its tensor and passes gradients on to it. Negative axes
 * count from the end.
 */
public sealed interface ShapeOps permits Tensor {
    /**
     * The same elements, in row-major order, in another shape: a view where strides allow it, otherwise a copy.
     *
     * @param sizes one of them may be -1: it follows from the others
     * @return a view of this tensor's memory, or a copy
     * @throws IllegalArgumentException if the number of elements differs
     */
    default Tensor reshape(long... sizes) {
        return Views.reshape((Tensor) this, sizes);
    }

    /**
     * As {@link #reshape}, but never a copy.
     *
     * @param sizes the new sizes; one of them may be -1: it follows from the others
     * @return a view of this tensor's memory
     * @throws IllegalArgumentException also if strides do not allow a view
     */
    default Tensor view(long... sizes) {
        return Views.view((Tensor) this, sizes);
    }

    /**
     * The axes from {@code startAxis} to {@code endAxis} (included) made one.
     *
     * @param startAxis the first of these axes; negative ones count from the end
     * @param endAxis the last of these axes; negative ones count from the end
     * @return a view of this tensor's memory
     */
    default Tensor flatten(int startAxis, int endAxis) {
        return Views.flatten((Tensor) this, startAxis, endAxis);
    }

    /**
     * All elements as a vector.
     *
     * @return a view of this tensor's memory
     */
    default Tensor flatten() {
        return Views.flatten((Tensor) this, 0, -1);
    }

    /**
     * Two axes exchanged.
     *
     * @param axis0 one of the two; negative ones count from the end
     * @param axis1 the other
     * @return a view of this tensor's memory
     */
    default Tensor transpose(int axis0, int axis1) {
        return Views.transpose((Tensor) this, axis0, axis1, "TransposeBackward0");
    }

    /**
     * A matrix transposed; a vector or a single number as it is.
     *
     * @return a view of this tensor's memory
     */
    default Tensor t() {
        return Views.t((Tensor) this);
    }

    /**
     * The last two axes exchanged: each matrix of a batch transposed.
     *
     * @return a view of this tensor's memory
     */
    default Tensor mT() {
        return Views.mT((Tensor) this);
    }

    /**
     * The axes in another order: axis i of the result is axis {@code order[i]} of this.
     *
     * @param order every axis once; negative ones count from the end
     * @return a view of this tensor's memory
     */
    default Tensor permute(int... order) {
        return Views.permute((Tensor) this, order);
    }

    /**
     * Without the axes of size 1.
     *
     * @return a view of this tensor's memory
     */
    default Tensor squeeze() {
        return Views.squeeze((Tensor) this);
    }

    /**
     * Without one axis, if its size is 1.
     *
     * @param axis the axis; negative ones count from the end
     * @return a view of this tensor's memory
     */
    default Tensor squeeze(int axis) {
        return Views.squeeze((Tensor) this, axis);
    }

    /**
     * This tensor with a new axis of size 1 in front of {@code axis}.
     *
     * @param axis where the new axis is in the result; negative numbers count from the result's end
     * @return a view of this tensor's memory
     */
    default Tensor unsqueeze(int axis) {
        return Views.unsqueeze((Tensor) this, axis);
    }

    /**
     * Repeated along axes of size 1, and along new axes in front, without a copy.
     *
     * @param sizes -1 keeps an axis as it is
     * @return a view of this tensor's memory
     */
    default Tensor expand(long... sizes) {
        return Views.expand((Tensor) this, sizes);
    }

    /**
     * Expanded to another tensor's shape.
     *
     * @param other the tensor whose shape is taken
     * @return a view of this tensor's memory
     */
    default Tensor expandAs(Tensor other) {
        Objects.requireNonNull(other, "expandAs: the other tensor is null; give one");
        return Views.expand((Tensor) this, other.sizes());
    }

    /**
     * Elements start, start + 1, ... before end along an axis; negative numbers count from the end, as in Python.
     *
     * @param axis the axis; negative ones count from the end
     * @param start the first element; negative counts from the end
     * @param end the first element that is left out; negative counts from the end
     * @return a view of this tensor's memory
     */
    default Tensor slice(int axis, long start, long end) {
        return Views.slice((Tensor) this, axis, start, end, 1);
    }

    /**
     * Every {@code step}-th element along an axis, as Python's {@code start:end:step}: bounds are cut to the tensor;
     * with a negative step the result runs backwards, still a view (this PyTorch cannot).
     *
     * @param axis the axis; negative ones count from the end
     * @param start the first element; negative counts from the end
     * @param end the first element that is left out; negative counts from the end
     * @param step the distance between elements, not 0
     * @return a view of this tensor's memory
     */
    default Tensor slice(int axis, long start, long end, long step) {
        return Views.slice((Tensor) this, axis, start, end, step);
    }

    /**
     * Element {@code index} along an axis, which disappears; a negative index counts from the end.
     *
     * @param axis the axis; negative ones count from the end
     * @param index the element; negative counts from the end
     * @return a view of this tensor's memory
     */
    default Tensor select(int axis, long index) {
        return Views.select((Tensor) this, axis, index);
    }

    /**
     * Indexing as in Python: {@code x.get(Index.to(80), Index.at(-1))} is {@code x[:80, -1]}.
     *
     * @param indices one for each axis from the first; axes without one stay whole
     * @return a view of this tensor's memory
     */
    default Tensor get(Index... indices) {
        return Views.get((Tensor) this, indices);
    }

    /**
     * Backwards along the given axes: a view.
     *
     * @param axes the axes, each once; negative ones count from the end
     * @return a view of this tensor's memory
     */
    default Tensor flip(int... axes) {
        return Views.flip((Tensor) this, axes);
    }

    /**
     * All windows of {@code size} elements along an axis, {@code step} elements apart, as PyTorch's {@code Tensor.unfold}: a
     * view, in which windows may overlap. With n elements along the axis, its size becomes {@code (n - size) / step + 1}, and a
     * new last axis runs through a window: {@code y[.., i, .., j] = x[.., i * step + j, ..]}. A single number has one axis of
     * size 1.
     *
     * <p>Windows with gaps, as those of dilated convolutions, are a slice of larger ones:
     * {@code x.unfold(axis, d * (k - 1) + 1, step).slice(-1, 0, Long.MAX_VALUE, d)} has k elements, d apart. Where windows
     * overlap, their elements share memory: they can be read, and filled with one value, but not changed in place otherwise.
     *
     * <pre>{@code
     * Tensor.arange(5).unfold(0, 3, 2)     // tensor([[0, 1, 2],
     *                                      //         [2, 3, 4]])
     * }</pre>
     *
     * @param axis the axis; negative ones count from the end
     * @param size 0 to n
     * @param step 1 or more
     * @return a view of this tensor's memory
     * @throws IllegalArgumentException for another size or step
     */
    default Tensor unfold(int axis, long size, long step) {
        return Windows.unfold((Tensor) this, axis, size, step);
    }

    /**
     * Parts of {@code size} along an axis; the last may be smaller.
     *
     * @param size the size of each part, 1 or more
     * @param axis the axis; negative ones count from the end
     * @return views, in order
     */
    default List<Tensor> split(long size, int axis) {
        return Views.split((Tensor) this, size, axis);
    }

    /**
     * Parts of the given sizes along an axis.
     *
     * @param sizes the parts' sizes, which add up to the axis's
     * @param axis the axis; negative ones count from the end
     * @return views, in order
     */
    default List<Tensor> split(long[] sizes, int axis) {
        return Views.split((Tensor) this, sizes, axis);
    }

    /**
     * At most {@code chunks} parts of equal size (the last may be smaller) along an axis.
     *
     * @param chunks how many parts, 1 or more
     * @param axis the axis; negative ones count from the end
     * @return views, in order
     */
    default List<Tensor> chunk(int chunks, int axis) {
        return Views.chunk((Tensor) this, chunks, axis);
    }
}
