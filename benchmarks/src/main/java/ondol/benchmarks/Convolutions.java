package ondol.benchmarks;

import java.util.SplittableRandom;
import ondol.benchmarks.Engine.Filter;
import ondol.benchmarks.Engine.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * A convolution over two axes, padded to half the kernel: the result, or from its gradient those of the weight and of the input.
 * GFLOP/s forward are 2 samples out (in / groups) kernel^2 places / 1000 / microseconds; backward twice as many.
 */
public class Convolutions extends EngineBenchmark {
    /** Samples, input and output channels, size of the image, kernel, stride, groups. */
    @Param({"8x64x64x56x3x1x1", "4x3x64x224x7x2x1", "8x256x64x56x1x1x1", "8x64x64x56x3x1x64", "32x16x32x32x3x1x1"})
    public String shape;

    /** The directions of a convolution. */
    public enum Pass {
        /** The result. */
        FORWARD,
        /** The gradients of weight and input. */
        BACKWARD
    }

    /** The direction that is timed. */
    @Param({"FORWARD", "BACKWARD"})
    public Pass pass;

    private Work work;
    private Filter f;

    /** Normal values; verifies 200 elements. */
    @Setup
    public void setUp() {
        String[] sizes = shape.split("x", -1);
        int[] n = new int[sizes.length];
        for (int i = 0; i < n.length; i++) {
            n[i] = Integer.parseInt(sizes[i]);
        }
        f = new Filter(n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
        float[] image = Data.normal(1, f.imageLength());
        float[] weight = Data.normal(2, f.weightLength());
        float[] gradient = Data.normal(3, f.outputLength());
        Engine engine = engine();
        work = present(
                pass == Pass.FORWARD
                        ? engine.convolution(f, image, weight)
                        : engine.convolutionGradients(f, image, weight, gradient));
        float[] result = work.result();
        int weights = f.weightLength();
        checkLength("convolution", result, pass == Pass.FORWARD ? f.outputLength() : weights + f.imageLength());
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 200; i++) {
            int index = random.nextInt(i % 2 == 0 && pass == Pass.BACKWARD ? weights : result.length);
            double[] sum = pass == Pass.FORWARD
                    ? terms(index, -1, -1, image, weight, null)
                    : index < weights
                            ? terms(-1, index, -1, image, null, gradient)
                            : terms(-1, -1, index - weights, null, weight, gradient);
            check("convolution", index, result[index], sum[0], 2e-6 * sum[1]);
        }
        settle(work::run, 1_000_000_000);
    }

    /** The sum, and that of magnitudes, of all terms that belong to one element of output, weight or image; -1 for any. */
    private double[] terms(int ofOutput, int ofWeight, int ofImage, float[] image, float[] weight, float[] gradient) {
        double[] sum = new double[2];
        int places = f.places();
        int first = ofOutput < 0 ? 0 : ofOutput;
        int last = ofOutput < 0 ? f.outputLength() - 1 : ofOutput;
        for (int o = first; o <= last; o++) {
            int channel = o / (places * places) % f.out();
            if (ofWeight >= 0 && channel != ofWeight / (f.weightLength() / f.out())) {
                continue;
            }
            if (ofImage >= 0 && o / (places * places * f.out()) != ofImage / (f.in() * f.size() * f.size())) {
                continue;
            }
            if (ofImage >= 0
                    && !(reaches(o / places % places, ofImage / f.size() % f.size())
                            && reaches(o % places, ofImage % f.size()))) {
                continue;
            }
            int taps = f.weightLength() / f.out();
            int firstTap = ofWeight < 0 ? 0 : ofWeight % taps;
            int lastTap = ofWeight < 0 ? taps - 1 : firstTap;
            for (int tap = firstTap; tap <= lastTap; tap++) {
                int w = channel * taps + tap;
                int x = place(o, tap, channel);
                if (x < 0 || ofImage >= 0 && x != ofImage) {
                    continue;
                }
                double term = (image == null ? 1.0 : image[x])
                        * (weight == null ? 1.0 : weight[w])
                        * (gradient == null ? 1.0 : gradient[o]);
                sum[0] += term;
                sum[1] += Math.abs(term);
            }
        }
        return sum;
    }

    /** Whether the window at a place of the output has a place of the image, along one axis. */
    private boolean reaches(int output, int image) {
        int start = output * f.stride() - f.kernel() / 2;
        return start <= image && image < start + f.kernel();
    }

    /** Which element of the image an output's element reads for an element of the kernel; -1 in the padding. */
    private int place(int o, int tap, int channel) {
        int places = f.places();
        int k = f.kernel();
        int row = o / places % places * f.stride() + tap / k % k - k / 2;
        int column = o % places * f.stride() + tap % k - k / 2;
        if (row < 0 || row >= f.size() || column < 0 || column >= f.size()) {
            return -1;
        }
        int in = channel / (f.out() / f.groups()) * (f.in() / f.groups()) + tap / (k * k);
        return ((o / (places * places * f.out()) * f.in() + in) * f.size() + row) * f.size() + column;
    }

    /** The result, or the gradients. */
    @Benchmark
    public void convolution() {
        work.run();
    }
}
