package ondol;

import static ondol.BadCall.argument;
import static ondol.BadCall.index;
import static ondol.BadCall.state;

import java.util.Arrays;
import java.util.stream.Stream;

/** Shapes that do not fit, axes that are not there. */
final class BadShapes {
    private BadShapes() {}

    static Stream<BadCall> calls() {
        return Stream.of(broadcasting(), products(), reshaping(), axes(), joining(), parts(), losses())
                .flatMap(s -> s);
    }

    private static Stream<BadCall> broadcasting() {
        return Stream.of(
                argument(
                        "add: [2, 3] and [4] do not broadcast: axis -1 has sizes 3 and 4; they must be equal,"
                                + " or one of them 1",
                        g -> g.x.add(g.v)),
                argument(
                        "lt: [2, 3] and [3, 4] do not broadcast: axis -1 has sizes 3 and 4; they must be"
                                + " equal, or one of them 1",
                        g -> g.y.lt(g.m)),
                argument(
                        "where: [2, 3] and [3, 4] do not broadcast: axis -1 has sizes 3 and 4; they must be"
                                + " equal, or one of them 1",
                        g -> Tensor.where(g.flags, g.y, g.m)),
                argument(
                        "maskedFill: [2, 3] and [3, 4] do not broadcast: axis -1 has sizes 3 and 4; they must"
                                + " be equal, or one of them 1",
                        g -> g.m.maskedFill(g.flags, 0)),
                argument(
                        "add: [1099511627776, 1099511627776] has more elements than a long can count; use"
                                + " smaller sizes",
                        g -> g.repeated(1L << 40, 1).add(g.repeated(1, 1L << 40))),
                argument(
                        "copyFrom: [4] and [3] do not broadcast: axis -1 has sizes 4 and 3; they must be"
                                + " equal, or one of them 1",
                        g -> g.v.copyFrom(g.n)),
                argument(
                        "copyFrom: [4] does not fit into [] without making it larger; take a part of it, or"
                                + " reduce it",
                        g -> g.one.copyFrom(g.v)),
                argument(
                        "addInPlace: [3, 4] does not fit into [4] without making it larger; take a part of it,"
                                + " or reduce it",
                        g -> g.v.addInPlace(g.m)));
    }

    private static Stream<BadCall> products() {
        return Stream.of(
                argument("matmul: [2, 3] x [2, 3]: inner sizes 3 and 2 differ", g -> g.x.matmul(g.x)),
                argument("matmul: [2, 3] x [4]: inner sizes 3 and 4 differ", g -> g.x.matmul(g.v)),
                argument("matmul: [4] x [3, 4]: inner sizes 4 and 3 differ", g -> g.v.matmul(g.m)),
                argument("matmul: [2, 3] x []: a single number is no matrix; use mul", g -> g.x.matmul(g.one)),
                argument(
                        "matmul: [2, 2, 3] x [3, 3, 5]: the batch sizes 2 and 3 do not broadcast; they must be"
                                + " equal, or one of them 1",
                        g -> g.batch.matmul(Tensor.ones(3, 3, 5))),
                argument(
                        "matmul: [1099511627776, 1099511627776] has more elements than a long can count; use"
                                + " smaller sizes",
                        g -> g.repeated(1L << 40, 1).matmul(g.repeated(1, 1L << 40))),
                argument("mm: [2, 2, 3] x [3, 4]; both must be matrices, otherwise use matmul", g -> g.batch.mm(g.m)),
                argument("mm: [2, 3] x [2, 3]: inner sizes 3 and 2 differ", g -> g.x.mm(g.y)),
                argument(
                        "bmm: [2, 2, 3] x [3, 4]; both must be batches of as many matrices, otherwise use matmul",
                        g -> g.batch.bmm(g.m)),
                argument("bmm: [2, 2, 3] x [2, 2, 3]: inner sizes 3 and 2 differ", g -> g.batch.bmm(g.batch)),
                argument("dot: [4] and [3]; both must be vectors of one size", g -> g.v.dot(Tensor.ones(3))),
                argument("outer: [2, 3] and [4]; both must be vectors", g -> g.x.outer(g.v)),
                argument(
                        "linear: input [2, 3], weight [3, 4] (out, in): the input's last size must be the"
                                + " weight's second",
                        g -> g.x.linear(g.m, null)),
                argument("linear: bias [4] for weight [2, 3]; it must be [2]", g -> g.x.linear(g.y, g.v)),
                argument(
                        "linear: input [], weight [2, 3] (out, in): the input's last size must be the weight's"
                                + " second",
                        g -> g.one.linear(g.y, null)));
    }

    private static Stream<BadCall> reshaping() {
        return Stream.of(
                argument(
                        "reshape: [2, 3] has 6 elements and cannot become [4, 2], which has 8; use sizes whose"
                                + " product is 6",
                        g -> g.x.reshape(4, 2)),
                argument(
                        "reshape: [2, 3] has 6 elements and cannot become [4, -1]; for the -1, use other sizes"
                                + " whose product divides 6",
                        g -> g.x.reshape(4, -1)),
                argument(
                        "reshape: size -1 in [-1, -1]; sizes are 0 or more, and only one may be -1",
                        g -> g.x.reshape(-1, -1)),
                argument(
                        "reshape: size -2 in [-2, 3]; sizes are 0 or more, and only one may be -1",
                        g -> g.x.reshape(-2, 3)),
                argument(
                        "reshape: [0, 3] has 0 elements and cannot become [0, -1]; the -1 could be any size:"
                                + " write the size itself",
                        g -> g.none.reshape(0, -1)),
                argument(
                        "reshape: [4294967296, 4294967296] has more elements than a long can count; use"
                                + " smaller sizes",
                        g -> g.none.reshape(1L << 32, 1L << 32)),
                argument(
                        "reshape: [-1, 4294967296, 4294967296] has more elements than a long can count; use"
                                + " smaller sizes",
                        g -> g.x.reshape(-1, 1L << 32, 1L << 32)),
                argument(
                        "view: [4294967296, -1, 4294967296] has more elements than a long can count; use smaller"
                                + " sizes",
                        g -> g.none.view(1L << 32, -1, 1L << 32)),
                argument(
                        "reshape: [0, 4294967296, 4294967296] has axes with more elements together than a long"
                                + " can count; use smaller sizes",
                        g -> g.none.reshape(0, 1L << 32, 1L << 32)),
                argument("reshape: 63 axes; use at most 62", g -> g.one.reshape(new long[63])),
                argument(
                        "view: a tensor of shape [4, 3] with strides [1, 4] cannot be seen as [12] without a"
                                + " copy; use reshape",
                        g -> g.m.t().view(12)),
                argument(
                        "view: [2, 3] has 6 elements and cannot become [5], which has 5; use sizes whose"
                                + " product is 6",
                        g -> g.x.view(5)),
                argument(
                        "expand: [2, 3] cannot become [2, 4]; only axes of size 1 and new axes in front can be"
                                + " repeated",
                        g -> g.x.expand(2, 4)),
                argument(
                        "expand: [2, 3] cannot become [3]; only axes of size 1 and new axes in front can be"
                                + " repeated",
                        g -> g.x.expand(3)),
                argument(
                        "expand: [] cannot become [-1]; only axes of size 1 and new axes in front can be repeated",
                        g -> g.one.expand(-1)),
                argument(
                        "expand: [4294967296, 4294967296] has more elements than a long can count; use smaller"
                                + " sizes",
                        g -> g.one.expand(1L << 32, 1L << 32)),
                argument(
                        "split: [4611686018427387904, 4611686018427387904, 4611686018427387904,"
                                + " 4611686018427387904, 4611686018427387904] are no parts of axis 0 of"
                                + " [4611686018427387904]; use sizes of 0 or more whose sum is the axis's size",
                        g -> g.repeated(1L << 62)
                                .split(new long[] {1L << 62, 1L << 62, 1L << 62, 1L << 62, 1L << 62}, 0)),
                argument(
                        "matmul: [4, 4, 1152921504606846976] has more elements than a long can count; use smaller"
                                + " sizes",
                        g -> {
                            Tensor one = g.repeated(1, 1).to(DType.INT64);
                            one.expand(4, 1L << 60).matmul(one.expand(1L << 60, 4));
                        }),
                argument(
                        "t: a tensor of shape [2, 2, 3] has more than two axes; use mT() for the last two, or"
                                + " transpose(axis0, axis1)",
                        g -> g.batch.t()),
                argument("mT: a tensor of shape [4] has fewer than two axes; use unsqueeze first", g -> g.v.mT()),
                argument(
                        "permute: [0, 1] names 2 axes, but a tensor of shape [2, 2, 3] has 3; name each once",
                        g -> g.batch.permute(0, 1)),
                argument("permute: axis -1 appears twice in [1, -1]; name it once", g -> g.x.permute(1, -1)),
                argument(
                        "unfold: windows of 4 elements along axis -1 of [2, 3], which has 3; use a size from 0 to 3",
                        g -> g.x.unfold(-1, 4, 1)),
                argument(
                        "unfold: windows of -1 elements along axis 0 of [], which has 1; use a size from 0 to 1",
                        g -> g.one.unfold(0, -1, 1)),
                argument(
                        "unfold: a step of 0; a window must begin 1 or more elements after the one before it",
                        g -> g.x.unfold(0, 1, 0)),
                argument(
                        "unfold: [4611686018427387904, 4611686018427387904] has more elements than a long can count;"
                                + " use smaller sizes",
                        g -> g.repeated(Long.MAX_VALUE).unfold(0, 1L << 62, 1)),
                argument("flatten: axis 2 comes after axis 0; give the first axis first", g -> g.batch.flatten(2, 0)),
                argument(
                        "unsqueeze: 63 axes; use at most 62",
                        g -> g.one.reshape(ones(62)).unsqueeze(0)));
    }

    private static long[] ones(int n) {
        long[] ones = new long[n];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static Stream<BadCall> axes() {
        return Stream.of(
                index("size: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.size(2)),
                index(
                        "size: axis -3 is out of range for a tensor of 2 axes; use -2 to 1",
                        g -> Shape.of(2, 3).size(-3)),
                index(
                        "size: axis -1 of a single number, which has no axes; use numel(), or reshape(1) first",
                        g -> g.one.size(-1)),
                index(
                        "size: axis 0 of a single number, which has no axes; use numel(), or reshape(1) first",
                        g -> Shape.of().size(0)),
                index(
                        "transpose: axis 2 is out of range for a tensor of 2 axes; use -2 to 1",
                        g -> g.x.transpose(0, 2)),
                index("permute: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.permute(0, 2)),
                index("squeeze: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.squeeze(2)),
                index("unsqueeze: axis 4 is out of range for a result of 3 axes; use -3 to 2", g -> g.x.unsqueeze(4)),
                index("flatten: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.flatten(0, 2)),
                index("unfold: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.unfold(2, 1, 1)),
                index("flip: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.flip(2)),
                argument("flip: axis 0 appears twice in [0, 0]; name it once", g -> g.x.flip(0, 0)),
                index("sum: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.sum(2)),
                argument("sum: axis -2 appears twice in [0, -2]; name it once", g -> g.x.sum(0, -2)),
                index("sum: axis 1 is out of range for a tensor of 0 axes; use -1 to 0", g -> g.one.sum(1)),
                index("mean: axis -3 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.mean(-3)),
                index("prod: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.prod(2, false)),
                index("var: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.var(2, false)),
                index(
                        "norm: axis 3 is out of range for a tensor of 2 axes; use -2 to 1",
                        g -> g.x.norm(2, new int[] {3}, false)),
                index(
                        "amax: axis 2 is out of range for a tensor of 2 axes; use -2 to 1",
                        g -> g.x.amax(new int[] {2}, false)),
                index("max: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.max(2)),
                index("argmin: axis 5 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.argmin(5)),
                index("any: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.flags.any(2, false)),
                index("softmax: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.softmax(2)),
                index(
                        "logSumExp: axis 2 is out of range for a tensor of 2 axes; use -2 to 1",
                        g -> g.x.logSumExp(2, false)),
                index("cumsum: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.cumsum(2)),
                index("sort: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.sort(2, false)),
                index("topk: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> g.x.topk(1, 2, true)),
                argument(
                        "max: a tensor of shape [0, 3] has nothing to choose from; at least one element is"
                                + " needed along the reduced axes",
                        g -> g.none.max()),
                argument(
                        "min: a tensor of shape [0, 3] has nothing to choose from; at least one element is"
                                + " needed along the reduced axes",
                        g -> g.none.min(0)),
                argument(
                        "argmax: a tensor of shape [0, 3] has nothing to choose from; at least one element is"
                                + " needed along the reduced axes",
                        g -> g.none.argmax(0)),
                argument(
                        "norm: a tensor of shape [0, 3] has no norm for p = Infinity; at least one element is needed"
                                + " along the reduced axes",
                        g -> g.none.norm(Double.POSITIVE_INFINITY, ReductionOps.ALL, false)),
                argument(
                        "norm: a tensor of shape [0, 3] has no norm for p = -1.0; at least one element is needed along"
                                + " the reduced axes",
                        g -> g.none.norm(-1, new int[] {0}, false)),
                argument("topk: k is 5, but axis -1 of [4] has 4 elements; use 0 to 4", g -> g.v.topk(5)),
                argument("topk: k is -1, but axis -1 of [4] has 4 elements; use 0 to 4", g -> g.v.topk(-1)));
    }

    private static Stream<BadCall> joining() {
        return Stream.of(
                argument("cat: no tensors were given; give one or more", g -> Tensor.cat(0)),
                argument("cat: single numbers have no axis to join along; use stack", g -> Tensor.cat(0, g.one, g.one)),
                argument(
                        "cat: [2, 3] and [4] differ in another axis than 0, the one to join along; they must"
                                + " be equal there",
                        g -> Tensor.cat(0, g.x, g.v)),
                argument(
                        "cat: [2, 3] and [3, 4] differ in another axis than 0, the one to join along; they"
                                + " must be equal there",
                        g -> Tensor.cat(0, g.x, g.m)),
                index("cat: axis 2 is out of range for a tensor of 2 axes; use -2 to 1", g -> Tensor.cat(2, g.x, g.y)),
                argument(
                        "cat: along axis 0 the tensors from [4611686018427387904] to [4611686018427387904]"
                                + " have more elements than a long can count; use smaller sizes",
                        g -> Tensor.cat(0, g.repeated(1L << 62), g.repeated(1L << 62))),
                argument("stack: no tensors were given; give one or more", g -> Tensor.stack(0)),
                argument(
                        "stack: [2, 3] and [3, 4] differ; all tensors must have one shape: use cat to join"
                                + " along an axis",
                        g -> Tensor.stack(0, g.x, g.m)),
                index(
                        "stack: axis 3 is out of range for a result of 3 axes; use -3 to 2",
                        g -> Tensor.stack(3, g.x, g.y)));
    }

    private static Stream<BadCall> parts() {
        return Stream.of(
                argument(
                        "split: parts of 0 elements of a tensor of shape [4]; use 1 or more, and a tensor with"
                                + " axes",
                        g -> g.v.split(0, 0)),
                argument(
                        "split: parts of 1 elements of a tensor of shape []; use 1 or more, and a tensor with"
                                + " axes",
                        g -> g.one.split(1, 0)),
                argument(
                        "split: [1, 2] are no parts of axis 0 of [4]; use sizes of 0 or more whose sum is the"
                                + " axis's size",
                        g -> g.v.split(new long[] {1, 2}, 0)),
                argument(
                        "split: [5, -1] are no parts of axis 0 of [4]; use sizes of 0 or more whose sum is the"
                                + " axis's size",
                        g -> g.v.split(new long[] {5, -1}, 0)),
                argument(
                        "split: [9223372036854775807, 9223372036854775807, 6] are no parts of axis 0 of [4];"
                                + " use sizes of 0 or more whose sum is the axis's size",
                        g -> g.v.split(new long[] {Long.MAX_VALUE, Long.MAX_VALUE, 6}, 0)),
                argument(
                        "split: 1099511627776 parts of a tensor of shape [1099511627776]; at most 1048576: take larger"
                                + " ones, or use reshape and select",
                        g -> g.repeated(1L << 40).split(1, 0)),
                index("split: axis 1 is out of range for a tensor of 1 axis; use -1 to 0", g -> g.v.split(1, 1)),
                argument(
                        "chunk: 0 parts of a tensor of shape [4]; use 1 or more, and a tensor with axes",
                        g -> g.v.chunk(0, 0)),
                index("chunk: axis 1 is out of range for a tensor of 1 axis; use -1 to 0", g -> g.v.chunk(2, 1)),
                argument(
                        "slice: a single number has no axis to slice; use reshape(1) first", g -> g.one.slice(0, 0, 1)),
                argument("slice: a step of 0 never ends; use select for a single element", g -> g.v.slice(0, 0, 4, 0)),
                index("slice: axis 1 is out of range for a tensor of 1 axis; use -1 to 0", g -> g.v.slice(1, 0, 4)),
                argument("Index: a step of 0 never ends; use at() for a single element", g -> Index.range(0, 4, 0)),
                argument(
                        "select: a single number has no axis to select from; use reshape(1) first",
                        g -> g.one.select(0, 0)),
                index("select: index 3 is out of range for axis 1 of [2, 3]; use -3 to 2", g -> g.x.select(1, 3)),
                index("select: index -4 is out of range for axis 1 of [2, 3]; use -3 to 2", g -> g.x.select(1, -4)),
                index(
                        "select: index 0 is out of range for axis 0 of [0, 3]; the axis is empty",
                        g -> g.none.select(0, 0)),
                index(
                        "get: 3 indices for a tensor of shape [2, 3]; give at most 2",
                        g -> g.x.get(Index.at(0), Index.at(0), Index.at(0))),
                index(
                        "get: index 3 is out of range for axis 1 of [2, 3]; use -3 to 2",
                        g -> g.x.get(Index.at(1), Index.at(3))),
                index(
                        "get: index -3 is out of range for axis 1 of [2, 2, 3]; use -2 to 1",
                        g -> g.batch.get(Index.all(), Index.at(-3))),
                state(
                        "item: the tensor has shape [2, 3]; only a tensor of one element is a number: index or"
                                + " reduce it",
                        g -> g.x.item()),
                state(
                        "item: the tensor has shape [0, 3]; only a tensor of one element is a number: index or"
                                + " reduce it",
                        g -> g.none.item()),
                argument(
                        "toNestedArray: [2147483648, 0] has more than 2147483639 rows along its first axes, which"
                                + " Java arrays do not hold; work in parts",
                        g -> Tensor.zeros(1L << 31, 0).toNestedArray()),
                argument(
                        "toNestedArray: [100000, 100000, 0] has more than 2147483639 rows along its first axes,"
                                + " which Java arrays do not hold; work in parts",
                        g -> Tensor.zeros(100_000, 100_000, 0).toNestedArray()),
                state("toNestedArray: the tensor is a single number; use item()", g -> g.one.toNestedArray()));
    }

    private static Stream<BadCall> losses() {
        return Stream.of(
                argument(
                        "mseLoss: input [2, 3] and target [4] differ; reshape one, or broadcast it explicitly"
                                + " with expand",
                        g -> g.x.mseLoss(g.v, Reduction.MEAN)),
                argument(
                        "l1Loss: input [2, 3] and target [3, 4] differ; reshape one, or broadcast it"
                                + " explicitly with expand",
                        g -> g.x.l1Loss(g.m, Reduction.SUM)),
                argument(
                        "binaryCrossEntropy: input [] and target [4] differ; reshape one, or broadcast it"
                                + " explicitly with expand",
                        g -> g.one.binaryCrossEntropy(g.v, Reduction.MEAN)),
                argument(
                        "binaryCrossEntropyWithLogits: input [2, 3] and target [4] differ; reshape one, or"
                                + " broadcast it explicitly with expand",
                        g -> g.x.binaryCrossEntropyWithLogits(g.v, Reduction.MEAN)),
                argument(
                        "crossEntropy: input [2, 3] and INT64 target [3]; the target must be INT64 class"
                                + " numbers of shape [2], or probabilities of the input's shape",
                        g -> g.x.crossEntropy(g.n, Reduction.MEAN)),
                argument(
                        "crossEntropy: input [2, 3] and FLOAT32 target [3, 4]; probabilities must have the input's"
                                + " shape, and class numbers must be INT64 of shape [2]",
                        g -> g.x.crossEntropy(g.m, Reduction.MEAN)),
                argument(
                        "crossEntropy: input [2, 3] and BOOL target [2, 3]; the target must be INT64 class"
                                + " numbers of shape [2], or probabilities of the input's shape",
                        g -> g.x.crossEntropy(g.flags, Reduction.MEAN)),
                argument(
                        "crossEntropy: the input is a single number; give [classes] or [n, classes]",
                        g -> g.one.crossEntropy(g.n, Reduction.MEAN)));
    }
}
