package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.Padding;
import ondol.op.PaddingMode;
import org.junit.jupiter.api.Test;

/** Layers of padding: what they compute, how they are printed, what they refuse. */
final class PaddingLayerTest {
    private static final long[] ALL = {1, 2, 0, 1, 2, 1};

    private static void check(int axes, PaddingMode mode, Module layer) {
        Tensor x = Tensor.arange(2L * 3 * 3 * 3).reshape(2, 3, 3, 3);
        long[] pad = Arrays.copyOf(ALL, 2 * axes);
        Tensor expected = Padding.pad(x, pad, mode);
        assertEquals(expected.shape(), layer.forward(x).shape(), layer.toString());
        assertArrayEquals(expected.toLongArray(), layer.forward(x).toLongArray(), layer.toString());
    }

    @Test
    void values() {
        long[] one = {1, 2};
        long[] two = {1, 2, 0, 1};
        for (Module m : List.of(new ZeroPad1d(one), new ConstantPad1d(one, 0))) {
            check(1, PaddingMode.ZEROS, m);
        }
        for (Module m : List.of(new ZeroPad2d(two), new ConstantPad2d(two, 0))) {
            check(2, PaddingMode.ZEROS, m);
        }
        for (Module m : List.of(new ZeroPad3d(ALL), new ConstantPad3d(ALL, 0))) {
            check(3, PaddingMode.ZEROS, m);
        }
        check(1, PaddingMode.REFLECT, new ReflectionPad1d(one));
        check(2, PaddingMode.REFLECT, new ReflectionPad2d(two));
        check(3, PaddingMode.REFLECT, new ReflectionPad3d(ALL));
        check(1, PaddingMode.REPLICATE, new ReplicationPad1d(one));
        check(2, PaddingMode.REPLICATE, new ReplicationPad2d(two));
        check(3, PaddingMode.REPLICATE, new ReplicationPad3d(ALL));
        check(1, PaddingMode.CIRCULAR, new CircularPad1d(one));
        check(2, PaddingMode.CIRCULAR, new CircularPad2d(two));
        check(3, PaddingMode.CIRCULAR, new CircularPad3d(ALL));
        assertArrayEquals(
                new float[] {2.5f, 0, 2.5f},
                new ConstantPad1d(1, 2.5).forward(Tensor.zeros(1)).toFloatArray());
        assertEquals(
                Shape.of(4, 5, 6),
                new ConstantPad3d(1, -1).forward(Tensor.zeros(2, 3, 4)).shape());
    }

    @Test
    void printedAsPyTorchPrints() {
        assertEquals("ZeroPad2d((1, 1, 1, 1))", new ZeroPad2d(1).toString());
        assertEquals("ConstantPad1d(padding=(1, 2), value=3.5)", new ConstantPad1d(new long[] {1, 2}, 3.5).toString());
        assertEquals("ConstantPad2d(padding=(2, 2, 2, 2), value=0.0)", new ConstantPad2d(2, 0).toString());
        assertEquals("ReflectionPad1d((3, 1))", new ReflectionPad1d(3, 1).toString());
        assertEquals("ReplicationPad3d((1, 1, 1, 1, 1, 1))", new ReplicationPad3d(1).toString());
        assertEquals("CircularPad2d((0, 1, 2, 3))", new CircularPad2d(0, 1, 2, 3).toString());
    }

    @Test
    void bad() {
        assertEquals(
                "ZeroPad2d: the padding is [1, 2]; give one number for all sides, or 4 numbers, the last axis first",
                assertThrows(IllegalArgumentException.class, () -> new ZeroPad2d(1, 2))
                        .getMessage());
        assertEquals(
                "ReflectionPad2d.forward: the input has shape [3]; it must have 2 axes or more",
                assertThrows(IllegalArgumentException.class, () -> new ReflectionPad2d(1).forward(Tensor.zeros(3)))
                        .getMessage());
        assertEquals(
                "CircularPad1d.forward: the input is null; give a tensor",
                assertThrows(NullPointerException.class, () -> new CircularPad1d(1).forward(null))
                        .getMessage());
    }
}
