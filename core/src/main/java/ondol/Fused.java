package ondol;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.View;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Runs a program's own kernels on tensors: many arithmetic steps in one launch, on any backend. */
public final class Fused {
    private Fused() {}

    /**
     * Runs a Map that overwrites tensors, without a record: how an optimizer updates a parameter and its state in one
     * launch. An output may also be an input: the same tensor, or another handle on exactly the same elements. Other
     * than that, no output may share an element with an input, with another output, or within itself.
     *
     * @param kernel one expression for each output
     * @param inputs all of one shape
     * @param outputs all of that shape
     * @param scalars the kernel's F32 run-time scalars
     * @throws IllegalArgumentException if shapes, types or devices differ from that, or memory overlaps
     * @throws IllegalStateException if a tensor is closed
     * @throws NullPointerException if something is null; the message says what
     */
    public static void update(Kernel.Map kernel, List<Tensor> inputs, List<Tensor> outputs, float... scalars) {
        Objects.requireNonNull(kernel, "Fused.update: the kernel is null; give a Kernel.Map");
        Objects.requireNonNull(scalars, "Fused.update: the scalars are null; leave them out if there are none");
        checkNull("input", inputs);
        checkNull("output", outputs);
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException(
                    "Fused.update: no outputs were given; give one for each of the kernel's");
        }
        Tensor first = outputs.get(0);
        View[] in = views(inputs, first);
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
        check(kernel, in, scalars.length);
        checkMemory(inputs, outputs);
        long[] bits = new long[scalars.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(scalars[i]) & 0xffffffffL;
        }
        Launcher.run(kernel, first.sizes(), 0, in, out, bits, first, inputs);
        for (Tensor t : outputs) {
            t.storage().changed();
        }
        Reference.reachabilityFence(outputs);
    }

    /** What a kernel reads: its inputs' types, null for one that it does not read, and how many run-time scalars. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Reads(@Nullable Type[] inputs, int scalars) {
        static Reads of(Kernel.Map kernel) {
            Type[] types = new @Nullable Type[0];
            int scalars = 0;
            for (Expr e : Dag.nodes(kernel.outputs())) {
                if (e instanceof Expr.Input i) {
                    types = Arrays.copyOf(types, Math.max(types.length, i.index() + 1));
                    types[i.index()] = i.type();
                } else if (e instanceof Expr.Scalar s) {
                    scalars = Math.max(scalars, s.index() + 1);
                }
            }
            return new Reads(types, scalars);
        }
    }

    private static final Map<Kernel.Map, Reads> READS = new ConcurrentHashMap<>();

    private static void check(Kernel.Map kernel, View[] in, int scalars) {
        Reads reads = READS.computeIfAbsent(kernel, Reads::of);
        if (in.length < reads.inputs.length || scalars < reads.scalars) {
            throw new IllegalArgumentException("Fused.update: the kernel reads " + reads.inputs.length + " inputs and "
                    + reads.scalars + " scalars, but " + in.length + " and " + scalars + " were given; give as many");
        }
        for (int i = 0; i < reads.inputs.length; i++) {
            if (reads.inputs[i] != null && reads.inputs[i] != in[i].type()) {
                throw new IllegalArgumentException("Fused.update: input " + i + " is " + reads.inputs[i]
                        + " in the kernel but the tensor is " + in[i].type() + "; they must agree");
            }
        }
    }

    private static void checkNull(String what, List<Tensor> tensors) {
        if (tensors == null) {
            throw new NullPointerException("Fused.update: the list of " + what + "s is null; give a list of tensors");
        }
        for (int i = 0; i < tensors.size(); i++) {
            if (tensors.get(i) == null) {
                throw new NullPointerException("Fused.update: " + what + " " + i + " is null; give a tensor");
            }
        }
    }

    /** Elements are computed in any order, so what is written must be nobody else's, or read in the same place. */
    private static void checkMemory(List<Tensor> inputs, List<Tensor> outputs) {
        for (int o = 0; o < outputs.size(); o++) {
            Tensor out = outputs.get(o);
            if (Overlap.isExpanded(out)) {
                throw new IllegalArgumentException("Fused.update: output " + o + " of shape " + out.shape()
                        + " is an expanded view in which elements share memory; pass a clone() of it");
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
