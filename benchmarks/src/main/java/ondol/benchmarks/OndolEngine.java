package ondol.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.backend.DeviceInfo;
import ondol.kernel.Expr.Keep;
import ondol.nn.BatchNorm2d;
import ondol.nn.Dropout;
import ondol.nn.Embedding;
import ondol.nn.Layer;
import ondol.nn.LayerNorm;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.MaxPool2d;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.op.Attention;
import ondol.op.ConvOptions;
import ondol.op.Convolution;
import ondol.op.PoolOptions;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import ondol.optim.Adam;

/** One of Ondol's devices. */
final class OndolEngine implements Engine {
    private static final long SEED = 1;

    private final String name;
    private Device device;

    OndolEngine(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start(int threads) {
        System.setProperty("ondol.cpu.threads", Integer.toString(threads));
        device = Device.of(name);
        Ondol.setDefaultDevice(device);
    }

    @Override
    public String kernels() {
        DeviceInfo info = device.info();
        return info.name() + "; " + info.details() + "; Java " + System.getProperty("java.vm.version");
    }

    @Override
    public double matmulTolerance() {
        // TF32 rounds the factors to 11 bits.
        boolean tf32 = "tf32".equalsIgnoreCase(System.getProperty("ondol.matmul"));
        return tf32 ? 1e-3 : Engine.super.matmulTolerance();
    }

    private final class TensorWork implements Work {
        private final Supplier<Tensor> work;

        TensorWork(Supplier<Tensor> work) {
            this.work = work;
        }

        @Override
        public void run() {
            Tensor result = work.get();
            device.synchronize();
            result.close();
        }

        @Override
        public float[] result() {
            try (var scope = Scope.open()) {
                return work.get().toFloatArray();
            }
        }
    }

    /** Work with several results, of which the first two are looked at. */
    private final class TensorsWork implements Work {
        private final Supplier<List<Tensor>> work;

        TensorsWork(Supplier<List<Tensor>> work) {
            this.work = work;
        }

        @Override
        public void run() {
            List<Tensor> results = work.get();
            device.synchronize();
            results.forEach(Tensor::close);
        }

        @Override
        public float[] result() {
            try (var scope = Scope.open()) {
                List<Tensor> results = work.get();
                return Tensor.cat(0, results.get(0).flatten(), results.get(1).flatten())
                        .toFloatArray();
            }
        }
    }

    @Override
    public Work matmul(Matrix a, Matrix b) {
        Tensor left = tensor(a);
        Tensor right = tensor(b);
        return new TensorWork(() -> left.matmul(right));
    }

    private static Tensor tensor(Matrix m) {
        return m.transposed()
                ? Tensor.tensor(m.memory(), Shape.of(m.columns(), m.rows())).t()
                : Tensor.tensor(m.memory(), Shape.of(m.rows(), m.columns()));
    }

    @Override
    public Work pointwise(Pointwise.Operation operation, float[] x, float[] y) {
        Tensor in = Tensor.tensor(x);
        return new TensorWork(
                switch (operation) {
                    case CLONE -> in::clone;
                    case ADD -> {
                        Tensor other = Tensor.tensor(y);
                        yield () -> in.add(other);
                    }
                    case RELU -> in::relu;
                    case SIGMOID -> in::sigmoid;
                    case EXP -> in::exp;
                    case DROPOUT -> {
                        Dropout dropout = new Dropout(Pointwise.DROPPED, new Generator(SEED));
                        yield () -> dropout.forward(in);
                    }
                });
    }

    @Override
    public boolean[] kept(int elements) {
        boolean[] kept = new boolean[elements];
        long state = Keep.start((int) new Generator(SEED).random32());
        for (int i = 0; i < elements; i++) {
            kept[i] = state < Keep.threshold(1 - Pointwise.DROPPED);
            state = state * Keep.MULTIPLIER % Keep.MODULUS;
        }
        return kept;
    }

    @Override
    public Work reduction(Reductions.Operation operation, Matrix x) {
        Tensor in = tensor(x);
        return new TensorWork(
                switch (operation) {
                    case SUM -> in::sum;
                    case SUM_INNER -> () -> in.sum(1);
                    case SUM_OUTER -> () -> in.sum(0);
                    case SOFTMAX -> () -> in.softmax(1);
                });
    }

    private static ConvOptions options(Filter f) {
        return new ConvOptions().stride(f.stride()).padding(f.kernel() / 2).groups(f.groups());
    }

    private static Tensor image(Filter f, float[] image) {
        return Tensor.tensor(image, Shape.of(f.samples(), f.in(), f.size(), f.size()));
    }

    private static Tensor weight(Filter f, float[] weight) {
        return Tensor.tensor(weight, Shape.of(f.out(), f.in() / f.groups(), f.kernel(), f.kernel()));
    }

    @Override
    public Work convolution(Filter f, float[] image, float[] weight) {
        Tensor x = image(f, image);
        Tensor w = weight(f, weight);
        return new TensorWork(() -> Convolution.conv2d(x, w, null, options(f)));
    }

    @Override
    public Work convolutionGradients(Filter f, float[] image, float[] weight, float[] gradient) {
        Tensor x = image(f, image).requiresGrad(true);
        Tensor w = weight(f, weight).requiresGrad(true);
        Tensor y = Convolution.conv2d(x, w, null, options(f));
        Tensor g = Tensor.tensor(gradient, y.shape());
        Supplier<List<Tensor>> gradients = () -> Autograd.grad(List.of(y), List.of(w, x), List.of(g), true, false);
        return new TensorsWork(gradients);
    }

    private static UnaryOperator<Tensor> of(Layer layer, List<Tensor> leaves) {
        leaves.addAll(layer.parameters());
        return layer::forward;
    }

    @Override
    public Work layer(Pass pass) {
        Tensor x = Tensor.tensor(pass.x(), Shape.of(pass.kind().sizes()));
        Tensor g = Tensor.tensor(pass.gradient(), Shape.of(pass.kind().results()));
        long[] sizes = pass.kind().sizes();
        boolean isLookup = pass.kind() == Layers.Kind.EMBEDDING;
        List<Tensor> others = pass.others().stream()
                .map(o -> Tensor.tensor(o.values(), Shape.of(o.sizes())).requiresGrad(true))
                .toList();
        List<Tensor> leaves = new ArrayList<>();
        UnaryOperator<Tensor> layer = switch (pass.kind()) {
            case EMBEDDING -> of(Embedding.fromPretrained(x, false), leaves);
            case BATCH_NORM_2D -> of(new BatchNorm2d(sizes[1]), leaves);
            case LAYER_NORM -> of(new LayerNorm(sizes[2]), leaves);
            case MAX_POOL_2D -> of(new MaxPool2d(3, new PoolOptions().stride(2).padding(1)), leaves);
            case LSTM ->
                in -> Recurrence.lstm(in, null, null, others, new RecurrenceOptions(), true, null)
                        .output();
            case ATTENTION -> in -> Attention.scaledDotProductAttention(in, others.get(0), others.get(1));
        };
        leaves.addAll(others);
        Tensor input = isLookup ? Tensor.tensor(pass.numbers()).reshape(8, 512) : x.requiresGrad(true);
        if (!isLookup) {
            leaves.addFirst(x);
        }
        Supplier<List<Tensor>> both = () -> {
            Tensor y = layer.apply(input);
            List<Tensor> all = new ArrayList<>(List.of(y));
            all.addAll(Autograd.grad(List.of(y), leaves, List.of(g), false, false));
            return all;
        };
        return new TensorsWork(both);
    }

    @Override
    public Update adam(float[] values) {
        Tensor parameter = Tensor.parameter(Tensor.tensor(values));
        Adam optimizer = new Adam(List.of(parameter));
        return new Update() {
            @Override
            public void gradient(float[] gradient) {
                parameter.zeroGrad();
                try (var scope = Scope.open()) {
                    parameter.clone().backward(Tensor.tensor(gradient));
                }
            }

            @Override
            public void run() {
                optimizer.step();
                device.synchronize();
            }

            @Override
            public float[] parameter() {
                return parameter.toFloatArray();
            }
        };
    }

    @Override
    public Training lecture(Lesson lesson) {
        return new OndolTraining(lesson);
    }

    private final class OndolTraining implements Training {
        private final Tensor x;
        private final Tensor y;
        private final Sequential model;
        private final MSELoss lossFunction = new MSELoss();
        private final Adam optimizer;

        OndolTraining(Lesson lesson) {
            LectureNet net = lesson.net();
            x = Tensor.tensor(lesson.x(), Shape.of(net.points(), 1));
            y = Tensor.tensor(lesson.y(), Shape.of(net.points(), 1));
            List<Layer> layers = new ArrayList<>(List.of(new Linear(1, net.hidden()), new ReLU()));
            if (net.dropout() > 0) {
                layers.add(new Dropout(net.dropout()));
            }
            layers.add(new Linear(net.hidden(), 1, net.outputBias()));
            model = new Sequential(layers.toArray(Layer[]::new));
            try (var scope = Scope.open();
                    var off = Autograd.noGrad()) {
                for (int p = 0; p < lesson.parameters().length; p++) {
                    Tensor parameter = model.parameters().get(p);
                    parameter.copyFrom(Tensor.tensor(lesson.parameters()[p], parameter.shape()));
                }
            }
            optimizer = new Adam(model.parameters());
        }

        @Override
        public void run() {
            Tensor yhat = model.forward(x);
            Tensor loss = lossFunction.forward(yhat, y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            device.synchronize();
        }

        @Override
        public float loss() {
            model.eval();
            try (var scope = Scope.open()) {
                return (float) lossFunction.forward(model.forward(x), y).item();
            } finally {
                model.train();
            }
        }

        @Override
        public float[][] gradients() {
            model.eval();
            try (var scope = Scope.open()) {
                lossFunction.forward(model.forward(x), y).backward();
                return values(model.parameters().stream().map(Tensor::peekGrad).toList());
            } finally {
                optimizer.zeroGrad();
                model.train();
            }
        }

        @Override
        public float[][] parameters() {
            return values(model.parameters());
        }

        private static float[][] values(List<Tensor> tensors) {
            return tensors.stream().map(Tensor::toFloatArray).toArray(float[][]::new);
        }
    }
}
