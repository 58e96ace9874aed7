package ondol.backend;

import java.lang.foreign.MemorySegment;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Small Map kernels of one input, from host memory to host memory. */
public final class Maps {
    /** The input. */
    public static final Expr X = Expr.input(0, Type.F32);

    private Maps() {}

    /** What a backend makes of {@code f} at each value. */
    public static float[] run(Backend backend, Expr f, float... values) {
        Buffer in = backend.allocate(Type.F32, values.length);
        Buffer out = backend.allocate(Type.F32, values.length);
        try {
            backend.upload(MemorySegment.ofArray(values), in, 0);
            backend.run(launch(f, in, out));
            float[] results = new float[values.length];
            backend.download(out, 0, MemorySegment.ofArray(results));
            return results;
        } finally {
            backend.free(in);
            backend.free(out);
        }
    }

    /** A launch over the whole of both buffers. */
    public static Launch launch(Expr f, Buffer in, Buffer out) {
        long[] shape = {in.length()};
        View[] inputs = {new View(in, shape, new long[] {1}, 0)};
        View[] outputs = {new View(out, shape, new long[] {1}, 0)};
        return new Launch(new Kernel.Map(f), shape, 0, inputs, outputs, Launch.NO_SCALARS);
    }
}
