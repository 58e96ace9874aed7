package ondol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * A differentiable operation beside the same function in double precision.
 *
 * @param method the method tested, as {@code name(ParameterType,...)}
 * @param title what is special about this case
 * @param shapes for each try the inputs' shapes
 * @param sampler where inputs are drawn from
 * @param op the operation
 * @param reference the same by other means
 * @param ulps how many float ulps the value may be off
 * @param scale the smallest magnitude of which ulps are taken: sums of large terms may be small
 */
@SuppressWarnings("ArrayRecordComponent")
record GradientCase(
        String method,
        String title,
        int[][][] shapes,
        Sampler sampler,
        Function<Tensor[], Tensor> op,
        Function<NdArray[], NdArray> reference,
        double ulps,
        double scale) {

    /** The values of one input. */
    @FunctionalInterface
    interface Sampler {
        NdArray sample(Random random, int input, int[] shape);
    }

    static int[] shape(int... sizes) {
        return sizes;
    }

    /** One try for each shape, of an operation of one input. */
    static int[][][] single(int[]... shapes) {
        return Arrays.stream(shapes).map(s -> new int[][] {s}).toArray(int[][][]::new);
    }

    static final int[][][] ANY_RANK = single(shape(), shape(5), shape(3, 4), shape(2, 3, 4));

    /** Uniform values. */
    static Sampler between(double low, double high) {
        return (random, input, shape) -> TestInputs.uniform(random, low, high, shape);
    }

    /** Uniform values that keep away from some points. */
    static Sampler avoiding(double low, double high, double... kinks) {
        return (random, input, shape) -> {
            NdArray out = NdArray.zeros(shape);
            for (int i = 0; i < out.data.length; i++) {
                double x;
                do {
                    x = (float) (low + (high - low) * random.nextDouble());
                } while (isNear(x, kinks));
                out.data[i] = x;
            }
            return out;
        };
    }

    private static boolean isNear(double x, double[] kinks) {
        return Arrays.stream(kinks).anyMatch(k -> Math.abs(x - k) < 0.05);
    }

    /** Values of which no two are equal, within an input and between inputs. */
    static Sampler distinct() {
        return (random, input, shape) -> {
            NdArray out = TestInputs.distinct(random, 0.1, shape);
            return out.map(x -> (float) (x + input * 0.07));
        };
    }

    /** As the operation's own sampler, but some elements, the same for all tries, are set to a value. */
    GradientCase with(String newTitle, double value, int... places) {
        Sampler fixed = (random, input, shape) -> {
            NdArray out = sampler.sample(random, input, shape);
            for (int place : places) {
                if (place < out.data.length) {
                    out.data[place] = value;
                }
            }
            return out;
        };
        return new GradientCase(method, newTitle, shapes, fixed, op, reference, ulps, scale);
    }

    String name() {
        return title.isEmpty() ? method : method + " " + title;
    }

    /** What the shapes of one try are called in a failure. */
    static String describe(int[][] shapes) {
        return Arrays.deepToString(shapes);
    }

    NdArray[] inputs(Random random, int[][] of) {
        NdArray[] inputs = new NdArray[of.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = sampler.sample(random, i, of[i]);
        }
        return inputs;
    }

    /** Collects cases, with defaults for what most of them share. */
    static final class Builder {
        private final List<GradientCase> cases = new ArrayList<>();
        private int[][][] shapes = ANY_RANK;
        private Sampler sampler = between(-2, 2);
        private double ulps = 4;
        private double scale;

        Builder shapes(int[][]... newShapes) {
            shapes = newShapes;
            return this;
        }

        Builder sampler(Sampler newSampler) {
            sampler = newSampler;
            return this;
        }

        Builder within(double newUlps, double newScale) {
            ulps = newUlps;
            scale = newScale;
            return this;
        }

        Builder add(
                String method, String title, Function<Tensor[], Tensor> op, Function<NdArray[], NdArray> reference) {
            cases.add(new GradientCase(method, title, shapes, sampler, op, reference, ulps, scale));
            return this;
        }

        /** An operation of one input. */
        Builder one(String method, String title, Function<Tensor, Tensor> op, Function<NdArray, NdArray> reference) {
            return add(method, title, in -> op.apply(in[0]), in -> reference.apply(in[0]));
        }

        Builder add(GradientCase c) {
            cases.add(c);
            return this;
        }

        GradientCase last() {
            return cases.getLast();
        }

        List<GradientCase> cases() {
            return List.copyOf(cases);
        }
    }
}
