package ondol;

import static ondol.BadCall.argument;
import static ondol.BadCall.index;
import static ondol.BadCall.state;

import java.util.stream.Stream;
import ondol.memory.Memory;

/** Types, devices, indices and parameters that cannot be. */
final class BadValues {
    private BadValues() {}

    static Stream<BadCall> calls() {
        return Stream.of(types(), devices(), indices(), parameters(), numbers()).flatMap(s -> s);
    }

    private static Stream<BadCall> types() {
        return Stream.of(
                argument(
                        "neg: not defined on BOOL; use to(DType.INT64), or logicalNot or logicalXor",
                        g -> g.flags.neg()),
                argument(
                        "sub: not defined on BOOL; use to(DType.INT64), or logicalNot or logicalXor",
                        g -> g.flags.sub(g.flags)),
                argument(
                        "relu: not defined on BOOL; use to(DType.INT64), or logicalNot or logicalXor",
                        g -> g.flags.relu()),
                argument(
                        "linear: INT64 input, FLOAT32 weight, no bias; all must be FLOAT32: use to(DType.FLOAT32)",
                        g -> g.n.linear(g.y, null)),
                argument(
                        "linear: FLOAT32 input, FLOAT32 weight, INT64 bias; all must be FLOAT32: use"
                                + " to(DType.FLOAT32)",
                        g -> g.y.linear(g.y, Tensor.arange(2))),
                argument("mean: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)", g -> g.n.mean()),
                argument("var: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)", g -> g.n.var()),
                argument("std: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)", g -> g.n.std()),
                argument("norm: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)", g -> g.n.norm()),
                argument("softmax: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)", g -> g.n.softmax(0)),
                argument("argmax: not defined on BOOL; use to(DType.INT64)", g -> g.flags.argmax()),
                argument("argmin: not defined on BOOL; use to(DType.INT64)", g -> g.flags.argmin(0)),
                argument("topk: not defined on BOOL; use to(DType.INT64)", g -> g.flags.topk(1)),
                argument(
                        "dropout: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)",
                        g -> g.n.dropout(0.5, Ondol.generator())),
                argument(
                        "mseLoss: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)",
                        g -> g.n.mseLoss(g.n, Reduction.MEAN)),
                argument(
                        "crossEntropy: only FLOAT32 tensors, this is INT64; use to(DType.FLOAT32)",
                        g -> g.n.crossEntropy(g.n, Reduction.MEAN)),
                argument(
                        "where: the condition is FLOAT32; make it BOOL, for example with ne(0)",
                        g -> Tensor.where(g.y, g.x, g.y)),
                argument(
                        "where: the condition is INT64; make it BOOL, for example with ne(0)",
                        g -> g.n.choose(g.n, g.n)),
                argument(
                        "maskedFill: the condition is INT64; make it BOOL, for example with ne(0)",
                        g -> g.n.maskedFill(g.n, 1)),
                argument(
                        "maskedFill: an INT64 tensor cannot hold NaN; use an integer, or a FLOAT32 tensor",
                        g -> g.n.maskedFill(g.n.eq(1), Double.NaN)),
                argument(
                        "gather: indices are FLOAT32; they must be INT64: use to(DType.INT64)",
                        g -> g.x.gather(1, g.y)),
                argument(
                        "indexSelect: indices are BOOL; they must be INT64: use to(DType.INT64)",
                        g -> g.x.indexSelect(1, g.flags)),
                argument(
                        "indexSelect: indices of shape [1, 3]; they must be a vector: use flatten()",
                        g -> g.x.indexSelect(1, g.wrong)),
                argument(
                        "gather: indices of shape [3] on [2, 3]; both must have as many axes", g -> g.x.gather(1, g.n)),
                argument(
                        "gather: indices of shape [1, 5] on [3, 4]: axis 1 is longer than the tensor's; use at"
                                + " most 4",
                        g -> g.m.gather(0, Tensor.zeros(Shape.of(1, 5), DType.INT64, g.device))),
                argument(
                        "scatterAdd: the source is FLOAT32, the tensor INT64; both must have one type: use"
                                + " to(DType.INT64)",
                        g -> g.n.scatterAdd(0, g.n, g.v)),
                argument(
                        "scatterAdd: source of shape [1] and indices of shape [3]; there must be a source element"
                                + " for each index",
                        g -> g.n.scatterAdd(0, g.n, g.n.slice(0, 0, 1))),
                argument(
                        "requiresGrad: only FLOAT32 tensors have gradients, this is INT64; use to(DType.FLOAT32)",
                        g -> g.n.requiresGrad(true)),
                argument(
                        "parameter: only FLOAT32 tensors have gradients, this is INT64; use to(DType.FLOAT32)",
                        g -> Tensor.parameter(g.n)),
                argument(
                        "addInPlace: FLOAT32 does not fit into INT64 without loss; use add, or convert with"
                                + " to(DType.INT64)",
                        g -> g.n.addInPlace(g.one)),
                argument("mulInPlace: only FLOAT32 tensors, this is INT64; use mul", g -> g.n.mulInPlace(2)),
                argument(
                        "fill: an INT64 tensor cannot hold NaN; use an integer, or a FLOAT32 tensor",
                        g -> g.n.fill(Double.NaN)),
                argument(
                        "full: an INT64 tensor cannot hold Infinity; use an integer, or a FLOAT32 tensor",
                        g -> Tensor.full(Shape.of(2), Double.POSITIVE_INFINITY, DType.INT64, g.device)));
    }

    private static Stream<BadCall> devices() {
        return Stream.of(
                argument(
                        "add: tensors are on different devices, dev and other; move one with to(...)",
                        g -> g.x.add(g.there)),
                argument(
                        "matmul: tensors are on different devices, other and dev; move one with to(...)",
                        g -> g.there.matmul(g.m)),
                argument(
                        "linear: tensors are on different devices, dev and other; move one with to(...)",
                        g -> g.x.linear(g.y, g.there)),
                argument(
                        "cat: tensors are on different devices, dev and other; move one with to(...)",
                        g -> Tensor.cat(0, g.x, g.there)),
                argument(
                        "where: tensors are on different devices, dev and other; move one with to(...)",
                        g -> Tensor.where(g.flags, g.there, g.y)),
                argument(
                        "gather: tensors are on different devices, other and dev; move one with to(...)",
                        g -> g.there.gather(0, g.wrong)),
                argument(
                        "mseLoss: tensors are on different devices, dev and other; move one with to(...)",
                        g -> g.x.mseLoss(g.there, Reduction.MEAN)),
                argument(
                        "addInPlace: tensors are on different devices, dev and other; move one with to(...)",
                        g -> g.y.addInPlace(g.there)),
                argument(
                        "eq: tensors are on different devices, dev and other; move one with to(...)",
                        g -> g.y.equal(g.there)),
                argument(
                        "copyFrom: [4] and [2, 3] do not broadcast: axis -1 has sizes 4 and 3; they must be"
                                + " equal, or one of them 1",
                        g -> g.v.copyFrom(g.there)),
                argument(
                        "backward: the gradient is FLOAT32 on other; it must be FLOAT32 on dev",
                        g -> g.x.mul(2.0).backward(g.there)),
                argument(
                        "device 'tpu' is not available: no backend is called 'tpu', those known are cpu, opencl, cuda;"
                                + " there is cpu (PROCESSOR)",
                        g -> Device.of("tpu")),
                argument(
                        "device 'cuda' is not available: add ondol-cuda-backend to the class or module path;"
                                + " there is cpu (PROCESSOR)",
                        g -> Device.of("cuda")),
                argument(
                        "device 'opencl:radeon' is not available: add ondol-opencl-backend to the class or module"
                                + " path; there is cpu (PROCESSOR)",
                        g -> Device.of("opencl:radeon")),
                argument("device 'cpu:7' is not available: there is cpu (PROCESSOR)", g -> Device.of("cpu:7")),
                argument(
                        "device 'cpu:quantum' is not available: there is cpu (PROCESSOR)",
                        g -> Device.of("cpu:quantum")),
                argument(
                        "device 'dev' exists already; choose another name",
                        g -> Device.of(g.device.name(), new CountingBackend(1 << 20))));
    }

    private static Stream<BadCall> indices() {
        return Stream.of(
                index(
                        "gather: index -1 is out of range for an axis of size 3; indices go from 0 to 2",
                        g -> g.x.gather(1, g.wrong)),
                index(
                        "gather: index 2 is out of range for an axis of size 2; indices go from 0 to 1",
                        g -> g.x.gather(0, g.wrong.clamp(0L, 2L))),
                index(
                        "indexSelect: index 2 is out of range for an axis of size 2; indices go from 0 to 1",
                        g -> g.x.indexSelect(0, g.n)),
                index(
                        "indexSelect: index 2 is out of range for an axis of size 0; there is nothing to"
                                + " choose from",
                        g -> g.none.indexSelect(0, g.n)),
                index(
                        "scatterAdd: index -1 is out of range for an axis of size 3; indices go from 0 to 2",
                        g -> g.y.scatterAdd(1, g.wrong, g.y.slice(0, 0, 1))),
                index(
                        "crossEntropy: index 3 is out of range for an axis of size 3; indices go from 0 to 2",
                        g -> g.y.crossEntropy(Tensor.tensor(0L, 3L), Reduction.MEAN)),
                // The first indices are known to be right; these begin at the same place but are others.
                index("indexSelect: index 9 is out of range for an axis of size 3; indices go from 0 to 2", g -> {
                    Tensor all = Tensor.tensor(0L, 1L, 9L);
                    g.y.indexSelect(1, all.slice(0, 0, 2));
                    g.y.indexSelect(1, all.slice(0, 0, 3, 2));
                }));
    }

    private static Stream<BadCall> parameters() {
        return Stream.of(
                argument(
                        "dropout: p is NaN; a probability is from 0 to 1",
                        g -> g.x.dropout(Double.NaN, Ondol.generator())),
                argument("dropout: p is -0.1; a probability is from 0 to 1", g -> g.x.dropout(-0.1, Ondol.generator())),
                argument("dropout: p is 80.0; a probability is from 0 to 1", g -> g.x.dropout(80, Ondol.generator())),
                argument(
                        "binaryCrossEntropy: the input [2, 3] has values from 1.0 to 6.0; they must be from 0"
                                + " to 1: apply sigmoid first, or use binaryCrossEntropyWithLogits",
                        g -> g.x.binaryCrossEntropy(g.y, Reduction.MEAN)),
                argument(
                        "binaryCrossEntropy: the input [2, 3] has values from NaN to NaN; they must be from 0"
                                + " to 1: apply sigmoid first, or use binaryCrossEntropyWithLogits",
                        g -> g.y.binaryCrossEntropy(g.y, Reduction.MEAN)),
                argument(
                        "uniform: from=1.0 is greater than to=0.0: swap them",
                        g -> Tensor.uniform(Ondol.generator(), 1, 0, 2)),
                argument(
                        "uniform: from=NaN, to=1.0: give finite bounds",
                        g -> Tensor.uniform(Ondol.generator(), Double.NaN, 1, 2)),
                argument(
                        "uniform: from=0.0, to=Infinity: give finite bounds",
                        g -> Tensor.uniform(Ondol.generator(), 0, 1e39, 2)),
                argument(
                        "uniform: from=-3.0E38, to=3.0E38: to - from is too large for a float: narrow the bounds",
                        g -> Tensor.uniform(Ondol.generator(), -3e38, 3e38, 2)),
                argument(
                        "randint: low=5, high=5: no integer lies in [low, high): give high > low",
                        g -> Tensor.randint(5, 5, 2)),
                argument("randperm: n=-1: give a length of 0 or more", g -> Tensor.randperm(-1)),
                argument(
                        "randperm: 2147483647 elements do not fit into a Java array (at most 2147483639); work in"
                                + " parts",
                        g -> Tensor.randperm(Integer.MAX_VALUE)),
                argument(
                        "randperm: 2147483647 elements do not fit into a Java array (at most 2147483639); work in"
                                + " parts",
                        g -> Ondol.generator().permutation(Integer.MAX_VALUE)),
                argument(
                        "normal: std=-1.0: give a finite std of 0 or more",
                        g -> Ondol.generator().fillNormal(new float[2], 0, -1)),
                argument(
                        "normal: mean=NaN: give a finite mean",
                        g -> Ondol.generator().fillNormal(new float[2], Double.NaN, 1)),
                argument(
                        "setState: got 3 bytes, a generator's state has 5056: pass what getState() returned",
                        g -> Ondol.generator().setState(new byte[3])),
                argument(
                        "setState: not a generator's state: it says that it was never seeded: pass what"
                                + " getState() returned",
                        g -> Ondol.generator().setState(new byte[5056])),
                argument(
                        "ondol.memory.limit: 'much' is no amount of memory; write for example 256MB or 4GB",
                        g -> Memory.parseBytes("much")),
                argument(
                        "ondol.memory.limit: '' is no amount of memory; write for example 256MB or 4GB",
                        g -> Memory.parseBytes("")),
                argument(
                        "ondol.memory.limit: '-4GB' is no amount of memory; write for example 256MB or 4GB",
                        g -> Memory.parseBytes("-4GB")),
                argument(
                        "ondol.memory.limit: '0' is no amount of memory; write for example 256MB or 4GB",
                        g -> Memory.parseBytes("0")),
                argument(
                        "ondol.memory.limit: '1.5GB' is no amount of memory; write for example 256MB or 4GB",
                        g -> Memory.parseBytes("1.5GB")),
                argument(
                        "ondol.memory.limit: '9999999999999GB' is no amount of memory; write for example 256MB"
                                + " or 4GB",
                        g -> Memory.parseBytes("9999999999999GB")));
    }

    private static Stream<BadCall> numbers() {
        return Stream.of(
                state(
                        "item: the tensor has shape [3]; only a tensor of one element is a number: index or reduce it",
                        g -> g.n.item()),
                state(
                        "itemLong: the tensor has shape [3]; only a tensor of one element is a number: index or reduce"
                                + " it",
                        g -> g.n.itemLong()),
                state(
                        "itemLong: the tensor holds a FLOAT32, 0.25; use item(), or to(DType.INT64), which cuts towards"
                                + " zero",
                        g -> g.one.itemLong()),
                state(
                        "item: no double is exactly 9007199254740993; use itemLong()",
                        g -> Tensor.tensor((1L << 53) + 1).item()),
                state(
                        "item: no double is exactly 9223372036854775807; use itemLong()",
                        g -> Tensor.tensor(Long.MAX_VALUE).item()));
    }
}
