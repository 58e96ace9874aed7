package ondol;

import static ondol.BadCall.argument;
import static ondol.BadCall.argumentAfter;
import static ondol.BadCall.index;
import static ondol.BadCall.nothing;
import static ondol.BadCall.state;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.Init;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.Softplus;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.SGD;

/** Layers, losses and optimizers that are made or used wrongly. */
final class BadModules {
    private BadModules() {}

    static Stream<BadCall> calls() {
        return Stream.of(layers(), building(), states(), optimizers(), nulls()).flatMap(s -> s);
    }

    /** Without drawing: the generator's state is compared. */
    private static Linear linear(long in, long out) {
        return new Linear(in, out, true, new Generator(1));
    }

    private static Stream<BadCall> layers() {
        return Stream.of(
                argument("Linear: inFeatures is -1; sizes are 0 or more", g -> linear(-1, 2)),
                argument("Linear: outFeatures is -3; sizes are 0 or more", g -> linear(2, -3)),
                argumentAfter(
                        "linear: input [2, 3], weight [2, 4] (out, in): the input's last size must be the"
                                + " weight's second",
                        g -> {
                            Linear l = linear(4, 2);
                            return () -> l.forward(g.x);
                        }),
                argumentAfter(
                        "linear: INT64 input, FLOAT32 weight, FLOAT32 bias; all must be FLOAT32: use"
                                + " to(DType.FLOAT32)",
                        g -> {
                            Linear l = linear(3, 2);
                            return () -> l.forward(g.n);
                        }),
                argumentAfter("linear: tensors are on different devices, other and dev; move one with to(...)", g -> {
                    Linear l = linear(3, 2);
                    return () -> l.forward(g.there);
                }),
                argumentAfter(
                        "linear: input [], weight [2, 3] (out, in): the input's last size must be the weight's"
                                + " second",
                        g -> {
                            Linear l = linear(3, 2);
                            return () -> l.forward(g.one);
                        }),
                argument("Dropout: p is NaN; a probability is from 0 to 1", g -> new Dropout(Double.NaN)),
                argument("Dropout: p is 1.5; a probability is from 0 to 1", g -> new Dropout(1.5)),
                argument("Softplus: beta is 0.0; give a finite number other than 0", g -> new Softplus(0)),
                argument(
                        "mseLoss: input [2, 3] and target [4] differ; reshape one, or broadcast it explicitly"
                                + " with expand",
                        g -> new MSELoss().forward(g.x, g.v)),
                argument(
                        "crossEntropy: input [2, 3] and INT64 target [3]; the target must be INT64 class"
                                + " numbers of shape [2], or probabilities of the input's shape",
                        g -> new CrossEntropyLoss().forward(g.x, g.n)),
                argument(
                        "crossEntropy: input [2, 3] and FLOAT32 target [2]; class numbers are INT64: use"
                                + " target.to(DType.INT64)",
                        g -> new CrossEntropyLoss().forward(g.x, Tensor.tensor(0f, 2f))),
                argument(
                        "crossEntropy: input [2, 3] and FLOAT32 target [4]; probabilities must have the input's shape,"
                                + " and class numbers must be INT64 of shape [2]",
                        g -> new CrossEntropyLoss().forward(g.x, g.v)),
                argument(
                        "backward: the output has shape [2, 3]; without a gradient it must be a single number:"
                                + " reduce it with sum() or mean(), or pass a gradient of its shape",
                        g -> new MSELoss(Reduction.NONE).forward(g.x, g.y).backward()),
                state(
                        "backward: a tensor of shape [] requires no gradient, so there is nothing to go back"
                                + " to; compute it from a tensor with requiresGrad(true), outside noGrad",
                        g -> new MSELoss().forward(g.y, g.y).backward()),
                argument(
                        "Init.uniform: the tensor is INT64; only FLOAT32 can be filled so",
                        g -> Init.uniform(g.n, 0, 1)),
                argument(
                        "Init.normal: a tensor of shape [4294967296] has 4294967296 elements, but values are drawn"
                                + " into a Java array (at most 2147483639); fill it in parts",
                        g -> Init.normal(g.repeated(1L << 32), 0, 1)),
                argument("uniform: from=1.0 is greater than to=0.0: swap them", g -> Init.uniform(g.y, 1, 0)),
                argument("normal: std=-1.0: give a finite std of 0 or more", g -> Init.normal(g.y, 0, -1)),
                argument(
                        "Init.xavierUniform: a tensor of shape [4] has no fan in and fan out; it needs two"
                                + " axes, [out, in]: use uniform or normal for a vector",
                        g -> Init.xavierUniform(g.v)));
    }

    private static final class Odd extends Layer {
        Odd(String name, Tensor parameter) {
            register(name, parameter);
            register(name, new ReLU());
        }

        Odd() {
            register("self", this);
        }

        @Override
        public Tensor forward(Tensor x) {
            return x.mul(parameter("scale"));
        }
    }

    private static Stream<BadCall> building() {
        return Stream.of(
                argument(
                        "Odd.register: 'twice' is registered already; choose another name", g -> new Odd("twice", g.x)),
                argument(
                        "Odd.register: '' is no name; it must not be empty, and dots separate the names of"
                                + " modules inside modules",
                        g -> new Odd("", g.x)),
                argument(
                        "Odd.register: 'a.b' is no name; it must not be empty, and dots separate the names of"
                                + " modules inside modules",
                        g -> new Odd("a.b", g.x)),
                argument(
                        "Odd.register: 'self' is or contains the module it is registered in; a module cannot"
                                + " be inside itself",
                        g -> new Odd()),
                index(
                        "Sequential.get: index 1 is out of range for 1 modules; use -1 to 0",
                        g -> new Sequential(new ReLU()).get(1)),
                index(
                        "Sequential.get: index -2 is out of range for 1 modules; use -1 to 0",
                        g -> new Sequential(new ReLU()).get(-2)),
                index(
                        "Sequential.get: index 0 is out of range for 0 modules; there is none to get",
                        g -> new Sequential().get(0)),
                argument(
                        "Sequential.get: module 0 is a ReLU, no Linear; there are [ReLU]",
                        g -> new Sequential(new ReLU()).get(0, Linear.class)));
    }

    private static Stream<BadCall> states() {
        return Stream.of(
                argumentAfter(
                        "Linear.loadStateDict: the state does not fit, nothing was loaded\n" + "  missing: bias\n"
                                + "  unexpected: scale\n" + "Load the state of a module that was built the same way",
                        g -> {
                            Linear l = linear(3, 2);
                            return () -> l.loadStateDict(Map.of("weight", g.y, "scale", g.v));
                        }),
                argumentAfter(
                        "Linear.loadStateDict: the state does not fit, nothing was loaded\n"
                                + "  bias: shape [4] in the state, [2] in the module\n"
                                + "Load the state of a module that was built the same way",
                        g -> {
                            Linear l = linear(3, 2);
                            return () -> l.loadStateDict(Map.of("weight", g.y, "bias", g.v));
                        }),
                argumentAfter(
                        "Linear.loadStateDict: the state does not fit, nothing was loaded\n"
                                + "  bias: the tensor in the state is closed\n"
                                + "Load the state of a module that was built the same way",
                        g -> {
                            Linear l = linear(3, 2);
                            return () -> l.loadStateDict(Map.of("weight", g.y, "bias", g.closed));
                        }),
                argumentAfter("Linear.loadStateDict: the state has null for 'bias'; give a tensor", g -> {
                    Map<String, Tensor> state = new HashMap<>();
                    state.put("weight", g.y);
                    state.put("bias", null);
                    Linear l = linear(3, 2);
                    return () -> l.loadStateDict(state);
                }),
                argumentAfter(
                        "Linear.loadStateDict: the state has null for a name; take the names of stateDict()", g -> {
                            Map<String, Tensor> state = new HashMap<>();
                            state.put(null, g.y);
                            Linear l = linear(3, 2);
                            return () -> l.loadStateDict(state);
                        }));
    }

    /** Null says where it is, and what to give instead. */
    private static Stream<BadCall> nulls() {
        Tensor none = null;
        Layer nobody = null;
        return Stream.of(
                nothing("Odd.register: the name is null; give one, unique in the module", g -> new Odd(null, g.x)),
                nothing("Odd.register: the parameter 'a' is null; give a tensor", g -> new Odd("a", none)),
                nothing("Sequential: the array of layers is null; give layers, or nothing for none", g -> {
                    Layer[] layers = null;
                    new Sequential(layers);
                }),
                nothing(
                        "Sequential.register: the child '1' is null; give a module",
                        g -> new Sequential(new ReLU(), nobody)),
                nothing("Sequential.register: the child '0' is null; give a module", g -> new Sequential(nobody)),
                nothing("Sequential: the map of layers is null; give layers by name", g -> {
                    Map<String, Layer> layers = null;
                    new Sequential(layers);
                }),
                nothing("Sequential.register: the child 'a' is null; give a module", g -> {
                    Map<String, Layer> layers = new HashMap<>();
                    layers.put("a", null);
                    new Sequential(layers);
                }),
                nothing(
                        "Sequential.get: the class is null; name one, such as Linear.class",
                        g -> new Sequential(new ReLU()).get(0, null)),
                nothing("ReLU.call: the input is null; give a tensor", g -> {
                    ReLU relu = new ReLU();
                    relu.registerForwardHook((module, in, out) -> null);
                    relu.call(null);
                }),
                nothing("registerForwardHook: the hook is null; give one", g -> new ReLU().registerForwardHook(null)),
                nothing(
                        "registerFullBackwardHook: the hook is null; give one",
                        g -> new ReLU().registerFullBackwardHook(null)),
                nothing("registerHook: the hook is null; give one", g -> g.x.registerHook(null)),
                nothing("outside: body is null; pass what is to run", g -> Scope.outside(null)),
                nothing("ReLU.getSubmodule: the name is null; give one", g -> new ReLU().getSubmodule(null)),
                nothing("ReLU.getParameter: the name is null; give one", g -> new ReLU().getParameter(null)),
                nothing("ReLU.to: the device is null; use Device.of or Device.CPU", g -> new ReLU().to(null)),
                nothing("ReLU.apply: the function is null; give one that takes a module", g -> new ReLU().apply(null)),
                nothing(
                        "ReLU.loadStateDict: the state is null; give what stateDict() of such a module returned",
                        g -> new ReLU().loadStateDict(null)),
                nothing(
                        "Relocation.move: the tensors are null; give a collection of tensors",
                        g -> Relocation.move(null, g.otherDevice)),
                nothing(
                        "Relocation.move: tensor 1 is null; leave it out",
                        g -> Relocation.move(Arrays.asList(g.x, null), g.otherDevice)),
                nothing(
                        "Relocation.move: the device is null; use Device.of or Device.CPU",
                        g -> Relocation.move(List.of(g.x), null)),
                nothing("Adam: the parameters are null; pass net.parameters()", g -> new Adam(null)),
                argument(
                        "Adam: parameter 1 is null; pass tensors only, such as net.parameters()",
                        g -> new Adam(Arrays.asList(g.x, null))),
                nothing(
                        "SGD.loadStateDict: the state is null; give what stateDict() returned",
                        g -> new SGD(List.of(g.x)).loadStateDict(null)),
                nothing(
                        "Optimizer.State: the optimizer's name is null; give its class's name",
                        g -> new Optimizer.State(null, Map.of(), List.of())),
                nothing(
                        "Optimizer.State: the settings are null; give a map, empty if there are none",
                        g -> new Optimizer.State("SGD", null, List.of())),
                argument("Optimizer.State: the settings have null for 'lr'; leave out what is null", g -> {
                    Map<String, Double> settings = new HashMap<>();
                    settings.put("lr", null);
                    new Optimizer.State("SGD", settings, List.of());
                }),
                nothing(
                        "Optimizer.State: the parameters' states are null; give one for each parameter",
                        g -> new Optimizer.State("SGD", Map.of(), null)),
                nothing(
                        "Optimizer.State: the state of parameter 1 is null; give one for each parameter",
                        g -> new Optimizer.State(
                                "SGD", Map.of(), Arrays.asList(new Optimizer.ParameterState(0, Map.of()), null))),
                argument("Optimizer.ParameterState: the tensors have null for 'm'; leave out what is null", g -> {
                    Map<String, Tensor> tensors = new HashMap<>();
                    tensors.put("m", null);
                    new Optimizer.ParameterState(0, tensors);
                }));
    }

    private static Stream<BadCall> optimizers() {
        return Stream.of(
                argument(
                        "SGD: there are no parameters to optimize; pass net.parameters() of a net that has some"
                                + " (a module's fields count only when registered: register(\"name\", ...))",
                        g -> new SGD(List.of(), 0.1)),
                argument(
                        "SGD: parameter 1 of shape [2, 3] occurs twice; pass it once",
                        g -> new SGD(List.of(g.x, g.x), 0.1)),
                argument(
                        "SGD: parameter 0 of shape [2, 3] requires no gradient; call requiresGrad(true) before"
                                + " it is used",
                        g -> new SGD(List.of(g.y), 0.1)),
                argument(
                        "SGD: parameter 0 of shape [2, 3] was computed by MulBackward0; only leaves can be"
                                + " optimized: pass what it was computed from",
                        g -> new SGD(List.of(g.x.mul(2.0)), 0.1)),
                argument("SGD: parameter 0 of shape [2] is closed", g -> new SGD(List.of(g.closed), 0.1)),
                argument(
                        "SGD: parameter 0 of shape [5] is a view in which elements share memory;"
                                + " pass a clone() of it",
                        g -> new SGD(List.of(g.repeated(5).requiresGrad(true)), 0.1)),
                argument("SGD: lr is -0.1; it must be a finite number of 0 or more", g -> new SGD(List.of(g.x), -0.1)),
                argument(
                        "Adam: lr is NaN; it must be a finite number of 0 or more",
                        g -> new Adam(List.of(g.x), Double.NaN)),
                argument(
                        "Adam: lr is Infinity; it must be a finite number of 0 or more",
                        g -> new Adam(List.of(g.x)).setLr(Double.POSITIVE_INFINITY)),
                argument(
                        "SGD: momentum is -1.0; it must be a finite number of 0 or more",
                        g -> new SGD(List.of(g.x)).momentum(-1)),
                argument(
                        "SGD: nesterov needs a momentum above 0 and no dampening, but momentum is 0.0 and"
                                + " dampening is 0.0; set them before nesterov(true)",
                        g -> new SGD(List.of(g.x)).nesterov(true)),
                argument(
                        "SGD: weightDecay is NaN; it must be a finite number of 0 or more",
                        g -> new SGD(List.of(g.x)).weightDecay(Double.NaN)),
                argument(
                        "Adam: beta2 is 1.0; it must be 0 or more and less than 1",
                        g -> new Adam(List.of(g.x)).betas(0.9, 1)),
                argument(
                        "Adam: beta1 is -0.1; it must be 0 or more and less than 1",
                        g -> new Adam(List.of(g.x)).betas(-0.1, 0.9)),
                argument(
                        "Adam: eps is -1.0; it must be a finite number of 0 or more",
                        g -> new Adam(List.of(g.x)).eps(-1)),
                argument(
                        "AdamW: weightDecay is -1.0; it must be a finite number of 0 or more",
                        g -> new AdamW(List.of(g.x)).weightDecay(-1)),
                argument(
                        "Adam.loadStateDict: the state does not fit: it is the state of SGD; load the state of"
                                + " an optimizer that was made the same way",
                        g -> new Adam(List.of(g.x)).loadStateDict(new SGD(List.of(g.x)).stateDict())));
    }
}
