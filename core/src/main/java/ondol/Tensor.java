package ondol;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import ondol.backend.View;
import ondol.text.TensorFormat;
import org.jspecify.annotations.Nullable;

/**
 * A multi-dimensional array on a {@link Device}, with a gradient if wanted: PyTorch's {@code torch.Tensor}.
 *
 * <p>What can be computed is grouped in {@link PointwiseOps}, {@link ReductionOps}, {@link ShapeOps}, {@link IndexOps},
 * {@link MatrixOps} and {@link NeuralOps}; tensors are made by the static methods here. Operations broadcast and promote types as
 * PyTorch's do, check everything before they run, and return new tensors; views share memory.
 *
 * <pre>{@code
 * Tensor x = Tensor.tensor(new float[][] {{1, 2}, {3, 4}});
 * Tensor w = Tensor.ones(2, 1).requiresGrad(true);
 * x.matmul(w).sum().backward();
 * System.out.println(w.grad());        // tensor([[4.],
 *                                      //         [6.]])
 * }</pre>
 *
 * <p>A tensor's memory is released when it can no longer be reached, or at once by {@link #close} or a {@link Scope}.
 *
 * <h2>Threads</h2>
 *
 * <p>Any number of threads may use the same tensors at once: compute with them, take views, and call {@code backward} of
 * losses of their own that come from the same leaves. Gradients accumulate under a lock, so none is lost; the threads'
 * timing decides in which order they are added, and sums of another order may differ in the last bit. {@link #grad} and
 * {@link #zeroGrad} may be called meanwhile, but a gradient that was returned goes on growing until zeroGrad, so read its
 * elements when the other threads have finished. Threads may also go back through one graph: with {@code retainGraph}
 * each gets its gradients, without it all but one may be refused, because the graph was freed.
 *
 * <p>Whatever changes a tensor is for one thread, while no other uses it: changes in place (different parts of one memory
 * may be changed at once), {@link #requiresGrad(boolean)}, {@link #retainGrad}, {@link #close}, an optimizer's step.
 * Whether operations are recorded, and scopes, belong to the thread that chose them.
 */
public final class Tensor extends TensorFactory
        implements PointwiseOps, ReductionOps, ShapeOps, IndexOps, MatrixOps, NeuralOps {
    private static final VarHandle CLOSED;
    private static final VarHandle LINEAGE;

    static {
        try {
            CLOSED = MethodHandles.lookup().findVarHandle(Tensor.class, "closed", boolean.class);
            LINEAGE = MethodHandles.lookup().findVarHandle(Tensor.class, "lineage", Lineage.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final DType dtype;
    private final long[] sizes;

    /** Where the elements are; another place only after {@link #exchange}. */
    private Storage storage;

    private long[] strides;
    private long offset;

    private @Nullable AutogradMeta autogradMeta;
    private boolean parameter;

    /** The lineage that it shares with its views, or with the tensor that it is a view of; null if there are none. */
    private volatile @Nullable Lineage lineage;

    private boolean view;

    /** A view made while nothing was recorded does not follow what it is a view of. */
    private boolean loose;

    /** Which changes of the memory a view's gradient takes into account. Written after that gradient. */
    private volatile int seen;

    @SuppressWarnings("unused") // through CLOSED
    private volatile boolean closed;

    private Tensor(
            Storage storage,
            DType dtype,
            long[] sizes,
            long[] strides,
            long offset,
            @Nullable AutogradMeta autogradMeta) {
        this.storage = storage;
        this.dtype = dtype;
        this.sizes = sizes;
        this.strides = strides;
        this.offset = offset;
        this.autogradMeta = autogradMeta;
        storage.retain();
    }

    private Tensor joined() {
        Scope scope = Context.current().scope;
        if (scope != null) {
            scope.join(this);
        }
        return this;
    }

    /** A new contiguous tensor of arbitrary content. */
    static Tensor empty(Device device, DType dtype, long[] sizes) {
        long n = Shape.numel(Shape.checked("a new tensor", sizes));
        Storage s = device.allocate(dtype.type(), Math.max(1, n));
        return new Tensor(s, dtype, sizes, Axes.contiguous(sizes), 0, null).joined();
    }

    /** Another window on the same memory, which knows nothing of gradients yet. */
    Tensor window(long[] newSizes, long[] newStrides, long newOffset) {
        checkOpen("view");
        return new Tensor(storage, dtype, newSizes, newStrides, newOffset, null).joined();
    }

    /** The same tensor behind another handle, outside all scopes: who asks for it closes it. */
    Tensor alias() {
        checkOpen("alias");
        Tensor t = new Tensor(storage, dtype, sizes, strides, offset, autogradMeta());
        t.parameter = parameter;
        return t;
    }

    Tensor copyOutsideScopes() {
        return Scope.outside(() -> Ops.CLONE.row().apply(this));
    }

    // ---- what core's classes ask

    Storage storage() {
        return storage;
    }

    long[] sizes() {
        return sizes;
    }

    long[] strideArray() {
        return strides;
    }

    @Nullable
    AutogradMeta autogradMeta() {
        Lineage shared = lineage;
        if (shared == null) {
            return autogradMeta;
        }
        if (!view) {
            return shared.autogradMeta();
        }
        if (!loose && seen != storage.version()) {
            follow(shared);
        }
        return autogradMeta;
    }

    /** Derives a view's gradient anew. Threads that ask at once must get the same one. */
    private void follow(Lineage shared) {
        synchronized (shared) {
            int now = storage.version();
            if (seen != now) {
                AutogradMeta next = shared.ofView(this);
                autogradMeta = next == null ? autogradMeta : next;
                seen = now;
            }
        }
    }

    private void autogradMeta(@Nullable AutogradMeta next) {
        autogradMeta = next;
        Lineage shared = lineage;
        if (shared != null && !view) {
            shared.autogradMeta(next);
        }
    }

    AutogradMeta derivedLater() {
        AutogradMeta later = new AutogradMeta(null);
        autogradMeta(later);
        return later;
    }

    /** Forgets of which tensors, that nobody else will see, this new one was made a view. */
    Tensor standingAlone() {
        if (lineage != null) {
            lineage = null;
        }
        view = false;
        loose = false;
        return this;
    }

    /** Makes this new tensor a view of another, which may be one itself. */
    Tensor viewOf(Tensor t) {
        lineage = t.shared();
        view = true;
        loose = t.loose || !Context.current().recording;
        seen = storage.version();
        return this;
    }

    /** The lineage of this tensor and its views. Threads that take the first view at once must get the same. */
    private Lineage shared() {
        Lineage known = lineage;
        if (known != null) {
            return known;
        }
        Lineage made = new Lineage(this, autogradMeta);
        Lineage first = (Lineage) LINEAGE.compareAndExchange(this, null, made);
        return first == null ? made : first;
    }

    /** For a view, what it shares with the tensor it is a view of; else null. */
    @Nullable
    Lineage viewed() {
        return view ? lineage : null;
    }

    /** Whether it is a view made while nothing was recorded. */
    boolean isLoose() {
        return loose;
    }

    /** Gives the tensor, or what it is a view of, a new past. */
    void changedBy(Node node) {
        Lineage shared = lineage;
        if (view && shared != null) {
            shared.autogradMeta(AutogradMeta.following(shared.autogradMeta(), node));
        } else {
            autogradMeta(AutogradMeta.following(autogradMeta(), node));
        }
    }

    /**
     * Gives this tensor the memory of another one of its shape and type, and lets go of its own. Whoever else has that,
     * views and saved tensors among them, keeps it. A gradient that was recorded before arrives where the tensor is now.
     */
    void exchange(Tensor other) {
        AutogradMeta now = autogradMeta();
        if (now != null && now.node == null) {
            now.home = other.device();
        } else if (now != null) {
            Device before = device();
            Node.Rule rule = (i, g, saved) -> g.to(before);
            now = AutogradMeta.following(
                    now, new Node("ToCopyBackward0", rule, new @Nullable AutogradMeta[] {now}, new long[][] {sizes}));
        }
        standingAlone();
        autogradMeta = now;
        Storage old = storage;
        other.storage.retain();
        storage = other.storage;
        strides = other.strides;
        offset = other.offset;
        old.release();
    }

    View operand(long[] target) {
        return new View(storage.buffer(), target, Axes.broadcastStrides(sizes, strides, target), offset);
    }

    View operand() {
        return new View(storage.buffer(), sizes, strides, offset);
    }

    /** A contiguous tensor seen with another shape, without a record: for results that are still being made. */
    Tensor viewAs(long[] shape) {
        return window(shape, Axes.contiguous(shape), offset);
    }

    void checkOpen(String operation) {
        if (closed) {
            throw new IllegalStateException(operation + ": the tensor of shape " + shape()
                    + " is closed; use it before close(), or take it out of its scope with keep()");
        }
    }

    // ---- what it is

    /** {@return the sizes along all axes} */
    public Shape shape() {
        return Shape.wrap(sizes);
    }

    /**
     * {@return the size along one axis; negative axes count from the end}
     *
     * @param axis from {@code -dim()} to {@code dim() - 1}
     * @throws IndexOutOfBoundsException if there is no such axis; a single number has none
     */
    public long size(int axis) {
        return Axes.size(sizes, axis);
    }

    /** {@return how many axes there are} */
    public int dim() {
        return sizes.length;
    }

    /** {@return how many elements there are} */
    public long numel() {
        return Shape.numel(sizes);
    }

    /** {@return the elements' type} */
    public DType dtype() {
        return dtype;
    }

    /** {@return the device that the elements are on} */
    public Device device() {
        return storage.device;
    }

    /** {@return how far apart neighbours along each axis are, in elements} */
    public long[] strides() {
        return strides.clone();
    }

    /** {@return the place of the first element in the shared memory, in elements} */
    public long storageOffset() {
        return offset;
    }

    /** {@return whether the elements lie row after row without gaps} */
    public boolean isContiguous() {
        return Axes.isContiguous(sizes, strides);
    }

    /**
     * {@return whether several elements are one in memory, as in an expanded view or in windows that overlap: such a tensor can
     * be read, and filled with one value, but not changed in place otherwise}
     */
    public boolean isOverlapping() {
        return Overlap.ofItself(this);
    }

    /**
     * {@return whether both tensors see the same memory}
     *
     * @param other another tensor, on any device
     */
    public boolean sharesStorageWith(Tensor other) {
        Objects.requireNonNull(other, "sharesStorageWith: the other tensor is null; give one");
        return storage == other.storage;
    }

    // ---- gradients

    /** {@return whether gradients flow to this tensor} */
    public boolean requiresGrad() {
        return autogradMeta() != null;
    }

    /**
     * Makes a leaf collect a gradient, or stop doing so ({@code requires_grad_}).
     *
     * @param required whether the leaf collects a gradient
     * @return this tensor
     * @throws IllegalStateException for a computed tensor, which follows its inputs: use {@link #detach}
     */
    public Tensor requiresGrad(boolean required) {
        checkOpen("requiresGrad");
        AutogradMeta now = autogradMeta();
        if (now != null && now.node != null) {
            if (required) {
                return this;
            }
            throw new IllegalStateException(
                    "requiresGrad(false): this tensor was computed by " + now.node.name + "; use detach()");
        }
        if (required && dtype != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    "requiresGrad: only FLOAT32 tensors have gradients, this is " + dtype + "; use to(DType.FLOAT32)");
        }
        if (required && now == null) {
            autogradMeta(new AutogradMeta(null));
        } else if (!required) {
            autogradMeta(null);
        }
        return this;
    }

    /** {@return whether no recorded operation made this tensor: gradients accumulate only in leaves} */
    public boolean isLeaf() {
        AutogradMeta now = autogradMeta();
        return now == null || now.node == null;
    }

    /** {@return the name of the operation that made it ({@code AddmmBackward0}); null for a leaf} */
    public @Nullable String gradFn() {
        AutogradMeta now = autogradMeta();
        return now == null || now.node == null ? null : now.node.name;
    }

    /**
     * {@return the accumulated gradient; null before the first backward and after {@link #zeroGrad}} Until then, later
     * backwards add to the same tensor; {@code clone()} it to keep what it is now.
     */
    public @Nullable Tensor grad() {
        AutogradMeta now = autogradMeta();
        return now == null ? null : now.show();
    }

    /**
     * {@return the gradient for an optimizer, which keeps no reference to it: {@code zeroGrad} can then reuse its memory at
     * once} So no other thread may call {@code zeroGrad} while the optimizer reads it.
     */
    public @Nullable Tensor peekGrad() {
        AutogradMeta now = autogradMeta();
        return now == null ? null : now.peek();
    }

    /** Forgets the gradient. */
    public void zeroGrad() {
        AutogradMeta now = autogradMeta();
        if (now != null) {
            now.clear();
        }
    }

    /**
     * Makes a computed tensor keep its gradient as leaves do ({@code retain_grad}).
     *
     * @return this tensor
     */
    public Tensor retainGrad() {
        checkOpen("retainGrad");
        AutogradMeta now = autogradMeta();
        if (now == null) {
            throw new IllegalStateException("retainGrad: a tensor of shape " + shape()
                    + " requires no gradient; compute it from a tensor with requiresGrad(true), outside noGrad");
        }
        now.retained = true;
        return this;
    }

    /**
     * Registers what is called in every backward when this tensor's gradient has arrived in full, before anybody gets it
     * ({@code register_hook}). Tensors that a hook computes join no scope.
     *
     * <pre>{@code
     * h.registerHook(g -> g.clamp(-1, 1));       // another gradient in its place
     * h.registerHook(g -> {                      // a look at it
     *     norms.add(g.norm().item());
     *     return null;
     * });
     * }</pre>
     *
     * @param hook gets the gradient, and gives the one to take in its place, or null to leave it
     * @return what takes the hook back
     * @throws IllegalStateException if the tensor requires no gradient
     */
    public RemovableHandle registerHook(GradientHook hook) {
        Objects.requireNonNull(hook, "registerHook: the hook is null; give one");
        checkOpen("registerHook");
        AutogradMeta now = autogradMeta();
        if (now == null) {
            throw new IllegalStateException("registerHook: a tensor of shape " + shape()
                    + " requires no gradient; compute it from a tensor with requiresGrad(true), outside noGrad");
        }
        return now.add(hook);
    }

    /** The gradients of this single number, accumulated into the leaves it was computed from. */
    public void backward() {
        Backpropagation.backward(this, null, false, false);
    }

    /**
     * The gradients of {@code sum(this * gradient)}, accumulated into the leaves.
     *
     * @param gradient of this tensor's shape; null for 1, if this is a single number
     */
    public void backward(@Nullable Tensor gradient) {
        Backpropagation.backward(this, gradient, false, false);
    }

    /**
     * As {@code torch.Tensor.backward}.
     *
     * @param gradient of this tensor's shape; null for 1, if this is a single number
     * @param retainGraph whether what was recorded is kept for another backward
     * @param createGraph whether the gradients are recorded, so that they can be differentiated
     * @throws IllegalStateException if there is nothing to go back to, it was already freed, or a tensor that it needs
     *     was changed in place; then nothing was accumulated or freed
     * @throws IllegalArgumentException if the gradient is missing or of another shape
     */
    public void backward(@Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
        Backpropagation.backward(this, gradient, retainGraph, createGraph);
    }

    /** {@return the same memory without gradient: changes of one are seen in the other} */
    public Tensor detach() {
        checkOpen("detach");
        return window(sizes, strides, offset);
    }

    /**
     * {@return the memory of {@code data} as a leaf, outside all scopes, that requires a gradient and prints as a parameter}
     *
     * @param data a FLOAT32 tensor
     */
    public static Tensor parameter(Tensor data) {
        Objects.requireNonNull(data, "parameter: the tensor is null; give one");
        data.checkOpen("parameter");
        if (data.dtype != DType.FLOAT32) {
            throw new IllegalArgumentException("parameter: only FLOAT32 tensors have gradients, this is " + data.dtype
                    + "; use to(DType.FLOAT32)");
        }
        Tensor t = new Tensor(data.storage, data.dtype, data.sizes, data.strides, data.offset, null);
        t.requiresGrad(true);
        t.parameter = true;
        return t;
    }

    /** {@return whether it was made by {@link #parameter}} */
    public boolean isParameter() {
        return parameter;
    }

    // ---- types, devices, copies

    /**
     * {@return this tensor with elements of another type; itself if they already are} Floats are cut towards zero.
     *
     * @param type the type
     */
    public Tensor to(DType type) {
        checkOpen("to");
        Objects.requireNonNull(type, "to: the type is null; give DType.FLOAT32, INT64 or BOOL");
        return type == dtype ? this : TensorConversions.convert(this, type);
    }

    /**
     * {@return this tensor on another device; itself if it is already there}
     *
     * @param device the device
     */
    public Tensor to(Device device) {
        checkOpen("to");
        Objects.requireNonNull(device, "to: the device is null; give Device.CPU or Device.of(...)");
        return device == device() ? this : TensorConversions.transfer(this, device);
    }

    /** A contiguous copy. */
    @Override
    @SuppressWarnings("MethodDoesntCallSuperMethod")
    public Tensor clone() {
        checkOpen("clone");
        return Ops.CLONE.row().apply(this);
    }

    /** {@return this tensor if it is contiguous, otherwise a contiguous copy} */
    public Tensor contiguous() {
        checkOpen("contiguous");
        return isContiguous() ? this : Ops.CLONE.row().apply(this);
    }

    // ---- changes in place

    /**
     * Adds {@code other}, broadcast to this shape, to the elements.
     *
     * @param other of a shape that broadcasts to this one's
     * @return this tensor
     */
    public Tensor addInPlace(Tensor other) {
        return InPlace.add(this, other);
    }

    /**
     * Multiplies the elements by a number.
     *
     * @param factor the number
     * @return this tensor
     */
    public Tensor mulInPlace(double factor) {
        return InPlace.mul(this, factor);
    }

    /**
     * Overwrites the elements with those of {@code source}, broadcast and converted.
     *
     * @param source of a shape that broadcasts to this one's, of any type, on any device
     * @return this tensor
     */
    public Tensor copyFrom(Tensor source) {
        return InPlace.copy(this, source);
    }

    /**
     * Overwrites the elements with those of host memory, such as a mapped file.
     *
     * @param source the elements in row-major order and native byte order, on the heap or not; of BOOL each is a byte, and
     *     every byte but 0 is true
     * @return this tensor
     * @throws IllegalArgumentException if the memory has another size than the elements
     * @throws IllegalStateException if it can no longer be read, and where other changes in place are refused
     */
    public Tensor upload(MemorySegment source) {
        return HostMemory.upload(this, source);
    }

    /**
     * Sets all elements to one value.
     *
     * @param value the value, converted to this tensor's type
     * @return this tensor
     */
    public Tensor fill(double value) {
        return InPlace.fill("FillBackward2", this, value);
    }

    /**
     * Sets all elements to zero.
     *
     * @return this tensor
     */
    public Tensor zero() {
        return InPlace.fill("ZeroBackward0", this, 0);
    }

    // ---- to Java

    /**
     * {@return the only element, as Python's {@code item()}; true is 1} For INT64 there is {@link #itemLong}, too.
     *
     * @throws IllegalStateException if there is not exactly one, or it is an integer that no double holds exactly
     */
    public double item() {
        return TensorConversions.item(this);
    }

    /**
     * {@return the only element of an INT64 or BOOL tensor, every digit of it; true is 1}
     *
     * @throws IllegalStateException if there is not exactly one, or it is a FLOAT32
     */
    public long itemLong() {
        return TensorConversions.itemLong(this);
    }

    /** {@return the elements in row-major order; INT64 and BOOL are converted} */
    public float[] toFloatArray() {
        return TensorConversions.floats(this);
    }

    /** {@return the elements in row-major order; FLOAT32 is cut towards zero, true is 1} */
    public long[] toLongArray() {
        return TensorConversions.longs(this);
    }

    /** {@return the elements in row-major order; numbers are true unless they are zero} */
    public boolean[] toBooleanArray() {
        return TensorConversions.booleans(this);
    }

    /**
     * {@return the elements as nested Java arrays: {@code float[][]} for a matrix of FLOAT32, and so on}
     *
     * @throws IllegalStateException for a tensor without axes: use {@link #item}
     */
    public Object toNestedArray() {
        return TensorConversions.nested(this);
    }

    /**
     * Writes the elements to host memory, such as a mapped file.
     *
     * @param target room for exactly the elements, on the heap or not: they come in row-major order and native byte order,
     *     BOOL as bytes 0 and 1
     * @throws IllegalArgumentException if it has another size than the elements, or can only be read
     * @throws IllegalStateException if it can no longer be written to
     */
    public void download(MemorySegment target) {
        HostMemory.download(this, target);
    }

    /** Releases the memory, unless a view or a recorded operation needs it. May be called again. */
    public void close() {
        if (CLOSED.compareAndSet(this, false, true)) {
            storage.release();
        }
    }

    /** {@return whether {@link #close} was called} */
    public boolean isClosed() {
        return closed;
    }

    /** Exactly what PyTorch prints. Only the elements that are shown are read: at most six along a long axis. */
    @Override
    public String toString() {
        return toString(true);
    }

    /**
     * The text that PyTorch prints.
     *
     * @param showDevice whether a device other than the CPU is named, as PyTorch does
     * @return the elements, and the type, device and gradient function where they are not the usual ones
     */
    public String toString(boolean showDevice) {
        if (closed) {
            return "tensor(closed, shape=" + shape() + ", dtype=" + dtype + ")";
        }
        List<String> suffixes = new ArrayList<>();
        String gradFn = gradFn();
        if (gradFn != null) {
            suffixes.add("grad_fn=<" + gradFn + ">");
        } else if (requiresGrad()) {
            suffixes.add("requires_grad=True");
        }
        String device = device() == Device.CPU || !showDevice ? null : "device='" + device() + "'";
        String text = TensorFormat.format("tensor(", sizes, TensorConversions.shown(this), device, suffixes);
        return parameter ? "Parameter containing:\n" + text : text;
    }

    // ---- identity

    /** Tensors are compared by identity; for their elements see {@link PointwiseOps#eq} and {@link PointwiseOps#equal}. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    /** A single number like this tensor: FLOAT32, on the same device. */
    @Override
    public Tensor constant(double value) {
        return TensorFactory.full(Shape.of(), (float) value, DType.FLOAT32, device());
    }
}
