package ondol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import ondol.autograd.Function;
import ondol.autograd.MultiFunction;
import ondol.nn.BCELoss;
import ondol.nn.BCEWithLogitsLoss;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.ELU;
import ondol.nn.Flatten;
import ondol.nn.GELU;
import ondol.nn.Hooks;
import ondol.nn.Identity;
import ondol.nn.IncompatibleKeys;
import ondol.nn.L1Loss;
import ondol.nn.Layer;
import ondol.nn.LeakyReLU;
import ondol.nn.Linear;
import ondol.nn.LogSoftmax;
import ondol.nn.MSELoss;
import ondol.nn.Module;
import ondol.nn.ModuleDict;
import ondol.nn.ModuleList;
import ondol.nn.ParameterList;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.SiLU;
import ondol.nn.Sigmoid;
import ondol.nn.Softmax;
import ondol.nn.Softplus;
import ondol.nn.Tanh;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.SGD;

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
        add(SGD.class, () -> new SGD(List.of(tensors.get("x")), 0.1).momentum(0.9));
        add(Adam.class, () -> new Adam(List.of(tensors.get("x")), 0.1));
        add(AdamW.class, () -> new AdamW(List.of(tensors.get("parameter"))));
        add(Optimizer.State.class, () -> new Adam(List.of(tensors.get("x"))).stateDict());
        add(Optimizer.State.class, () -> new SGD(List.of(tensors.get("x")), 0.1).stateDict());
        add(
                Optimizer.State.class,
                () -> new Optimizer.State("SGD", new LinkedHashMap<>(Map.of("lr", -1.0)), List.of()));
        add(Optimizer.ParameterState.class, () -> new Optimizer.ParameterState(1, Map.of("m", tensors.get("y"))));
        add(ValuesAndIndices.class, () -> new ValuesAndIndices(tensors.get("y"), tensors.get("indices")));
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

    private void layers() {
        add(Linear.class, () -> new Linear(3, 2, random.nextBoolean(), new Generator(1)));
        add(Linear.class, () -> new Linear(2, 3, true, new Generator(1)));
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
        add(Scaled.class, Scaled::new);
        add(ModuleList.class, () -> new ModuleList<Layer>(module(Linear.class), new ReLU(), new ReLU()));
        add(ModuleDict.class, () -> new ModuleDict<Layer>().put("a", module(Linear.class)));
        add(ParameterList.class, () -> new ParameterList(Tensor.ones(2), tensors.get("parameter")));
        add(BCELoss.class, BCELoss::new);
        add(BCEWithLogitsLoss.class, BCEWithLogitsLoss::new);
        add(CrossEntropyLoss.class, () -> new CrossEntropyLoss(Reduction.NONE, 2));
        add(L1Loss.class, L1Loss::new);
        add(MSELoss.class, MSELoss::new);
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
