package ondol;

import static ondol.BadCall.argument;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import ondol.backend.OutOfDeviceMemoryException;

/** Sizes that cannot be, arrays that are no tensors, and more than there is memory for. */
final class BadSizes {
    private BadSizes() {}

    static Stream<BadCall> calls() {
        return Stream.of(ranges(), sizes(), arrays()).flatMap(s -> s);
    }

    private static Stream<BadCall> ranges() {
        return Stream.of(
                argument(
                        "arange: from 0 to 5 in steps of 0; the bounds must be finite, and the step a"
                                + " number other than 0",
                        g -> Tensor.arange(0, 5, 0)),
                argument("arange: steps of 1 do not lead from 0 to -3; change the step's sign", g -> Tensor.arange(-3)),
                argument(
                        "arange: steps of -1 do not lead from 0 to 5; change the step's sign",
                        g -> Tensor.arange(0, 5, -1)),
                argument(
                        "arange: from -9223372036854775808 to 9223372036854775807 in steps of 1 there are"
                                + " more elements than a Java array can have; use larger steps",
                        g -> Tensor.arange(Long.MIN_VALUE, Long.MAX_VALUE)),
                argument(
                        "arange: steps of -0.1 do not lead from 0.0 to 1.0; change the step's sign",
                        g -> Tensor.arange(0.0, 1.0, -0.1)),
                argument(
                        "arange: from 0.0 to NaN in steps of 0.1; the bounds must be finite, and the step a"
                                + " number other than 0",
                        g -> Tensor.arange(0.0, Double.NaN, 0.1)),
                argument(
                        "arange: from 0.0 to Infinity in steps of 1.0; the bounds must be finite, and the step"
                                + " a number other than 0",
                        g -> Tensor.arange(0.0, Double.POSITIVE_INFINITY, 1.0)),
                argument(
                        "arange: from 0.0 to 1.0 in steps of 1.0E-12 there are more elements than a Java array"
                                + " can have; use larger steps",
                        g -> Tensor.arange(0.0, 1.0, 1e-12)),
                argument(
                        "linspace: FLOAT32 cannot hold 1.0E39; use a smaller number, or an infinity",
                        g -> Tensor.linspace(0, 1e39, 5)),
                argument(
                        "split: 2147483647 parts of a tensor of shape [2147483647]; at most 1048576: take larger ones, or"
                                + " use reshape and select",
                        g -> g.repeated(Integer.MAX_VALUE).split(1, 0)),
                argument(
                        "chunk: 2147483647 parts of a tensor of shape [0, 3]; at most 1048576: take larger ones, or use"
                                + " reshape and select",
                        g -> g.none.chunk(Integer.MAX_VALUE, 0)),
                argument("linspace: -1 steps; the number of steps is 0 or more", g -> Tensor.linspace(0, 1, -1)),
                argument("eye: size -1 in [-1, -1] is negative; sizes are 0 or more", g -> Tensor.eye(-1)),
                argument("eye: size -3 in [2, -3] is negative; sizes are 0 or more", g -> Tensor.eye(2, -3)));
    }

    private static Stream<BadCall> sizes() {
        return Stream.of(
                argument("shape: size -1 in [2, -1] is negative; sizes are 0 or more", g -> Shape.of(2, -1)),
                argument(
                        "shape: [4294967296, 4294967296] has more elements than a long can count; use smaller"
                                + " sizes",
                        g -> Shape.of(1L << 32, 1L << 32)),
                argument(
                        "shape: [0, 4294967296, 4294967296] has axes with more elements together than a long can"
                                + " count; use smaller sizes",
                        g -> Shape.of(0, 1L << 32, 1L << 32)),
                argument("zeros: size -1 in [2, -1] is negative; sizes are 0 or more", g -> Tensor.zeros(2, -1)),
                argument("ones: size -1 in [-1] is negative; sizes are 0 or more", g -> Tensor.ones(-1)),
                argument("empty: size -1 in [-1] is negative; sizes are 0 or more", g -> Tensor.empty(-1)),
                argument("rand: size -1 in [-1] is negative; sizes are 0 or more", g -> Tensor.rand(-1)),
                argument("randn: size -1 in [3, -1] is negative; sizes are 0 or more", g -> Tensor.randn(3, -1)),
                argument("randint: size -1 in [-1] is negative; sizes are 0 or more", g -> Tensor.randint(0, 5, -1)),
                argument(
                        "zeros: [4294967296, 4294967296] has more elements than a long can count; use smaller"
                                + " sizes",
                        g -> Tensor.zeros(1L << 32, 1L << 32)),
                argument(
                        "rand: 1099511627776 elements do not fit into a Java array (at most 2147483639); work"
                                + " in parts",
                        g -> Tensor.rand(1L << 40)),
                argument(
                        "uniform: size -1 in [1, -1] is negative; sizes are 0 or more",
                        g -> Tensor.uniform(Ondol.generator(), 0, 1, 1, -1)),
                memory(
                        "out of memory on dev: 17179869184.0 GB wanted, for 4611686018427387904 elements of FLOAT32; 250 bytes in use, limit 56.0 MB; the"
                                + " largest holders:\n" + "  2 x 12 FLOAT32 = 96 bytes\n"
                                + "  3 x 6 FLOAT32 = 72 bytes\n" + "  2 x 3 INT64 = 48 bytes\n"
                                + "  1 x 4 FLOAT32 = 16 bytes\n" + "  3 x 1 FLOAT32 = 12 bytes\n"
                                + "The limit is 7/8 of the device's memory. Use smaller tensors or batches, or close"
                                + " what is not needed (Scope)",
                        g -> Tensor.zeros(1L << 62)),
                memory(
                        "out of memory on dev: 4096.0 GB wanted, for 1099511627776 elements of FLOAT32; 250 bytes in use, limit 56.0 MB; the largest"
                                + " holders:\n" + "  2 x 12 FLOAT32 = 96 bytes\n" + "  3 x 6 FLOAT32 = 72 bytes\n"
                                + "  2 x 3 INT64 = 48 bytes\n" + "  1 x 4 FLOAT32 = 16 bytes\n"
                                + "  3 x 1 FLOAT32 = 12 bytes\n"
                                + "The limit is 7/8 of the device's memory. Use smaller tensors or batches, or close"
                                + " what is not needed (Scope)",
                        g -> Tensor.ones(1L << 40)),
                memory(
                        "out of memory on dev: 76.3 MB wanted, for 20000000 elements of FLOAT32; 250 bytes in use, limit 56.0 MB; the largest"
                                + " holders:\n" + "  2 x 12 FLOAT32 = 96 bytes\n" + "  3 x 6 FLOAT32 = 72 bytes\n"
                                + "  2 x 3 INT64 = 48 bytes\n" + "  1 x 4 FLOAT32 = 16 bytes\n"
                                + "  3 x 1 FLOAT32 = 12 bytes\n"
                                + "The limit is 7/8 of the device's memory. Use smaller tensors or batches, or close"
                                + " what is not needed (Scope)",
                        g -> Tensor.randn(20_000_000)),
                memory(
                        "out of memory on dev: 32.0 GB wanted, for 8589934592 elements of FLOAT32; 254 bytes in use, limit 56.0 MB; the largest"
                                + " holders:\n" + "  2 x 12 FLOAT32 = 96 bytes\n" + "  3 x 6 FLOAT32 = 72 bytes\n"
                                + "  2 x 3 INT64 = 48 bytes\n" + "  1 x 4 FLOAT32 = 16 bytes\n"
                                + "  4 x 1 FLOAT32 = 16 bytes\n"
                                + "The limit is 7/8 of the device's memory. Use smaller tensors or batches, or close"
                                + " what is not needed (Scope)",
                        g -> g.repeated(1L << 33).clone().close()),
                argument(
                        "reading: 8589934592 elements do not fit into a Java array (at most 2147483639); work"
                                + " in parts",
                        g -> g.repeated(1L << 33).toFloatArray()));
    }

    private static BadCall memory(String message, Consumer<BadCall.Given> call) {
        return new BadCall(OutOfDeviceMemoryException.class, message, g -> () -> call.accept(g));
    }

    private static Stream<BadCall> arrays() {
        return Stream.of(
                argument(
                        "tensor: shape [2, 3] has 6 elements, but 5 values were given; give one for each element",
                        g -> Tensor.tensor(new float[5], Shape.of(2, 3))),
                argument(
                        "tensor: a row at depth 1 has 1 elements where the first has 2 (shape [2, 2]); rows"
                                + " must be equally long",
                        g -> Tensor.tensor(new float[][] {{1, 2}, {3}})),
                argument(
                        "tensor: a row at depth 1 has 1 elements where the first has 2 (shape [2, 2, 1]); rows"
                                + " must be equally long",
                        g -> Tensor.tensor(new double[][][] {{{1}, {2}}, {{3}}})),
                argument(
                        "tensor: a row at depth 1 has 1 elements where the first has 0 (shape [2, 0]); rows"
                                + " must be equally long",
                        g -> Tensor.tensor(new float[][] {{}, {1}})),
                argument(
                        "tensor: a row at depth 1 is null; give an array for each row",
                        g -> Tensor.tensor(new float[][] {{1}, null})),
                argument(
                        "tensor: a row at depth 1 is null; give an array for each row",
                        g -> Tensor.tensor(new float[][] {null, {1}})),
                argument(
                        "tensor: Object[] is no array of float, double, int, long, byte or boolean; give"
                                + " nested arrays of one of these",
                        g -> Tensor.tensor(new Object[] {new float[2], new float[2]})),
                argument(
                        "tensor: String[] is no array of float, double, int, long, byte or boolean; give"
                                + " nested arrays of one of these",
                        g -> Tensor.tensor(new String[] {"1"})),
                argument(
                        "tensor: String is no array of float, double, int, long, byte or boolean; give nested"
                                + " arrays of one of these",
                        g -> Tensor.tensor("1, 2")),
                argument(
                        "tensor: short[] is no array of float, double, int, long, byte or boolean; give nested arrays"
                                + " of one of these",
                        g -> Tensor.tensor(new short[2])),
                argument(
                        "tensor: a List is no array of float, double, int, long, byte or boolean; give nested arrays of"
                                + " one of these, for example list.stream().mapToDouble(Number::doubleValue).toArray()",
                        g -> Tensor.tensor(List.of(1, 2))),
                argument(
                        "tensor: a Map is no array of float, double, int, long, byte or boolean; give nested arrays of"
                                + " one of these",
                        g -> Tensor.tensor(Map.of(1, 2))),
                argument(
                        "fromUnsignedBytes: shape [2, 2] has 4 elements, but 3 values were given; give one for each"
                                + " element",
                        g -> Tensor.fromUnsignedBytes(new byte[3], Shape.of(2, 2))));
    }
}
