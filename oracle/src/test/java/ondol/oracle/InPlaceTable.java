package ondol.oracle;

import static ondol.oracle.Difference.FILL_OF_EXPANDED;
import static ondol.oracle.Difference.FLIP_IS_A_VIEW;
import static ondol.oracle.Difference.FLOAT_TO_INTEGER;
import static ondol.oracle.Difference.VIEW_WITHOUT_RECORDING;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/** Conversions, copies, and changes in place of {@link Tensor}, the changes with what they do to gradients. */
final class InPlaceTable extends Operation.Table {
    /** What a trial does with a tensor, the same in both engines. */
    private interface Engine<T> {
        T mul(T x, double factor);

        T square(T x);

        T copy(T x);

        T detach(T x);

        void noGrad(Runnable body);
    }

    private static final Engine<Tensor> ONDOL = new Engine<>() {
        @Override
        public Tensor mul(Tensor x, double factor) {
            return x.mul(factor);
        }

        @Override
        public Tensor square(Tensor x) {
            return x.mul(x);
        }

        @Override
        public Tensor copy(Tensor x) {
            return x.clone();
        }

        @Override
        public Tensor detach(Tensor x) {
            return x.detach();
        }

        @Override
        public void noGrad(Runnable body) {
            try (var _ = Autograd.noGrad()) {
                body.run();
            }
        }
    };

    private static final Engine<org.bytedeco.pytorch.Tensor> TORCH = new Engine<>() {
        @Override
        public org.bytedeco.pytorch.Tensor mul(org.bytedeco.pytorch.Tensor x, double factor) {
            return x.mul(torch.wrapped_scalar_tensor(new Scalar(factor)));
        }

        @Override
        public org.bytedeco.pytorch.Tensor square(org.bytedeco.pytorch.Tensor x) {
            return x.mul(x);
        }

        @Override
        public org.bytedeco.pytorch.Tensor copy(org.bytedeco.pytorch.Tensor x) {
            return x.clone();
        }

        @Override
        public org.bytedeco.pytorch.Tensor detach(org.bytedeco.pytorch.Tensor x) {
            return x.detach();
        }

        @Override
        public void noGrad(Runnable body) {
            NoGradGuard guard = new NoGradGuard();
            try {
                body.run();
            } finally {
                guard.close();
            }
        }
    };

    /** A way to look at a tensor. */
    private record View(
            String name, UnaryOperator<Tensor> ondol, UnaryOperator<org.bytedeco.pytorch.Tensor> torch, long[] shape) {
        static View same(long[] shape) {
            return new View("it", t -> t, t -> t, shape);
        }

        View then(View next) {
            return new View(
                    name + "." + next.name,
                    t -> next.ondol.apply(ondol.apply(t)),
                    t -> next.torch.apply(torch.apply(t)),
                    next.shape);
        }

        @SuppressWarnings("unchecked")
        <T> T of(T t) {
            return t instanceof Tensor o ? (T) ondol.apply(o) : (T) torch.apply((org.bytedeco.pytorch.Tensor) t);
        }
    }

    /** A change in place by what another tensor holds, or by itself. */
    private record Change(
            String name,
            BiConsumer<Tensor, Tensor> ondol,
            BiConsumer<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> torch) {
        <T> void to(T t, T other) {
            if (t instanceof Tensor o) {
                ondol.accept(o, (Tensor) other);
            } else {
                torch.accept((org.bytedeco.pytorch.Tensor) t, (org.bytedeco.pytorch.Tensor) other);
            }
        }
    }

    private static final Change ADD = new Change("addInPlace", Tensor::addInPlace, (t, o) -> t.add_(o));
    private static final Change COPY = new Change("copyFrom", Tensor::copyFrom, (t, o) -> t.copy_(o));
    private static final Change ZERO = new Change("zero", (t, o) -> t.zero(), (t, o) -> t.zero_());

    private static Change mul(double factor) {
        return new Change(
                "mulInPlace(" + factor + ")",
                (t, o) -> t.mulInPlace(factor),
                (t, o) -> t.mul_(torch.wrapped_scalar_tensor(new Scalar(factor))));
    }

    private static Change fill(double value) {
        return new Change("fill(" + value + ")", (t, o) -> t.fill(value), (t, o) -> t.fill_(new Scalar(value)));
    }

    InPlaceTable() {
        for (DType type : DType.values()) {
            op(
                            "to(" + type + ")",
                            d -> Trial.one(
                                    "to(" + type + ")",
                                    List.of(PointwiseTable.any(d, d.shape())),
                                    t -> t.get(0).to(type),
                                    t -> t.get(0).to(Torch.type(type))))
                    .explain(FLOAT_TO_INTEGER, m -> isBeyond(m, 0));
        }
        same("clone", Tensor::clone, org.bytedeco.pytorch.Tensor::clone);
        same("contiguous", Tensor::contiguous, org.bytedeco.pytorch.Tensor::contiguous)
                .explain(FLIP_IS_A_VIEW, m -> isFlipped(m) && m.is(Stage.FORWARD, Kind.GRAD_FN));
        same("detach", Tensor::detach, org.bytedeco.pytorch.Tensor::detach);
        changes("addInPlace", d -> ADD);
        changes("mulInPlace", d -> mul(d.chance(0.3) ? PointwiseTable.constant(d) : d.gaussian()));
        changes("copyFrom", d -> COPY).explain(FLOAT_TO_INTEGER, m -> isBeyond(m, 1));
        changes("fill", d -> fill(d.chance(0.3) ? PointwiseTable.constant(d) : d.gaussian()));
        changes("zero", d -> ZERO);
    }

    private Operation same(String name, UnaryOperator<Tensor> ondol, UnaryOperator<org.bytedeco.pytorch.Tensor> torch) {
        return op(
                name,
                d -> Trial.one(
                        name,
                        List.of(PointwiseTable.any(d, d.shape())),
                        t -> ondol.apply(t.get(0)),
                        t -> torch.apply(t.get(0))));
    }

    /** Whether the first operand is flipped, which makes it a copy in PyTorch. */
    private static boolean isFlipped(Mismatch m) {
        return m.trial().operands().getFirst().layout().toString().contains("flip");
    }

    /** Whether an INT64 was made of a number that is none. */
    private static boolean isBeyond(Mismatch m, int operand) {
        return m.is(Stage.FORWARD, Kind.VALUE) && !(Math.abs(m.input(operand)) < 0x1p63);
    }

    // ---- changes

    private interface Drawn {
        Change draw(Draw d);
    }

    /** Two rows: of all types without gradients, and of tensors that are recorded. */
    private Operation changes(String name, Drawn change) {
        op(name + "(recorded)", d -> recorded(d, change))
                .explain(
                        VIEW_WITHOUT_RECORDING,
                        m -> m.kind() == Kind.ONLY_TORCH_FAILS
                                && m.text().contains("A view was created in no_grad mode"))
                .explain(
                        FILL_OF_EXPANDED,
                        m -> m.is(Stage.GRADIENT, Kind.ONLY_TORCH_FAILS)
                                && m.text().contains("more than one element of the written-to tensor"));
        return op(name, d -> {
                    long[] shape = d.shape();
                    Change c = change.draw(d);
                    Operand to = PointwiseTable.any(d, shape).constant();
                    Operand other = PointwiseTable.any(d, d.chance(0.95) ? d.narrower(shape) : d.shape())
                            .constant();
                    return Trial.many(
                            c.name,
                            List.of(to, other),
                            t -> {
                                c.to(t.get(0), t.get(1));
                                return t;
                            },
                            t -> {
                                c.to(t.get(0), t.get(1));
                                return t;
                            });
                })
                .explain(FLIP_IS_A_VIEW, m -> isFlipped(m) && m.is(Stage.FORWARD, Kind.ONLY_ONDOL_FAILS));
    }

    private static Trial recorded(Draw d, Drawn drawn) {
        d.tame();
        long[] shape = d.shape(1, 4);
        // What is changed: something computed, a copy, a buffer without a past, or the operand itself.
        int source = d.chance(0.05) ? 3 : d.below(3);
        View view = d.chance(0.4) ? View.same(shape) : view(d, shape);
        View witness = view(d, shape);
        Change first = drawn.draw(d);
        Change second = d.pick(ADD, COPY, ZERO, mul(0.5), fill(2));
        boolean again = d.chance(0.4);
        View secondView = d.chance(0.5) ? view : d.chance(0.5) ? View.same(shape) : view(d, shape);
        boolean unrecorded = d.chance(0.1);
        boolean unrecordedView = d.chance(0.05);
        boolean detached = d.chance(0.1);
        boolean saved = d.chance(0.15);
        boolean savedView = d.chance(0.1);
        Operand x = d.floats(shape);
        // Results of strided operands are strided in PyTorch, and a flipped one is no view.
        while (source < 3
                ? !x.layout().steps().isEmpty()
                : x.layout().toString().contains("flip")) {
            x = d.floats(shape);
        }
        Operand other = d.chance(0.9) ? d.floats(d.narrower(view.shape)) : PointwiseTable.any(d, view.shape);
        Operand another = d.floats(d.narrower(secondView.shape));
        String call =
                List.of("x.mul(1.5)", "x.clone()", "x.detach().clone()", "x").get(source)
                        + " as y, " + witness.name + " as w, "
                        + (unrecordedView ? "noGrad " : "") + view.name + (detached ? ".detach()" : "") + " as v; "
                        + (saved ? "y.square() as s; " : "") + (savedView ? "v.square() as s; " : "")
                        + (unrecorded ? "noGrad " : "") + first.name + " of v"
                        + (again ? "; " + second.name + " of " + secondView.name : "");
        record Body<T>(Engine<T> engine) {
            List<T> run(
                    List<T> in,
                    int source,
                    View view,
                    View witness,
                    Change first,
                    Change second,
                    boolean again,
                    View secondView,
                    boolean[] flags) {
                T x = in.get(0);
                T y = switch (source) {
                    case 0 -> engine.mul(x, 1.5);
                    case 1 -> engine.copy(x);
                    case 2 -> engine.copy(engine.detach(x));
                    default -> x;
                };
                T w = witness.of(y);
                List<T> vs = new ArrayList<>();
                if (flags[1]) {
                    engine.noGrad(() -> vs.add(view.of(y)));
                } else {
                    vs.add(view.of(y));
                }
                T v = flags[2] ? engine.detach(vs.getFirst()) : vs.getFirst();
                List<T> results = new ArrayList<>();
                if (flags[3]) {
                    results.add(engine.square(y));
                }
                if (flags[4]) {
                    results.add(engine.square(v));
                }
                if (flags[0]) {
                    engine.noGrad(() -> first.to(v, in.get(1)));
                } else {
                    first.to(v, in.get(1));
                }
                if (again) {
                    second.to(secondView.of(y), in.get(2));
                }
                results.addAll(Arrays.asList(y, v, w, engine.square(v), engine.mul(w, 2)));
                return results;
            }
        }
        boolean[] flags = {unrecorded, unrecordedView, detached, saved, savedView};
        return Trial.many(
                        call,
                        List.of(x, other, another),
                        t -> new Body<>(ONDOL).run(t, source, view, witness, first, second, again, secondView, flags),
                        t -> new Body<>(TORCH).run(t, source, view, witness, first, second, again, secondView, flags))
                .within(
                        Bound.EXACT,
                        Bound.ulps(8).plusCotangent(4 + 4 * Math.sqrt(Array.count(shape))),
                        Bound.ulps(8).plusNorm(8).plusCotangent(4 + 4 * Math.sqrt(Array.count(shape))));
    }

    /** One or two views after another. */
    private static View view(Draw d, long[] shape) {
        View view = one(d, shape);
        return d.chance(0.6) ? view : view.then(one(d, view.shape));
    }

    private static View one(Draw d, long[] shape) {
        int dim = shape.length;
        if (dim == 0) {
            return unsqueeze(0, shape);
        }
        int axis = d.below(dim);
        return switch (d.below(7)) {
            case 0 -> {
                if (shape[axis] == 0) {
                    yield View.same(shape);
                }
                int index = d.below((int) shape[axis]);
                yield new View(
                        "select(" + axis + ", " + index + ")",
                        t -> t.select(axis, index),
                        t -> t.select(axis, index),
                        without(shape, axis));
            }
            case 1, 2 -> {
                long start = d.below((int) shape[axis] + 1);
                long step = 1 + d.below(2);
                long end = start + d.below((int) (shape[axis] - start) + 1);
                long[] part = shape.clone();
                part[axis] = Math.ceilDiv(end - start, step);
                yield new View(
                        "slice(" + axis + ", " + start + ", " + end + ", " + step + ")",
                        t -> t.slice(axis, start, end, step),
                        t -> Torch.slice(t, axis, start, end, step),
                        part);
            }
            case 3 -> {
                int[] order = d.permutation(dim);
                long[] permuted = new long[dim];
                for (int i = 0; i < dim; i++) {
                    permuted[i] = shape[order[i]];
                }
                yield new View(
                        "permute" + Arrays.toString(order),
                        t -> t.permute(order),
                        t -> t.permute(Torch.longs(order)),
                        permuted);
            }
            case 4 -> unsqueeze(d.below(dim + 1), shape);
            case 5 ->
                new View(
                        "reshape(-1)",
                        t -> t.reshape(Array.count(shape)),
                        t -> t.reshape(Array.count(shape)),
                        new long[] {Array.count(shape)});
            default -> {
                long[] larger = new long[dim + 1];
                larger[0] = d.chance(0.3) ? 1 : 2;
                System.arraycopy(shape, 0, larger, 1, dim);
                yield new View(
                        "expand" + Arrays.toString(larger), t -> t.expand(larger), t -> t.expand(larger), larger);
            }
        };
    }

    private static View unsqueeze(int axis, long[] shape) {
        long[] larger = new long[shape.length + 1];
        for (int i = 0; i < larger.length; i++) {
            larger[i] = i < axis ? shape[i] : i == axis ? 1 : shape[i - 1];
        }
        return new View("unsqueeze(" + axis + ")", t -> t.unsqueeze(axis), t -> t.unsqueeze(axis), larger);
    }

    private static long[] without(long[] shape, int axis) {
        long[] smaller = new long[shape.length - 1];
        for (int i = 0; i < smaller.length; i++) {
            smaller[i] = shape[i < axis ? i : i + 1];
        }
        return smaller;
    }
}
