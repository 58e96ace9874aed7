package ondol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;

/** Kernels that go along the same axes, collected to be run together. Their outputs are there at once, and filled by {@link #run}. */
final class RowSteps {
    private final Device device;
    private final long[] shape;
    private final long mask;
    private final List<Launch> launches = new ArrayList<>();
    private final List<Tensor> holders = new ArrayList<>();

    /**
     * Without any kernels yet.
     *
     * @param shape what everything broadcasts to
     * @param mask the axes that Reduces go along
     */
    RowSteps(Device device, long[] shape, long mask) {
        this.device = device;
        this.shape = shape;
        this.mask = mask;
    }

    /** The result of a Reduce, with size 1 on the reduced axes. */
    Tensor reduce(Kernel.Reduce kernel, long[] scalars, Tensor... in) {
        Tensor out = Tensor.empty(device, DType.of(kernel.outputType()), Axes.reduced(shape, mask, true));
        add(kernel, stepShape(in), mask, scalars, List.of(out), in);
        return out;
    }

    /** The results of a Map, over the shape that the inputs broadcast to. */
    List<Tensor> map(Kernel.Map kernel, long[] scalars, Tensor... in) {
        long[] over = stepShape(in);
        List<Tensor> out = new ArrayList<>();
        for (Expr e : kernel.outputs()) {
            out.add(Tensor.empty(device, DType.of(e.type()), over));
        }
        add(kernel, over, 0, scalars, out, in);
        return out;
    }

    /** A Map of one expression over what {@code out} holds. */
    void mapInto(Kernel.Map kernel, Tensor out, Tensor... in) {
        add(kernel, out.sizes(), 0, Launch.NO_SCALARS, List.of(out), in);
    }

    /** Runs all kernels, one after the other or some rows at a time. */
    void run() {
        Launcher.runRows(launches, mask, device, holders);
    }

    /** The shape that the inputs broadcast to, whole on the axes that are not reduced. */
    private long[] stepShape(Tensor... in) {
        long[] over = Axes.reduced(shape, mask, true);
        for (Tensor t : in) {
            over = Axes.broadcast("Fused.rows", over, t.sizes());
        }
        return over;
    }

    private void add(Kernel kernel, long[] over, long axes, long[] scalars, List<Tensor> out, Tensor... in) {
        holders.addAll(Arrays.asList(in));
        holders.addAll(out);
        if (out.isEmpty() || out.getFirst().numel() == 0) {
            return;
        }
        View[] inputs = new View[in.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = in[i].operand(over);
        }
        View[] outputs = new View[out.size()];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = out.get(i).operand();
        }
        launches.add(new Launch(kernel, over, axes, inputs, outputs, scalars));
    }
}
