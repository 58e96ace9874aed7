package ondol;

import static ondol.BadCall.nothing;

import java.util.stream.Stream;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import ondol.nn.BCELoss;
import ondol.nn.Init;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;

/** Nulls, of each kind one: {@link AnyCallTest} tries all of them. */
@SuppressWarnings("NullAway") // is what these are about
final class BadNulls {
    private BadNulls() {}

    static Stream<BadCall> calls() {
        return Stream.of(tensors(), settings(), modules(), kernels()).flatMap(s -> s);
    }

    private static Stream<BadCall> tensors() {
        return Stream.of(
                nothing("add: a tensor is null; give one", g -> g.x.add((Tensor) null)),
                nothing("where: a tensor is null; give one", g -> Tensor.where(g.flags, g.x, null)),
                nothing("cat: a tensor is null; give one", g -> Tensor.cat(0, g.x, null)),
                nothing("cat: the list of tensors is null; give one or more", g -> Tensor.cat(0, (Tensor[]) null)),
                nothing("gather: a tensor is null; give one", g -> g.x.gather(0, null)),
                nothing("addInPlace: a tensor is null; give one", g -> g.y.addInPlace(null)),
                nothing("copyFrom: the source is null; give a tensor", g -> g.y.copyFrom(null)),
                nothing("matmul: the other tensor is null; give one", g -> g.y.matmul(null)),
                nothing("equal: the other tensor is null; give one", g -> g.y.equal(null)),
                nothing("sum: the list of axes is null; give none at all for all axes", g -> g.y.sum((int[]) null)),
                nothing("reshape: the list of sizes is null; give the new sizes", g -> g.y.reshape((long[]) null)),
                nothing(
                        "zeros: the list of sizes is null; give none at all for a single number",
                        g -> Tensor.zeros((long[]) null)),
                nothing(
                        "get: an index is null; give Index.all() for a whole axis",
                        g -> g.y.get(Index.at(0), null)),
                nothing("to: the type is null; give DType.FLOAT32, INT64 or BOOL", g -> g.y.to((DType) null)),
                nothing("to: the device is null; give Device.CPU or Device.of(...)", g -> g.y.to((Device) null)),
                nothing("tensor: the array is null; give one, which may be empty", g -> Tensor.tensor((float[]) null)),
                nothing(
                        "zeros: shape [2], type null, device dev; none of them may be null: use Ondol.defaultDevice()"
                                + " for the default device",
                        g -> Tensor.zeros(Shape.of(2), null, g.device)),
                nothing("zerosLike: the tensor to be like is null; give one", g -> Tensor.zerosLike(null)),
                nothing("mseLoss: the reduction is null; give MEAN, SUM or NONE", g -> g.y.mseLoss(g.y, null)));
    }

    private static Stream<BadCall> settings() {
        return Stream.of(
                nothing(
                        "setDefaultDevice: the device is null; give Device.CPU or Device.of(...)",
                        g -> Ondol.setDefaultDevice(null)),
                nothing("randn: the generator is null; give Ondol.generator()", g -> Tensor.randn((Generator) null, 2)),
                nothing("randperm: the generator is null; give Ondol.generator()", g -> Tensor.randperm(null, 2)),
                nothing("dropout: the generator is null; give Ondol.generator()", g -> g.y.dropout(0.5, null)),
                nothing("setState: the state is null; pass what getState() returned", g -> Ondol.generator().setState(null)),
                nothing(
                        "Device.of: the name is null; give one such as \"cpu\" or \"opencl:0\"",
                        g -> Device.of(null)),
                nothing("DType.promote: the second type is null; give one", g -> DType.promote(DType.BOOL, null)),
                nothing(
                        "shape: the list of sizes is null; give none at all for a single number",
                        g -> Shape.of((long[]) null)));
    }

    private static Stream<BadCall> modules() {
        return Stream.of(
                nothing("ReLU.forward: the input is null; give a tensor", g -> new ReLU().forward(null)),
                nothing("MSELoss.forward: the input is null; give the network's output", g -> new MSELoss().forward(null, g.y)),
                nothing("BCELoss: the reduction is null; give MEAN, SUM or NONE", g -> new BCELoss(null)),
                nothing("Linear: the generator is null; give Ondol.generator()", g -> new Linear(1, 1, true, null)),
                nothing("Init.ones: the tensor is null; give the one to be filled", g -> Init.ones(null)),
                nothing(
                        "Init.normal: the generator is null; give Ondol.generator()",
                        g -> Init.normal(g.y, 0, 1, null)));
    }

    private static Stream<BadCall> kernels() {
        Expr x = Expr.input(0, Type.F32);
        return Stream.of(
                nothing("Expr.input: the type is null; give one, such as Type.F32", g -> Expr.input(0, null)),
                nothing("ADD: an operand is null; give an expression", g -> x.add((Expr) null)),
                nothing("Expr.binary: the operation is null; give a BinaryOp", g -> new Expr.Binary(null, x, x, Type.F32)),
                nothing("MUL: an operand is null; give an expression", g -> new Expr.Binary(BinaryOp.MUL, x, null, Type.F32)),
                nothing("Functions.sin: an argument is null; give an expression", g -> Functions.sin(null)),
                nothing("Kernel.Map: an output is null; give an expression", g -> new Kernel.Map(x, null)),
                nothing("Kernel.Reduce: the value is null; give an expression", g -> new Kernel.Reduce(null, ReduceOp.SUM)));
    }
}
