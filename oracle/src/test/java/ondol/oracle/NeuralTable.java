package ondol.oracle;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import ondol.Generator;
import ondol.Reduction;
import ondol.Tensor;
import ondol.nn.BCELoss;
import ondol.nn.BCEWithLogitsLoss;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.L1Loss;
import ondol.nn.MSELoss;
import ondol.oracle.Draw.Flavour;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The operations of {@link ondol.NeuralOps}, and the loss modules, which call them. */
final class NeuralTable extends Operation.Table {
    private static final double EPS = 0x1p-24;

    /** A loss in Ondol. */
    private interface Loss {
        Tensor of(Tensor x, Tensor target, Reduction reduction);
    }

    /** A loss in PyTorch, with its number for the reduction. */
    private interface TorchLoss {
        org.bytedeco.pytorch.Tensor of(
                org.bytedeco.pytorch.Tensor x, org.bytedeco.pytorch.Tensor target, long reduction);
    }

    NeuralTable() {
        regression("mseLoss", Tensor::mseLoss, torch::mse_loss, 2);
        regression("forward(MSELoss)", (x, t, r) -> new MSELoss(r).forward(x, t), torch::mse_loss, 2);
        regression("l1Loss", Tensor::l1Loss, torch::l1_loss, 1);
        regression("forward(L1Loss)", (x, t, r) -> new L1Loss(r).forward(x, t), torch::l1_loss, 1);
        binary("binaryCrossEntropy", Tensor::binaryCrossEntropy);
        binary("forward(BCELoss)", (x, t, r) -> new BCELoss(r).forward(x, t));
        logits("binaryCrossEntropyWithLogits", Tensor::binaryCrossEntropyWithLogits);
        logits("forward(BCEWithLogitsLoss)", (x, t, r) -> new BCEWithLogitsLoss(r).forward(x, t));
        op("crossEntropy", d -> classes(d, -100, Tensor::crossEntropy));
        op("crossEntropy(ignoreIndex)", NeuralTable::ignoring);
        op("crossEntropy(probabilities)", NeuralTable::probabilities);
        op("crossEntropy(bad)", NeuralTable::badClasses);
        op("forward(CrossEntropyLoss)", d -> classes(d, 1, (x, t, r) -> new CrossEntropyLoss(r, 1).forward(x, t)));
        op("linear", NeuralTable::linear)
                .explain(Difference.LINEAR_SHAPES, NeuralTable::refusedParameters)
                .explain(Difference.FLIP_IS_A_VIEW, NeuralTable::namedByLayout);
        op("dropout", NeuralTable::dropout);
        op("dropout(nothing or all)", NeuralTable::dropoutTrivial);
        op("forward(Dropout)", NeuralTable::dropoutModule);
    }

    private static Trial trial(
            String name, Loss loss, TorchLoss torchLoss, Reduction reduction, Operand x, Operand target) {
        return Trial.one(
                name + "(" + reduction + ")",
                List.of(x, target),
                in -> loss.of(in.get(0), in.get(1), reduction),
                in -> torchLoss.of(in.get(0), in.get(1), reduction.ordinal()));
    }

    /** As Python's functional interface, which refuses what the C++ kernels would broadcast. */
    private static TorchLoss sameShape(TorchLoss loss) {
        return (x, t, reduction) -> {
            if (!Arrays.equals(Torch.sizes(x), Torch.sizes(t))) {
                throw new RuntimeException("the target's size is different to the input's size");
            }
            return loss.of(x, t, reduction);
        };
    }

    private static boolean refusedOperands(Mismatch m) {
        Array x = m.trial().operands().get(0).seen();
        Array t = m.trial().operands().get(1).seen();
        return m.is(Stage.FORWARD, Kind.ONLY_ONDOL_FAILS)
                && (!Arrays.equals(x.shape(), t.shape()) || !x.isFloat() || !t.isFloat());
    }

    /** A target's shape: the input's, or now and then one that broadcasts to it, or any. */
    private static long[] targetShape(Draw d, long[] shape) {
        return d.chance(0.94) ? shape : d.flag() ? d.narrower(shape) : d.shape();
    }

    private static Operand mostlyFloats(Draw d, long[] shape) {
        return d.chance(0.96) ? d.floats(shape) : d.any(shape);
    }

    // ---- regression

    private void regression(String name, Loss loss, TorchLoss torchLoss, double power) {
        TorchLoss broadcasting = (x, t, r) -> {
            TensorVector both = torch.broadcast_tensors(new TensorVector(x, t)); // as Python's functional interface
            return torchLoss.of(both.get(0), both.get(1), r);
        };
        op(name, d -> {
                    long[] shape = d.shape();
                    Reduction reduction = d.pick(Reduction.values());
                    Operand x = mostlyFloats(d, shape);
                    Operand t = mostlyFloats(d, targetShape(d, shape));
                    double slopes = reduction == Reduction.NONE ? 0 : share(shape, reduction) * slopes(x, t, power);
                    return trial(name, loss, broadcasting, reduction, x, t)
                            .forward(reduction == Reduction.NONE ? Bound.EXACT : Bound.ulps(6))
                            .second(second(slopes, x, t))
                            .orders(orders(d));
                })
                .explain(Difference.LOSS_OPERANDS, NeuralTable::refusedOperands);
    }

    /** Of a second derivative, whose intermediate numbers overflow earlier or later, hugest numbers are left out. */
    private static int orders(Draw d) {
        return d.flavour() == Flavour.SPECIAL ? 1 : 2;
    }

    /**
     * The bound for second derivatives: the gradient of a sum's gradient adds all slopes, and those of an operand that
     * shows elements several times add up.
     */
    private static Bound second(double slopes, Operand... operands) {
        double copies = 1;
        for (Operand o : operands) {
            copies = Math.max(copies, copies(o));
        }
        return Bound.ulps(16).plusNorm(16).plusCotangent(4 * (slopes + copies - 1));
    }

    /** How often the element seen most often is seen. */
    private static int copies(Operand operand) {
        int[] times = new int[operand.base().size()];
        long[] places = new long[times.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = i;
        }
        Array seen = new Operand(Array.of(operand.base().shape(), places), operand.layout(), false).seen();
        for (int i = 0; i < seen.size(); i++) {
            times[(int) seen.at(i)]++;
        }
        return IntStream.of(times).max().orElse(1);
    }

    private static double share(long[] shape, Reduction reduction) {
        return reduction == Reduction.MEAN ? 1.0 / Math.max(1, Array.count(shape)) : 1;
    }

    /** The sum of {@code |p (x - t)^(p - 1)|}. */
    private static double slopes(Operand x, Operand t, double power) {
        Array a = x.seen();
        Array b = t.seen();
        double sum = 0;
        for (int i = 0; i < a.size() && a.size() == b.size(); i++) {
            sum += Math.abs(power * Math.pow(a.at(i) - b.at(i), power - 1));
        }
        return sum;
    }

    // ---- two classes

    /**
     * Numbers from 0 to 1, now and then one that is not.
     *
     * @param corners how often 0, 1 and their neighbours are among them
     */
    private static Operand unit(Draw d, double corners, long... shape) {
        Operand p = d.floatsBetween(0, 1, shape);
        float[] values = (float[]) p.base().elements();
        for (int i = 0; i < values.length; i++) {
            if (d.chance(corners)) {
                values[i] = d.pick(0f, 1f, -0f, 1 - 0x1p-24f, 1e-7f, 1e-13f, 1e-30f, 1e-44f);
            }
        }
        if (d.chance(0.04) && values.length > 0) {
            values[d.below(values.length)] = d.pick(Float.NaN, -1e-30f, 1 + 0x1p-23f, Float.POSITIVE_INFINITY, -3f);
        }
        return p;
    }

    /** Targets from 0 to 1, half of the time only these two. */
    private static Operand fractions(Draw d, long[] shape) {
        Operand t = unit(d, 0, shape);
        if (d.flag()) {
            float[] values = (float[]) t.base().elements();
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.round(values[i]);
            }
        }
        return t;
    }

    private void binary(String name, Loss loss) {
        op(name, d -> {
            long[] shape = d.shape();
            // At 0 and 1, and next to them, the second derivative is a stand-in for infinity.
            boolean twice = d.flag();
            Operand x = twice ? d.floatsBetween(0.02, 0.98, shape) : unit(d, d.pick(0.0, 0.2), shape);
            Operand t = fractions(d, targetShape(d, shape));
            if (d.chance(0.03)) {
                x = d.any(shape);
            } else if (d.chance(0.03)) {
                t = d.any(shape);
            }
            Reduction reduction = d.pick(Reduction.values());
            TorchLoss torchLoss = sameShape((a, b, r) -> torch.binary_cross_entropy(a, b, new TensorOptional(), r));
            // The target's gradient is log(1 - x) - log(x), small where x is about a half.
            double share = share(shape, reduction);
            double slopes = reduction == Reduction.NONE ? 0 : share * slopes(x, t);
            return trial(name, loss, torchLoss, reduction, x, t)
                    .within(Bound.ulps(8), Bound.ulps(8).plusCotangent(4 * share), second(slopes, x, t))
                    .orders(twice ? orders(d) : 1);
        });
    }

    /** The sum of {@code |x - t| / (x (1 - x))}. */
    private static double slopes(Operand x, Operand t) {
        Array a = x.seen();
        Array b = t.seen();
        double sum = 0;
        for (int i = 0; i < a.size() && a.size() == b.size(); i++) {
            double p = a.at(i);
            sum += Math.abs(p - b.at(i)) / Math.max(p * (1 - p), 1e-12);
        }
        return sum;
    }

    private void logits(String name, Loss loss) {
        op(name, d -> {
            long[] shape = d.shape();
            Operand x = mostlyFloats(d, shape);
            Operand t = d.chance(0.8) ? fractions(d, targetShape(d, shape)) : mostlyFloats(d, shape);
            Reduction reduction = d.pick(Reduction.values());
            TorchLoss torchLoss = sameShape((a, b, r) ->
                    torch.binary_cross_entropy_with_logits(a, b, new TensorOptional(), new TensorOptional(), r));
            double share = share(shape, reduction);
            double scale = x.base().norm() * (1 + t.base().norm());
            double sum = reduction == Reduction.NONE ? 0 : Array.count(shape) * share;
            double n = reduction == Reduction.SUM ? Array.count(shape) : 1;
            return trial(name, loss, torchLoss, reduction, x, t)
                    .within(
                            Bound.ulps(8).plusAbsolute(3 * EPS * scale * n),
                            Bound.ulps(8).plusCotangent(4 * share),
                            second(sum * (1 + t.base().norm()), x, t))
                    .orders(orders(d));
        });
    }

    // ---- many classes

    /** A logits' shape: [classes], [n, classes] or [n, classes, ...], with 1 or more classes. */
    private static long[] logitsShape(Draw d) {
        long[] shape = d.shape(1, 5);
        int axis = shape.length == 1 ? 0 : 1;
        shape[axis] = Math.max(1, shape[axis]);
        return shape;
    }

    private static long[] withoutClasses(long[] shape) {
        if (shape.length == 1) {
            return new long[0];
        }
        long[] rest = new long[shape.length - 1];
        rest[0] = shape[0];
        System.arraycopy(shape, 2, rest, 1, shape.length - 2);
        return rest;
    }

    /**
     * The bounds.
     *
     * @param counted how many rows count
     * @param weight the largest sum of a row's target
     */
    private static Trial bounded(Draw d, Trial trial, Reduction reduction, long counted, double weight) {
        long n = Math.max(1, counted);
        double sum = reduction == Reduction.SUM ? n : 1;
        double share = reduction == Reduction.MEAN ? 1.0 / n : 1;
        double slopes = reduction == Reduction.NONE ? 2 * weight : 2 * weight * n * share;
        return trial.within(
                        Bound.ulps(6).plusAbsolute(6 * EPS * sum * weight),
                        Bound.ulps(6).plusCotangent(6 * share * weight),
                        second(slopes, trial.operands().toArray(Operand[]::new)))
                .orders(orders(d));
    }

    private static Trial classes(Draw d, long ignored, Loss loss) {
        long[] shape = logitsShape(d);
        long n = shape[shape.length == 1 ? 0 : 1];
        Operand target = d.longs(0, n - 1, withoutClasses(shape));
        Reduction reduction = d.pick(Reduction.values());
        return bounded(
                d,
                Trial.one(
                        "crossEntropy(" + reduction + ", ignoring " + ignored + ")",
                        List.of(d.floats(shape), target),
                        in -> loss.of(in.get(0), in.get(1), reduction),
                        in -> torch.cross_entropy_loss(
                                in.get(0), in.get(1), new TensorOptional(), reduction.ordinal(), ignored, 0)),
                reduction,
                target.seen().size(),
                1);
    }

    private static Trial ignoring(Draw d) {
        long ignored = d.between(-2, 3);
        long[] shape = logitsShape(d);
        long n = shape[shape.length == 1 ? 0 : 1];
        Operand target = d.longs(0, n - 1, withoutClasses(shape));
        long[] values = (long[]) target.base().elements();
        double share = d.pick(0.1, 0.5, 1.0);
        for (int i = 0; i < values.length; i++) {
            if (d.chance(share)) {
                values[i] = ignored;
            }
        }
        Reduction reduction = d.pick(Reduction.values());
        return bounded(
                d,
                Trial.one(
                        "crossEntropy(" + reduction + ", ignoring " + ignored + ")",
                        List.of(d.floats(shape), target),
                        in -> in.get(0).crossEntropy(in.get(1), reduction, ignored),
                        in -> torch.cross_entropy_loss(
                                in.get(0), in.get(1), new TensorOptional(), reduction.ordinal(), ignored, 0)),
                reduction,
                counted(target.seen(), ignored),
                1);
    }

    private static long counted(Array classes, long ignored) {
        return LongStream.of((long[]) classes.elements())
                .filter(c -> c != ignored)
                .count();
    }

    private static Trial probabilities(Draw d) {
        long[] shape = logitsShape(d);
        Operand target = d.floatsBetween(0, d.pick(1, -1), shape);
        Reduction reduction = d.pick(Reduction.values());
        return bounded(
                d,
                Trial.one(
                        "crossEntropy(" + reduction + ")",
                        List.of(d.floats(shape), target),
                        in -> in.get(0).crossEntropy(in.get(1), reduction),
                        in -> torch.cross_entropy_loss(
                                in.get(0), in.get(1), new TensorOptional(), reduction.ordinal(), -100, 0)),
                reduction,
                Array.count(withoutClasses(shape)),
                shape[shape.length == 1 ? 0 : 1]);
    }

    /** Class numbers out of range, shapes and types that do not fit, no classes at all. */
    private static Trial badClasses(Draw d) {
        d.tame();
        long[] shape = d.shape();
        long n = shape.length == 0 ? 1 : Math.max(1, shape[shape.length == 1 ? 0 : 1]);
        long[] rest = shape.length == 0 ? new long[0] : withoutClasses(shape);
        Operand x = d.floats(shape);
        Operand target = d.longs(0, n - 1, rest);
        switch (d.below(6)) {
            case 0 -> target = d.longs(-2, n + 1, rest);
            case 1 -> target = d.longs(0, n - 1, d.shape());
            case 2 -> target = d.longs(0, n - 1, shape);
            case 3 -> target = d.floats(d.flag() ? rest : d.shape());
            case 4 -> target = d.booleans(d.flag() ? rest : shape);
            default -> x = d.longs(-2, 2, shape);
        }
        Reduction reduction = d.pick(Reduction.values());
        return bounded(
                d,
                trial(
                        "crossEntropy",
                        Tensor::crossEntropy,
                        (a, b, r) -> torch.cross_entropy_loss(a, b, new TensorOptional(), r, -100, 0),
                        reduction,
                        x,
                        target),
                reduction,
                1,
                1);
    }

    // ---- layers

    private static Trial linear(Draw d) {
        d.finite();
        long[] shape = d.shape(d.chance(0.02) ? 0 : 1, 5);
        long in = d.chance(0.97) && shape.length > 0 ? shape[shape.length - 1] : d.size();
        long out = d.size();
        Operand x = mostlyFloats(d, shape);
        Operand weight = d.chance(0.98) ? d.floats(out, in) : d.any(d.shape());
        if (d.flag()) {
            return Trial.one(
                            "linear",
                            List.of(x, weight),
                            t -> t.get(0).linear(t.get(1), null),
                            t -> torch.linear(t.get(0), t.get(1)))
                    .within(Bound.terms(8), Bound.terms(8), Bound.ulps(16).plusNorm(64));
        }
        Operand bias = d.chance(0.98) ? d.floats(out) : d.any(d.shape());
        return Trial.one(
                        "linear with bias",
                        List.of(x, weight, bias),
                        t -> t.get(0).linear(t.get(1), t.get(2)),
                        t -> torch.linear(t.get(0), t.get(1), new TensorOptional(t.get(2))))
                .within(Bound.terms(8), Bound.terms(8), Bound.ulps(16).plusNorm(64));
    }

    /** Whether the weight is no matrix, or the bias not as long as it has rows. */
    private static boolean refusedParameters(Mismatch m) {
        List<Operand> in = m.trial().operands();
        long[] weight = in.get(1).seen().shape();
        boolean fits = weight.length == 2
                && (in.size() == 2 || Arrays.equals(in.get(2).seen().shape(), new long[] {weight[0]}));
        return m.is(Stage.FORWARD, Kind.ONLY_ONDOL_FAILS) && !fits;
    }

    /** Whether linear's last step is only named as for another layout. */
    private static boolean namedByLayout(Mismatch m) {
        return m.is(Stage.FORWARD, Kind.GRAD_FN)
                && m.trial().operands().stream().anyMatch(o -> !o.layout().same());
    }

    /** PyTorch multiplies with Ondol's mask, so that what is compared is what happens to the kept and the dropped. */
    private static Trial dropout(Draw d) {
        long[] shape = d.shape();
        double p = d.pick(0.1, 0.2, 0.5, 0.8, d.uniform(0.01, 0.99));
        long seed = d.below(1000);
        return Trial.one(
                        "dropout(" + p + ")",
                        List.of(d.floats(shape)),
                        in -> in.get(0).dropout(p, new Generator(seed)),
                        in -> {
                            Tensor ones = Tensor.ones(shape);
                            Array kept = Array.of(
                                    ones.dropout(p, new Generator(seed)).gt(0.0));
                            org.bytedeco.pytorch.Tensor noise =
                                    Array.of(shape, floats(kept)).torch();
                            return Array.count(shape) == 0
                                    ? in.get(0)
                                    : in.get(0).mul(noise.div_(Torch.scalar(1 - p)));
                        })
                .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
    }

    private static float[] floats(Array booleans) {
        float[] floats = new float[booleans.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) booleans.at(i);
        }
        return floats;
    }

    private static Trial dropoutTrivial(Draw d) {
        double p = d.chance(0.9) ? d.pick(0.0, 1.0) : d.pick(-0.1, 1.01, Double.NaN);
        return Trial.one(
                        "dropout(" + p + ")",
                        List.of(mostlyFloats(d, d.shape())),
                        in -> in.get(0).dropout(p, new Generator(1)),
                        in -> torch.dropout(in.get(0), p, true))
                .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
    }

    private static Trial dropoutModule(Draw d) {
        boolean training = d.flag();
        double p = training ? d.pick(0.0, 1.0) : d.uniform(0, 1);
        return Trial.one(
                        "Dropout(" + p + ", training " + training + ")",
                        List.of(d.floats(d.shape())),
                        in -> {
                            Dropout dropout = new Dropout(p);
                            dropout.train(training);
                            return dropout.forward(in.get(0));
                        },
                        in -> torch.dropout(in.get(0), p, training))
                .within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
    }
}
