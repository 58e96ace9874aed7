package ondol.oracle;

import static ondol.oracle.Mismatch.Kind.BITS;
import static ondol.oracle.Mismatch.Kind.COUNT;
import static ondol.oracle.Mismatch.Kind.DTYPE;
import static ondol.oracle.Mismatch.Kind.GRAD_FN;
import static ondol.oracle.Mismatch.Kind.ONLY_ONDOL_FAILS;
import static ondol.oracle.Mismatch.Kind.ONLY_TORCH_FAILS;
import static ondol.oracle.Mismatch.Kind.PRESENCE;
import static ondol.oracle.Mismatch.Kind.REQUIRES_GRAD;
import static ondol.oracle.Mismatch.Kind.SHAPE;
import static ondol.oracle.Mismatch.Kind.VALUE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import ondol.Device;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Runs a trial in both engines, and on all of Ondol's devices, and lists what differs. */
final class Oracle {
    /** What a caller may be told; anything else is a defect. */
    private static final Set<Class<? extends RuntimeException>> CLEAR = Set.of(
            IllegalArgumentException.class,
            IllegalStateException.class,
            IndexOutOfBoundsException.class,
            UnsupportedOperationException.class);

    private final List<Device> devices;
    private final Predicate<Mismatch> explained;
    private final List<Mismatch> unexplained = new ArrayList<>();
    private boolean answered;
    private int compared;

    /** What a run left: results, and gradients of the first and the second order, or why it refused. */
    private static final class Run {
        @Nullable
        RuntimeException error;

        List<Array> results = List.of();
        List<Boolean> requiresGrad = List.of();
        List<String> gradFns = List.of();
        List<@Nullable Array> gradients = List.of();
        List<Boolean> gradientsRequireGrad = List.of();
        List<@Nullable Array> second = List.of();
    }

    /** What multiplies the outputs' gradients, and then the gradients'. */
    private record Cotangents(List<Array> first, List<Array> second) {
        static final Cotangents NONE = new Cotangents(List.of(), List.of());

        Cotangents abs() {
            return new Cotangents(
                    first.stream().map(Array::abs).toList(),
                    second.stream().map(Array::abs).toList());
        }
    }

    /**
     * @param devices Ondol's devices; the first is compared with PyTorch, the others with the first
     * @param explained whether a mismatch is a known difference
     */
    Oracle(List<Device> devices, Predicate<Mismatch> explained) {
        this.devices = devices;
        this.explained = explained;
    }

    /** Whether the last trial had a result in both engines. */
    boolean answered() {
        return answered;
    }

    /** How many orders of gradients the last trial compared. */
    int orders() {
        return compared;
    }

    /** What differs and is not explained. */
    List<Mismatch> compare(Trial trial, Draw d) {
        unexplained.clear();
        answered = false;
        compared = 0;
        try (PointerScope scope = new PointerScope()) {
            int wanted = d.chance(0.4) ? trial.orders() : Math.min(1, trial.orders());
            Torched torched = new Torched(
                    trial, trial.operands().stream().map(Operand::base).toList(), false);
            Cotangents cotangents = wanted == 0 ? Cotangents.NONE : torched.draw(d, wanted);
            Run expected = torched.run;
            Run actual = ondol(trial, devices.getFirst(), cotangents);
            compared = !expected.second.isEmpty() ? 2 : !expected.gradients.isEmpty() ? 1 : 0;
            if (check(trial, expected, actual, new Scales(torched, cotangents))) {
                answered = true;
                for (Device device : devices.subList(1, devices.size())) {
                    checkBits(trial, device, actual, ondol(trial, device, cotangents));
                }
            }
        }
        return List.copyOf(unexplained);
    }

    private void report(Mismatch m) {
        if (!explained.test(m)) {
            unexplained.add(m);
        }
    }

    // ---- PyTorch

    /** A run in PyTorch. */
    private static final class Torched {
        private final Trial trial;
        private final List<Array> bases;
        private final boolean doubles;
        private final List<org.bytedeco.pytorch.Tensor> leaves = new ArrayList<>();
        private List<org.bytedeco.pytorch.Tensor> results = List.of();
        final Run run = new Run();

        /**
         * @param doubles whether to compute in double precision, and round at the end
         */
        Torched(Trial trial, List<Array> bases, boolean doubles) {
            this.trial = trial;
            this.bases = bases;
            this.doubles = doubles;
            try {
                List<org.bytedeco.pytorch.Tensor> operands = new ArrayList<>();
                for (int i = 0; i < bases.size(); i++) {
                    Operand operand = trial.operands().get(i);
                    org.bytedeco.pytorch.Tensor leaf = tensor(bases.get(i));
                    leaf.set_requires_grad(operand.requiresGrad());
                    if (operand.requiresGrad()) {
                        leaves.add(leaf);
                    }
                    operands.add(operand.layout().apply(leaf));
                }
                results = trial.torch().apply(operands);
                run.results = results.stream().map(Torched::array).toList();
                run.requiresGrad = results.stream()
                        .map(org.bytedeco.pytorch.Tensor::requires_grad)
                        .toList();
                run.gradFns = results.stream().map(Torched::gradFn).toList();
            } catch (RuntimeException e) {
                run.error = e;
            }
        }

        private org.bytedeco.pytorch.Tensor tensor(Array array) {
            org.bytedeco.pytorch.Tensor t = array.torch();
            return doubles && array.isFloat() ? t.toType(ScalarType.Double) : t;
        }

        private static Array array(org.bytedeco.pytorch.Tensor t) {
            boolean isDouble = t.scalar_type().intern() == ScalarType.Double;
            return Array.of(isDouble ? t.detach().toType(ScalarType.Float) : t);
        }

        private static String gradFn(org.bytedeco.pytorch.Tensor t) {
            // Asked before is_leaf, which is true of a view until its base's new past has been looked up.
            org.bytedeco.pytorch.Node node = t.requires_grad() ? t.grad_fn() : null;
            return node == null || t.is_leaf()
                    ? ""
                    : node.name().getString().replace("torch::autograd::", ""); // as in Python
        }

        /** Draws the outputs' gradients and goes back with them. */
        Cotangents draw(Draw d, int orders) {
            if (run.error != null || leaves.isEmpty()) {
                return Cotangents.NONE;
            }
            List<Array> first = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                if (run.requiresGrad.get(i)) {
                    first.add(d.cotangent(orders == 1, run.results.get(i).shape()));
                }
            }
            if (first.isEmpty()) {
                return Cotangents.NONE;
            }
            List<Array> second = new ArrayList<>();
            if (orders == 2) {
                leaves.forEach(leaf -> second.add(d.cotangent(false, Torch.sizes(leaf))));
            }
            Cotangents cotangents = new Cotangents(first, second);
            back(cotangents);
            return cotangents;
        }

        void back(Cotangents cotangents) {
            try {
                TensorVector outputs = new TensorVector();
                TensorVector gradients = new TensorVector();
                List<org.bytedeco.pytorch.Tensor> inputs = new ArrayList<>(leaves);
                boolean twice = !cotangents.second.isEmpty();
                int next = 0;
                for (int i = 0; i < results.size(); i++) {
                    if (run.requiresGrad.get(i)) {
                        outputs.push_back(results.get(i));
                        org.bytedeco.pytorch.Tensor gradient = tensor(cotangents.first.get(next++));
                        if (twice) {
                            gradient.set_requires_grad(true);
                            inputs.add(gradient);
                        }
                        gradients.push_back(gradient);
                    }
                }
                TensorVector first = Torch.grad(outputs, Torch.vector(leaves), gradients, twice);
                run.gradients = arrays(first);
                if (!twice) {
                    return;
                }
                TensorVector again = new TensorVector();
                TensorVector weights = new TensorVector();
                List<Boolean> require = new ArrayList<>();
                for (int i = 0; i < first.size(); i++) {
                    boolean on = first.get(i).defined()
                            && first.get(i).numel() > 0 // of nothing, nothing can be asked
                            && first.get(i).requires_grad();
                    require.add(on);
                    if (on) {
                        again.push_back(first.get(i));
                        weights.push_back(tensor(cotangents.second.get(i)));
                    }
                }
                run.gradientsRequireGrad = require;
                if (!again.empty()) {
                    run.second = arrays(Torch.grad(again, Torch.vector(inputs), weights, false));
                }
            } catch (RuntimeException e) {
                run.error = e;
            }
        }

        private static List<@Nullable Array> arrays(TensorVector tensors) {
            List<@Nullable Array> arrays = new ArrayList<>();
            for (int i = 0; i < tensors.size(); i++) {
                arrays.add(tensors.get(i).defined() ? array(tensors.get(i)) : null);
            }
            return arrays;
        }

        /** The same calls on the magnitudes of everything. */
        Run terms(Cotangents cotangents) {
            Torched t = new Torched(trial, bases.stream().map(Array::abs).toList(), false);
            if (t.run.error == null && t.run.requiresGrad.equals(run.requiresGrad) && !cotangents.first.isEmpty()) {
                t.back(cotangents.abs());
            }
            return t.run;
        }

        /** The same calls in double precision. */
        Run exact(Cotangents cotangents) {
            Torched t = new Torched(trial, bases, true);
            if (t.run.error == null && t.run.requiresGrad.equals(run.requiresGrad) && !cotangents.first.isEmpty()) {
                t.back(cotangents);
            }
            return t.run;
        }

        /** For each leaf, the sums of the magnitudes that its gradient is a sum of, because it is seen several times. */
        List<@Nullable Array> spread(Cotangents cotangents) {
            List<org.bytedeco.pytorch.Tensor> operands = new ArrayList<>();
            List<org.bytedeco.pytorch.Tensor> bases = new ArrayList<>();
            List<org.bytedeco.pytorch.Tensor> seen = new ArrayList<>();
            long[] common = new long[0];
            for (int i = 0; i < this.bases.size(); i++) {
                Operand operand = trial.operands().get(i);
                org.bytedeco.pytorch.Tensor base = this.bases.get(i).torch();
                base.set_requires_grad(operand.requiresGrad());
                org.bytedeco.pytorch.Tensor view = operand.layout().apply(base);
                operands.add(view);
                common = broadcast(common, Torch.sizes(view));
                if (operand.requiresGrad()) {
                    bases.add(base);
                }
            }
            for (int i = 0; i < operands.size(); i++) {
                if (trial.broadcasts()) {
                    operands.set(i, operands.get(i).expand(common));
                }
                if (trial.operands().get(i).requiresGrad()) {
                    seen.add(operands.get(i));
                }
            }
            TensorVector outputs = new TensorVector();
            TensorVector weights = new TensorVector();
            int next = 0;
            for (org.bytedeco.pytorch.Tensor t : trial.torch().apply(operands)) {
                if (t.requires_grad()) {
                    outputs.push_back(t);
                    weights.push_back(cotangents.first.get(next++).torch());
                }
            }
            TensorVector gradients = Torch.grad(outputs, Torch.vector(seen), weights, false);
            List<@Nullable Array> sums = new ArrayList<>();
            for (int i = 0; i < bases.size(); i++) {
                sums.add(
                        gradients.get(i).defined()
                                ? Array.of(Torch.grad(
                                                new TensorVector(seen.get(i)),
                                                new TensorVector(bases.get(i)),
                                                new TensorVector(
                                                        gradients.get(i).abs()),
                                                false)
                                        .get(0))
                                : null);
            }
            return sums;
        }

        private static long[] broadcast(long[] a, long[] b) {
            long[] shape = (a.length > b.length ? a : b).clone();
            for (int i = 1; i <= Math.min(a.length, b.length); i++) {
                long x = a[a.length - i];
                shape[shape.length - i] = x == 1 ? b[b.length - i] : x;
            }
            return shape;
        }
    }

    // ---- Ondol

    private static Run ondol(Trial trial, Device device, Cotangents cotangents) {
        Run run = new Run();
        try {
            List<Tensor> leaves = new ArrayList<>();
            List<Tensor> operands = new ArrayList<>();
            for (Operand operand : trial.operands()) {
                Tensor leaf = operand.base().ondol(device);
                if (operand.requiresGrad()) {
                    leaves.add(leaf.requiresGrad(true));
                }
                operands.add(operand.layout().apply(leaf));
            }
            List<Tensor> results = trial.ondol().apply(operands);
            run.results = results.stream().map(Array::of).toList();
            run.requiresGrad = results.stream().map(Tensor::requiresGrad).toList();
            run.gradFns = results.stream()
                    .map(t -> Objects.requireNonNullElse(t.gradFn(), ""))
                    .toList();
            if (!cotangents.first.isEmpty()
                    && run.requiresGrad.stream().filter(on -> on).count() == cotangents.first.size()) {
                back(run, device, leaves, results, cotangents);
            }
        } catch (RuntimeException e) {
            run.error = e;
        }
        return run;
    }

    private static void back(Run run, Device device, List<Tensor> leaves, List<Tensor> results, Cotangents cotangents) {
        boolean twice = !cotangents.second.isEmpty();
        List<Tensor> inputs = new ArrayList<>(leaves);
        List<Tensor> outputs = results.stream().filter(Tensor::requiresGrad).toList();
        List<Tensor> gradients = new ArrayList<>();
        for (Array array : cotangents.first) {
            Tensor gradient = array.ondol(device);
            if (twice) {
                inputs.add(gradient.requiresGrad(true));
            }
            gradients.add(gradient);
        }
        List<@Nullable Tensor> first = Autograd.gradAllowUnused(outputs, leaves, gradients, true, twice);
        run.gradients = arrays(first);
        if (!twice) {
            return;
        }
        List<Tensor> again = new ArrayList<>();
        List<Tensor> weights = new ArrayList<>();
        List<Boolean> require = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            Tensor gradient = first.get(i);
            boolean on = gradient != null && gradient.numel() > 0 && gradient.requiresGrad();
            require.add(on);
            if (on) {
                again.add(gradient);
                weights.add(cotangents.second.get(i).ondol(device));
            }
        }
        run.gradientsRequireGrad = require;
        if (!again.isEmpty()) {
            run.second = arrays(Autograd.gradAllowUnused(again, inputs, weights, true, false));
        }
    }

    private static List<@Nullable Array> arrays(List<@Nullable Tensor> tensors) {
        List<@Nullable Array> arrays = new ArrayList<>();
        for (Tensor t : tensors) {
            arrays.add(t == null ? null : Array.of(t));
        }
        return arrays;
    }

    // ---- comparison

    /** What bounds are measured by, computed when a number is not simply close. */
    private static final class Scales {
        private final Torched torched;
        private final Cotangents cotangents;
        private @Nullable Run terms;
        private @Nullable Run exact;
        private @Nullable List<@Nullable Array> spread;
        final double first;
        final double both;

        Scales(Torched torched, Cotangents cotangents) {
            this.torched = torched;
            this.cotangents = cotangents;
            first = norm(cotangents.first);
            both = Math.max(1, first) * Math.max(1, norm(cotangents.second));
        }

        private static double norm(List<Array> arrays) {
            return arrays.stream().mapToDouble(Array::norm).max().orElse(0);
        }

        double terms(Stage stage, int output, int element) {
            if (terms == null) {
                terms = torched.terms(cotangents);
            }
            return at(
                    switch (stage) {
                        case FORWARD -> terms.results;
                        case GRADIENT -> terms.gradients;
                        case SECOND -> terms.second;
                    },
                    output,
                    element);
        }

        /** What PyTorch gives in double precision; NaN if it is not known. */
        double exact(Stage stage, int output, int element) {
            if (exact == null) {
                exact = torched.exact(cotangents);
            }
            List<? extends @Nullable Array> arrays = switch (stage) {
                case FORWARD -> exact.results;
                case GRADIENT -> exact.gradients;
                case SECOND -> exact.second;
            };
            Array array = output < arrays.size() ? arrays.get(output) : null;
            return array == null || element >= array.size() ? Double.NaN : array.at(element);
        }

        double spread(int output, int element) {
            if (spread == null) {
                spread = torched.spread(cotangents);
            }
            return at(spread, output, element);
        }

        private static double at(List<? extends @Nullable Array> arrays, int output, int element) {
            Array array = output < arrays.size() ? arrays.get(output) : null;
            return array == null || element >= array.size() ? 0 : array.at(element);
        }
    }

    /** Whether both ran to the end. */
    private boolean check(Trial trial, Run expected, Run actual, Scales scales) {
        Stage stage = expected.results.isEmpty() || actual.results.isEmpty() ? Stage.FORWARD : Stage.GRADIENT;
        if (actual.error != null && !CLEAR.contains(actual.error.getClass())) {
            throw new AssertionError("Ondol failed with an unclear " + actual.error + "\n" + trial, actual.error);
        }
        if (expected.error != null || actual.error != null) {
            if (expected.error == null) {
                report(Mismatch.of(trial, stage, ONLY_ONDOL_FAILS, -1, "answers", actual.error));
            } else if (actual.error == null) {
                String why = expected.error.getMessage().lines().findFirst().orElse("");
                report(Mismatch.of(trial, stage, ONLY_TORCH_FAILS, -1, why, "answers " + actual.results));
            }
            return false;
        }
        if (expected.results.size() != actual.results.size()) {
            report(Mismatch.of(trial, Stage.FORWARD, COUNT, -1, expected.results.size(), actual.results.size()));
            return false;
        }
        for (int i = 0; i < expected.results.size(); i++) {
            elements(trial, Stage.FORWARD, i, trial.forward(), expected.results.get(i), actual.results.get(i), scales);
            if (!expected.requiresGrad.get(i).equals(actual.requiresGrad.get(i))) {
                report(Mismatch.of(
                        trial,
                        Stage.FORWARD,
                        REQUIRES_GRAD,
                        i,
                        expected.requiresGrad.get(i),
                        actual.requiresGrad.get(i)));
            } else if (!expected.gradFns.get(i).equals(actual.gradFns.get(i))) {
                report(Mismatch.of(trial, Stage.FORWARD, GRAD_FN, i, expected.gradFns.get(i), actual.gradFns.get(i)));
            }
        }
        gradients(trial, Stage.GRADIENT, trial.gradient(), expected.gradients, actual.gradients, scales);
        if (!expected.gradientsRequireGrad.equals(actual.gradientsRequireGrad)) {
            report(Mismatch.of(
                    trial,
                    Stage.SECOND,
                    REQUIRES_GRAD,
                    -1,
                    expected.gradientsRequireGrad,
                    actual.gradientsRequireGrad));
        } else {
            gradients(trial, Stage.SECOND, trial.second(), expected.second, actual.second, scales);
        }
        return true;
    }

    private void gradients(
            Trial trial,
            Stage stage,
            Bound bound,
            List<@Nullable Array> expected,
            List<@Nullable Array> actual,
            Scales scales) {
        if (expected.size() != actual.size()) {
            report(Mismatch.of(trial, stage, COUNT, -1, expected.size(), actual.size()));
            return;
        }
        for (int i = 0; i < expected.size(); i++) {
            Array e = expected.get(i);
            Array a = actual.get(i);
            if (e != null && a != null) {
                elements(trial, stage, i, bound, e, a, scales);
            } else if (e != null && e.norm() != 0 || a != null && a.norm() != 0) {
                // No gradient and a gradient of zeros say the same.
                report(Mismatch.of(trial, stage, PRESENCE, i, e, a));
            }
        }
    }

    private void elements(
            Trial trial, Stage stage, int output, Bound bound, Array expected, Array actual, Scales scales) {
        if (!Arrays.equals(expected.shape(), actual.shape())) {
            report(Mismatch.of(
                    trial, stage, SHAPE, output, Arrays.toString(expected.shape()), Arrays.toString(actual.shape())));
            return;
        }
        if (expected.dtype() != actual.dtype()) {
            report(Mismatch.of(trial, stage, DTYPE, output, expected.dtype(), actual.dtype()));
            return;
        }
        if (expected.elements() instanceof long[] e) {
            for (int i = 0; i < e.length; i++) {
                if (e[i] != ((long[]) actual.elements())[i]) {
                    report(value(trial, stage, output, i, expected, actual, "the same is expected"));
                }
            }
            return;
        }
        boolean forward = stage == Stage.FORWARD;
        double largest = bound.norm() > 0 ? expected.norm() : 0;
        double cotangents = forward ? 0 : stage == Stage.GRADIENT ? scales.first : scales.both;
        for (int i = 0; i < expected.size(); i++) {
            double e = expected.at(i);
            double a = actual.at(i);
            if (bound.allows(e, a, forward, largest, 0, 0, cotangents)
                    || stage == Stage.SECOND && Bound.bothOverflow(e, a)) {
                continue;
            }
            double terms = bound.terms() > 0 ? scales.terms(stage, output, i) : 0;
            double spread = stage == Stage.GRADIENT ? scales.spread(output, i) : 0;
            if (!bound.allows(e, a, forward, largest, spread, terms, cotangents)
                    && !isExact(scales.exact(stage, output, i), e, a, bound, largest, spread, terms, cotangents)) {
                String allowed = String.format(
                        "%.1f ulp; allowed %s (max|y| %.3g, sum|terms| %.3g, spread %.3g, max|dy| %.3g)",
                        Math.abs(a - e) / Math.ulp((float) e), bound, largest, terms, spread, cotangents);
                report(value(trial, stage, output, i, expected, actual, allowed));
            }
        }
    }

    /** Where PyTorch itself is further away from its result in double precision, being close to that is enough. */
    private static boolean isExact(
            double exact,
            double expected,
            double actual,
            Bound bound,
            double largest,
            double spread,
            double terms,
            double cotangents) {
        return Double.isFinite(exact)
                && Double.isFinite(expected)
                && Double.isFinite(actual)
                && Math.abs(actual - exact) < Math.abs(expected - exact)
                && bound.allows(exact, actual, false, largest, spread, terms, cotangents);
    }

    private static Mismatch value(
            Trial trial, Stage stage, int output, int element, Array expected, Array actual, String allowed) {
        return new Mismatch(
                trial,
                stage,
                VALUE,
                output,
                element,
                expected.shape(),
                expected.at(element),
                actual.at(element),
                "PyTorch " + number(expected, element) + ", Ondol " + number(actual, element) + ", " + allowed);
    }

    private static String number(Array a, int i) {
        return a.elements() instanceof long[] l ? String.valueOf(l[i]) : String.valueOf((float) a.at(i));
    }

    private void checkBits(Trial trial, Device device, Run first, Run other) {
        if (other.error != null) {
            report(Mismatch.of(trial, Stage.FORWARD, BITS, -1, "first device answers", device + ": " + other.error));
            return;
        }
        bits(trial, Stage.FORWARD, device, first.results, other.results);
        bits(trial, Stage.GRADIENT, device, first.gradients, other.gradients);
        bits(trial, Stage.SECOND, device, first.second, other.second);
    }

    private void bits(
            Trial trial,
            Stage stage,
            Device device,
            List<? extends @Nullable Array> first,
            List<? extends @Nullable Array> other) {
        for (int i = 0; i < first.size(); i++) {
            Array a = first.get(i);
            Array b = other.get(i);
            if (a == null || b == null ? a != b : !a.sameBits(b)) {
                report(new Mismatch(
                        trial,
                        stage,
                        BITS,
                        i,
                        -1,
                        new long[0],
                        0,
                        0,
                        devices.getFirst() + " " + a + ", " + device + " " + b));
            }
        }
    }

    /** PyTorch's own result in double precision, to judge who is right. */
    static String inDoublePrecision(Trial trial) {
        try (PointerScope scope = new PointerScope()) {
            List<org.bytedeco.pytorch.Tensor> operands = new ArrayList<>();
            for (Operand operand : trial.operands()) {
                org.bytedeco.pytorch.Tensor base = operand.base().torch();
                operands.add(operand.layout().apply(operand.base().isFloat() ? base.toType(ScalarType.Double) : base));
            }
            StringBuilder s = new StringBuilder();
            for (org.bytedeco.pytorch.Tensor t : trial.torch().apply(operands)) {
                if (t.scalar_type().intern() != ScalarType.Double || t.numel() > 64 || t.numel() == 0) {
                    s.append(" -");
                    continue;
                }
                double[] values = new double[(int) t.numel()];
                t.detach().contiguous().data_ptr_double().get(values);
                s.append(' ').append(Arrays.toString(values));
            }
            return s.toString();
        } catch (RuntimeException e) {
            return " not available: " + e.getMessage().lines().findFirst().orElse("");
        }
    }
}
