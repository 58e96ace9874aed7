package ondol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import ondol.autograd.Function;
import ondol.autograd.MultiFunction;
import ondol.nn.AdaptiveAvgPool1d;
import ondol.nn.AdaptiveAvgPool2d;
import ondol.nn.AdaptiveAvgPool3d;
import ondol.nn.AdaptiveMaxPool1d;
import ondol.nn.AdaptiveMaxPool2d;
import ondol.nn.AdaptiveMaxPool3d;
import ondol.nn.AttentionMasks;
import ondol.nn.AttentionOptions;
import ondol.nn.AvgPool1d;
import ondol.nn.AvgPool2d;
import ondol.nn.AvgPool3d;
import ondol.nn.BCELoss;
import ondol.nn.BCEWithLogitsLoss;
import ondol.nn.BatchNorm1d;
import ondol.nn.BatchNorm2d;
import ondol.nn.BatchNorm3d;
import ondol.nn.CircularPad1d;
import ondol.nn.CircularPad2d;
import ondol.nn.CircularPad3d;
import ondol.nn.ConstantPad1d;
import ondol.nn.ConstantPad2d;
import ondol.nn.ConstantPad3d;
import ondol.nn.Conv1d;
import ondol.nn.Conv2d;
import ondol.nn.Conv3d;
import ondol.nn.ConvTranspose1d;
import ondol.nn.ConvTranspose2d;
import ondol.nn.ConvTranspose3d;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.ELU;
import ondol.nn.Embedding;
import ondol.nn.EmbeddingBag;
import ondol.nn.Flatten;
import ondol.nn.Fold;
import ondol.nn.GELU;
import ondol.nn.GRU;
import ondol.nn.GRUCell;
import ondol.nn.GroupNorm;
import ondol.nn.Hooks;
import ondol.nn.HuberLoss;
import ondol.nn.Identity;
import ondol.nn.IncompatibleKeys;
import ondol.nn.InstanceNorm1d;
import ondol.nn.InstanceNorm2d;
import ondol.nn.InstanceNorm3d;
import ondol.nn.KLDivLoss;
import ondol.nn.L1Loss;
import ondol.nn.LPPool1d;
import ondol.nn.LPPool2d;
import ondol.nn.LPPool3d;
import ondol.nn.LSTM;
import ondol.nn.LSTMCell;
import ondol.nn.Layer;
import ondol.nn.LayerNorm;
import ondol.nn.LeakyReLU;
import ondol.nn.Linear;
import ondol.nn.LocalResponseNorm;
import ondol.nn.LogSoftmax;
import ondol.nn.MSELoss;
import ondol.nn.MaxPool1d;
import ondol.nn.MaxPool2d;
import ondol.nn.MaxPool3d;
import ondol.nn.MaxUnpool1d;
import ondol.nn.MaxUnpool2d;
import ondol.nn.MaxUnpool3d;
import ondol.nn.Module;
import ondol.nn.ModuleDict;
import ondol.nn.ModuleList;
import ondol.nn.MultiheadAttention;
import ondol.nn.NLLLoss;
import ondol.nn.ParameterList;
import ondol.nn.PixelShuffle;
import ondol.nn.PixelUnshuffle;
import ondol.nn.PositionalEncoding;
import ondol.nn.RMSNorm;
import ondol.nn.RNN;
import ondol.nn.RNNCell;
import ondol.nn.ReLU;
import ondol.nn.ReflectionPad1d;
import ondol.nn.ReflectionPad2d;
import ondol.nn.ReflectionPad3d;
import ondol.nn.ReplicationPad1d;
import ondol.nn.ReplicationPad2d;
import ondol.nn.ReplicationPad3d;
import ondol.nn.Sequential;
import ondol.nn.SiLU;
import ondol.nn.Sigmoid;
import ondol.nn.SmoothL1Loss;
import ondol.nn.Softmax;
import ondol.nn.Softplus;
import ondol.nn.Tanh;
import ondol.nn.Transformer;
import ondol.nn.TransformerDecoder;
import ondol.nn.TransformerDecoderLayer;
import ondol.nn.TransformerEncoder;
import ondol.nn.TransformerEncoderLayer;
import ondol.nn.TransformerOptions;
import ondol.nn.Unfold;
import ondol.nn.Upsample;
import ondol.nn.ZeroPad1d;
import ondol.nn.ZeroPad2d;
import ondol.nn.ZeroPad3d;
import ondol.op.BagMode;
import ondol.op.ConvOptions;
import ondol.op.EmbeddingOptions;
import ondol.op.PoolOptions;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import ondol.optim.SGD;
import ondol.optim.scheduler.ChainedScheduler;
import ondol.optim.scheduler.ConstantLR;
import ondol.optim.scheduler.CosineAnnealingLR;
import ondol.optim.scheduler.CosineAnnealingWarmRestarts;
import ondol.optim.scheduler.CyclicLR;
import ondol.optim.scheduler.CyclicOptions;
import ondol.optim.scheduler.ExponentialLR;
import ondol.optim.scheduler.LambdaLR;
import ondol.optim.scheduler.LinearLR;
import ondol.optim.scheduler.MultiStepLR;
import ondol.optim.scheduler.MultiplicativeLR;
import ondol.optim.scheduler.OneCycleLR;
import ondol.optim.scheduler.OneCycleOptions;
import ondol.optim.scheduler.PlateauOptions;
import ondol.optim.scheduler.PolynomialLR;
import ondol.optim.scheduler.ReduceLROnPlateau;
import ondol.optim.scheduler.SWALR;
import ondol.optim.scheduler.SchedulerState;
import ondol.optim.scheduler.SequentialLR;
import ondol.optim.scheduler.StepLR;
import ondol.optim.swa.AveragedModel;
import ondol.optim.swa.AvgFn;
import ondol.optim.swa.SwaUtils;

/** Modules, losses, optimizers and other objects that calls are made on, each new. */
final class AnyModules {
    private final Random random;
    private final AnyTensors tensors;
    private final List<Kind> all = new ArrayList<>();

    /** How one of a class is made. */
    private record Kind(Class<?> type, Supplier<?> make) {}

    AnyModules(Random random, AnyTensors tensors) {
        this.random = random;
        this.tensors = tensors;
        layers();
        padding();
        pooling();
        resizing();
        normalization();
        add(SGD.class, () -> new SGD(List.of(tensors.get("x")), 0.1).momentum(0.9));
        add(Adam.class, () -> new Adam(List.of(tensors.get("x")), 0.1));
        add(AdamW.class, () -> new AdamW(List.of(tensors.get("parameter"))));
        add(SGD.class, () -> (SGD) optimizer());
        add(ParameterGroup.class, () -> new ParameterGroup(List.of(tensors.get("parameter"))).set("weightDecay", 0.5));
        add(ParameterGroup.class, () -> optimizer().paramGroups().getLast());
        add(Optimizer.GroupState.class, () -> new Optimizer.GroupState(1, Map.of("lr", 0.5)));
        add(Optimizer.State.class, () -> optimizer().stateDict());
        schedulers();
        add(Optimizer.State.class, () -> new Adam(List.of(tensors.get("x"))).stateDict());
        add(Optimizer.State.class, () -> new SGD(List.of(tensors.get("x")), 0.1).stateDict());
        add(
                Optimizer.State.class,
                () -> new Optimizer.State("SGD", new LinkedHashMap<>(Map.of("lr", -1.0)), List.of()));
        add(Optimizer.ParameterState.class, () -> new Optimizer.ParameterState(1, Map.of("m", tensors.get("y"))));
        add(ValuesAndIndices.class, () -> new ValuesAndIndices(tensors.get("y"), tensors.get("indices")));
        add(RecurrenceOptions.class, this::recurrence);
        add(Recurrence.Result.class, () -> new Recurrence.Result(tensors.get("y"), tensors.get("x")));
        add(
                Recurrence.LstmResult.class,
                () -> new Recurrence.LstmResult(tensors.get("y"), tensors.get("x"), tensors.get("x")));
        add(MultiheadAttention.Result.class, () -> new MultiheadAttention.Result(tensors.get("y"), tensors.get("x")));
        add(MemoryStats.class, () -> new MemoryStats(1, 2, 3));
        add(Scope.class, Scope::open);
        add(Recording.class, () -> Recording.set(true));
        add(Recording.Backward.class, () -> (Recording.Backward) (grads, call) -> grads);
        add(RemovableHandle.class, () -> (RemovableHandle) () -> {});
        add(GradientHook.class, () -> (GradientHook) grad -> null);
        add(Hooks.ForwardPre.class, () -> (Hooks.ForwardPre) (module, inputs) -> null);
        add(Hooks.Forward.class, () -> (Hooks.Forward) (module, inputs, outputs) -> null);
        add(Hooks.FullBackward.class, () -> (Hooks.FullBackward) (module, gradInputs, gradOutputs) -> null);
        add(IncompatibleKeys.class, () -> new IncompatibleKeys(List.of("a"), List.of()));
        add(Cube.class, Cube::new);
        add(Halves.class, Halves::new);
        add(Function.Context.class, () -> {
            Cube cube = new Cube();
            Tensor unused = cube.apply(tensors.get("y"));
            unused.close();
            return cube.context();
        });
    }

    /** With two groups. */
    private Optimizer optimizer() {
        return new SGD(
                        0.1,
                        new ParameterGroup(List.of(tensors.get("x"))).set("weightDecay", 0.5),
                        new ParameterGroup(List.of(tensors.get("parameter"))).setLr(0.25))
                .momentum(0.5);
    }

    private void schedulers() {
        add(StepLR.class, () -> new StepLR(optimizer(), 2));
        add(MultiStepLR.class, () -> new MultiStepLR(optimizer(), 2, 3));
        add(ConstantLR.class, () -> new ConstantLR(optimizer()));
        add(LinearLR.class, () -> new LinearLR(optimizer()));
        add(ExponentialLR.class, () -> new ExponentialLR(optimizer(), 0.5));
        add(PolynomialLR.class, () -> new PolynomialLR(optimizer()));
        add(CosineAnnealingLR.class, () -> new CosineAnnealingLR(optimizer(), 3));
        add(CosineAnnealingWarmRestarts.class, () -> new CosineAnnealingWarmRestarts(optimizer(), 3));
        add(LambdaLR.class, () -> new LambdaLR(optimizer(), t -> 1.0 / (t + 1)));
        add(MultiplicativeLR.class, () -> new MultiplicativeLR(optimizer(), t -> 0.5, t -> 0.25));
        add(SWALR.class, () -> new SWALR(optimizer(), 0.5));
        add(AvgFn.class, () -> SwaUtils.getEmaMultiAvgFn(0.5));
        add(
                AveragedModel.class,
                () -> new AveragedModel<>(
                        new Linear(3, 2, true, new Generator(1)), new Linear(3, 2, true, new Generator(2))));
        add(CyclicOptions.class, () -> new CyclicOptions().stepSizes(3, 2).cycleMomentum(random.nextBoolean()));
        add(CyclicLR.class, () -> new CyclicLR(optimizer(), 0.1, 1));
        add(OneCycleOptions.class, () -> new OneCycleOptions().threePhase(random.nextBoolean()));
        add(OneCycleLR.class, () -> new OneCycleLR(optimizer(), 1, 1 + random.nextInt(3)));
        add(SequentialLR.class, () -> {
            Optimizer of = optimizer();
            return new SequentialLR(of, List.of(new ConstantLR(of), new OneCycleLR(of, 1, 1)), 1);
        });
        add(ChainedScheduler.class, () -> {
            Optimizer of = optimizer();
            return new ChainedScheduler(
                    List.of(new ExponentialLR(of, 0.5), new OneCycleLR(of, 1, 1 + random.nextInt(2))));
        });
        add(
                PlateauOptions.class,
                () -> new PlateauOptions().patience(random.nextInt(2)).minLr(0.5));
        add(ReduceLROnPlateau.class, () -> new ReduceLROnPlateau(optimizer(), new PlateauOptions().patience(0)));
        add(SchedulerState.class, () -> new StepLR(optimizer(), 2).stateDict());
        add(SchedulerState.class, () -> new SchedulerState("StepLR", Map.of("gamma", -1.0), List.of()));
        add(LongToDoubleFunction.class, () -> (LongToDoubleFunction) t -> random.nextInt(4) / 2.0);
        add(DoubleUnaryOperator.class, () -> (DoubleUnaryOperator) t -> random.nextInt(4) / 2.0);
    }

    private void layers() {
        add(Linear.class, () -> new Linear(3, 2, random.nextBoolean(), new Generator(1)));
        add(Linear.class, () -> new Linear(2, 3, true, new Generator(1)));
        add(Conv2d.class, () -> new Conv2d(1, 2, new long[] {2, 1}, options(), new Generator(1)));
        add(Conv1d.class, () -> new Conv1d(2, 2, new long[] {2}, options(), new Generator(1)));
        add(Conv3d.class, () -> new Conv3d(1, 1, 1));
        add(ConvTranspose2d.class, () -> new ConvTranspose2d(1, 2, new long[] {2}, options(), new Generator(1)));
        add(ConvTranspose1d.class, () -> new ConvTranspose1d(2, 1, 2));
        add(ConvTranspose3d.class, () -> new ConvTranspose3d(1, 1, 1));
        add(ConvOptions.class, this::options);
        add(Sequential.class, () -> new Sequential(module(Linear.class), new ReLU(), new Dropout(0.5)));
        add(Sequential.class, Sequential::new);
        add(Dropout.class, () -> new Dropout(0.25));
        add(ELU.class, ELU::new);
        add(Flatten.class, Flatten::new);
        add(GELU.class, GELU::new);
        add(Identity.class, Identity::new);
        add(LeakyReLU.class, LeakyReLU::new);
        add(LogSoftmax.class, () -> new LogSoftmax(5));
        add(ReLU.class, ReLU::new);
        add(SiLU.class, SiLU::new);
        add(Sigmoid.class, Sigmoid::new);
        add(Softmax.class, () -> new Softmax(-1));
        add(Softplus.class, Softplus::new);
        add(Tanh.class, Tanh::new);
        sequences();
        add(Scaled.class, Scaled::new);
        add(ModuleList.class, () -> new ModuleList<Layer>(module(Linear.class), new ReLU(), new ReLU()));
        add(ModuleDict.class, () -> new ModuleDict<Layer>().put("a", module(Linear.class)));
        add(ParameterList.class, () -> new ParameterList(Tensor.ones(2), tensors.get("parameter")));
        add(BCELoss.class, BCELoss::new);
        add(BCEWithLogitsLoss.class, BCEWithLogitsLoss::new);
        add(CrossEntropyLoss.class, () -> new CrossEntropyLoss(Reduction.NONE, 2));
        add(HuberLoss.class, HuberLoss::new);
        add(KLDivLoss.class, KLDivLoss::new);
        add(L1Loss.class, L1Loss::new);
        add(MSELoss.class, MSELoss::new);
        add(NLLLoss.class, NLLLoss::new);
        add(SmoothL1Loss.class, SmoothL1Loss::new);
    }

    private ConvOptions options() {
        ConvOptions options = new ConvOptions().bias(random.nextBoolean());
        return random.nextBoolean() ? options : options.padding(random.nextInt(3));
    }

    private void padding() {
        add(CircularPad1d.class, () -> new CircularPad1d(random.nextInt(3)));
        add(CircularPad2d.class, () -> new CircularPad2d(random.nextInt(3)));
        add(CircularPad3d.class, () -> new CircularPad3d(random.nextInt(3)));
        add(ConstantPad1d.class, () -> new ConstantPad1d(random.nextInt(3), 0.5));
        add(ConstantPad2d.class, () -> new ConstantPad2d(random.nextInt(3), 0.5));
        add(ConstantPad3d.class, () -> new ConstantPad3d(random.nextInt(3), 0.5));
        add(ReflectionPad1d.class, () -> new ReflectionPad1d(random.nextInt(3)));
        add(ReflectionPad2d.class, () -> new ReflectionPad2d(random.nextInt(3)));
        add(ReflectionPad3d.class, () -> new ReflectionPad3d(random.nextInt(3)));
        add(ReplicationPad1d.class, () -> new ReplicationPad1d(random.nextInt(3)));
        add(ReplicationPad2d.class, () -> new ReplicationPad2d(random.nextInt(3)));
        add(ReplicationPad3d.class, () -> new ReplicationPad3d(random.nextInt(3)));
        add(ZeroPad1d.class, () -> new ZeroPad1d(random.nextInt(3)));
        add(ZeroPad2d.class, () -> new ZeroPad2d(random.nextInt(3)));
        add(ZeroPad3d.class, () -> new ZeroPad3d(random.nextInt(3)));
    }

    private void pooling() {
        add(
                PoolOptions.class,
                () -> new PoolOptions().stride(1 + random.nextInt(2)).ceilMode(random.nextBoolean()));
        add(AdaptiveAvgPool1d.class, () -> new AdaptiveAvgPool1d(1 + random.nextInt(2)));
        add(AdaptiveAvgPool2d.class, () -> new AdaptiveAvgPool2d(1 + random.nextInt(2)));
        add(AdaptiveAvgPool3d.class, () -> new AdaptiveAvgPool3d(1 + random.nextInt(2)));
        add(AdaptiveMaxPool1d.class, () -> new AdaptiveMaxPool1d(1 + random.nextInt(2)));
        add(AdaptiveMaxPool2d.class, () -> new AdaptiveMaxPool2d(1 + random.nextInt(2)));
        add(AdaptiveMaxPool3d.class, () -> new AdaptiveMaxPool3d(1 + random.nextInt(2)));
        add(AvgPool1d.class, () -> new AvgPool1d(1 + random.nextInt(2)));
        add(AvgPool2d.class, () -> new AvgPool2d(1 + random.nextInt(2)));
        add(AvgPool3d.class, () -> new AvgPool3d(1 + random.nextInt(2)));
        add(LPPool1d.class, () -> new LPPool1d(2, 1 + random.nextInt(2)));
        add(LPPool2d.class, () -> new LPPool2d(2, 1 + random.nextInt(2)));
        add(LPPool3d.class, () -> new LPPool3d(2, 1 + random.nextInt(2)));
        add(MaxPool1d.class, () -> new MaxPool1d(1 + random.nextInt(2)));
        add(MaxPool2d.class, () -> new MaxPool2d(1 + random.nextInt(2)));
        add(MaxPool3d.class, () -> new MaxPool3d(1 + random.nextInt(2)));
        add(MaxUnpool1d.class, () -> new MaxUnpool1d(1 + random.nextInt(2)));
        add(MaxUnpool2d.class, () -> new MaxUnpool2d(1 + random.nextInt(2)));
        add(MaxUnpool3d.class, () -> new MaxUnpool3d(1 + random.nextInt(2)));
    }

    private void resizing() {
        add(Upsample.class, () -> new Upsample(2));
        add(PixelShuffle.class, () -> new PixelShuffle(1 + random.nextInt(2)));
        add(PixelUnshuffle.class, () -> new PixelUnshuffle(1 + random.nextInt(2)));
        add(Unfold.class, () -> new Unfold(new long[] {1 + random.nextInt(2)}, new PoolOptions()));
        add(Fold.class, () -> new Fold(new long[] {2}, new long[] {1 + random.nextInt(2)}, new PoolOptions()));
    }

    private void normalization() {
        add(BatchNorm1d.class, () -> new BatchNorm1d(1 + random.nextInt(3)));
        add(BatchNorm1d.class, () -> new BatchNorm1d(3, 1e-3, null));
        add(BatchNorm2d.class, () -> new BatchNorm2d(3, 1e-3, 0.2, false, true));
        add(BatchNorm3d.class, () -> new BatchNorm3d(3));
        add(GroupNorm.class, () -> new GroupNorm(1, 3));
        add(InstanceNorm1d.class, () -> new InstanceNorm1d(3, 1e-5, 0.1, true, random.nextBoolean()));
        add(InstanceNorm2d.class, () -> new InstanceNorm2d(3));
        add(InstanceNorm3d.class, () -> new InstanceNorm3d(3));
        add(LayerNorm.class, () -> random.nextBoolean() ? new LayerNorm(3) : new LayerNorm(2, 3));
        add(LocalResponseNorm.class, () -> new LocalResponseNorm(2));
        add(RMSNorm.class, () -> new RMSNorm(3));
    }

    private void sequences() {
        add(RNN.class, () -> new RNN(3, 2, recurrence()));
        add(LSTM.class, () -> new LSTM(3, 2, recurrence().projSize(random.nextInt(2))));
        add(GRU.class, () -> new GRU(3, 2, recurrence().numLayers(2).dropout(0.5)));
        add(RNNCell.class, () -> new RNNCell(3, 2, recurrence()));
        add(LSTMCell.class, () -> new LSTMCell(3, 2, recurrence()));
        add(GRUCell.class, () -> new GRUCell(3, 2, recurrence()));
        add(AttentionOptions.class, this::attention);
        add(
                MultiheadAttention.class,
                () -> new MultiheadAttention(3, 1, attention().dropout(0.25)));
        add(TransformerOptions.class, this::transformer);
        add(
                AttentionMasks.class,
                () -> random.nextBoolean()
                        ? new AttentionMasks().isCausal(random.nextBoolean())
                        : new AttentionMasks().mask(tensors.get("y")));
        add(TransformerEncoderLayer.class, () -> new TransformerEncoderLayer(3, 1, transformer()));
        add(TransformerDecoderLayer.class, () -> new TransformerDecoderLayer(3, 1, transformer()));
        add(TransformerEncoder.class, () -> new TransformerEncoder(module(TransformerEncoderLayer.class), 2));
        add(
                TransformerDecoder.class,
                () -> new TransformerDecoder(module(TransformerDecoderLayer.class), 1, new LayerNorm(3)));
        add(Transformer.class, () -> new Transformer(3, 3, 1, 1, transformer()));
        add(EmbeddingOptions.class, this::embedding);
        add(Embedding.class, () -> new Embedding(3, 2, embedding(), new Generator(1)));
        add(
                EmbeddingBag.class,
                () -> new EmbeddingBag(3, 2, BagMode.SUM, random.nextBoolean(), embedding(), new Generator(1)));
        add(PositionalEncoding.class, () -> new PositionalEncoding(3, 4, random.nextBoolean()));
    }

    private RecurrenceOptions recurrence() {
        return new RecurrenceOptions()
                .generator(new Generator(1))
                .bias(random.nextBoolean())
                .bidirectional(random.nextBoolean());
    }

    private TransformerOptions transformer() {
        return new TransformerOptions()
                .dimFeedforward(2)
                .generator(new Generator(1))
                .batchFirst(random.nextBoolean())
                .normFirst(random.nextBoolean());
    }

    private EmbeddingOptions embedding() {
        EmbeddingOptions options = new EmbeddingOptions().scaleGradByFreq(random.nextBoolean());
        return random.nextBoolean() ? options.paddingIdx(random.nextInt(3)) : options;
    }

    private AttentionOptions attention() {
        return new AttentionOptions()
                .generator(new Generator(1))
                .addBiasKv(random.nextBoolean())
                .batchFirst(random.nextBoolean());
    }

    private <T> void add(Class<T> type, Supplier<? extends T> make) {
        all.add(new Kind(type, make));
    }

    /** A new one of a class. */
    Object draw(Class<?> c) {
        List<Kind> fitting =
                all.stream().filter(k -> c.isAssignableFrom(k.type)).toList();
        if (fitting.isEmpty()) {
            throw new AssertionError("no values for " + c);
        }
        return fitting.get(random.nextInt(fitting.size())).make.get();
    }

    <M extends Module> M module(Class<M> c) {
        return c.cast(draw(c));
    }

    /** A module of a program's own. */
    static final class Scaled extends Layer {
        Scaled() {
            register("scale", Tensor.ones(3));
            registerBuffer("shift", Tensor.zeros(3));
        }

        @Override
        public Tensor forward(Tensor x) {
            Objects.requireNonNull(x, "Scaled.forward: the input is null");
            return x.mul(parameter("scale")).add(buffer("shift"));
        }
    }

    /** A function of a program's own with several results. */
    static final class Halves extends MultiFunction {
        @Override
        protected Tensor[] forward(Function.Context c, Tensor... inputs) {
            return inputs.length == 0
                    ? new Tensor[] {Tensor.ones(2)}
                    : new Tensor[] {inputs[0].mul(0.5), inputs[0].isNaN()};
        }

        @Override
        protected Tensor[] backward(Function.Context c, Tensor... grads) {
            return new Tensor[] {grads[0].mul(0.5)};
        }
    }

    /** A function of a program's own. */
    static final class Cube extends Function {
        private Context context;

        @Override
        protected Tensor forward(Context c, Tensor... inputs) {
            context = c;
            if (inputs.length == 0) {
                return Tensor.ones(2);
            }
            c.save(inputs[0]);
            return inputs[0].mul(inputs[0]).mul(inputs[0]);
        }

        @Override
        protected Tensor[] backward(Context c, Tensor grad) {
            Tensor x = c.saved(0);
            return new Tensor[] {grad.mul(x).mul(x).mul(3.0)};
        }

        Context context() {
            return context;
        }
    }
}
