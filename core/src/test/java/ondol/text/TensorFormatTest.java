package ondol.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Checks {@link TensorFormat} against what PyTorch prints, in every style, rank and length. */
public final class TensorFormatTest {
    private static final float NAN = Float.NaN;
    private static final float INF = Float.POSITIVE_INFINITY;

    private static long[] shape(long... sizes) {
        return sizes;
    }

    private static float[] floats(double... values) {
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) values[i];
        }
        return out;
    }

    /** 0, step, 2 step, ... */
    private static float[] steps(int n, float step) {
        float[] out = new float[n];
        for (int i = 0; i < n; i++) {
            out[i] = i * step;
        }
        return out;
    }

    private static long[] arange(int n) {
        long[] out = new long[n];
        Arrays.setAll(out, i -> i);
        return out;
    }

    /** All elements are given; those that a large tensor shows are picked here. */
    private static String print(long[] shape, Object data, String... suffixes) {
        Object shown = Array.getLength(data) <= 1000 ? data : corners(shape, data);
        return TensorFormat.format("tensor(", shape, shown, null, List.of(suffixes));
    }

    /** The elements that are among the first or last three along each axis longer than six. */
    public static Object corners(long[] shape, Object data) {
        int[] at = IntStream.range(0, Array.getLength(data))
                .filter(i -> isCorner(shape, i))
                .toArray();
        Object shown = Array.newInstance(data.getClass().getComponentType(), at.length);
        for (int i = 0; i < at.length; i++) {
            Array.set(shown, i, Array.get(data, at[i]));
        }
        return shown;
    }

    private static boolean isCorner(long[] shape, long element) {
        boolean corner = true;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            long i = element % shape[axis];
            corner &= shape[axis] <= 6 || i < 3 || i >= shape[axis] - 3;
            element /= shape[axis];
        }
        return corner;
    }

    private static String vector(double... values) {
        return print(shape(values.length), floats(values));
    }

    private static String scalar(double value) {
        return print(shape(), floats(value));
    }

    private static void assertPrints(String actual, String expected) {
        assertEquals(expected, actual);
    }

    @Test
    void wholeFloats() {
        assertEquals("tensor([ 1.,  2., -3.])", vector(1, 2, -3));
        assertEquals("tensor([  1.,  -0.,   0., 100.])", vector(1, -0.0, 0, 100));
        assertEquals("tensor([999.,   1.,  nan,  inf, -inf])", vector(999, 1, NAN, INF, -INF));
        assertEquals("tensor([100000000., 100000000.])", vector(1e8, 1e8));
        assertEquals("tensor([0., -0., nan])", vector(0, -0.0, NAN));
        assertEquals("tensor([nan, inf, -inf])", vector(NAN, INF, -INF));
        assertPrints(print(shape(2, 2), floats(1, NAN, INF, -22)), """
                tensor([[  1.,  nan],
                        [ inf, -22.]])""");
    }

    @Test
    void scientific() {
        assertEquals("tensor([1.0000e+00, 1.0010e+03])", vector(1, 1001));
        assertEquals("tensor([1.0000e+08])", vector(100000008));
        assertEquals("tensor([5.0000e-01, 1.0000e-04])", vector(0.5, 1e-4));
        assertEquals("tensor([5.0000e-01, 1.0001e-04, 0.0000e+00])", vector(0.5, 0.00010001, 0));
        assertEquals("tensor([0.0200, 0.0001, 0.0000])", vector(0.02, 0.00010001, 0));
        assertEquals("tensor([ 1.2346e+05,  1.0000e-05, -2.5000e+10])", vector(123456.789, 1e-5, -2.5e10));
        assertPrints(
                vector(Float.MIN_VALUE, Float.MAX_VALUE, -0.0, NAN, -INF),
                "tensor([1.4013e-45, 3.4028e+38, -0.0000e+00,        nan,       -inf])");
    }

    @Test
    void mixedAndTies() {
        assertEquals("tensor([0.5000,    nan,    inf,   -inf, -0.0000, 0.0000])", vector(0.5, NAN, INF, -INF, -0.0, 0));
        assertEquals("tensor([ 0.0312,  0.0938, -0.0312,  1.0000])", vector(0.03125, 0.09375, -0.03125, 1.00005));
    }

    @Test
    void scalars() {
        assertEquals("tensor(2.8463)", scalar(2.8463));
        assertEquals("tensor(3.)", scalar(3));
        assertEquals("tensor(0.)", scalar(0));
        assertEquals("tensor(-0.)", scalar(-0.0));
        assertEquals("tensor(nan)", scalar(NAN));
        assertEquals("tensor(-inf)", scalar(-INF));
        assertEquals("tensor(1.0000e+09)", scalar(1e9));
        assertEquals("tensor(1.0000e-07)", scalar(1e-7));
        assertEquals("tensor(-5)", print(shape(), new long[] {-5}));
        assertEquals("tensor(True)", print(shape(), new boolean[] {true}));
    }

    @Test
    void integersAndBooleans() {
        assertPrints(print(shape(2, 2), new long[] {1, -20, 300, 4}), """
                tensor([[  1, -20],
                        [300,   4]])""");
        assertPrints(
                print(shape(2), new long[] {Long.MAX_VALUE, Long.MIN_VALUE}),
                "tensor([ 9223372036854775807, -9223372036854775808])");
        assertPrints(print(shape(2, 2), new boolean[] {true, false, false, false}), """
                tensor([[ True, False],
                        [False, False]])""");
        assertEquals("tensor([True, True])", print(shape(2), new boolean[] {true, true}));
    }

    @Test
    void longVectorsWrap() {
        assertPrints(print(shape(40), arange(40)), """
                tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
                        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
                        36, 37, 38, 39])""");
        assertPrints(print(shape(30), steps(30, 0.125f)), """
                tensor([0.0000, 0.1250, 0.2500, 0.3750, 0.5000, 0.6250, 0.7500, 0.8750, 1.0000,
                        1.1250, 1.2500, 1.3750, 1.5000, 1.6250, 1.7500, 1.8750, 2.0000, 2.1250,
                        2.2500, 2.3750, 2.5000, 2.6250, 2.7500, 2.8750, 3.0000, 3.1250, 3.2500,
                        3.3750, 3.5000, 3.6250])""");
    }

    @Test
    void higherRanks() {
        assertPrints(print(shape(2, 3, 4), steps(24, 1)), """
                tensor([[[ 0.,  1.,  2.,  3.],
                         [ 4.,  5.,  6.,  7.],
                         [ 8.,  9., 10., 11.]],

                        [[12., 13., 14., 15.],
                         [16., 17., 18., 19.],
                         [20., 21., 22., 23.]]])""");
        assertPrints(print(shape(2, 2, 2, 2), arange(16)), """
                tensor([[[[ 0,  1],
                          [ 2,  3]],

                         [[ 4,  5],
                          [ 6,  7]]],


                        [[[ 8,  9],
                          [10, 11]],

                         [[12, 13],
                          [14, 15]]]])""");
    }

    @Test
    void summarisedVectors() {
        assertEquals("tensor([   0,    1,    2,  ...,  998,  999, 1000])", print(shape(1001), arange(1001)));
        assertPrints(
                print(shape(1001), steps(1001, 0.25f)),
                "tensor([  0.0000,   0.2500,   0.5000,  ..., 249.5000, 249.7500, 250.0000])");
        float[] firstIsWide = new float[1001];
        Arrays.fill(firstIsWide, 0.5f);
        firstIsWide[0] = -123.25f;
        assertPrints(print(shape(1001), firstIsWide), """
                tensor([-123.2500,    0.5000,    0.5000,  ...,    0.5000,    0.5000,
                           0.5000])""");
        long[] wide = new long[1001];
        Arrays.fill(wide, 123456789012L);
        assertPrints(print(shape(1001), wide), """
                tensor([123456789012, 123456789012, 123456789012,  ..., 123456789012,
                        123456789012, 123456789012])""");
    }

    @Test
    void hiddenElementsDoNotCount() {
        float[] values = new float[1001];
        Arrays.fill(values, 3, 998, 1.5e20f);
        assertEquals("tensor([0., 0., 0.,  ..., 0., 0., 0.])", print(shape(1001), values));
    }

    @Test
    void summarisedMatrices() {
        assertPrints(print(shape(7, 143), arange(1001)), """
                tensor([[   0,    1,    2,  ...,  140,  141,  142],
                        [ 143,  144,  145,  ...,  283,  284,  285],
                        [ 286,  287,  288,  ...,  426,  427,  428],
                        ...,
                        [ 572,  573,  574,  ...,  712,  713,  714],
                        [ 715,  716,  717,  ...,  855,  856,  857],
                        [ 858,  859,  860,  ...,  998,  999, 1000]])""");
        assertPrints(print(shape(200, 6), steps(1200, 0.0625f)), """
                tensor([[0.0000e+00, 6.2500e-02, 1.2500e-01, 1.8750e-01, 2.5000e-01, 3.1250e-01],
                        [3.7500e-01, 4.3750e-01, 5.0000e-01, 5.6250e-01, 6.2500e-01, 6.8750e-01],
                        [7.5000e-01, 8.1250e-01, 8.7500e-01, 9.3750e-01, 1.0000e+00, 1.0625e+00],
                        ...,
                        [7.3875e+01, 7.3938e+01, 7.4000e+01, 7.4062e+01, 7.4125e+01, 7.4188e+01],
                        [7.4250e+01, 7.4312e+01, 7.4375e+01, 7.4438e+01, 7.4500e+01, 7.4562e+01],
                        [7.4625e+01, 7.4688e+01, 7.4750e+01, 7.4812e+01, 7.4875e+01, 7.4938e+01]])""");
        assertPrints(print(shape(2, 1000), steps(2000, 0.0625f)), """
                tensor([[0.0000e+00, 6.2500e-02, 1.2500e-01,  ..., 6.2312e+01, 6.2375e+01,
                         6.2438e+01],
                        [6.2500e+01, 6.2562e+01, 6.2625e+01,  ..., 1.2481e+02, 1.2488e+02,
                         1.2494e+02]])""");
    }

    @Test
    void summarisedCube() {
        String all = print(shape(10, 12, 15), arange(1800));
        assertPrints(all.substring(0, all.indexOf("[[ 180")), """
                tensor([[[   0,    1,    2,  ...,   12,   13,   14],
                         [  15,   16,   17,  ...,   27,   28,   29],
                         [  30,   31,   32,  ...,   42,   43,   44],
                         ...,
                         [ 135,  136,  137,  ...,  147,  148,  149],
                         [ 150,  151,  152,  ...,  162,  163,  164],
                         [ 165,  166,  167,  ...,  177,  178,  179]],

                       \s""");
        assertPrints(all.substring(all.indexOf("[ 525")), """
                [ 525,  526,  527,  ...,  537,  538,  539]],

                        ...,

                        [[1260, 1261, 1262,  ..., 1272, 1273, 1274],
                         [1275, 1276, 1277,  ..., 1287, 1288, 1289],
                         [1290, 1291, 1292,  ..., 1302, 1303, 1304],
                         ...,
                         [1395, 1396, 1397,  ..., 1407, 1408, 1409],
                         [1410, 1411, 1412,  ..., 1422, 1423, 1424],
                         [1425, 1426, 1427,  ..., 1437, 1438, 1439]],

                        [[1440, 1441, 1442,  ..., 1452, 1453, 1454],
                         [1455, 1456, 1457,  ..., 1467, 1468, 1469],
                         [1470, 1471, 1472,  ..., 1482, 1483, 1484],
                         ...,
                         [1575, 1576, 1577,  ..., 1587, 1588, 1589],
                         [1590, 1591, 1592,  ..., 1602, 1603, 1604],
                         [1605, 1606, 1607,  ..., 1617, 1618, 1619]],

                        [[1620, 1621, 1622,  ..., 1632, 1633, 1634],
                         [1635, 1636, 1637,  ..., 1647, 1648, 1649],
                         [1650, 1651, 1652,  ..., 1662, 1663, 1664],
                         ...,
                         [1755, 1756, 1757,  ..., 1767, 1768, 1769],
                         [1770, 1771, 1772,  ..., 1782, 1783, 1784],
                         [1785, 1786, 1787,  ..., 1797, 1798, 1799]]])""");
    }

    @Test
    void emptyTensors() {
        assertEquals("tensor([])", print(shape(0), floats()));
        assertEquals("tensor([], dtype=torch.int64)", print(shape(0), new long[0]));
        assertEquals("tensor([], dtype=torch.bool)", print(shape(0), new boolean[0]));
        assertEquals("tensor([], size=(0, 3))", print(shape(0, 3), floats()));
        assertEquals("tensor([], size=(0, 3), dtype=torch.int64)", print(shape(0, 3), new long[0]));
        assertEquals("tensor([], size=(2, 0, 1), dtype=torch.bool)", print(shape(2, 0, 1), new boolean[0]));
        assertEquals("tensor([], size=(0, 3), requires_grad=True)", print(shape(0, 3), floats(), "requires_grad=True"));
    }

    /** Sizes that no int holds. */
    @Test
    void hugeShapes() {
        long huge = 1L << 33;
        assertEquals("tensor([1., 2., 3.,  ..., 4., 5., 6.])", print(shape(huge), floats(1, 2, 3, 4, 5, 6)));
        assertPrints(print(shape(huge, 1), floats(1, 2, 3, 4, 5, 6)), """
                tensor([[1.],
                        [2.],
                        [3.],
                        ...,
                        [4.],
                        [5.],
                        [6.]])""");
        assertEquals("tensor([], size=(4294967296, 0))", print(shape(1L << 32, 0), floats()));
    }

    /** As PyTorch prints a tensor that has no memory. */
    @Test
    void moreThanAnyoneReads() {
        long[] twos = new long[21];
        Arrays.fill(twos, 2);
        String size = "       size=(" + "2, ".repeat(20) + "2)";
        assertEquals(
                "tensor(...,\n" + size + ",\n       requires_grad=True)", print(twos, floats(), "requires_grad=True"));
        assertEquals("tensor(...,\n" + size + ",\n       dtype=torch.bool)", print(twos, new boolean[0]));
        assertPrints(print(shape(10, 10, 10, 10, 10, 10, 10, 10), new long[0]), """
                tensor(..., size=(10, 10, 10, 10, 10, 10, 10, 10), dtype=torch.int64)""");
    }

    @Test
    void suffixesWrap() {
        String node = "grad_fn=<MulBackward0>";
        assertPrints(print(shape(14), steps(14, 0.5f), node), """
                tensor([0.0000, 0.5000, 1.0000, 1.5000, 2.0000, 2.5000, 3.0000, 3.5000, 4.0000,
                        4.5000, 5.0000, 5.5000, 6.0000, 6.5000], grad_fn=<MulBackward0>)""");
        assertPrints(print(shape(15), steps(15, 0.5f), node), """
                tensor([0.0000, 0.5000, 1.0000, 1.5000, 2.0000, 2.5000, 3.0000, 3.5000, 4.0000,
                        4.5000, 5.0000, 5.5000, 6.0000, 6.5000, 7.0000],
                       grad_fn=<MulBackward0>)""");
        assertPrints(TensorFormat.format("tensor(", shape(8), steps(8, 0.5f), "device='cuda:0'", List.of(node)), """
                tensor([0.0000, 0.5000, 1.0000, 1.5000, 2.0000, 2.5000, 3.0000, 3.5000],
                       device='cuda:0', grad_fn=<MulBackward0>)""");
        assertPrints(TensorFormat.format("tensor(", shape(0, 3), new long[0], "device='cuda:0'", List.of(node)), """
                tensor([], device='cuda:0', size=(0, 3), dtype=torch.int64,
                       grad_fn=<MulBackward0>)""");
    }

    @Test
    void badCalls() {
        Exception count = assertThrows(IllegalArgumentException.class, () -> print(shape(2, 3), floats(1, 2, 3)));
        assertEquals(
                "toString: of shape [2, 3] 6 elements are shown, but 3 are given: pass those, in row-major order",
                count.getMessage());
        Exception type = assertThrows(IllegalArgumentException.class, () -> print(shape(1), new double[1]));
        assertEquals(
                "toString: cannot print elements held in a double[]: pass a float[], long[] or boolean[]",
                type.getMessage());
    }
}
