package ondol.backend;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import ondol.backend.LaunchCase.Data;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/**
 * The reference with one mistake in it, of the sort that backends make: what {@link BackendContract} must find. Each
 * mistake is made of launches that are right by themselves.
 */
final class BrokenBackend extends DelegatingBackend {
    /** Runs a launch wrongly, with the help of a backend that runs it rightly. */
    interface Mistake {
        void run(Launch launch, Backend right);
    }

    private final Mistake mistake;

    BrokenBackend(Mistake mistake) {
        super(new ReferenceBackend());
        this.mistake = mistake;
    }

    // ---- mistakes

    /** The last bit of the last element is wrong. */
    static void lastBit(Launch launch, Backend right) {
        right.run(launch);
        View output = launch.outputs()[0];
        if (output.size() > 0) {
            poke(right, output.buffer(), place(output, output.size() - 1));
        }
    }

    /** The element just behind the output is written, too: in a gap, or in what the buffer holds besides. */
    static void writesTooFar(Launch launch, Backend right) {
        right.run(launch);
        View output = launch.outputs()[0];
        long behind = output.size() == 0 ? -1 : place(output, output.size() - 1) + 1;
        if (behind >= 0 && behind < output.buffer().length()) {
            boolean own = false;
            for (long i = 0; i < output.size(); i++) {
                own |= place(output, i) == behind;
            }
            if (!own) {
                poke(right, output.buffer(), behind);
            }
        }
    }

    /** Results too small to be normal become zero. */
    static void flushesSubnormals(Launch launch, Backend right) {
        right.run(launch);
        for (View output : launch.outputs()) {
            if (output.type() == Type.F32) {
                Expr x = Expr.input(0, Type.F32);
                Expr flushed = Expr.select(x.abs().lt(Expr.constant(Float.MIN_NORMAL)), x.mul(Expr.constant(0f)), x);
                View[] itself = {output};
                right.run(new Launch(new Kernel.Map(flushed), output.shape(), 0, itself, itself, Launch.NO_SCALARS));
            }
        }
    }

    /** Fma rounds the product. */
    static void roundsFmaTwice(Launch launch, Backend right) {
        right.run(rewritten(
                launch, e -> e instanceof Expr.Fma f ? f.a().mul(f.b()).add(f.c()) : e));
    }

    /** A product and a sum are contracted. */
    static void contractsMulAdd(Launch launch, Backend right) {
        right.run(rewritten(
                launch,
                e -> e instanceof Expr.Binary sum
                                && sum.op() == BinaryOp.ADD
                                && sum.a() instanceof Expr.Binary product
                                && product.op() == BinaryOp.MUL
                                && sum.type() == Type.F32
                        ? Expr.fma(product.a(), product.b(), sum.b())
                        : e));
    }

    /** MAX is a comparison and a choice, which forgets a NaN on one side, and zeros' signs. */
    static void maxForgetsNan(Launch launch, Backend right) {
        right.run(rewritten(
                launch,
                e -> e instanceof Expr.Binary max && max.op() == BinaryOp.MAX
                        ? Expr.select(max.a().lt(max.b()), max.b(), max.a())
                        : e));
    }

    /** Each output of a Map by itself: the second finds its input overwritten by the first. */
    static void oneOutputAfterTheOther(Launch launch, Backend right) {
        if (launch.kernel() instanceof Kernel.Map map) {
            for (int o = 0; o < map.outputs().size(); o++) {
                right.run(new Launch(
                        new Kernel.Map(map.outputs().get(o)),
                        launch.shape(),
                        0,
                        launch.inputs(),
                        new View[] {launch.outputs()[o]},
                        launch.scalars()));
            }
        } else {
            right.run(launch);
        }
    }

    /** One element after the other, in one lane. */
    static void sumsInSequence(Launch launch, Backend right) {
        if (!(launch.kernel() instanceof Kernel.Reduce reduce)
                || reduce.op() != ReduceOp.SUM
                || reduce.value().type() != Type.F32
                || launch.reducedAxes() != (1L << launch.shape().length) - 1) {
            right.run(launch);
            return;
        }
        Layout layout = Layout.contiguous(launch.shape());
        Data values = new Data(Type.F32, new long[Math.toIntExact(launch.size())]);
        Buffer buffer = right.allocate(Type.F32, launch.size());
        right.run(new Launch(
                new Kernel.Map(reduce.value()),
                launch.shape(),
                0,
                launch.inputs(),
                new View[] {new View(buffer, launch.shape(), layout.strides(), 0)},
                launch.scalars()));
        MemorySegment memory = values.room();
        right.download(buffer, 0, memory);
        float sum = 0;
        for (long bits : values.fromMemory(memory)) {
            sum += ScalarProgram.f32(bits);
        }
        View output = launch.outputs()[0];
        right.upload(MemorySegment.ofArray(new float[] {sum}), output.buffer(), output.offset());
    }

    /** A Scan is one chain, without groups: every element once more what came before it. */
    static void scansInSequence(Launch launch, Backend right) {
        right.run(launch);
        if (launch.kernel() instanceof Kernel.Scan scan && scan.type() == Type.F32 && scan.op() == ReduceOp.SUM) {
            int last = launch.shape().length - 1;
            Expr sum = Expr.input(0, Type.F32).add(Expr.input(1, Type.F32));
            View in = launch.inputs()[0];
            View out = launch.outputs()[0];
            for (long i = 1; i < launch.shape()[last]; i++) {
                View[] operands = {element(out, i - 1), element(in, i)};
                View[] result = {element(out, i)};
                right.run(new Launch(new Kernel.Map(sum), result[0].shape(), 0, operands, result, Launch.NO_SCALARS));
            }
        }
    }

    /** Element i along the last axis. */
    private static View element(View view, long i) {
        long[] shape = view.shape().clone();
        int last = shape.length - 1;
        shape[last] = 1;
        return new View(view.buffer(), shape, view.strides(), view.offset() + i * view.strides()[last]);
    }

    /** A Scan adds each block to the sum of all before it as it comes, and so lets a NaN or an infinity reach back. */
    static void scansFromTheTotal(Launch launch, Backend right) {
        right.run(launch);
        if (launch.kernel() instanceof Kernel.Scan scan && scan.type() == Type.F32 && launch.size() > 0) {
            int last = launch.shape().length - 1;
            Expr x = Expr.input(0, Type.F32);
            Expr total = Expr.input(1, Type.F32);
            Expr there = scan.op() == ReduceOp.SUM
                    ? x.sub(total).add(total)
                    : x.div(total).mul(total);
            View out = launch.outputs()[0];
            View end = element(out, launch.shape()[last] - 1);
            long[] strides = end.strides().clone();
            strides[last] = 0;
            View[] operands = {out, new View(end.buffer(), out.shape(), strides, end.offset())};
            right.run(new Launch(new Kernel.Map(there), out.shape(), 0, operands, new View[] {out}, Launch.NO_SCALARS));
        }
    }

    /** The last of equals instead of the first. */
    static void lastOfEquals(Launch launch, Backend right) {
        if (launch.kernel() instanceof Kernel.Reduce reduce && reduce.op().isArg()) {
            View[] reversed = new View[launch.inputs().length];
            Arrays.setAll(reversed, i -> reversed(launch.inputs()[i], launch.reducedAxes()));
            View output = launch.outputs()[0];
            right.run(new Launch(
                    reduce, launch.shape(), launch.reducedAxes(), reversed, launch.outputs(), launch.scalars()));
            countFromTheEnd(output, output.size() == 0 ? 0 : launch.size() / output.size(), right);
        } else if (launch.kernel() instanceof Kernel.Sort sort) {
            int last = launch.shape().length - 1;
            View[] reversed = {reversed(launch.inputs()[0], 1L << last)};
            right.run(new Launch(sort, launch.shape(), 0, reversed, launch.outputs(), launch.scalars()));
            countFromTheEnd(launch.outputs()[1], launch.shape()[last], right);
        } else {
            right.run(launch);
        }
    }

    private static void countFromTheEnd(View indices, long count, Backend right) {
        Expr other = Expr.constantI64(count - 1).sub(Expr.input(0, Type.I64));
        View[] itself = {indices};
        right.run(new Launch(new Kernel.Map(other), indices.shape(), 0, itself, itself, Launch.NO_SCALARS));
    }

    /** MatMul and ScatterAdd add from the end. */
    static void addsFromTheEnd(Launch launch, Backend right) {
        View[] inputs = launch.inputs().clone();
        int last = launch.shape().length - 1;
        switch (launch.kernel()) {
            case Kernel.MatMul m -> {
                int columns = launch.shape().length - m.columnAxes();
                long inner = (1L << m.innerAxes()) - 1;
                inputs[0] = reversed(inputs[0], inner << columns);
                inputs[1] = reversed(inputs[1], inner << (columns - m.rowAxes()));
            }
            case Kernel.ScatterAdd s -> {
                inputs[0] = reversed(inputs[0], 1L << last);
                inputs[1] = reversed(inputs[1], 1L << last);
            }
            default -> {}
        }
        right.run(new Launch(
                launch.kernel(), launch.shape(), launch.reducedAxes(), inputs, launch.outputs(), launch.scalars()));
    }

    /** The dropout mask counts from one. */
    static void keepsTheNext(Launch launch, Backend right) {
        // The seed after s is the generator's next state.
        right.run(new Launch(
                launch.kernel(),
                launch.shape(),
                launch.reducedAxes(),
                launch.inputs(),
                launch.outputs(),
                Arrays.stream(launch.scalars())
                        .map(s -> s == 123 ? Expr.Keep.MULTIPLIER * s % Expr.Keep.MODULUS : s)
                        .toArray()));
    }

    /** Not every layout has been thought of. */
    static void refusesManyAxes(Launch launch, Backend right) {
        if (launch.shape().length > 6) {
            throw new UnsupportedOperationException("more than 6 axes");
        }
        right.run(launch);
    }

    // ---- tools

    private static long place(View view, long linear) {
        return new Layout("", view.shape(), view.strides(), view.offset(), 0).place(linear);
    }

    /** Flips the last bit of an element. */
    private static void poke(Backend right, Buffer buffer, long place) {
        MemorySegment memory = new Data(buffer.type(), new long[1]).room();
        right.download(buffer, place, memory);
        Data changed = new Data(buffer.type(), new Data(buffer.type(), new long[1]).fromMemory(memory));
        changed.bits[0] ^= 1;
        right.upload(changed.toMemory(), buffer, place);
    }

    /** The same view with some axes backwards. */
    private static View reversed(View view, long axes) {
        long[] strides = view.strides().clone();
        long offset = view.offset();
        for (int axis = 0; axis < strides.length; axis++) {
            if ((axes >> axis & 1) != 0) {
                offset += strides[axis] * Math.max(0, view.shape()[axis] - 1);
                strides[axis] = -strides[axis];
            }
        }
        return new View(view.buffer(), view.shape(), strides, offset);
    }

    private static Launch rewritten(Launch launch, UnaryOperator<Expr> rule) {
        Map<Expr, Expr> done = new HashMap<>();
        Kernel kernel = switch (launch.kernel()) {
            case Kernel.Map map -> {
                List<Expr> outputs = new ArrayList<>();
                map.outputs().forEach(e -> outputs.add(rewritten(e, rule, done)));
                yield new Kernel.Map(outputs);
            }
            case Kernel.Reduce reduce -> new Kernel.Reduce(rewritten(reduce.value(), rule, done), reduce.op());
            default -> launch.kernel();
        };
        return new Launch(
                kernel, launch.shape(), launch.reducedAxes(), launch.inputs(), launch.outputs(), launch.scalars());
    }

    private static Expr rewritten(Expr e, UnaryOperator<Expr> rule, Map<Expr, Expr> done) {
        Expr known = done.get(e);
        if (known == null) {
            Expr[] of = e.operands().clone();
            Arrays.setAll(of, i -> rewritten(e.operands()[i], rule, done));
            known = rule.apply(
                    switch (e) {
                        case Expr.Unary u -> Expr.unary(u.op(), of[0]);
                        case Expr.Binary b -> Expr.binary(b.op(), of[0], of[1]);
                        case Expr.Fma f -> Expr.fma(of[0], of[1], of[2]);
                        case Expr.Select s -> Expr.select(of[0], of[1], of[2]);
                        default -> e;
                    });
            done.put(e, known);
        }
        return known;
    }

    @Override
    public void run(Launch launch) {
        mistake.run(launch, right);
    }
}
