package ondol.benchmarks.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.optimizer.Optimizer;
import java.util.function.Supplier;
import ondol.benchmarks.NativeLibraries;
import ondol.benchmarks.Pointwise;
import ondol.benchmarks.Reductions;
import org.jspecify.annotations.Nullable;

/** DJL on its PyTorch engine, each result closed at once. */
public final class DjlEngine implements ondol.benchmarks.Engine {
    private NDManager manager;

    /** For the service loader. */
    public DjlEngine() {}

    @Override
    public String name() {
        return "djl";
    }

    @Override
    public void start(int threads) {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        manager.getEngine().setRandomSeed(1);
    }

    @Override
    public String kernels() {
        return "DJL " + Engine.getDjlVersion() + "; " + NativeLibraries.pyTorch();
    }

    private record ArrayWork(Supplier<NDArray> work) implements Work {
        @Override
        public void run() {
            work.get().close();
        }

        @Override
        public float[] result() {
            try (NDArray result = work.get()) {
                return result.toFloatArray();
            }
        }
    }

    private NDArray array(Matrix m) {
        return m.transposed()
                ? manager.create(m.memory(), new Shape(m.columns(), m.rows())).transpose()
                : manager.create(m.memory(), new Shape(m.rows(), m.columns()));
    }

    @Override
    public Work matmul(Matrix a, Matrix b) {
        NDArray left = array(a);
        NDArray right = array(b);
        return new ArrayWork(() -> left.matMul(right));
    }

    @Override
    public Work pointwise(Pointwise.Operation operation, float[] x, float[] y) {
        NDArray in = manager.create(x);
        NDArray other = manager.create(y);
        return new ArrayWork(
                switch (operation) {
                    case CLONE -> in::duplicate;
                    case ADD -> () -> in.add(other);
                    case RELU -> () -> Activation.relu(in);
                    case SIGMOID -> () -> Activation.sigmoid(in);
                    case EXP -> in::exp;
                    case DROPOUT ->
                        () -> Dropout.dropout(in, (float) Pointwise.DROPPED, true)
                                .singletonOrThrow();
                });
    }

    @Override
    public Work reduction(Reductions.Operation operation, Matrix x) {
        NDArray in = array(x);
        return new ArrayWork(
                switch (operation) {
                    case SUM -> in::sum;
                    case SUM_INNER -> () -> in.sum(new int[] {1});
                    case SUM_OUTER -> () -> in.sum(new int[] {0});
                    case SOFTMAX -> () -> in.softmax(1);
                });
    }

    @Override
    public boolean addsEpsilonFirst() {
        return true;
    }

    @Override
    public Update adam(float[] values) {
        NDArray parameter = manager.create(values);
        Optimizer optimizer = Optimizer.adam().build();
        return new Update() {
            private @Nullable NDArray gradient;

            @Override
            public void gradient(float[] values) {
                gradient = manager.create(values);
            }

            @Override
            public void run() {
                optimizer.update("parameter", parameter, gradient);
            }

            @Override
            public float[] parameter() {
                return parameter.toFloatArray();
            }
        };
    }

    @Override
    public Training lecture(Lesson lesson) {
        return new DjlTraining(manager, lesson);
    }
}
