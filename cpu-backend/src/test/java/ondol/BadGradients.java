package ondol;

import static ondol.BadCall.argument;
import static ondol.BadCall.index;
import static ondol.BadCall.state;
import static ondol.BadCall.stateAfter;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.autograd.MultiFunction;
import org.jspecify.annotations.Nullable;

/** Closed tensors, backward where there is no way back, changes in place that would make gradients wrong. */
final class BadGradients {
    private BadGradients() {}

    static Stream<BadCall> calls() {
        return Stream.of(closed(), backward(), inPlace(), functions(), nulls(), threads())
                .flatMap(s -> s);
    }

    private static BadCall closed(String operation, Consumer<BadCall.Given> call) {
        return state(
                operation
                        + ": the tensor of shape [2] is closed; use it before close(), or take it out of its scope"
                        + " with keep()",
                call);
    }

    private static Stream<BadCall> closed() {
        return Stream.of(
                closed("add", g -> g.closed.add(1.0)),
                closed("mul", g -> g.y.select(1, 0).mul(g.closed)),
                closed("relu", g -> g.closed.relu()),
                closed("matmul", g -> g.y.t().matmul(g.closed)),
                closed("linear", g -> g.y.linear(g.y, g.closed)),
                closed("sum", g -> g.closed.sum()),
                closed("max", g -> g.closed.max()),
                closed("argmax", g -> g.closed.argmax(0)),
                closed("std", g -> g.closed.std()),
                closed("softmax", g -> g.closed.softmax(0)),
                closed("cumsum", g -> g.closed.cumsum(0)),
                closed("sort", g -> g.closed.sort()),
                closed("topk", g -> g.closed.topk(1)),
                closed("gather", g -> g.closed.gather(0, g.n)),
                closed("indexSelect", g -> g.v.indexSelect(0, g.closed)),
                closed("reshape", g -> g.closed.reshape(1, 2)),
                closed("view", g -> g.closed.view(1, 2)),
                closed("expand", g -> g.closed.expand(3, 2)),
                closed("unsqueeze", g -> g.closed.unsqueeze(0)),
                closed("slice", g -> g.closed.slice(0, 0, 1)),
                closed("select", g -> g.closed.select(0, 0)),
                closed("get", g -> g.closed.get(Index.at(0))),
                closed("split", g -> g.closed.split(1, 0)),
                closed("flip", g -> g.closed.flip(0)),
                closed("cat", g -> Tensor.cat(0, g.v, g.closed)),
                closed("stack", g -> Tensor.stack(0, g.closed, g.closed)),
                closed("clone", g -> g.closed.clone().close()),
                closed("contiguous", g -> g.closed.contiguous()),
                closed("detach", g -> g.closed.detach()),
                closed("to", g -> g.closed.to(DType.INT64)),
                closed("to", g -> g.closed.to(g.otherDevice)),
                closed("reading", g -> g.closed.toFloatArray()),
                closed("reading", g -> g.closed.toLongArray()),
                closed("reading", g -> g.closed.toNestedArray()),
                closed("select", g -> g.closed.select(0, 0).item()),
                closed("dropout", g -> g.closed.dropout(0.5, Ondol.generator())),
                closed("mseLoss", g -> g.closed.mseLoss(g.closed, Reduction.MEAN)),
                closed("fill", g -> g.closed.fill(0)),
                closed("copyFrom", g -> g.v.copyFrom(g.closed)),
                closed("copyFrom", g -> g.there.copyFrom(g.closed)),
                closed("requiresGrad", g -> g.closed.requiresGrad(true)),
                closed("retainGrad", g -> g.closed.retainGrad()),
                closed("parameter", g -> Tensor.parameter(g.closed)),
                closed("backward", g -> g.closed.backward()),
                closed("grad", g -> Autograd.grad(g.x.sum(), List.of(g.closed))),
                stateAfter(
                        "sum: the tensor of shape [2, 3] is closed; use it before close(), or take it out of"
                                + " its scope with keep()",
                        g -> {
                            Scope scope = Scope.open();
                            Tensor t = g.x.mul(2.0);
                            scope.close();
                            return () -> t.sum().backward();
                        }),
                closed("keep", g -> {
                    try (Scope scope = Scope.open()) {
                        scope.keep(g.closed);
                    }
                }));
    }

    private static Stream<BadCall> backward() {
        return Stream.of(
                state(
                        "backward: a tensor of shape [] requires no gradient, so there is nothing to go back"
                                + " to; compute it from a tensor with requiresGrad(true), outside noGrad",
                        g -> g.y.sum().backward()),
                state(
                        "backward: a tensor of shape [] requires no gradient, so there is nothing to go back"
                                + " to; compute it from a tensor with requiresGrad(true), outside noGrad",
                        g -> g.x.detach().sum().backward()),
                state(
                        "backward: a tensor of shape [] requires no gradient, so there is nothing to go back"
                                + " to; compute it from a tensor with requiresGrad(true), outside noGrad",
                        g -> Autograd.noGrad(() -> g.x.sum()).backward()),
                state(
                        "backward: a tensor of shape [] requires no gradient, so there is nothing to go back"
                                + " to; compute it from a tensor with requiresGrad(true), outside noGrad",
                        g -> g.x.argmax().backward()),
                argument(
                        "backward: the output has shape [2, 3]; without a gradient it must be a single number:"
                                + " reduce it with sum() or mean(), or pass a gradient of its shape",
                        g -> g.x.mul(2.0).backward()),
                argument(
                        "backward: the gradient has shape [4] but the output has [2, 3]; they must be equal",
                        g -> g.x.mul(2.0).backward(g.v)),
                argument(
                        "backward: the gradient is BOOL on dev; it must be FLOAT32 on dev",
                        g -> g.x.mul(2.0).backward(g.flags)),
                closed("backward", g -> g.x.sum().backward(g.closed)),
                stateAfter(
                        "backward: this graph was already gone through and freed; call the first backward with"
                                + " retainGraph = true, or compute the loss again",
                        g -> {
                            Tensor loss = g.x.mul(g.x).sum();
                            loss.backward();
                            return loss::backward;
                        }),
                stateAfter(
                        "backward: this graph was already gone through and freed; call the first backward with"
                                + " retainGraph = true, or compute the loss again",
                        g -> {
                            Tensor shared = g.x.exp();
                            shared.sum().backward();
                            return () -> shared.mul(2.0).sum().backward();
                        }),
                stateAfter(
                        "backward: a tensor of shape [2, 3] that ExpBackward0 needs was changed in place after"
                                + " it was used; change a clone() instead",
                        g -> {
                            Tensor y = g.x.exp();
                            y.detach().addInPlace(g.one);
                            return () -> y.sum().backward();
                        }),
                stateAfter(
                        "backward: a tensor of shape [2, 3] that MulBackward0 needs was changed in place after"
                                + " it was used; change a clone() instead",
                        g -> {
                            Tensor weight = g.y.clone();
                            Tensor loss = g.x.mul(weight).sum();
                            weight.select(0, 1).fill(0);
                            return loss::backward;
                        }),
                stateAfter(
                        "backward: a tensor of shape [3, 4] that MmBackward0 needs was changed in place after"
                                + " it was used; change a clone() instead",
                        g -> {
                            Tensor loss = g.x.matmul(g.m).sum();
                            Autograd.noGrad(() -> g.m.mulInPlace(1));
                            return loss::backward;
                        }),
                state(
                        "grad: a tensor of shape [] requires no gradient, so there is nothing to go back to;"
                                + " compute it from a tensor with requiresGrad(true), outside noGrad",
                        g -> Autograd.grad(g.y.sum(), List.of(g.x))),
                argument(
                        "grad: the output has shape [2, 3]; without a gradient it must be a single number:"
                                + " reduce it with sum() or mean(), or pass a gradient of its shape",
                        g -> Autograd.grad(g.x.mul(2.0), List.of(g.x))),
                argument(
                        "grad: an input of shape [2, 3] does not require a gradient; call requiresGrad(true)"
                                + " before it is used",
                        g -> Autograd.grad(g.x.sum(), List.of(g.y))),
                state(
                        "grad: an input of shape [2, 3] was not used to compute the outputs; use"
                                + " gradAllowUnused to get null for it",
                        g -> {
                            Tensor unused = g.y.clone().requiresGrad(true);
                            Autograd.grad(g.x.sum(), List.of(g.x, unused));
                        }),
                argument(
                        "grad: 1 outputs but 2 gradients; give one for each output",
                        g -> Autograd.grad(List.of(g.x.sum()), List.of(g.x), List.of(g.one, g.one), false, false)),
                argument(
                        "grad: the gradient has shape [4] but the output has []; they must be equal",
                        g -> Autograd.grad(List.of(g.x.sum()), List.of(g.x), List.of(g.v), false, false)),
                state(
                        "retainGrad: a tensor of shape [2, 3] requires no gradient; compute it from a tensor"
                                + " with requiresGrad(true), outside noGrad",
                        g -> g.y.retainGrad()),
                state(
                        "requiresGrad(false): this tensor was computed by MulBackward0; use detach()",
                        g -> g.x.mul(2.0).requiresGrad(false)));
    }

    private static Stream<BadCall> inPlace() {
        return Stream.of(
                state(
                        "addInPlace: the tensor of shape [2, 3] is a leaf that requires a gradient; change it under"
                                + " Autograd.noGrad(), or change a clone() of it",
                        g -> g.x.addInPlace(g.y)),
                state(
                        "mulInPlace: the tensor of shape [2, 3] is a leaf that requires a gradient; change it under"
                                + " Autograd.noGrad(), or change a clone() of it",
                        g -> g.x.mulInPlace(2)),
                state(
                        "fill: the tensor of shape [2, 3] is a leaf that requires a gradient; change it under"
                                + " Autograd.noGrad(), or change a clone() of it",
                        g -> g.x.zero()),
                state(
                        "copyFrom: the tensor of shape [2, 3] is a leaf that requires a gradient; change it under"
                                + " Autograd.noGrad(), or change a clone() of it",
                        g -> g.x.copyFrom(g.y)),
                state(
                        "fill: the tensor of shape [3] is a view of a leaf that requires a gradient; change it under"
                                + " Autograd.noGrad(), or change a clone() of it",
                        g -> g.x.select(0, 1).fill(1)),
                state(
                        "addInPlace: the tensor of shape [2, 4] is a view in which elements share"
                                + " memory; change a clone() of it",
                        g -> g.v.expand(2, 4).addInPlace(g.one)),
                state(
                        "copyFrom: the tensor of shape [2, 4] is a view in which elements share"
                                + " memory; change a clone() of it",
                        g -> g.v.expand(2, 4).copyFrom(g.v)));
    }

    private static Stream<BadCall> functions() {
        return Stream.of(
                state(
                        "TooMany.backward: 2 gradients for 1 inputs; return one for each, null for none",
                        g -> new TooMany().apply(g.x).sum().backward()),
                state(
                        "backward: ShapelessBackward gave a gradient of shape [] for an input of shape [2, 3];"
                                + " it must have that shape",
                        g -> new Shapeless().apply(g.x).sum().backward()),
                state(
                        "backward: WholeBackward gave a gradient that is INT64; it must be FLOAT32",
                        g -> new Whole().apply(g.x).sum().backward()),
                state(
                        "ForgetfulBackward: the tensor of shape [2, 3] is closed; use it before close(), or"
                                + " take it out of its scope with keep()",
                        g -> new Forgetful().apply(g.x).sum().backward()),
                state(
                        "save: the tensor of shape [2, 3] is closed; save it before close()",
                        g -> new Saver().apply(g.x)),
                state(
                        "save: this is backward; call it in forward",
                        g -> new Late(0).apply(g.x).sum().backward()),
                state(
                        "materializeGrads: this is backward; call it in forward",
                        g -> new Late(1).apply(g.x).sum().backward()),
                state("markNonDifferentiable: forward is over; call it in forward", g -> {
                    var late = new Late(2);
                    late.apply(g.x).close();
                    late.forward.markNonDifferentiable(g.y);
                }),
                index(
                        "needsGradient: input 1 was asked for, but there are 1; the first is 0",
                        g -> new Late(3).apply(g.x).sum().backward()),
                state(
                        "Pair.backward: 1 gradients for 2 inputs; return one for each, null for none",
                        g -> new Pair(false).apply(g.x, g.y).get(0).sum().backward()),
                nothing(
                        "Pair.forward: the array of results has null at position 1; pass tensors",
                        g -> new Pair(true).apply(g.x, g.y)),
                nothing("Pair.apply: inputs is null; pass tensors", g -> new Pair(true).apply((Tensor[]) null)));
    }

    private abstract static class Twice extends Function {
        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            return inputs[0].mul(2.0);
        }
    }

    private static final class TooMany extends Twice {
        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return new Tensor[] {grad, grad};
        }
    }

    private static final class Shapeless extends Twice {
        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return new Tensor[] {grad.sum()};
        }
    }

    private static final class Whole extends Twice {
        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return new Tensor[] {grad.to(DType.INT64)};
        }
    }

    /** Closes what it returns. */
    private static final class Forgetful extends Twice {
        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            try (var _ = Scope.open()) {
                return new Tensor[] {grad.mul(2.0)};
            }
        }
    }

    /** Says something when it is too late. */
    private static final class Late extends Twice {
        private final int what;
        private Context forward;

        Late(int what) {
            this.what = what;
        }

        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            forward = context;
            return super.forward(context, inputs);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            switch (what) {
                case 0 -> context.save(grad);
                case 1 -> context.materializeGrads(true);
                case 3 -> context.needsGradient(1);
                default -> {}
            }
            return new Tensor[] {grad};
        }
    }

    /** Gives too few gradients, or a null. */
    @SuppressWarnings("NullAway")
    private static final class Pair extends MultiFunction {
        private final boolean ofNull;

        Pair(boolean ofNull) {
            this.ofNull = ofNull;
        }

        @Override
        protected Tensor[] forward(Function.Context context, Tensor... inputs) {
            return new Tensor[] {inputs[0].mul(2.0), ofNull ? null : inputs[1].mul(2.0)};
        }

        @Override
        protected @Nullable Tensor[] backward(Function.Context context, @Nullable Tensor... grads) {
            return new Tensor[] {grads[0]};
        }
    }

    /** Saves what it has closed. */
    private static final class Saver extends Function {
        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            Tensor y = inputs[0].exp();
            y.close();
            context.save(y);
            return y;
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return new Tensor[] {grad.mul(context.saved(0))};
        }
    }

    private static BadCall nothing(String message, Consumer<BadCall.Given> call) {
        return new BadCall(NullPointerException.class, message, g -> () -> call.accept(g));
    }

    @SuppressWarnings("NullAway") // on purpose
    private static Stream<BadCall> nulls() {
        return Stream.of(
                nothing("grad: output is null; pass a tensor", g -> Autograd.grad(null, List.of(g.x))),
                nothing("grad: inputs is null; pass tensors", g -> Autograd.grad(g.x.sum(), null)),
                nothing("grad: inputs is null; pass tensors", g -> Autograd.grad(g.x.sum(), null, true)),
                nothing("grad: inputs has null at position 1; pass tensors", g -> {
                    Autograd.grad(g.x.sum(), Arrays.asList(g.x, null));
                }),
                nothing("grad: outputs is null; pass tensors", g -> {
                    Autograd.grad(null, List.of(g.x), null, false, false);
                }),
                nothing("grad: outputs has null at position 0; pass tensors", g -> {
                    Autograd.gradAllowUnused(Arrays.asList((Tensor) null), List.of(g.x), null, false, false);
                }),
                nothing("grad: gradients has null at position 0; pass tensors", g -> {
                    Autograd.grad(List.of(g.x.sum()), List.of(g.x), Arrays.asList((Tensor) null), false, false);
                }),
                nothing("noGrad: body is null; pass what is to run", g -> Autograd.noGrad(null)),
                nothing("Doubled.apply: inputs is null; pass tensors", g -> new Doubled().apply((Tensor[]) null)),
                nothing(
                        "Doubled.apply: inputs has null at position 1; pass tensors",
                        g -> new Doubled().apply(g.x, null)),
                nothing("save: tensors is null; pass tensors", g -> new Careless(0).apply(g.x)),
                nothing("save: tensors has null at position 1; pass tensors", g -> new Careless(1).apply(g.x)),
                nothing("Careless.forward: the result is null; return a tensor", g -> new Careless(2).apply(g.x)),
                index("saved: tensor 0 was asked for, but 0 were saved; the first is 0", g -> {
                    new Careless(3).apply(g.x);
                }),
                index(
                        "backward: saved tensor 1 was asked for, but CarelessBackward saved 0; the first is 0",
                        g -> new Careless(4).apply(g.x).sum().backward()),
                state(
                        "Careless.backward: null for 1 inputs; return one for each, null for none",
                        g -> new Careless(5).apply(g.x).sum().backward()),
                nothing("record: name is null; give the operation a name", g -> {
                    Recording.record(null, List.of(g.y), List.of(g.x), (grads, call) -> new Tensor[1], List.of());
                }),
                nothing("record: outputs is null; pass tensors", g -> {
                    Recording.record("own", null, List.of(g.x), (grads, call) -> new Tensor[1], List.of());
                }),
                nothing("record: outputs has null at position 0; pass tensors", g -> {
                    Recording.record(
                            "own",
                            Arrays.asList((Tensor) null),
                            List.of(g.x),
                            (grads, call) -> new Tensor[1],
                            List.of());
                }),
                nothing("record: inputs is null; pass tensors", g -> {
                    Recording.record("own", List.of(g.y), null, (grads, call) -> new Tensor[1], List.of());
                }),
                nothing("record: inputs has null at position 0; pass tensors", g -> {
                    Recording.record(
                            "own",
                            List.of(g.y),
                            Arrays.asList((Tensor) null),
                            (grads, call) -> new Tensor[1],
                            List.of());
                }),
                nothing("record: backward is null; pass what gives the gradients", g -> {
                    Recording.record("own", List.of(g.y), List.of(g.x), null, List.of());
                }),
                nothing("record: saved is null; pass tensors", g -> {
                    Recording.record("own", List.of(g.y), List.of(g.x), (grads, call) -> new Tensor[1], null);
                }),
                argument(
                        "own: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)",
                        g -> Recording.record(
                                "own",
                                List.of(Tensor.arange(2)),
                                List.of(g.x),
                                (grads, call) -> new Tensor[1],
                                List.of())),
                state("backward: own gave 2 gradients for 1 inputs; it must give one for each, null for none", g -> {
                    Tensor y = g.x.detach().clone();
                    Recording.record("own", List.of(y), List.of(g.x), (grads, call) -> new Tensor[2], List.of());
                    y.sum().backward();
                }),
                nothing("keep: tensor is null; pass a tensor of the scope", g -> {
                    try (Scope scope = Scope.open()) {
                        scope.keep(null);
                    }
                }),
                nothing("escape: tensor is null; pass a tensor", g -> Scope.escape(null)),
                nothing("result: body is null; pass what is to run", g -> Scope.result(null)),
                nothing("results: body is null; pass what is to run", g -> Scope.results(null)),
                nothing("results: the list is null; give tensors", g -> Scope.results(() -> null)));
    }

    private static final class Doubled extends Twice {
        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return new Tensor[] {grad.mul(2.0)};
        }
    }

    /** Does one thing wrong. */
    @SuppressWarnings("NullAway")
    private static final class Careless extends Function {
        private final int what;

        Careless(int what) {
            this.what = what;
        }

        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            switch (what) {
                case 0 -> context.save((Tensor[]) null);
                case 1 -> context.save(inputs[0], null);
                case 3 -> context.saved(0);
                default -> {}
            }
            return what == 2 ? null : inputs[0].mul(2.0);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            return what == 4 ? new Tensor[] {context.saved(1)} : null;
        }
    }

    private static Stream<BadCall> threads() {
        return Stream.of(
                stateAfter("Scope.close: the scope belongs to another thread; use it where it was opened", g -> {
                    Scope scope = g.scope();
                    return () -> elsewhere(scope::close);
                }),
                stateAfter("Scope.keep: the scope belongs to another thread; use it where it was opened", g -> {
                    Scope scope = g.scope();
                    return () -> elsewhere(() -> scope.keep(g.y));
                }),
                state("Recording.close: it was switched by another thread; close it there", g -> {
                    try (Recording off = Autograd.noGrad()) {
                        elsewhere(off::close);
                    }
                }));
    }

    private static void elsewhere(Runnable body) {
        try {
            CompletableFuture.runAsync(body).join();
        } catch (CompletionException e) {
            throw (RuntimeException) e.getCause();
        }
    }
}
