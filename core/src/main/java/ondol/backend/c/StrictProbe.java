package ondol.backend.c;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a device computes as the strict contract says: each arithmetic primitive on a few thousand operands,
 * subnormal ones and ones of every size among them, against the same in Java.
 */
public final class StrictProbe {
    private static final int COUNT = 4096;

    /** A primitive, what the device makes of it, and what to say if that is not what Java does. */
    private record Check(String failure, Expr expr, Expected expected) {}

    private static final float[] EDGES = {0f, -0f, 1f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};

    private interface Expected {
        float of(float a, float b, float c);
    }

    private static final Expr A = Expr.input(0, Type.F32);
    private static final Expr B = Expr.input(1, Type.F32);
    private static final Expr C = Expr.input(2, Type.F32);

    private static final List<Check> CHECKS = List.of(
            new Check("fma is not rounded once", Expr.fma(A, B, C), Math::fma),
            new Check("division is not correctly rounded", A.div(B), (a, b, c) -> a / b),
            new Check("the square root is not correctly rounded", A.abs().sqrt(), (a, b, c) ->
                    (float) Math.sqrt(Math.abs(a))),
            new Check("a product and a sum are contracted to an fma", A.mul(B).add(C), (a, b, c) -> a * b + c),
            new Check("the larger of two is another", A.max(B), (a, b, c) -> Math.max(a, b)),
            new Check("the smaller of two is another", A.min(B), (a, b, c) -> Math.min(a, b)),
            new Check("products are not correctly rounded", A.mul(B), (a, b, c) -> a * b),
            new Check("sums are not correctly rounded", A.add(C), (a, b, c) -> a + c));

    /** The fault if only results with a subnormal number are wrong. */
    private static final String SUBNORMAL = "subnormal numbers are flushed to zero";

    private StrictProbe() {}

    /**
     * {@return the primitive that the device does not compute as it must, and how; null if everything is right}
     *
     * @param backend the device
     */
    public static @Nullable String failure(Backend backend) {
        float[][] operands = operands();
        float[][] results = results(backend, operands);
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < CHECKS.size(); i++) {
            Check check = CHECKS.get(i);
            String failure = null;
            for (int e = 0; e < COUNT; e++) {
                float a = operands[0][e];
                float b = operands[1][e];
                float c = operands[2][e];
                float expected = check.expected.of(a, b, c);
                if (Float.floatToIntBits(expected) != Float.floatToIntBits(results[i][e])) {
                    boolean small = subnormal(a) || subnormal(b) || subnormal(c) || subnormal(a * b);
                    if (!small && !subnormal(expected)) {
                        failure = check.failure;
                        break;
                    }
                    failure = SUBNORMAL;
                }
            }
            if (failure != null && !wrong.contains(failure)) {
                wrong.add(failure);
            }
        }
        return wrong.isEmpty() ? null : String.join("; ", wrong);
    }

    private static boolean subnormal(float x) {
        return x != 0 && Math.abs(x) < Float.MIN_NORMAL;
    }

    /**
     * The operands of the probe: numbers of any size, near 1, with subnormal products and subnormal themselves, in equal
     * shares; and zeros, infinities and NaN.
     */
    private static float[][] operands() {
        SplittableRandom random = new SplittableRandom(1);
        float[][] operands = new float[3][COUNT];
        for (int e = 0; e < COUNT; e++) {
            for (float[] operand : operands) {
                int bits = random.nextInt();
                float nearOne = Float.intBitsToFloat(bits & 0x80ffffff | 0x3f000000);
                int down = bits >>> 24 & 15;
                operand[e] = switch (e % 5) {
                    case 0 -> Float.intBitsToFloat(bits);
                    case 1 -> nearOne;
                    case 2 -> Math.scalb(nearOne, -60 - down);
                    case 3 -> Math.scalb(nearOne, -124 - down);
                    default -> EDGES[(bits >>> 24) % EDGES.length];
                };
            }
        }
        return operands;
    }

    private static float[][] results(Backend backend, float[][] operands) {
        long[] shape = {COUNT};
        int inputs = operands.length;
        Buffer[] buffers = new Buffer[inputs + CHECKS.size()];
        View[] views = new View[buffers.length];
        float[][] results = new float[CHECKS.size()][COUNT];
        try {
            for (int i = 0; i < buffers.length; i++) {
                buffers[i] = backend.allocate(Type.F32, COUNT);
                views[i] = new View(buffers[i], shape, new long[] {1}, 0);
                if (i < inputs) {
                    backend.upload(MemorySegment.ofArray(operands[i]), buffers[i], 0);
                }
            }
            Kernel kernel = new Kernel.Map(CHECKS.stream().map(Check::expr).toList());
            View[] in = Arrays.copyOf(views, inputs);
            View[] out = Arrays.copyOfRange(views, inputs, views.length);
            backend.run(new Launch(kernel, shape, 0, in, out, Launch.NO_SCALARS));
            for (int o = 0; o < results.length; o++) {
                backend.download(buffers[inputs + o], 0, MemorySegment.ofArray(results[o]));
            }
        } finally {
            for (Buffer buffer : buffers) {
                if (buffer != null) {
                    backend.free(buffer);
                }
            }
        }
        return results;
    }
}
