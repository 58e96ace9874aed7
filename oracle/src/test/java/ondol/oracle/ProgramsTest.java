package ondol.oracle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.Device;
import ondol.Index;
import ondol.Recording;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Random programs on matrices: results used again and again, views, changes in place through them, parts without recording,
 * gradients that accumulate over several backward passes, and gradients of gradients. Every statement either works in both
 * engines or fails in both.
 */
class ProgramsTest {
    private static final int PROGRAMS = Integer.getInteger("ondol.oracle.programs", 600);

    /** One statement. It works on the variables so far and appends its result, if it has one. */
    private record Statement(
            String text,
            BiConsumer<Vars<Tensor>, Device> ondol,
            BiConsumer<Vars<org.bytedeco.pytorch.Tensor>, ScalarType> torch) {}

    /** A program's variables in one engine. */
    private static final class Vars<T> {
        final List<T> all = new ArrayList<>();

        T get(int i) {
            return all.get(i);
        }

        void add(T t) {
            all.add(t);
        }
    }

    /** A program being written and, statement by statement, run. */
    private static final class Program {
        private final Draw d;
        private final List<long[]> shapes = new ArrayList<>();
        private final List<Statement> statements = new ArrayList<>();
        private final Vars<Tensor> ours = new Vars<>();
        private final Vars<org.bytedeco.pytorch.Tensor> theirs = new Vars<>();
        private int leaves;

        Program(Draw d) {
            this.d = d.tame();
        }

        void write() {
            leaves = d.between(2, 4);
            for (int i = 0; i < leaves; i++) {
                leaf(new long[] {d.between(1, 5), d.between(1, 5)}, i == 0 || d.chance(0.8));
            }
            int length = d.between(4, 18);
            while (statements.size() < leaves + length) {
                statement();
            }
        }

        /** Runs a statement in both engines; keeps it if it worked in both. */
        private void append(Statement s, long @Nullable [] shape) {
            RuntimeException theirError = null;
            RuntimeException ourError = null;
            try {
                s.torch.accept(theirs, ScalarType.Float);
            } catch (RuntimeException e) {
                theirError = e;
            }
            try {
                s.ondol.accept(ours, Settings.devices().getFirst());
            } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
                ourError = e;
            }
            if ((theirError == null) != (ourError == null)) {
                fail(s.text + "\nPyTorch: " + theirError + "\nOndol: " + ourError + "\nafter\n" + this);
            }
            if (theirError != null) {
                return;
            }
            statements.add(s);
            if (shape != null) {
                shapes.add(shape);
            }
        }

        private int pick() {
            return d.below(shapes.size());
        }

        private String name(int i) {
            return "v" + i;
        }

        private void leaf(long[] shape, boolean requiresGrad) {
            float[] values = new float[(int) Array.count(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = d.number();
            }
            Array array = Array.of(shape, values);
            append(
                    new Statement(
                            name(shapes.size()) + " = " + array + (requiresGrad ? " leaf" : ""),
                            (v, device) -> v.add(array.ondol(device).requiresGrad(requiresGrad)),
                            (v, type) -> v.add((org.bytedeco.pytorch.Tensor)
                                    array.torch().toType(type).set_requires_grad(requiresGrad))),
                    shape);
        }

        private void unary(
                String call,
                int of,
                long[] shape,
                UnaryOperator<Tensor> o,
                UnaryOperator<org.bytedeco.pytorch.Tensor> t) {
            append(
                    new Statement(
                            name(shapes.size()) + " = " + name(of) + "." + call,
                            (v, device) -> v.add(o.apply(v.get(of))),
                            (v, type) -> v.add(t.apply(v.get(of)))),
                    shape);
        }

        private void binary(
                String call,
                int a,
                int b,
                long[] shape,
                BinaryOperator<Tensor> o,
                BinaryOperator<org.bytedeco.pytorch.Tensor> t) {
            append(
                    new Statement(
                            name(shapes.size()) + " = " + call + " (" + name(a) + ", " + name(b) + ")",
                            (v, device) -> v.add(o.apply(v.get(a), v.get(b))),
                            (v, type) -> v.add(t.apply(v.get(a), v.get(b)))),
                    shape);
        }

        private void change(
                String call, int of, int by, BinaryOperator<Tensor> o, BinaryOperator<org.bytedeco.pytorch.Tensor> t) {
            boolean recorded = d.flag();
            append(
                    new Statement(
                            name(of) + "." + call + "(" + name(by) + ")" + (recorded ? "" : " without recording"),
                            (v, device) -> {
                                try (var _ = Recording.set(recorded)) {
                                    var _ = o.apply(v.get(of), v.get(by));
                                }
                            },
                            (v, type) -> {
                                try (AutoGradMode mode = new AutoGradMode(recorded)) {
                                    var _ = t.apply(v.get(of), v.get(by));
                                }
                            }),
                    null);
        }

        private void statement() {
            switch (d.below(12)) {
                case 0, 1, 2 -> elementwise();
                case 3, 4 -> pair();
                case 5 -> product();
                case 6, 7, 8 -> view();
                case 9 -> reduction();
                case 10 -> inPlace();
                default -> recording();
            }
        }

        private void elementwise() {
            int a = pick();
            long[] s = shapes.get(a);
            int axis = d.below(2);
            switch (d.below(12)) {
                case 0 -> unary("tanh()", a, s, x -> x.tanh(), x -> x.tanh());
                case 1 -> unary("sigmoid()", a, s, x -> x.sigmoid(), x -> x.sigmoid());
                case 2 -> unary("relu()", a, s, x -> x.relu(), x -> x.relu());
                case 3 ->
                    unary(
                            "tanh().exp()",
                            a,
                            s,
                            x -> x.tanh().exp(),
                            x -> x.tanh().exp());
                case 4 -> unary("sin()", a, s, x -> x.sin(), x -> x.sin());
                case 5 -> unary("softmax(" + axis + ")", a, s, x -> x.softmax(axis), x -> x.softmax(axis));
                case 6 -> unary("logSoftmax(" + axis + ")", a, s, x -> x.logSoftmax(axis), x -> x.log_softmax(axis));
                case 7 ->
                    unary(
                            "square().add(1).sqrt()",
                            a,
                            s,
                            x -> x.square().add(1.0).sqrt(),
                            x -> x.square().add(Torch.number(1.0)).sqrt());
                case 8 -> unary("mul(0.5)", a, s, x -> x.mul(0.5), x -> x.mul(Torch.number(0.5)));
                case 9 -> unary("rsub(1)", a, s, x -> x.rsub(1.0), x -> torch.rsub(x, Torch.scalar(1.0)));
                case 10 -> unary("cumsum(" + axis + ")", a, s, x -> x.cumsum(axis), x -> x.cumsum(axis));
                default -> unary("clone()", a, s, x -> x.clone(), x -> x.clone());
            }
        }

        /** Another variable that broadcasts with this one; itself if there is none. */
        private int partner(int a) {
            long[] s = shapes.get(a);
            for (int tries = 0; tries < 8; tries++) {
                long[] o = shapes.get(pick());
                int b = shapes.indexOf(o);
                if ((o[0] == s[0] || o[0] == 1 || s[0] == 1) && (o[1] == s[1] || o[1] == 1 || s[1] == 1)) {
                    return b;
                }
            }
            return a;
        }

        private static long[] joint(long[] a, long[] b) {
            return new long[] {a[0] == 1 ? b[0] : a[0], a[1] == 1 ? b[1] : a[1]};
        }

        private void pair() {
            int a = pick();
            int b = partner(a);
            long[] s = joint(shapes.get(a), shapes.get(b));
            switch (d.below(7)) {
                case 0 -> binary("add", a, b, s, (x, y) -> x.add(y), (x, y) -> x.add(y));
                case 1 -> binary("sub", a, b, s, (x, y) -> x.sub(y), (x, y) -> x.sub(y));
                case 2 -> binary("mul", a, b, s, (x, y) -> x.mul(y), (x, y) -> x.mul(y));
                case 3 ->
                    binary(
                            "x / (1 + y * y)",
                            a,
                            b,
                            s,
                            (x, y) -> x.div(y.mul(y).add(1.0)),
                            (x, y) -> x.div(y.mul(y).add(Torch.number(1.0))));
                case 4 -> binary("maximum", a, b, s, (x, y) -> x.maximum(y), (x, y) -> torch.maximum(x, y));
                case 5 ->
                    binary(
                            "where(x > 0)",
                            a,
                            b,
                            s,
                            (x, y) -> Tensor.where(x.gt(0.0), x, y),
                            (x, y) -> torch.where(x.gt(Torch.scalar(0.0)), x, y));
                default -> {
                    int axis = d.below(2);
                    long[] p = shapes.get(a);
                    long[] q = shapes.get(b);
                    if (p[1 - axis] == q[1 - axis] && p[axis] + q[axis] < 12) {
                        long[] joined = p.clone();
                        joined[axis] += q[axis];
                        binary(
                                "cat along " + axis + " ",
                                a,
                                b,
                                joined,
                                (x, y) -> Tensor.cat(axis, x, y),
                                (x, y) -> torch.cat(new TensorVector(x, y), axis));
                    }
                }
            }
        }

        private void product() {
            int a = pick();
            for (int tries = 0; tries < 10; tries++) {
                int b = pick();
                long[] p = shapes.get(a);
                long[] q = shapes.get(b);
                if (p[1] == q[0]) {
                    binary("matmul", a, b, new long[] {p[0], q[1]}, (x, y) -> x.matmul(y), (x, y) -> x.matmul(y));
                    return;
                }
                if (p[1] == q[1]) {
                    binary(
                            "x.matmul(y.t())",
                            a,
                            b,
                            new long[] {p[0], q[0]},
                            (x, y) -> x.matmul(y.t()),
                            (x, y) -> x.matmul(y.t()));
                    return;
                }
            }
        }

        private void view() {
            int a = pick();
            long[] s = shapes.get(a);
            int axis = d.below(2);
            int n = (int) s[axis];
            switch (d.below(8)) {
                case 0 -> unary("t()", a, new long[] {s[1], s[0]}, x -> x.t(), x -> x.t());
                case 1 ->
                    unary(
                            "flip(" + axis + ").clone()", // flip is a view here and a copy in PyTorch
                            a,
                            s,
                            x -> x.flip(axis).clone(),
                            x -> x.flip(axis).clone());
                case 2, 3 -> {
                    int start = d.below(n);
                    int end = d.between(start + 1, n);
                    int step = d.between(1, 2);
                    long[] part = s.clone();
                    part[axis] = (end - start + step - 1) / step;
                    unary(
                            "slice(" + axis + ", " + start + ", " + end + ", " + step + ")",
                            a,
                            part,
                            x -> x.slice(axis, start, end, step),
                            x -> Torch.slice(x, axis, start, end, step));
                }
                case 4 -> {
                    long i = d.below(n);
                    long[] part = s.clone();
                    part[axis] = 1;
                    unary(
                            "select(" + axis + ", " + i + ").unsqueeze(" + axis + ")",
                            a,
                            part,
                            x -> x.get(axis == 0 ? new Index[] {Index.at(i)} : new Index[] {Index.all(), Index.at(i)})
                                    .unsqueeze(axis),
                            x -> x.select(axis, i).unsqueeze(axis));
                }
                case 5 -> {
                    if (n == 1) {
                        long[] wide = s.clone();
                        wide[axis] = d.between(2, 4);
                        unary("expand" + Arrays.toString(wide), a, wide, x -> x.expand(wide), x -> x.expand(wide));
                    }
                }
                case 6 -> {
                    long[] other = {s[1], s[0]};
                    if (!sameStrides(a)) {
                        return;
                    }
                    unary("reshape" + Arrays.toString(other), a, other, x -> x.reshape(other), x -> x.reshape(other));
                }
                default -> {
                    long[] index = new long[d.between(1, 4)];
                    Arrays.setAll(index, i -> d.below(n));
                    long[] picked = s.clone();
                    picked[axis] = index.length;
                    Array array = Array.of(new long[] {index.length}, index);
                    unary(
                            "indexSelect(" + axis + ", " + Arrays.toString(index) + ")",
                            a,
                            picked,
                            x -> x.indexSelect(axis, array.ondol(x.device())),
                            x -> x.index_select(axis, array.torch()));
                }
            }
        }

        private void reduction() {
            int a = pick();
            int axis = d.below(2);
            long[] s = shapes.get(a).clone();
            s[axis] = 1;
            long[] axes = {axis};
            switch (d.below(4)) {
                case 0 ->
                    unary("sum(" + axis + ")", a, s, x -> x.sum(axis, true), x -> x.sum(axes, true, Torch.noType()));
                case 1 ->
                    unary("mean(" + axis + ")", a, s, x -> x.mean(axis, true), x -> x.mean(axes, true, Torch.noType()));
                case 2 ->
                    unary("amax(" + axis + ")", a, s, x -> x.amax(new int[] {axis}, true), x -> x.amax(axes, true));
                default ->
                    unary("logSumExp(" + axis + ")", a, s, x -> x.logSumExp(axis, true), x -> x.logsumexp(axes, true));
            }
        }

        private void inPlace() {
            int a = pick();
            int b = partner(a);
            // From an overlapping source PyTorch's results are not defined; here they are as from a copy of it.
            boolean overlap = ours.get(a).sharesStorageWith(ours.get(b));
            switch (d.below(6)) {
                case 0, 1 ->
                    change(
                            "addInPlace" + (overlap ? " copy" : ""),
                            a,
                            b,
                            (x, y) -> x.addInPlace(overlap ? y.clone() : y),
                            (x, y) -> x.add_(overlap ? y.clone() : y));
                case 2 ->
                    change(
                            "copyFrom" + (overlap ? " copy" : ""),
                            a,
                            b,
                            (x, y) -> x.copyFrom(overlap ? y.clone() : y),
                            (x, y) -> x.copy_(overlap ? y.clone() : y));
                case 3 ->
                    change("mulInPlace(0.7)", a, a, (x, y) -> x.mulInPlace(0.7), (x, y) -> x.mul_(Torch.number(0.7)));
                case 4 -> change("fill(0.3)", a, a, (x, y) -> x.fill(0.3), (x, y) -> x.fill_(Torch.scalar(0.3)));
                default -> change("zero()", a, a, (x, y) -> x.zero(), (x, y) -> x.zero_());
            }
        }

        private void recording() {
            int a = pick();
            long[] s = shapes.get(a);
            switch (d.below(3)) {
                case 0 -> unary("detach()", a, s, x -> x.detach(), x -> x.detach());
                case 1 ->
                    unary("tanh() without recording", a, s, x -> Autograd.noGrad(() -> x.tanh()), x -> {
                        try (AutoGradMode off = new AutoGradMode(false)) {
                            return x.tanh();
                        }
                    });
                default -> {
                    if (sameStrides(a)) {
                        unary("contiguous()", a, s, x -> x.contiguous(), x -> x.contiguous());
                    }
                }
            }
        }

        /** Whether a variable lies in memory as PyTorch's: there, an elementwise result may be transposed as its operand is. */
        private boolean sameStrides(int i) {
            long[] expected = new long[2];
            for (int axis = 0; axis < 2; axis++) {
                expected[axis] = theirs.get(i).stride(axis);
            }
            return Arrays.equals(expected, ours.get(i).strides());
        }

        @Override
        public String toString() {
            StringBuilder s = new StringBuilder();
            statements.forEach(
                    statement -> s.append("  ").append(statement.text).append('\n'));
            return s.toString();
        }
    }

    /** How a program's gradients are asked for. */
    private record Ending(List<Integer> outputs, List<Array> weights, List<Integer> retained, int mode) {
        static Ending draw(Draw d, Program p) {
            List<Integer> outputs = new ArrayList<>();
            List<Array> weights = new ArrayList<>();
            List<Integer> retained = new ArrayList<>();
            for (int i = p.theirs.all.size() - 1; i >= 0 && outputs.size() < 3; i--) {
                if (p.theirs.get(i).requires_grad() && d.chance(0.6)) {
                    outputs.add(i);
                    weights.add(d.cotangent(p.shapes.get(i)));
                }
            }
            for (int i = 0; i < p.theirs.all.size(); i++) {
                org.bytedeco.pytorch.Tensor t = p.theirs.get(i);
                if (t.requires_grad() && d.chance(0.3) && (t.is_leaf() || !isChangedView(t))) {
                    retained.add(i);
                }
            }
            return new Ending(outputs, weights, retained, d.below(4));
        }

        /** The gradients of leaves and retained variables, null for none; or the one failure. */
        List<@Nullable Array> ondol(Program p, Vars<Tensor> v, Device device) {
            retained.forEach(i -> v.get(i).retainGrad());
            List<Tensor> leaves =
                    v.all.stream().filter(t -> t.isLeaf() && t.requiresGrad()).toList();
            Tensor loss = Tensor.zeros(1).to(device);
            for (int i = 0; i < outputs.size(); i++) {
                loss = loss.add(
                        v.get(outputs.get(i)).mul(weights.get(i).ondol(device)).sum());
            }
            loss = loss.sum();
            if (mode == 3) {
                Tensor penalty = Tensor.zeros(1).to(device).sum();
                for (Tensor g : Autograd.gradAllowUnused(List.of(loss), leaves, null, true, true)) {
                    if (g != null) {
                        penalty = penalty.add(g.square().sum());
                    }
                }
                if (penalty.requiresGrad()) {
                    penalty.backward();
                }
            } else {
                loss.backward(null, mode > 0, mode == 2);
                if (mode > 0) {
                    loss.backward(null, false, false);
                }
            }
            List<@Nullable Array> gradients = new ArrayList<>();
            for (Tensor t : v.all) {
                Tensor g = t.requiresGrad() ? t.grad() : null;
                gradients.add(g == null ? null : Array.of(g));
            }
            return gradients;
        }

        List<org.bytedeco.pytorch.@Nullable Tensor> torch(Vars<org.bytedeco.pytorch.Tensor> v, ScalarType type) {
            retained.forEach(i -> v.get(i).retain_grad());
            TensorVector leaves = new TensorVector();
            for (var t : v.all) {
                if (t.is_leaf() && t.requires_grad()) {
                    leaves.push_back(t);
                }
            }
            org.bytedeco.pytorch.Tensor loss = torch.zeros(1).toType(type);
            for (int i = 0; i < outputs.size(); i++) {
                loss = loss.add(v.get(outputs.get(i))
                        .mul(weights.get(i).torch().toType(type))
                        .sum());
            }
            loss = loss.sum();
            if (mode == 3) {
                org.bytedeco.pytorch.Tensor penalty =
                        torch.zeros(1).toType(type).sum();
                TensorVector none = new TensorVector();
                TensorVector first =
                        torch.grad(new TensorVector(loss), leaves, none, new BoolOptional(true), true, true);
                for (int i = 0; i < first.size(); i++) {
                    if (first.get(i).defined()) {
                        penalty = penalty.add(first.get(i).square().sum());
                    }
                }
                if (penalty.requires_grad()) {
                    penalty.backward();
                }
            } else {
                back(loss, mode > 0, mode == 2);
                if (mode > 0) {
                    back(loss, false, false);
                }
            }
            List<org.bytedeco.pytorch.@Nullable Tensor> gradients = new ArrayList<>();
            for (var t : v.all) {
                org.bytedeco.pytorch.Tensor g = t.mutable_grad(); // grad() warns
                gradients.add(g.defined() ? g : null);
            }
            return gradients;
        }

        private static void back(org.bytedeco.pytorch.Tensor loss, boolean retain, boolean create) {
            loss.backward(
                    new org.bytedeco.pytorch.Tensor(), new BoolOptional(retain), create, new TensorArrayRefOptional());
        }
    }

    @TestFactory
    Stream<DynamicTest> programs() {
        return IntStream.range(0, PROGRAMS)
                .filter(i -> Settings.ONLY.isEmpty() || Settings.ONLY.equals("program " + i))
                .mapToObj(i -> DynamicTest.dynamicTest("program " + i, () -> {
                    try (PointerScope scope = new PointerScope()) {
                        run(new Draw(Settings.seed("Program", i)));
                    }
                    Report.ran("Programs");
                }));
    }

    private static void run(Draw d) {
        Program p = new Program(d);
        p.write();
        Vars<org.bytedeco.pytorch.Tensor> exact = new Vars<>();
        p.statements.forEach(s -> s.torch.accept(exact, ScalarType.Double));
        for (int i = 0; i < p.shapes.size(); i++) {
            String what = "v" + i + " after\n" + p;
            org.bytedeco.pytorch.Tensor theirs = p.theirs.get(i);
            Tensor ours = p.ours.get(i);
            close(theirs, exact.get(i), Array.of(ours), what);
            theirs.grad_fn(); // asks a view for its past anew, which the questions below do not
            assertEquals(theirs.requires_grad(), ours.requiresGrad(), () -> "requires_grad of " + what);
            assertEquals(theirs.is_leaf(), ours.isLeaf(), () -> "is_leaf of " + what);
            if (theirs.requires_grad() && !theirs.is_leaf()) {
                if (!isChangedView(theirs)) {
                    // C++ writes some names with their namespaces.
                    String name = theirs.grad_fn().name().getString().replaceFirst("^torch::autograd::", "");
                    assertEquals(name, ours.gradFn(), () -> "grad_fn of " + what);
                }
            }
        }
        Ending ending = Ending.draw(d, p);
        if (ending.outputs.isEmpty()) {
            return;
        }
        String what =
                "ending " + ending.mode + " on " + ending.outputs + ", retained " + ending.retained + ", of\n" + p;
        List<org.bytedeco.pytorch.@Nullable Tensor> expected;
        try {
            expected = ending.torch(p.theirs, ScalarType.Float);
        } catch (RuntimeException e) {
            try {
                ending.ondol(p, p.ours, Settings.devices().getFirst());
            } catch (IllegalStateException | IllegalArgumentException refused) {
                return;
            }
            fail("PyTorch refuses: " + e.getMessage().lines().findFirst() + ", Ondol does not: " + what);
            return;
        }
        List<@Nullable Array> actual;
        try {
            actual = ending.ondol(p, p.ours, Settings.devices().getFirst());
        } catch (RuntimeException e) {
            throw new AssertionError("Only Ondol refuses: " + e.getMessage() + "\n" + what, e);
        }
        List<org.bytedeco.pytorch.@Nullable Tensor> precise = ending.torch(exact, ScalarType.Double);
        for (int i = 0; i < expected.size(); i++) {
            String which = "gradient of v" + i + ", " + what;
            org.bytedeco.pytorch.Tensor e = expected.get(i);
            Array a = actual.get(i);
            if (e == null || a == null) {
                // Through gradients of gradients, none and zeros say the same.
                boolean same = e == null && a == null
                        || ending.mode == 3 && (e == null || Array.of(e).norm() == 0) && (a == null || a.norm() == 0);
                assertTrue(
                        same,
                        () -> "only one has a " + which + "\nPyTorch " + (e == null ? null : Array.of(e)) + ", Ondol "
                                + a);
                continue;
            }
            close(e, Objects.requireNonNull(precise.get(i)), a, which);
        }
        for (Device device : Settings.devices().subList(1, Settings.devices().size())) {
            Vars<Tensor> other = new Vars<>();
            p.statements.forEach(s -> s.ondol.accept(other, device));
            List<@Nullable Array> gradients = ending.ondol(p, other, device);
            for (int i = 0; i < p.shapes.size(); i++) {
                assertTrue(
                        Array.of(p.ours.get(i)).sameBits(Array.of(other.get(i))),
                        "on " + device + " other bits of v" + i + " in\n" + p);
                Array g = gradients.get(i);
                assertTrue(
                        g == null ? actual.get(i) == null : g.sameBits(Objects.requireNonNull(actual.get(i))),
                        "on " + device + " other bits in the gradient of v" + i + ", " + what);
            }
        }
    }

    /** Views whose memory was changed since get a new node in PyTorch, which results computed before do not lead to. */
    private static boolean isChangedView(org.bytedeco.pytorch.Tensor t) {
        return t.grad_fn().name().getString().equals("AsStridedBackward0");
    }

    /** As close to PyTorch's floats as these are to its doubles, or as rounding allows at least. */
    private static void close(
            org.bytedeco.pytorch.Tensor expected, org.bytedeco.pytorch.Tensor exact, Array actual, String what) {
        Array e = Array.of(expected);
        assertArrayEquals(e.shape(), actual.shape(), () -> "shape of " + what);
        double[] x = new double[e.size()];
        exact.detach().contiguous().data_ptr_double().get(x);
        double norm = e.norm();
        double rounding = 0;
        for (int i = 0; i < x.length; i++) {
            rounding = Math.max(rounding, Math.abs(x[i] - e.at(i)));
        }
        double allowed = 64 * 0x1p-24 * Math.max(norm, 0.1) + 16 * rounding;
        for (int i = 0; i < x.length; i++) {
            double error = Math.abs(e.at(i) - actual.at(i));
            if (!(error <= allowed)
                    && !(Double.isNaN(e.at(i)) && Double.isNaN(actual.at(i)))
                    && e.at(i) != actual.at(i)) {
                fail("PyTorch " + e.at(i) + " (" + x[i] + "), Ondol " + actual.at(i) + " at " + i + ", allowed "
                        + allowed + ": " + what);
            }
        }
    }
}
