package ondol.benchmarks.nd4j;

import java.util.Properties;
import java.util.function.Supplier;
import ondol.benchmarks.Engine;
import ondol.benchmarks.NativeLibraries;
import ondol.benchmarks.Pointwise;
import ondol.benchmarks.Reductions;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.environment.Nd4jEnvironment;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/** ND4J on its native backend, each result closed at once. It has no autograd of its own, so no step of the lecture. */
public final class Nd4jEngine implements Engine {
    /** For the service loader. */
    public Nd4jEngine() {}

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public void start(int threads) {
        Nd4j.getEnvironment().setMaxThreads(threads);
        Nd4j.getEnvironment().setMaxMasterThreads(threads);
        Nd4j.getRandom().setSeed(1);
    }

    @Override
    public String kernels() {
        NativeOps natives = NativeOpsHolder.getInstance().getDeviceNativeOps();
        Properties properties = Nd4j.getExecutioner().getEnvironmentInformation();
        return "ND4J built for " + instructions(natives.binaryLevel()) + " on a processor with "
                + instructions(natives.optimalLevel()) + ", " + properties.get(Nd4jEnvironment.OMP_THREADS_KEY)
                + " threads; its BLAS is " + NativeLibraries.openBlas() + ", "
                + properties.get(Nd4jEnvironment.BLAS_THREADS_KEY) + " threads";
    }

    /** The names of ND4J's levels. */
    private static String instructions(int level) {
        return switch (level) {
            case 1 -> "x86-64";
            case 2 -> "AVX2";
            case 3 -> "AVX-512";
            default -> "level " + level;
        };
    }

    private record ArrayWork(Supplier<INDArray> work) implements Work {
        @Override
        public void run() {
            work.get().close();
        }

        @Override
        public float[] result() {
            try (INDArray result = work.get()) {
                return result.dup('c').data().asFloat();
            }
        }
    }

    private static INDArray array(Matrix m) {
        return m.transposed()
                ? Nd4j.create(m.memory(), new long[] {m.columns(), m.rows()}, 'c')
                        .transpose()
                : Nd4j.create(m.memory(), new long[] {m.rows(), m.columns()}, 'c');
    }

    @Override
    public Work matmul(Matrix a, Matrix b) {
        INDArray left = array(a);
        INDArray right = array(b);
        return new ArrayWork(() -> left.mmul(right));
    }

    @Override
    public Work pointwise(Pointwise.Operation operation, float[] x, float[] y) {
        INDArray in = Nd4j.createFromArray(x);
        INDArray other = Nd4j.createFromArray(y);
        return new ArrayWork(
                switch (operation) {
                    case CLONE -> in::dup;
                    case ADD -> () -> in.add(other);
                    case RELU -> () -> Transforms.relu(in, true);
                    case SIGMOID -> () -> Transforms.sigmoid(in, true);
                    case EXP -> () -> Transforms.exp(in, true);
                    case DROPOUT -> () -> Nd4j.exec(new DropOutInverted(in, in.ulike(), 1 - Pointwise.DROPPED));
                });
    }

    @Override
    public Work reduction(Reductions.Operation operation, Matrix x) {
        INDArray in = array(x);
        return new ArrayWork(
                switch (operation) {
                    case SUM -> in::sum;
                    case SUM_INNER -> () -> in.sum(1);
                    case SUM_OUTER -> () -> in.sum(0);
                    case SOFTMAX -> () -> Nd4j.nn().softmax(in, 1);
                });
    }

    @Override
    public boolean addsEpsilonFirst() {
        return true;
    }

    @Override
    public Update adam(float[] values) {
        INDArray parameter = Nd4j.createFromArray(values);
        INDArray update = parameter.like();
        INDArray second = parameter.like();
        INDArray first = parameter.like();
        return new Update() {
            private @Nullable INDArray gradient;
            private int iteration;

            @Override
            public void gradient(float[] values) {
                gradient = Nd4j.createFromArray(values);
            }

            @Override
            public void run() {
                Nd4j.exec(new AdamUpdater(
                        gradient, second, first, update, second, first, 0.001, 0.9, 0.999, 1e-8, iteration++));
                parameter.subi(update);
            }

            @Override
            public float[] parameter() {
                return parameter.dup().data().asFloat();
            }
        };
    }
}
