package ondol;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program's own kernels on tensors: many arithmetic steps in one launch, on any backend, with the same bits.
 *
 * <p>Nothing of it is recorded. So what makes new tensors is for the {@code forward} of an {@link ondol.autograd.Function}, or
 * for {@link ondol.autograd.Autograd#noGrad()}: where operations are recorded, an input that requires a gradient is refused,
 * because its gradient would be lost.
 *
 * <pre>{@code
 * Expr x = Expr.input(0, Type.F32);
 * Expr y = Expr.input(1, Type.F32);
 * Kernel.Map hypotenuse = new Kernel.Map(x.mul(x).add(y.mul(y)).sqrt());
 * Tensor z = Fused.map(hypotenuse, a, b);                             // one launch for four operations
 * Kernel.Reduce dot = new Kernel.Reduce(x.mul(y), ReduceOp.SUM);
 * Tensor d = Fused.reduce(dot, new int[] {-1}, false, a, b);          // without a tensor of the products
 * }</pre>
 *
 * <p>Run-time scalars are given by their numbers: for an F32 any number, for an integer a long or an int, for a BOOL 0 or 1.
 */
public final class Fused {
    private Fused() {}

    // ---- new tensors

    /**
     * The result of a Map of one expression, over the shape that the inputs broadcast to.
     *
     * @param kernel one expression
     * @param inputs at least one; the types are the kernel's
     * @return a new contiguous tensor
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     * @throws IllegalStateException if a tensor is closed, or if this thread records and an input requires a gradient
     * @throws NullPointerException if something is null; the message says what
     */
    public static Tensor map(Kernel.Map kernel, Tensor... inputs) {
        return map(kernel, list("Fused.map", inputs));
    }

    /**
     * As {@link #map(Kernel.Map, Tensor...)}, with run-time scalars.
     *
     * @param kernel the expressions, over as many inputs and scalars as are given
     * @param inputs the tensors, at least one, of the kernel's types; they are broadcast against each other
     * @param scalars the kernel's run-time scalars, in order
     * @return a new contiguous tensor of the broadcast shape
     */
    public static Tensor map(Kernel.Map kernel, List<Tensor> inputs, Number... scalars) {
        Objects.requireNonNull(kernel, "Fused.map: the kernel is null; give a Kernel.Map");
        if (kernel.outputs().size() != 1) {
            throw new IllegalArgumentException("Fused.map: the kernel has "
                    + kernel.outputs().size() + " outputs; use mapAll, or a kernel of one");
        }
        return run("Fused.map", kernel, inputs, scalars).getFirst();
    }

    /**
     * {@return the results of a Map, one new tensor for each expression; all else as for {@link #map(Kernel.Map, Tensor...)}}
     *
     * @param kernel the expressions, over as many inputs and scalars as are given
     * @param inputs the tensors, at least one, of the kernel's types; they are broadcast against each other
     */
    public static List<Tensor> mapAll(Kernel.Map kernel, Tensor... inputs) {
        return mapAll(kernel, list("Fused.mapAll", inputs));
    }

    /**
     * As {@link #mapAll(Kernel.Map, Tensor...)}, with run-time scalars.
     *
     * @param kernel the expressions, over as many inputs and scalars as are given
     * @param inputs the tensors, at least one, of the kernel's types; they are broadcast against each other
     * @param scalars the kernel's run-time scalars, in order
     * @return one new contiguous tensor of the broadcast shape for each expression
     */
    public static List<Tensor> mapAll(Kernel.Map kernel, List<Tensor> inputs, Number... scalars) {
        Objects.requireNonNull(kernel, "Fused.mapAll: the kernel is null; give a Kernel.Map");
        return run("Fused.mapAll", kernel, inputs, scalars);
    }

    private static List<Tensor> run(String operation, Kernel.Map kernel, List<Tensor> inputs, Number[] scalars) {
        Tensor[] in = given(operation, inputs, scalars);
        long[] shape = broadcast(operation, in);
        Reads reads = Reads.of(kernel);
        View[] views = reads.checked(operation, operands(in, shape), scalars);
        long[] bits = reads.bits(operation, scalars);
        if (kernel.outputs().isEmpty()) {
            throw new IllegalArgumentException(operation + ": the kernel has no outputs; give it an expression");
        }
        DType[] types = new DType[kernel.outputs().size()];
        for (int i = 0; i < types.length; i++) {
            types[i] = dtype(operation, i, kernel.outputs().get(i).type());
        }
        List<Tensor> results = new ArrayList<>();
        View[] out = new View[types.length];
        for (int i = 0; i < types.length; i++) {
            Tensor t = Tensor.empty(in[0].device(), types[i], shape);
            results.add(t);
            out[i] = t.operand();
        }
        Launcher.run(kernel, shape, 0, views, out, bits, results.getFirst(), in);
        Reference.reachabilityFence(results);
        return results;
    }

    /**
     * The result of a Reduce over some axes of the shape that the inputs broadcast to.
     *
     * @param kernel the expressions, over as many inputs and scalars as are given
     * @param axes negative ones count from the end; none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     * @param inputs at least one; the types are the kernel's
     * @return a new contiguous tensor
     * @throws IndexOutOfBoundsException if there is no such axis
     * @throws IllegalArgumentException if shapes, types or devices do not fit, or if there is nothing to choose the largest or
     *     smallest from
     * @throws IllegalStateException if a tensor is closed, or if this thread records and an input requires a gradient
     * @throws NullPointerException if something is null; the message says what
     */
    public static Tensor reduce(Kernel.Reduce kernel, int[] axes, boolean keepDim, Tensor... inputs) {
        return reduce(kernel, axes, keepDim, list("Fused.reduce", inputs));
    }

    /**
     * As {@link #reduce(Kernel.Reduce, int[], boolean, Tensor...)}, with run-time scalars.
     *
     * @param kernel the expressions, over as many inputs and scalars as are given
     * @param axes the axes that are reduced; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     * @param inputs the tensors, at least one, of the kernel's types; they are broadcast against each other
     * @param scalars the kernel's run-time scalars, in order
     * @return a new contiguous tensor
     */
    public static Tensor reduce(
            Kernel.Reduce kernel, int[] axes, boolean keepDim, List<Tensor> inputs, Number... scalars) {
        String operation = "Fused.reduce";
        Objects.requireNonNull(kernel, "Fused.reduce: the kernel is null; give a Kernel.Reduce");
        Tensor[] in = given(operation, inputs, scalars);
        long[] shape = broadcast(operation, in);
        long mask = Axes.mask(operation, axes, shape.length);
        Reads reads = Reads.of(kernel);
        View[] views = reads.checked(operation, operands(in, shape), scalars);
        long[] bits = reads.bits(operation, scalars);
        dtype(operation, 0, kernel.outputType());
        if (!kernel.op().hasIdentity() && Axes.count(shape, mask) == 0) {
            throw new IllegalArgumentException(operation + ": " + kernel.op() + " over " + Axes.name(shape)
                    + " has nothing to choose from; at least one element is needed along the reduced axes");
        }
        return Reductions.run(kernel, shape, mask, keepDim, views, bits, in);
    }

    // ---- several kernels

    /**
     * One of the kernels of {@link Fused#rows}.
     *
     * @param kernel a Map or a Reduce, without a dropout mask
     * @param reads the tensors it reads, by number: first the inputs, from 0 on, then the results of the steps before
     * @param scalars its run-time scalars
     */
    public record Step(Kernel kernel, List<Integer> reads, List<Number> scalars) {
        /** Inputs of a kernel have numbers up to 999. */
        private static final int MOST_READ = 1000;

        /** Keeps immutable copies. */
        public Step {
            Objects.requireNonNull(kernel, "Fused.Step: the kernel is null; give a Kernel.Map or a Kernel.Reduce");
            Objects.requireNonNull(reads, "Fused.Step: the list of what is read is null; give tensors by number");
            Objects.requireNonNull(scalars, "Fused.Step: the list of scalars is null; leave it out if there are none");
            for (Number n : reads) {
                Objects.requireNonNull(n, "Fused.Step: a tensor's number is null; the first input is 0");
            }
            for (Number n : scalars) {
                Objects.requireNonNull(n, "Fused.Step: a scalar is null; give a number");
            }
            if (!(kernel instanceof Kernel.Map) && !(kernel instanceof Kernel.Reduce)) {
                throw new IllegalArgumentException(
                        "Fused.Step: " + kernel + " is neither a Map nor a Reduce; run it by itself");
            }
            reads = List.copyOf(reads);
            scalars = List.copyOf(scalars);
        }

        /**
         * With its scalars one by one, or without any.
         *
         * @param kernel the expressions, over as many inputs and scalars as are given
         * @param reads for each of the kernel's inputs the number of the tensor it reads: the given ones first, then the steps'
         *     results
         * @param scalars the kernel's run-time scalars, in order
         */
        public Step(Kernel kernel, List<Integer> reads, Number... scalars) {
            this(
                    kernel,
                    reads,
                    Arrays.asList(Objects.requireNonNull(
                            scalars, "Fused.Step: the scalars are null; leave them out if there are none")));
        }

        /**
         * {@return a step that reads the first so many tensors: all inputs, and with a greater number what steps before gave,
         * too}
         *
         * @param count how many tensors the step reads, 0 or more
         * @param kernel the expressions, over as many inputs and scalars as are given
         * @param scalars the kernel's run-time scalars, in order
         * @throws IllegalArgumentException if the number is negative, or greater than a kernel may have inputs
         */
        public static Step ofFirst(int count, Kernel kernel, Number... scalars) {
            if (count < 0 || count > MOST_READ) {
                throw new IllegalArgumentException(
                        "Fused.Step.ofFirst: " + count + " tensors; give from 0 to " + MOST_READ);
            }
            Integer[] reads = new Integer[count];
            for (int i = 0; i < count; i++) {
                reads[i] = i;
            }
            return new Step(kernel, List.of(reads), scalars);
        }
    }

    /**
     * Several kernels that go along the same axes, one after the other, as normalisation and softmax do: a Reduce is over
     * {@code axes}, and its result has size 1 there. The results are those of {@link #reduce} and {@link #mapAll}; but a device may
     * do all steps for some rows before it goes on to the next ones, so that they are read from memory once.
     *
     * <pre>{@code
     * // softmax along the last axis: 0 is x, 1 the largest of each row, 2 the sum, 3 the result
     * List<Tensor> all = Fused.rows(new int[] {-1}, List.of(x), List.of(
     *         new Fused.Step(LARGEST, List.of(0)),
     *         new Fused.Step(SUM_OF_EXP, List.of(0, 1)),
     *         new Fused.Step(SOFTMAX, List.of(0, 1, 2))));
     * Tensor y = all.get(2);
     * }</pre>
     *
     * @param axes of the shape that the inputs broadcast to; negative ones count from the end; none at all means all
     * @param inputs at least one; each step reads some of them, and what steps before gave
     * @param steps each with as many results as its kernel has outputs
     * @return the results of all steps, in order: new contiguous tensors
     * @throws IndexOutOfBoundsException if there is no such axis, or a step reads a tensor that is not there yet
     * @throws IllegalArgumentException if shapes, types or devices do not fit, a kernel has a dropout mask, or if there is nothing to
     *     choose the largest or smallest from
     * @throws IllegalStateException if a tensor is closed, or if this thread records and an input requires a gradient
     * @throws NullPointerException if something is null; the message says what
     */
    public static List<Tensor> rows(int[] axes, List<Tensor> inputs, List<Step> steps) {
        String operation = "Fused.rows";
        Tensor[] in = given(operation, inputs, new Number[0]);
        Objects.requireNonNull(steps, "Fused.rows: the list of steps is null; give some");
        long[] shape = broadcast(operation, in);
        long mask = Axes.mask(operation, axes, shape.length);
        RowSteps rows = new RowSteps(in[0].device(), shape, mask);
        List<Tensor> known = new ArrayList<>(inputs);
        try (Scope scope = Scope.open()) {
            for (Step step : steps) {
                Objects.requireNonNull(step, "Fused.rows: a step is null; give a Fused.Step");
                known.addAll(add(operation, rows, step, known, Axes.count(shape, mask)));
            }
            rows.run();
            List<Tensor> results = List.copyOf(known.subList(in.length, known.size()));
            results.forEach(scope::keep);
            return results;
        }
    }

    /** The results of one more step, over so many reduced elements. */
    private static List<Tensor> add(String operation, RowSteps rows, Step step, List<Tensor> known, long count) {
        Tensor[] in = new Tensor[step.reads.size()];
        for (int i = 0; i < in.length; i++) {
            int number = step.reads.get(i);
            if (number < 0 || number >= known.size()) {
                throw new IndexOutOfBoundsException(operation + ": a step reads tensor " + number + ", but there are "
                        + known.size() + " so far; the inputs come first, then the results of the steps before");
            }
            in[i] = known.get(number);
        }
        Number[] scalars = step.scalars.toArray(Number[]::new);
        Reads reads = step.kernel instanceof Kernel.Map m ? Reads.of(m) : Reads.of((Kernel.Reduce) step.kernel);
        if (reads.keeps()) {
            throw new IllegalArgumentException(
                    operation + ": a kernel has a dropout mask, which counts all elements; run it by itself");
        }
        Tensor[] read = reads.checked(operation, in, scalars);
        long[] bits = reads.bits(operation, scalars);
        if (step.kernel instanceof Kernel.Reduce reduce) {
            dtype(operation, 0, reduce.outputType());
            if (!reduce.op().hasIdentity() && count == 0) {
                throw new IllegalArgumentException(operation + ": " + reduce.op()
                        + " has nothing to choose from; at least one element is needed along the reduced axes");
            }
            return List.of(rows.reduce(reduce, bits, read));
        }
        Kernel.Map map = (Kernel.Map) step.kernel;
        for (int i = 0; i < map.outputs().size(); i++) {
            dtype(operation, i, map.outputs().get(i).type());
        }
        if (map.outputs().isEmpty()) {
            throw new IllegalArgumentException(operation + ": a kernel has no outputs; give it an expression");
        }
        return rows.map(map, bits, read);
    }

    // ---- products

    /**
     * The product of matrices whose rows, columns and inner sizes may be several axes each: of a [batch..., m..., k...] and
     * b [batch..., k..., n...] the tensor [batch..., m..., n...] of
     *
     * <pre>{@code c[i, j] = sum over p of a[i, p] * b[p, j]}</pre>
     *
     * <p>where i, p and j each stand for several indices. The sum is one chain of fused multiply-adds from +0 over p in row-major
     * order, whatever the sizes. Factors may be any views, also such that overlap: with the windows of an image (see {@link
     * ShapeOps#unfold}) this is a convolution, for which nothing is copied.
     *
     * @param batchAxes how many axes, the first of both, are for separate products; their sizes broadcast
     * @param innerAxes how many axes are summed over: the last of a, and of b those that follow the batch; at least 1
     * @param a the left factor, [batch..., m..., k...]
     * @param b the right factor, [batch..., k..., n...]
     * @return a new contiguous tensor
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     * @throws IllegalStateException if a tensor is closed, or if this thread records and a factor requires a gradient
     * @throws NullPointerException if a factor is null
     */
    public static Tensor matmul(int batchAxes, int innerAxes, Tensor a, Tensor b) {
        return Products.matmul(batchAxes, innerAxes, a, b, null);
    }

    /**
     * As {@link #matmul(int, int, Tensor, Tensor)}, plus a bias, added to each sum at the end in the same launch.
     *
     * @param batchAxes how many leading axes of both are batches
     * @param innerAxes how many axes are summed over: the last ones of {@code a}, which are those of {@code b} after the
     *     batches
     * @param a the left factor, [batch..., m..., k...]
     * @param b the right factor, [batch..., k..., n...]
     * @param bias broadcast to the product's shape
     * @return a new contiguous tensor, [batch..., m..., n...]
     */
    public static Tensor matmul(int batchAxes, int innerAxes, Tensor a, Tensor b, Tensor bias) {
        Objects.requireNonNull(bias, "Fused.matmul: the bias is null; leave it out");
        return Products.matmul(batchAxes, innerAxes, a, b, bias);
    }

    // ---- tensors that are overwritten

    /**
     * As {@link #matmul(int, int, Tensor, Tensor)}, over what {@code out} holds: any view without a record, whose elements
     * share no memory with each other or with a factor.
     *
     * @param batchAxes how many leading axes of both are batches
     * @param innerAxes how many axes are summed over: the last ones of {@code a}, which are those of {@code b} after the
     *     batches
     * @param a the left factor, [batch..., m..., k...]
     * @param b the right factor, [batch..., k..., n...]
     * @param out of the product's shape
     */
    public static void matmulInto(int batchAxes, int innerAxes, Tensor a, Tensor b, Tensor out) {
        Products.matmulInto(batchAxes, innerAxes, a, b, out);
    }

    /**
     * Runs a Map that overwrites tensors, without a record: how an optimizer updates a parameter and its state in one
     * launch. An output may also be an input: the same tensor, or another handle on exactly the same elements. Other
     * than that, no output may share an element with an input, with another output, or within itself.
     *
     * @param kernel one expression for each output
     * @param inputs all of one shape
     * @param outputs all of that shape
     * @param scalars the kernel's run-time scalars
     * @throws IllegalArgumentException if shapes, types or devices differ from that, or memory overlaps
     * @throws IllegalStateException if a tensor is closed
     * @throws NullPointerException if something is null; the message says what
     */
    public static void update(Kernel.Map kernel, List<Tensor> inputs, List<Tensor> outputs, Number... scalars) {
        String operation = "Fused.update";
        Objects.requireNonNull(kernel, "Fused.update: the kernel is null; give a Kernel.Map");
        checkScalars(operation, scalars);
        checkNull(operation, "input", inputs);
        checkNull(operation, "output", outputs);
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException(
                    "Fused.update: no outputs were given; give one for each of the kernel's");
        }
        Tensor first = outputs.get(0);
        View[] given = views(inputs, first);
        View[] out = views(outputs, first);
        if (out.length != kernel.outputs().size()) {
            throw new IllegalArgumentException("Fused.update: the kernel has "
                    + kernel.outputs().size() + " outputs, but " + out.length + " tensors were given; give as many");
        }
        for (int i = 0; i < out.length; i++) {
            if (kernel.outputs().get(i).type() != out[i].type()) {
                throw new IllegalArgumentException("Fused.update: output " + i + " is "
                        + kernel.outputs().get(i).type() + " in the kernel but the tensor is " + out[i].type()
                        + "; they must agree");
            }
        }
        Reads reads = Reads.of(kernel);
        View[] in = reads.checked(operation, given, scalars);
        long[] bits = reads.bits(operation, scalars);
        checkMemory(inputs, outputs);
        Launcher.run(kernel, first.sizes(), 0, in, out, bits, first, inputs);
        for (Tensor t : outputs) {
            t.storage().changed();
        }
        Reference.reachabilityFence(outputs);
    }

    // ---- checks

    private static List<Tensor> list(String operation, Tensor[] inputs) {
        if (inputs == null) {
            throw new NullPointerException(operation + ": the array of inputs is null; give tensors");
        }
        return Arrays.asList(inputs);
    }

    /** The inputs of what makes new tensors: open, on one device, and without a gradient that would be lost. */
    private static Tensor[] given(String operation, List<Tensor> inputs, Number[] scalars) {
        checkScalars(operation, scalars);
        checkNull(operation, "input", inputs);
        Tensor[] in = inputs.toArray(Tensor[]::new);
        if (in.length == 0) {
            throw new IllegalArgumentException(
                    operation + ": no inputs were given; give one of the result's shape, even if it is not read");
        }
        Pointwise.sameDevice(operation, in);
        for (Tensor t : in) {
            if (Tape.records(t)) {
                throw new IllegalStateException(operation + ": an input of shape " + t.shape()
                        + " requires a gradient, which would be lost; call it within Function.forward, or under"
                        + " Autograd.noGrad()");
            }
        }
        return in;
    }

    private static long[] broadcast(String operation, Tensor[] in) {
        long[] shape = in[0].sizes();
        for (int i = 1; i < in.length; i++) {
            shape = Axes.broadcast(operation, shape, in[i].sizes());
        }
        return shape;
    }

    private static View[] operands(Tensor[] in, long[] shape) {
        View[] views = new View[in.length];
        for (int i = 0; i < views.length; i++) {
            views[i] = in[i].operand(shape);
        }
        return views;
    }

    private static DType dtype(String operation, int output, Type type) {
        if (type == Type.I32) {
            throw new IllegalArgumentException(operation + ": output " + output
                    + " is I32 in the kernel, and no tensor has such elements; use to(Type.I64)");
        }
        return DType.of(type);
    }

    private static void checkScalars(String operation, Number @Nullable [] scalars) {
        if (scalars == null) {
            throw new NullPointerException(operation + ": the scalars are null; leave them out if there are none");
        }
    }

    private static void checkNull(String operation, String what, @Nullable List<Tensor> tensors) {
        if (tensors == null) {
            throw new NullPointerException(operation + ": the list of " + what + "s is null; give a list of tensors");
        }
        for (int i = 0; i < tensors.size(); i++) {
            if (tensors.get(i) == null) {
                throw new NullPointerException(operation + ": " + what + " " + i + " is null; give a tensor");
            }
        }
    }

    /** Elements are computed in any order, so what is written must be nobody else's, or read in the same place. */
    private static void checkMemory(List<Tensor> inputs, List<Tensor> outputs) {
        for (int o = 0; o < outputs.size(); o++) {
            Tensor out = outputs.get(o);
            if (Overlap.ofItself(out)) {
                throw new IllegalArgumentException("Fused.update: output " + o + " of shape " + out.shape()
                        + " is a view in which elements share memory; pass a clone() of it");
            }
            for (int i = 0; i < o; i++) {
                switch (Overlap.of(out, outputs.get(i))) {
                    case NONE -> {}
                    case SAME ->
                        throw new IllegalArgumentException("Fused.update: outputs " + i + " and " + o
                                + " are the same memory; give each output memory of its own");
                    case PARTIAL ->
                        throw new IllegalArgumentException("Fused.update: outputs " + i + " and " + o
                                + " overlap in memory; give each output memory of its own");
                }
            }
            for (int i = 0; i < inputs.size(); i++) {
                if (Overlap.of(out, inputs.get(i)) == Overlap.PARTIAL) {
                    throw new IllegalArgumentException("Fused.update: output " + o + " and input " + i
                            + " overlap in memory but are not the same elements; pass a clone() of the input");
                }
            }
        }
    }

    private static View[] views(List<Tensor> tensors, Tensor like) {
        View[] views = new View[tensors.size()];
        for (int i = 0; i < views.length; i++) {
            Tensor t = tensors.get(i);
            t.checkOpen("Fused.update");
            if (!Arrays.equals(t.sizes(), like.sizes()) || t.device() != like.device()) {
                throw new IllegalArgumentException("Fused.update: a tensor of shape " + t.shape() + " on " + t.device()
                        + " beside one of shape " + like.shape() + " on " + like.device() + "; they must agree");
            }
            views[i] = t.operand();
        }
        return views;
    }
}
