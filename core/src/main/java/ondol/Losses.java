package ondol;

import java.util.Arrays;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Losses: what is said of them in {@link NeuralOps}. */
final class Losses {
    private static final Expr DIFFERENCE = Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32));
    private static final Kernel.Map SQUARES = new Kernel.Map(DIFFERENCE.mul(DIFFERENCE));
    private static final Kernel.Reduce SUM_OF_SQUARES = new Kernel.Reduce(DIFFERENCE.mul(DIFFERENCE), ReduceOp.SUM);
    private static final Kernel.Map MSE_GRADIENT =
            new Kernel.Map(Expr.scalar(0, Type.F32).mul(DIFFERENCE).mul(Expr.input(2, Type.F32)));

    /** Which targets count, and the class to be looked up for each: those that are ignored take the first. */
    private static final Kernel.Map CLASSES = classes(Expr.input(0, Type.I64));

    private static final Kernel.Reduce SUM_OF_LOSSES = new Kernel.Reduce(
            Expr.input(0, Type.BOOL).choose(Expr.input(1, Type.F32).neg(), Expr.constant(0f)), ReduceOp.SUM);

    private static Kernel.Map classes(Expr target) {
        Expr counts = target.eq(Expr.scalar(0, Type.I64)).not();
        return new Kernel.Map(counts, counts.choose(target, Expr.constantI64(0)));
    }

    private Losses() {}

    private static void check(String operation, Tensor x, Tensor target, Reduction reduction) {
        check(operation, reduction);
        Pointwise.sameDevice(operation, x, target);
        Reductions.requireFloat(operation, x);
        Reductions.requireFloat(operation, target);
        if (!Arrays.equals(x.sizes(), target.sizes())) {
            throw new IllegalArgumentException(operation + ": input " + x.shape() + " and target " + target.shape()
                    + " differ; reshape one, or broadcast it explicitly with expand");
        }
    }

    private static void check(String operation, Reduction reduction) {
        if (reduction == null) {
            throw new NullPointerException(operation + ": the reduction is null; give MEAN, SUM or NONE");
        }
    }

    private static Tensor reduce(Tensor losses, Reduction reduction) {
        return switch (reduction) {
            case NONE -> losses;
            case MEAN -> losses.mean();
            case SUM -> losses.sum();
        };
    }

    static Tensor mse(Tensor x, Tensor target, Reduction reduction) {
        check("mseLoss", x, target, reduction);
        long[] shape = x.sizes();
        Tensor out;
        if (reduction == Reduction.NONE) {
            out = Tensor.empty(x.device(), DType.FLOAT32, shape);
            View[] in = {x.operand(), target.operand()};
            Launcher.run(SQUARES, shape, 0, in, new View[] {out.operand()}, new long[0], out, Arrays.asList(x, target));
        } else {
            out = Reductions.run(SUM_OF_SQUARES, shape, (1L << shape.length) - 1, false, x, target);
            if (reduction == Reduction.MEAN) {
                Tensor sum = out;
                out = sum.div((double) x.numel());
                sum.close();
            }
        }
        double factor = reduction == Reduction.MEAN ? 2.0 / x.numel() : 2;
        return Tape.record(
                "MseLossBackward0",
                out,
                new Tensor[] {x, target},
                (i, g, saved) -> mseGradient(g, saved.get(i), saved.get(1 - i), factor),
                x,
                target);
    }

    /** {@code factor (a - b) g}. */
    private static Tensor mseGradient(Tensor g, Tensor a, Tensor b, double factor) {
        if (Context.current().recording) {
            return a.sub(b).mul(factor).mul(g);
        }
        Tensor out = Tensor.empty(a.device(), DType.FLOAT32, a.sizes());
        View[] in = {a.operand(), b.operand(), g.operand(a.sizes())};
        long[] scalars = {Float.floatToRawIntBits((float) factor) & 0xffffffffL};
        Launcher.run(MSE_GRADIENT, a.sizes(), 0, in, new View[] {out.operand()}, scalars, out, Arrays.asList(a, b, g));
        return out;
    }

    static Tensor l1(Tensor x, Tensor target, Reduction reduction) {
        check("l1Loss", x, target, reduction);
        return reduce(x.sub(target).abs(), reduction);
    }

    static Tensor bce(Tensor x, Tensor target, Reduction reduction) {
        check("binaryCrossEntropy", x, target, reduction);
        Tensor d = x.detach();
        Tensor t = target.detach();
        if (probable(d).logicalAnd(probable(t)).all().item() == 0) {
            throw improbable(d, t);
        }
        Tensor yes = t.mul(d.log().clamp(-100.0, Double.POSITIVE_INFINITY));
        Tensor no = t.sub(1.0).mul(d.neg().log1p().clamp(-100.0, Double.POSITIVE_INFINITY));
        return Tape.record(
                "BinaryCrossEntropyBackward0",
                reduce(no.sub(yes), reduction),
                new Tensor[] {x, target},
                Node.reading(Losses::targetOnlyForInput, (i, g, saved) -> {
                    Tensor p = saved.get(0);
                    if (i == 1) {
                        return share(p.neg().log1p().sub(p.log()).mul(g), reduction);
                    }
                    Tensor slope = p.mul(p.rsub(1.0)).clamp(1e-12, Double.POSITIVE_INFINITY);
                    return share(p.sub(saved.get(1)).mul(g).div(slope), reduction);
                }),
                x,
                target);
    }

    /**
     * The saved tensors that a gradient reads, of an input and a target, as {@link Node.Rule#reads}: the target's, only the
     * input.
     */
    private static int targetOnlyForInput(int input) {
        return input == 0 ? 0b11 : 0b01;
    }

    private static Tensor probable(Tensor x) {
        return x.ge(0.0).logicalAnd(x.le(1.0));
    }

    private static IllegalArgumentException improbable(Tensor x, Tensor target) {
        boolean input = probable(x).all().item() == 0;
        Tensor wrong = input ? x : target;
        return new IllegalArgumentException("binaryCrossEntropy: the " + (input ? "input " : "target ") + wrong.shape()
                + " has values from " + wrong.min().item() + " to "
                + wrong.max().item() + "; they must be from 0 to 1"
                + (input ? ": apply sigmoid first, or use binaryCrossEntropyWithLogits" : ""));
    }

    /** The gradients of the elements' losses, or of their mean. */
    private static Tensor share(Tensor gradients, Reduction reduction) {
        return reduction == Reduction.MEAN ? gradients.div((double) gradients.numel()) : gradients;
    }

    static Tensor bceWithLogits(Tensor x, Tensor target, Reduction reduction) {
        check("binaryCrossEntropyWithLogits", x, target, reduction);
        Tensor d = x.detach();
        Tensor value = target.detach()
                .rsub(1.0)
                .mul(d)
                .sub(d.clamp(Double.NEGATIVE_INFINITY, 0.0))
                .add(d.abs().neg().exp().log1p());
        return Tape.record(
                "BinaryCrossEntropyWithLogitsBackward0",
                reduce(value, reduction),
                new Tensor[] {x, target},
                Node.reading(Losses::targetOnlyForInput, (i, g, saved) -> {
                    Tensor slope = i == 0
                            ? saved.get(0).sigmoid().sub(saved.get(1))
                            : saved.get(0).neg();
                    return share(slope.mul(g), reduction);
                }),
                x,
                target);
    }

    static Tensor crossEntropy(Tensor x, Tensor target, Reduction reduction, long ignoreIndex) {
        check("crossEntropy", reduction);
        Pointwise.sameDevice("crossEntropy", x, target);
        Reductions.requireFloat("crossEntropy", x);
        if (x.dim() == 0) {
            throw new IllegalArgumentException(
                    "crossEntropy: the input is a single number; give [classes] or [n, classes]");
        }
        int axis = x.dim() == 1 ? 0 : 1;
        if (target.dtype() == DType.FLOAT32) {
            checkProbabilities(x, target, axis);
            if (ignoreIndex >= 0) {
                throw new IllegalArgumentException("crossEntropy: ignoreIndex is " + ignoreIndex + " and the target "
                        + target.shape() + " has probabilities; only class numbers can be ignored: leave it -100");
            }
            return ofProbabilities(x.logSoftmax(axis).mul(target), axis, reduction);
        }
        long[] wanted = Axes.reduced(x.sizes(), 1L << axis, false);
        if (target.dtype() != DType.INT64 || !Arrays.equals(target.sizes(), wanted)) {
            throw new IllegalArgumentException("crossEntropy: input " + x.shape() + " and " + target.dtype()
                    + " target " + target.shape() + "; the target must be INT64 class numbers of shape "
                    + Arrays.toString(wanted) + ", or probabilities of the input's shape");
        }
        return negativeLogLikelihood(x, target, axis, reduction, ignoreIndex);
    }

    /** FLOAT32 targets are probabilities, or class numbers in the wrong type. */
    private static void checkProbabilities(Tensor x, Tensor target, int axis) {
        if (Arrays.equals(x.sizes(), target.sizes())) {
            return;
        }
        long[] labels = Axes.reduced(x.sizes(), 1L << axis, false);
        throw new IllegalArgumentException("crossEntropy: input " + x.shape() + " and FLOAT32 target " + target.shape()
                + (Arrays.equals(target.sizes(), labels)
                        ? "; class numbers are INT64: use target.to(DType.INT64)"
                        : "; probabilities must have the input's shape, and class numbers must be INT64 of shape "
                                + Arrays.toString(labels)));
    }

    /** PyTorch's order: the sum is negated and then divided by the number of rows, as C++ divides. */
    private static Tensor ofProbabilities(Tensor weighted, int axis, Reduction reduction) {
        if (reduction == Reduction.NONE) {
            return weighted.sum(axis).neg();
        }
        if (reduction == Reduction.SUM) {
            return weighted.sum().neg();
        }
        if (weighted.numel() == 0) {
            return weighted.sum().div(0.0).neg();
        }
        double rows = (double) weighted.numel() / weighted.sizes()[axis];
        Tensor sum = weighted.sum().neg();
        return Tape.record("DivBackward1", sum.detach().div(rows), new Tensor[] {sum}, (i, g, saved) -> g.div(rows));
    }

    private static Tensor negativeLogLikelihood(
            Tensor x, Tensor target, int axis, Reduction reduction, long ignoreIndex) {
        Tensor counts = Tensor.empty(x.device(), DType.BOOL, target.sizes());
        Tensor known = Tensor.empty(x.device(), DType.INT64, target.sizes());
        View[] out = {counts.operand(), known.operand()};
        Launcher.run(
                CLASSES,
                target.sizes(),
                0,
                new View[] {target.operand()},
                out,
                new long[] {ignoreIndex},
                known,
                target);
        Tensor classes = known.unsqueeze(axis);
        // The target's range is remembered, so this is quick; only the ignored class may be out of range.
        if (target.numel() != 0 && !Indexing.isWithin(target, x.sizes()[axis])) {
            Indexing.checkBounds("crossEntropy", classes, x.sizes()[axis]);
        }
        Tensor logits = x.logSoftmax(axis);
        Tensor picked = Indexing.gather(logits.detach(), axis, classes).squeeze(axis);
        Tensor count = counts.sum();
        boolean listed = reduction == Reduction.NONE && logits.dim() > 1;
        Tensor value = listed
                ? Ops.WHERE_NEG.row().apply(counts, picked)
                : Reductions.run(SUM_OF_LOSSES, picked.sizes(), (1L << picked.dim()) - 1, false, counts, picked);
        value = reduction == Reduction.MEAN ? value.div(count) : value;
        long[] shape = logits.sizes();
        Tensor loss = Tape.record(
                logits.dim() > 2 ? "NllLoss2DBackward0" : "NllLossBackward0",
                value,
                new Tensor[] {logits},
                (i, g, saved) -> {
                    Tensor share = reduction == Reduction.MEAN ? g.div(saved.get(2)) : g;
                    Tensor each = Ops.WHERE_NEG.row().apply(saved.get(1), share);
                    return Indexing.scatterAdd(shape, axis, saved.get(0), each.unsqueeze(axis));
                },
                classes,
                counts,
                count);
        // PyTorch brings these shapes into the form of an image's, and back.
        boolean viewed = listed && logits.dim() != 2 && logits.dim() != 4;
        return viewed ? Views.reshaped(loss, loss.sizes(), "ViewBackward0") : loss;
    }
}
