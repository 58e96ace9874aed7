package ondol.benchmarks.pytorch;

import java.util.function.Supplier;
import ondol.benchmarks.Engine;
import ondol.benchmarks.Layers;
import ondol.benchmarks.NativeLibraries;
import ondol.benchmarks.Pointwise;
import ondol.benchmarks.Reductions;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** PyTorch's C++ front end, called from Java. */
public final class PyTorchEngine implements Engine {
    /** For the service loader. */
    public PyTorchEngine() {}

    @Override
    public String name() {
        return "pytorch";
    }

    @Override
    public void start(int threads) {
        torch.set_num_threads(threads);
        torch.manual_seed(1);
    }

    @Override
    public String kernels() {
        return NativeLibraries.pyTorch() + "; its BLAS is " + NativeLibraries.openBlas();
    }

    static Tensor tensor(float[] values, long... shape) {
        try (FloatPointer memory = new FloatPointer(values);
                Tensor borrowed = torch.from_blob(memory, shape)) {
            return borrowed.clone();
        }
    }

    private static Tensor numbers(long[] values, long... shape) {
        try (LongPointer memory = new LongPointer(values);
                Tensor borrowed = torch.from_blob(memory, shape, new TensorOptions(torch.ScalarType.Long))) {
            return borrowed.clone();
        }
    }

    static float[] values(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        try (Tensor contiguous = tensor.contiguous()) {
            contiguous.data_ptr_float().get(values);
        }
        return values;
    }

    private record TensorWork(Supplier<Tensor> work) implements Work {
        @Override
        public void run() {
            work.get().close();
        }

        @Override
        public float[] result() {
            try (Tensor result = work.get()) {
                return values(result);
            }
        }
    }

    /** Work with several results, of which the first two are looked at. */
    private record TensorsWork(Supplier<TensorVector> work) implements Work {
        @Override
        public void run() {
            try (PointerScope scope = new PointerScope()) {
                var _ = work.get();
            }
        }

        @Override
        public float[] result() {
            try (PointerScope scope = new PointerScope()) {
                TensorVector results = work.get();
                return values(torch.cat(new TensorVector(
                        results.get(0).flatten(), results.get(1).flatten())));
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
                ? tensor(m.memory(), m.columns(), m.rows()).t()
                : tensor(m.memory(), m.rows(), m.columns());
    }

    @Override
    public Work pointwise(Pointwise.Operation operation, float[] x, float[] y) {
        Tensor in = tensor(x, x.length);
        Tensor other = tensor(y, y.length);
        return new TensorWork(
                switch (operation) {
                    case CLONE -> in::clone;
                    case ADD -> () -> in.add(other);
                    case RELU -> in::relu;
                    case SIGMOID -> in::sigmoid;
                    case EXP -> in::exp;
                    case DROPOUT -> () -> torch.dropout(in, Pointwise.DROPPED, true);
                });
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

    private static Tensor convolved(Filter f, Tensor x, Tensor w) {
        long[] stride = {f.stride(), f.stride()};
        long[] padding = {f.kernel() / 2, f.kernel() / 2};
        return torch.conv2d(x, w, new TensorOptional(), stride, padding, new long[] {1, 1}, f.groups());
    }

    @Override
    public Work convolution(Filter f, float[] image, float[] weight) {
        Tensor x = tensor(image, f.samples(), f.in(), f.size(), f.size());
        Tensor w = tensor(weight, f.out(), f.in() / f.groups(), f.kernel(), f.kernel());
        return new TensorWork(() -> convolved(f, x, w));
    }

    @Override
    public Work convolutionGradients(Filter f, float[] image, float[] weight, float[] gradient) {
        Tensor x = tensor(image, f.samples(), f.in(), f.size(), f.size()).requires_grad_();
        Tensor w = tensor(weight, f.out(), f.in() / f.groups(), f.kernel(), f.kernel())
                .requires_grad_();
        Tensor y = convolved(f, x, w);
        Tensor g = tensor(gradient, f.samples(), f.out(), f.places(), f.places());
        TensorVector outputs = new TensorVector(y);
        TensorVector inputs = new TensorVector(w, x);
        TensorVector gradients = new TensorVector(g);
        BoolOptional keeps = new BoolOptional(true);
        return new TensorsWork(() -> torch.grad(outputs, inputs, gradients, keeps, false, false));
    }

    @Override
    public Work layer(Pass pass) {
        long[] sizes = pass.kind().sizes();
        Tensor x = tensor(pass.x(), sizes).requires_grad_();
        TensorVector gradients =
                new TensorVector(tensor(pass.gradient(), pass.kind().results()));
        TensorVector inputs = new TensorVector(x);
        TensorVector others = new TensorVector();
        for (Other o : pass.others()) {
            others.push_back(tensor(o.values(), o.sizes()).requires_grad_());
            inputs.push_back(others.back());
        }
        Supplier<Tensor> forward = switch (pass.kind()) {
            case EMBEDDING -> {
                Tensor numbers = numbers(pass.numbers(), 8, 512);
                yield () -> torch.embedding(x, numbers);
            }
            case BATCH_NORM_2D -> {
                BatchNorm2dImpl layer = new BatchNorm2dImpl(new BatchNormOptions(sizes[1]));
                inputs.push_back(layer.weight());
                inputs.push_back(layer.bias());
                yield () -> layer.forward(x);
            }
            case LAYER_NORM -> {
                Tensor weight = torch.ones(sizes[2]).requires_grad_();
                Tensor bias = torch.zeros(sizes[2]).requires_grad_();
                inputs.push_back(weight);
                inputs.push_back(bias);
                TensorOptional w = new TensorOptional(weight);
                TensorOptional b = new TensorOptional(bias);
                yield () -> torch.layer_norm(x, new long[] {sizes[2]}, w, b, Layers.EPS, false);
            }
            case MAX_POOL_2D ->
                () -> torch.max_pool2d(
                        x, new long[] {3, 3}, new long[] {2, 2}, new long[] {1, 1}, new long[] {1, 1}, false);
            case LSTM -> {
                TensorVector states =
                        new TensorVector(torch.zeros(1, sizes[1], sizes[2]), torch.zeros(1, sizes[1], sizes[2]));
                yield () -> torch.lstm(x, states, others, true, 1, 0, true, false, false)
                        .get0();
            }
            case ATTENTION -> () -> torch.scaled_dot_product_attention(x, others.get(0), others.get(1));
        };
        BoolOptional keeps = new BoolOptional(false);
        return new TensorsWork(() -> {
            Tensor y = forward.get();
            TensorVector all = new TensorVector(y);
            TensorVector both = torch.grad(new TensorVector(y), inputs, gradients, keeps, false, false);
            for (long i = 0; i < both.size(); i++) {
                all.push_back(both.get(i));
            }
            return all;
        });
    }

    @Override
    public Update adam(float[] values) {
        Tensor parameter = tensor(values, values.length).requires_grad_();
        Adam optimizer = new Adam(new TensorVector(parameter));
        return new Update() {
            @Override
            public void gradient(float[] gradient) {
                parameter.mutable_grad().put(tensor(gradient, gradient.length));
            }

            @Override
            public void run() {
                optimizer.step().close();
            }

            @Override
            public float[] parameter() {
                return PyTorchEngine.values(parameter);
            }
        };
    }

    @Override
    public Training lecture(Lesson lesson) {
        return new PyTorchTraining(lesson);
    }

    /** Overwrites a parameter. */
    static void assign(Tensor parameter, float[] values) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard off = new NoGradGuard()) {
            parameter.copy_(tensor(values, values.length)
                    .reshape(parameter.sizes().vec().get()));
        }
    }
}
