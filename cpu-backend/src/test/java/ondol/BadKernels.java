package ondol;

import static ondol.BadCall.argument;
import static ondol.BadCall.index;
import static ondol.BadCall.nothing;
import static ondol.BadCall.state;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import ondol.op.Arguments;

/** Expressions that cannot be, kernels run on what does not fit, and what operations of a program's own refuse. */
@SuppressWarnings("NullAway") // some of these are about nulls
final class BadKernels {
    private BadKernels() {}

    static Stream<BadCall> calls() {
        return Stream.of(expressions(), fused(), newTensors(), rows(), arguments())
                .flatMap(s -> s);
    }

    private static Stream<BadCall> expressions() {
        Expr x = Expr.input(0, Type.F32);
        return Stream.of(
                index("Expr.input: index -1 is out of range; use 0 to 999", g -> Expr.input(-1, Type.F32)),
                index(
                        "Expr.scalar: index 2147483647 is out of range; use 0 to 999",
                        g -> Expr.scalar(Integer.MAX_VALUE, Type.F32)),
                argument("ADD takes no F32 and BOOL", g -> x.add(Expr.constant(true))),
                argument("ADD gives F32 here, not I64", g -> new Expr.Binary(BinaryOp.ADD, x, x, Type.I64)),
                argument("SQRT takes no I64", g -> new Expr.Unary(UnaryOp.SQRT, Expr.input(0, Type.I64), Type.I64)),
                argument("FMA takes no BOOL, F32 and F32", g -> new Expr.Fma(Expr.constant(true), x, x)),
                argument("SELECT takes no F32, F32 and F32", g -> new Expr.Select(x, x, x)));
    }

    private static Stream<BadCall> fused() {
        Expr a = Expr.input(0, Type.F32);
        var add = new Kernel.Map(a.add(Expr.input(1, Type.F32)).mul(Expr.scalar(0, Type.F32)));
        var count = new Kernel.Map(Expr.input(0, Type.I64));
        var two = new Kernel.Map(a, a.neg());
        var three = new Kernel.Map(a, a.neg(), a.abs());
        return Stream.of(
                argument(
                        "Fused.update: no outputs were given; give one for each of the kernel's",
                        g -> Fused.update(add, List.of(g.y, g.y), List.of())),
                argument(
                        "Fused.update: the kernel has 1 outputs, but 2 tensors were given; give as many",
                        g -> Fused.update(add, List.of(g.y, g.y), List.of(g.y, g.y), 1)),
                argument(
                        "Fused.update: the kernel reads 2 inputs and 1 scalars, but 1 and 1 were given; give"
                                + " as many",
                        g -> Fused.update(add, List.of(g.y), List.of(g.y), 1)),
                argument(
                        "Fused.update: the kernel reads 2 inputs and 1 scalars, but 2 and 0 were given; give"
                                + " as many",
                        g -> Fused.update(add, List.of(g.y, g.y), List.of(g.y))),
                argument(
                        "Fused.update: a tensor of shape [3] on dev beside one of shape [2, 3] on dev; they"
                                + " must agree",
                        g -> Fused.update(add, List.of(g.y, g.n), List.of(g.y), 1)),
                argument(
                        "Fused.update: a tensor of shape [2, 3] on other beside one of shape [2, 3] on dev;"
                                + " they must agree",
                        g -> Fused.update(add, List.of(g.y, g.there), List.of(g.y), 1)),
                argument(
                        "Fused.update: output 0 is I64 in the kernel but the tensor is F32; they must agree",
                        g -> Fused.update(count, List.of(g.v), List.of(g.v))),
                argument(
                        "Fused.update: input 0 is I64 in the kernel but the tensor is F32; they must agree",
                        g -> Fused.update(count, List.of(g.v), List.of(Tensor.arange(4)))),
                argument(
                        "Fused.update: outputs 0 and 1 are the same memory; give each output memory of its own",
                        g -> Fused.update(two, List.of(g.y), List.of(g.y, g.y))),
                argument(
                        "Fused.update: outputs 0 and 2 are the same memory; give each output memory of its own",
                        g -> Fused.update(three, List.of(g.y), List.of(g.y, Tensor.ones(2, 3), g.y.detach()))),
                argument(
                        "Fused.update: outputs 0 and 1 overlap in memory; give each output memory of its own",
                        g -> Fused.update(two, List.of(part(g, 0)), List.of(part(g, 0), part(g, 1)))),
                argument(
                        "Fused.update: output 0 of shape [5] is a view in which elements share memory;"
                                + " pass a clone() of it",
                        g -> Fused.update(two, List.of(g.repeated(5)), List.of(g.repeated(5), Tensor.ones(5)))),
                argument(
                        "Fused.update: output 1 and input 0 overlap in memory but are not the same elements; pass a"
                                + " clone() of the input",
                        g -> Fused.update(two, List.of(part(g, 0)), List.of(Tensor.ones(3), part(g, 1)))),
                argument(
                        "Fused.update: output 0 and input 1 overlap in memory but are not the same elements; pass a"
                                + " clone() of the input",
                        g -> Fused.update(add, List.of(g.v, g.v.get(Index.at(0)).expand(4)), List.of(g.v), 1)),
                nothing(
                        "Fused.update: the kernel is null; give a Kernel.Map",
                        g -> Fused.update(null, List.of(g.y), List.of(g.y))),
                nothing(
                        "Fused.update: the list of inputs is null; give a list of tensors",
                        g -> Fused.update(two, null, List.of(g.y))),
                nothing(
                        "Fused.update: output 1 is null; give a tensor",
                        g -> Fused.update(two, List.of(g.y), Arrays.asList(g.y, null))));
    }

    private static Stream<BadCall> newTensors() {
        Expr a = Expr.input(0, Type.F32);
        Expr b = Expr.input(1, Type.F32);
        var add = new Kernel.Map(a.add(b));
        var scaled = new Kernel.Map(a.mul(Expr.scalar(0, Type.F32)));
        var counted = new Kernel.Map(Expr.input(0, Type.I64).add(Expr.scalar(0, Type.I64)));
        var sum = new Kernel.Reduce(a, ReduceOp.SUM);
        int[] last = {-1};
        return Stream.of(
                argument(
                        "Fused.map: the kernel has 2 outputs; use mapAll, or a kernel of one",
                        g -> Fused.map(new Kernel.Map(a, b), g.y, g.y)),
                argument(
                        "Fused.mapAll: the kernel has no outputs; give it an expression",
                        g -> Fused.mapAll(new Kernel.Map(), g.y)),
                argument(
                        "Fused.mapAll: output 1 is I32 in the kernel, and no tensor has such elements; use to(Type.I64)",
                        g -> Fused.mapAll(new Kernel.Map(a, Expr.constantI32(1)), g.y)),
                argument(
                        "Fused.map: no inputs were given; give one of the result's shape, even if it is not read",
                        g -> Fused.map(new Kernel.Map(Expr.constant(1f)))),
                argument(
                        "Fused.map: the kernel reads 2 inputs and 0 scalars, but 1 and 0 were given; give as many",
                        g -> Fused.map(add, g.y)),
                argument(
                        "Fused.map: input 1 is F32 in the kernel but the tensor is I64; they must agree",
                        g -> Fused.map(add, g.y, g.n)),
                argument(
                        "Fused.map: [2, 3] and [4] do not broadcast: axis -1 has sizes 3 and 4; they must be equal, or"
                                + " one of them 1",
                        g -> Fused.map(add, g.y, g.v)),
                argument(
                        "Fused.map: tensors are on different devices, dev and other; move one with to(...)",
                        g -> Fused.map(add, g.y, g.there)),
                argument(
                        "Fused.map: scalar 0 is I64 in the kernel but 1.5 was given; give a long",
                        g -> Fused.map(counted, List.of(g.n), 1.5)),
                argument(
                        "Fused.map: scalar 0 is BOOL in the kernel but 2 was given; give 0 or 1",
                        g -> Fused.map(new Kernel.Map(Expr.scalar(0, Type.BOOL)), List.of(g.n), 2)),
                argument(
                        "Fused.map: scalar 1 is I32 in the kernel but 4294967296 was given; give an int",
                        g -> Fused.map(new Kernel.Map(Expr.keep(0, 1)), List.of(g.n), 1, 1L << 32)),
                argument(
                        "Fused: the kernel takes input 0 for I64 in one place and for F32 in another; number them"
                                + " apart",
                        g -> Fused.mapAll(new Kernel.Map(Expr.input(0, Type.I64), a), g.y)),
                state(
                        "Fused.map: an input of shape [2, 3] requires a gradient, which would be lost; call it within"
                                + " Function.forward, or under Autograd.noGrad()",
                        g -> Fused.map(add, g.y, g.x)),
                state(
                        "Fused.reduce: the tensor of shape [2] is closed; use it before close(), or take it out of its"
                                + " scope with keep()",
                        g -> Fused.reduce(sum, last, false, g.closed)),
                index(
                        "Fused.reduce: axis 2 is out of range for a tensor of 2 axes; use -2 to 1",
                        g -> Fused.reduce(sum, new int[] {2}, false, g.y)),
                argument(
                        "Fused.reduce: MAX over [0, 3] has nothing to choose from; at least one element is needed along"
                                + " the reduced axes",
                        g -> Fused.reduce(new Kernel.Reduce(a, ReduceOp.MAX), new int[] {0}, false, g.none)),
                argument(
                        "Reduce: no SUM of BOOL; use MAX for any and MIN for all, or count with to(Type.I64)",
                        g -> new Kernel.Reduce(Expr.input(0, Type.BOOL), ReduceOp.SUM)),
                nothing("Fused.map: the kernel is null; give a Kernel.Map", g -> Fused.map(null, g.y)),
                nothing("Fused.map: the array of inputs is null; give tensors", g -> Fused.map(add, (Tensor[]) null)),
                nothing("Fused.map: input 1 is null; give a tensor", g -> Fused.map(add, g.y, null)),
                nothing(
                        "Fused.map: scalar 0 is null; give a number",
                        g -> Fused.map(scaled, List.of(g.y), (Number) null)),
                nothing(
                        "Fused.map: the scalars are null; leave them out if there are none",
                        g -> Fused.map(scaled, List.of(g.y), (Number[]) null)),
                nothing("Fused.reduce: the kernel is null; give a Kernel.Reduce", g -> {
                    Fused.reduce(null, last, false, g.y);
                }));
    }

    private static Stream<BadCall> rows() {
        Expr a = Expr.input(0, Type.F32);
        var sum = new Kernel.Reduce(a, ReduceOp.SUM);
        var copy = new Kernel.Map(a);
        int[] last = {-1};
        return Stream.of(
                argument(
                        "Fused.Step: MatMul[epilogue=null, rowAxes=1, innerAxes=1, columnAxes=1] is neither a Map nor a"
                                + " Reduce; run it by itself",
                        g -> new Fused.Step(new Kernel.MatMul(null), List.of(0, 1))),
                nothing(
                        "Fused.Step: the kernel is null; give a Kernel.Map or a Kernel.Reduce",
                        g -> new Fused.Step(null, List.of(0))),
                nothing(
                        "Fused.Step: a tensor's number is null; the first input is 0",
                        g -> new Fused.Step(sum, Arrays.asList(0, null))),
                nothing("Fused.Step: a scalar is null; give a number", g -> {
                    new Fused.Step(sum, List.of(0), Arrays.asList(1, null));
                }),
                nothing("Fused.rows: the list of steps is null; give some", g -> Fused.rows(last, List.of(g.y), null)),
                nothing(
                        "Fused.rows: a step is null; give a Fused.Step",
                        g -> Fused.rows(last, List.of(g.y), Arrays.asList((Fused.Step) null))),
                index(
                        "Fused.rows: a step reads tensor 2, but there are 2 so far; the inputs come first, then the results"
                                + " of the steps before",
                        g -> Fused.rows(
                                last,
                                List.of(g.y),
                                List.of(new Fused.Step(sum, List.of(0)), new Fused.Step(copy, List.of(2))))),
                index(
                        "Fused.rows: axis 2 is out of range for a tensor of 2 axes; use -2 to 1",
                        g -> Fused.rows(new int[] {2}, List.of(g.y), List.of(new Fused.Step(sum, List.of(0))))),
                argument(
                        "Fused.rows: the kernel reads 1 inputs and 0 scalars, but 0 and 0 were given; give as many",
                        g -> Fused.rows(last, List.of(g.y), List.of(new Fused.Step(sum, List.of())))),
                argument(
                        "Fused.rows: input 0 is F32 in the kernel but the tensor is I64; they must agree",
                        g -> Fused.rows(last, List.of(g.n), List.of(new Fused.Step(sum, List.of(0))))),
                argument(
                        "Fused.rows: a kernel has a dropout mask, which counts all elements; run it by itself",
                        g -> Fused.rows(
                                last,
                                List.of(g.y),
                                List.of(new Fused.Step(
                                        new Kernel.Map(Expr.keep(0, 1).choose(a, Expr.constant(0f))),
                                        List.of(0),
                                        1,
                                        2)))),
                argument(
                        "Fused.rows: MAX has nothing to choose from; at least one element is needed along the reduced axes",
                        g -> Fused.rows(
                                new int[] {0},
                                List.of(g.none),
                                List.of(new Fused.Step(new Kernel.Reduce(a, ReduceOp.MAX), List.of(0))))),
                argument(
                        "Fused.rows: a kernel has no outputs; give it an expression",
                        g -> Fused.rows(last, List.of(g.y), List.of(new Fused.Step(new Kernel.Map(), List.of(0))))),
                state(
                        "Fused.rows: an input of shape [2, 3] requires a gradient, which would be lost; call it within"
                                + " Function.forward, or under Autograd.noGrad()",
                        g -> Fused.rows(last, List.of(g.x), List.of(new Fused.Step(sum, List.of(0))))));
    }

    private static Stream<BadCall> arguments() {
        return Stream.of(
                nothing("op: the input is null; give a tensor", g -> Arguments.given("op", "input", null)),
                nothing(
                        "Arguments: the operation's name is null; give it, for the message",
                        g -> Arguments.given(null, "input", g.y)),
                nothing(
                        "Arguments: the argument's name is null; give it, for the message",
                        g -> Arguments.positive("op", null, 1)),
                state(
                        "op: the input, of shape [2], is closed; use it before close(), or take it out of its scope"
                                + " with keep()",
                        g -> Arguments.floats("op", "input", g.closed)),
                argument(
                        "op: the input is INT64; it must be FLOAT32: use to(DType.FLOAT32)",
                        g -> Arguments.floats("op", "input", g.n)),
                argument(
                        "op: the index is FLOAT32; it must be INT64: use to(DType.INT64)",
                        g -> Arguments.longs("op", "index", g.y)),
                argument(
                        "op: tensors are on different devices, dev and other; move one with to(...)",
                        g -> Arguments.sameDevice("op", g.y, g.there)),
                argument(
                        "op: the input has shape [2, 3]; it must have 3 to 4 axes",
                        g -> Arguments.axes("op", "input", g.y, 3, 4)),
                argument(
                        "op: the bias has shape [2, 3]; it must have 1 axis",
                        g -> Arguments.axes("op", "bias", g.y, 1, 1)),
                argument("op: the weight has shape [4]; it must be [3]", g -> Arguments.shape("op", "weight", g.v, 3)),
                argument("op: the stride is 0; it must be 1 or more", g -> Arguments.positive("op", "stride", 0)),
                argument(
                        "op: the padding is -1; it must be 0 or more",
                        g -> Arguments.notNegative("op", "padding", -1)));
    }

    /** Three elements of v. */
    private static Tensor part(BadCall.Given g, int from) {
        return g.v.get(Index.range(from, from + 3));
    }
}
