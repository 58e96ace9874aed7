package ondol;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The shared history of a tensor and its views, so that a recorded change in place of one of them is in the gradients of all:
 * the change gives the tensor another past, and each view derives its own from that when it is next asked.
 */
final class Lineage {
    private static final String VIEW = "AsStridedBackward0";

    /** The tensor itself, which is no view: where its elements are in the shared memory. */
    private final long[] sizes;

    private final long[] strides;
    private final long offset;

    /** The run of memory in which they lie. */
    private final long low;

    private final long extent;

    /** How the tensor came to be; null if no gradient flows to it. */
    private volatile @Nullable AutogradMeta autogradMeta;

    Lineage(Tensor base, @Nullable AutogradMeta autogradMeta) {
        this.sizes = base.sizes();
        this.strides = base.strideArray();
        this.offset = base.storageOffset();
        this.autogradMeta = autogradMeta;
        long first = offset;
        long last = offset;
        for (int i = 0; i < sizes.length; i++) {
            long reach = (sizes[i] - 1) * strides[i];
            first += Math.min(0, reach);
            last += Math.max(0, reach);
        }
        this.low = first;
        this.extent = base.numel() == 0 ? 0 : last - first + 1;
    }

    @Nullable
    AutogradMeta autogradMeta() {
        return autogradMeta;
    }

    void autogradMeta(@Nullable AutogradMeta next) {
        autogradMeta = next;
    }

    /** How a view came to be, seen from what the tensor is now; null if no gradient flows to it. */
    @Nullable
    AutogradMeta ofView(Tensor view) {
        AutogradMeta whole = autogradMeta;
        if (whole == null) {
            return null;
        }
        long[] viewSizes = view.sizes();
        long[] viewStrides = view.strideArray();
        long viewOffset = view.storageOffset();
        return new AutogradMeta(new Node(
                VIEW,
                (i, g, saved) -> embed(g, viewSizes, viewStrides, viewOffset),
                new @Nullable AutogradMeta[] {whole},
                new long[][] {sizes}));
    }

    /**
     * The node of a change of a view, which is one of the tensor.
     *
     * @param back from the gradient of the view's elements to that of what they were before; null if nothing is left of
     *     them
     * @param other what else went in, and {@code toOther} the way to its gradient; null if nothing did
     */
    Node changed(
            Tensor view, @Nullable UnaryOperator<Tensor> back, @Nullable Tensor other, UnaryOperator<Tensor> toOther) {
        long[] viewSizes = view.sizes();
        UnaryOperator<Tensor> window = window(viewSizes, view.strideArray(), view.storageOffset());
        Node.Rule rule = (i, g, saved) -> {
            if (i == 1) {
                return toOther.apply(Views.part(flat(g), VIEW, window));
            }
            Tensor rest = g.maskedFill(mask(g.device(), window), 0);
            return back == null
                    ? rest
                    : rest.add(shaped(
                            Views.embed(back.apply(Views.part(flat(g), VIEW, window)), flatSizes(), VIEW, window)));
        };
        return other == null
                ? new Node("CopySlices", rule, new @Nullable AutogradMeta[] {autogradMeta}, new long[][] {sizes})
                : new Node(
                        "CopySlices",
                        rule,
                        new @Nullable AutogradMeta[] {autogradMeta, other.autogradMeta()},
                        new long[][] {sizes, other.sizes()});
    }

    // ---- between tensors of the base's shape and runs of memory

    private long[] flatSizes() {
        return new long[] {extent};
    }

    private UnaryOperator<Tensor> window(long[] ofSizes, long[] ofStrides, long ofOffset) {
        return flat -> flat.window(ofSizes, ofStrides, flat.storageOffset() + ofOffset - low);
    }

    /** A tensor of the base's shape as the memory in which its elements would lie. */
    private Tensor flat(Tensor t) {
        return Axes.isContiguous(sizes, strides)
                ? t.contiguous().reshape(extent)
                : Views.embed(t, flatSizes(), VIEW, window(sizes, strides, offset));
    }

    private Tensor shaped(Tensor flat) {
        return Axes.isContiguous(sizes, strides)
                ? flat.reshape(sizes)
                : Views.part(flat, VIEW, window(sizes, strides, offset));
    }

    /** Zeros of the base's shape with g in a view's place; where the view repeats an element, its gradients' sum. */
    private Tensor embed(Tensor g, long[] viewSizes, long[] viewStrides, long viewOffset) {
        long repeated = 0;
        for (int i = 0; i < viewSizes.length; i++) {
            repeated |= viewStrides[i] == 0 && viewSizes[i] != 1 ? 1L << i : 0;
        }
        long[] once = Axes.reduced(viewSizes, repeated, true);
        Tensor sum = PointwiseGradient.sumTo(g, once);
        UnaryOperator<Tensor> window = window(once, viewStrides, viewOffset);
        return shaped(
                Overlap.ofItself(once, viewStrides) ? added(sum, window) : Views.embed(sum, flatSizes(), VIEW, window));
    }

    /** Zeros, to which each element of a window that shares some is added in its place. */
    private Tensor added(Tensor g, UnaryOperator<Tensor> window) {
        Tensor places = window.apply(TensorFactory.arange(extent).to(g.device()));
        Tensor zeros = TensorFactory.full(Shape.wrap(flatSizes()), 0, g.dtype(), g.device());
        return zeros.scatterAdd(0, places.reshape(-1), g.reshape(-1));
    }

    /** True in a view's place. */
    private Tensor mask(Device device, UnaryOperator<Tensor> window) {
        Tensor mask = TensorFactory.full(Shape.wrap(flatSizes()), 0, DType.BOOL, device);
        InPlace.fillNew(window.apply(mask), 1);
        return shaped(mask);
    }
}
