package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The type of every pair of types, and of types with numbers: PyTorch's promotion. */
final class PromotionTest {
    private static final double[] LEFT = {1, 0, 1, 1};
    private static final double[] RIGHT = {1, 1, 0, 1};

    /** The same numbers, 0 and 1, as each type. */
    private static Tensor of(double[] values, DType type) {
        return NdArray.vector(values).tensor().to(type);
    }

    private record Op(BinaryOperator<Tensor> op, DoubleBinaryOperator f) {}

    private static double truth(boolean b) {
        return b ? 1 : 0;
    }

    private static void assertValues(Op op, Tensor result, DType a, DType b, String what) {
        double[] expected = new double[LEFT.length];
        for (int i = 0; i < expected.length; i++) {
            double e = op.f.applyAsDouble(LEFT[i], RIGHT[i]);
            expected[i] = result.dtype() == DType.BOOL ? truth(e != 0) : e;
        }
        assertArrayEquals(expected, NdArray.of(result).data, what + " of " + a + " and " + b);
    }

    @Test
    void arithmeticKeepsTheLargerType() {
        Map<String, Op> ops = new LinkedHashMap<>();
        ops.put("add", new Op(Tensor::add, Double::sum));
        ops.put("mul", new Op(Tensor::mul, (a, b) -> a * b));
        ops.put("sub", new Op(Tensor::sub, (a, b) -> a - b));
        ops.put("minimum", new Op(Tensor::minimum, Math::min));
        ops.put("maximum", new Op(Tensor::maximum, Math::max));
        ops.forEach((name, op) -> {
            for (DType a : DType.values()) {
                for (DType b : DType.values()) {
                    if (name.equals("sub") && (a == DType.BOOL || b == DType.BOOL)) {
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> of(LEFT, a).sub(of(RIGHT, b)));
                        continue;
                    }
                    Tensor result = op.op.apply(of(LEFT, a), of(RIGHT, b));
                    assertEquals(DType.promote(a, b), result.dtype(), name + " of " + a + " and " + b);
                    assertValues(op, result, a, b, name);
                }
            }
        });
    }

    @Test
    void promotionIsAnOrder() {
        assertEquals(DType.INT64, DType.promote(DType.BOOL, DType.INT64));
        assertEquals(DType.FLOAT32, DType.promote(DType.INT64, DType.FLOAT32));
        assertEquals(DType.FLOAT32, DType.promote(DType.BOOL, DType.FLOAT32));
        for (DType a : DType.values()) {
            assertEquals(a, DType.promote(a, a));
            for (DType b : DType.values()) {
                assertEquals(DType.promote(a, b), DType.promote(b, a));
            }
        }
    }

    @Test
    void divisionIsOfFloatsAndPowersKeepTheLargerType() {
        Op div = new Op(Tensor::div, (a, b) -> (float) (a / b));
        Op pow = new Op(Tensor::pow, Math::pow);
        for (DType a : DType.values()) {
            for (DType b : DType.values()) {
                Tensor quotient = div.op.apply(of(LEFT, a), of(RIGHT, b));
                assertEquals(DType.FLOAT32, quotient.dtype());
                assertValues(div, quotient, a, b, "div");
                if (a == DType.BOOL && b == DType.BOOL) {
                    assertThrows(
                            IllegalArgumentException.class, () -> of(LEFT, a).pow(of(RIGHT, b)));
                    continue;
                }
                Tensor power = pow.op.apply(of(LEFT, a), of(RIGHT, b));
                assertEquals(DType.promote(a, b), power.dtype());
                if (power.dtype() == DType.FLOAT32) {
                    assertValues(pow, power, a, b, "pow");
                }
            }
        }
    }

    @Test
    void comparisonsAndLogicAreBool() {
        Map<String, Op> ops = new LinkedHashMap<>();
        ops.put("lt", new Op(Tensor::lt, (a, b) -> truth(a < b)));
        ops.put("le", new Op(Tensor::le, (a, b) -> truth(a <= b)));
        ops.put("gt", new Op(Tensor::gt, (a, b) -> truth(a > b)));
        ops.put("ge", new Op(Tensor::ge, (a, b) -> truth(a >= b)));
        ops.put("eq", new Op(Tensor::eq, (a, b) -> truth(a == b)));
        ops.put("ne", new Op(Tensor::ne, (a, b) -> truth(a != b)));
        ops.put("logicalAnd", new Op(Tensor::logicalAnd, (a, b) -> truth(a != 0 && b != 0)));
        ops.put("logicalOr", new Op(Tensor::logicalOr, (a, b) -> truth(a != 0 || b != 0)));
        ops.put("logicalXor", new Op(Tensor::logicalXor, (a, b) -> truth(a != 0 ^ b != 0)));
        ops.forEach((name, op) -> {
            for (DType a : DType.values()) {
                for (DType b : DType.values()) {
                    Tensor result = op.op.apply(of(LEFT, a), of(RIGHT, b));
                    assertEquals(DType.BOOL, result.dtype(), name);
                    assertValues(op, result, a, b, name);
                }
            }
        });
    }

    @Test
    void choicesAndJoinsKeepTheLargerType() {
        Tensor condition = Tensor.tensor(true, false, false, true);
        for (DType a : DType.values()) {
            for (DType b : DType.values()) {
                DType common = DType.promote(a, b);
                Tensor x = of(LEFT, a);
                Tensor y = of(RIGHT, b);
                Tensor chosen = Tensor.where(condition, x, y);
                assertEquals(common, chosen.dtype());
                assertArrayEquals(new double[] {1, 1, 0, 1}, NdArray.of(chosen).data);
                Tensor joined = Tensor.cat(0, x, y);
                assertEquals(common, joined.dtype());
                assertArrayEquals(new double[] {1, 0, 1, 1, 1, 1, 0, 1}, NdArray.of(joined).data);
                Tensor stacked = Tensor.stack(1, x, y);
                assertEquals(common, stacked.dtype());
                assertArrayEquals(new double[] {1, 1, 0, 1, 1, 0, 1, 1}, NdArray.of(stacked).data);
            }
        }
    }

    @Test
    void numbersPromoteByTheirKind() {
        List<UnaryOperator<Tensor>> longs = List.of(x -> x.add(2L), x -> x.mul(2L), x -> x.clamp(0L, 2L));
        List<UnaryOperator<Tensor>> doubles =
                List.of(x -> x.add(2.5), x -> x.mul(2.5), x -> x.clamp(0.0, 2.5), x -> x.div(2.0), x -> x.pow(2.0));
        for (DType type : DType.values()) {
            for (UnaryOperator<Tensor> op : longs) {
                DType expected = DType.promote(type, DType.INT64);
                assertEquals(expected, op.apply(of(LEFT, type)).dtype(), () -> type + " with a long");
            }
            for (UnaryOperator<Tensor> op : doubles) {
                assertEquals(DType.FLOAT32, op.apply(of(LEFT, type)).dtype(), () -> type + " with a double");
            }
        }
        Tensor seven = Tensor.tensor(7L, -7L);
        assertArrayEquals(new long[] {4, -10}, seven.sub(3L).toLongArray());
        assertArrayEquals(new long[] {-4, 10}, seven.rsub(3L).toLongArray());
        assertArrayEquals(new float[] {-4.5f, 9.5f}, seven.rsub(2.5).toFloatArray());
        assertArrayEquals(new float[] {4.5f, -9.5f}, seven.sub(2.5).toFloatArray());
        assertArrayEquals(new float[] {3.5f, -3.5f}, seven.div(2.0).toFloatArray());
        assertArrayEquals(new float[] {128, 0.0078125f}, seven.rpow(2.0).toFloatArray());
        assertArrayEquals(new long[] {2, 1}, Tensor.tensor(true, false).add(1L).toLongArray());
        assertArrayEquals(
                new float[] {2.5f, 0}, Tensor.tensor(true, false).mul(2.5).toFloatArray());
    }

    @Test
    void integersAreComparedAsIntegers() {
        Tensor large = Tensor.tensor(9007199254740993L); // 2^53 + 1: no double
        assertEquals(0, large.eq(9007199254740992L).item());
        assertEquals(1, large.gt(9007199254740992L).item());
        assertEquals(1, large.ne(Tensor.tensor(9007199254740992L)).item());
        assertEquals(1, Tensor.tensor(16777217L).eq(Tensor.tensor(16777216.0)).item(), "as FLOAT32");
        assertArrayEquals(
                new boolean[] {false, true}, Tensor.tensor(1L, 2L).gt(1.5).toBooleanArray());
        assertArrayEquals(
                new boolean[] {true, false}, Tensor.tensor(true, false).gt(0.5).toBooleanArray());
        assertArrayEquals(
                new boolean[] {true, false}, Tensor.tensor(true, false).eq(1L).toBooleanArray());
    }

    @Test
    void functionsOfIntegersAreFloats() {
        List<UnaryOperator<Tensor>> functions = List.of(
                Tensor::exp,
                Tensor::expm1,
                Tensor::log,
                Tensor::log1p,
                Tensor::sqrt,
                Tensor::rsqrt,
                Tensor::reciprocal,
                Tensor::sin,
                Tensor::cos,
                Tensor::tanh,
                Tensor::sigmoid,
                Tensor::erf);
        for (UnaryOperator<Tensor> f : functions) {
            for (DType type : DType.values()) {
                Tensor result = f.apply(of(LEFT, type));
                assertEquals(DType.FLOAT32, result.dtype());
                assertArrayEquals(f.apply(of(LEFT, DType.FLOAT32)).toFloatArray(), result.toFloatArray());
            }
        }
        List<UnaryOperator<Tensor>> whole = List.of(
                Tensor::floor,
                Tensor::ceil,
                Tensor::round,
                Tensor::trunc,
                Tensor::abs,
                Tensor::neg,
                Tensor::sign,
                Tensor::relu,
                Tensor::square,
                Tensor::clone);
        for (UnaryOperator<Tensor> f : whole) {
            assertEquals(DType.INT64, f.apply(of(LEFT, DType.INT64)).dtype());
        }
    }

    @Test
    void reductionsHaveTheirTypes() {
        for (DType type : DType.values()) {
            Tensor x = of(LEFT, type);
            DType sum = type == DType.FLOAT32 ? DType.FLOAT32 : DType.INT64;
            assertEquals(sum, x.sum().dtype());
            assertEquals(sum, x.prod().dtype());
            assertEquals(sum, x.cumsum(0).dtype());
            assertEquals(3, x.sum().item());
            assertEquals(0, x.prod().item());
            assertArrayEquals(new double[] {1, 1, 2, 3}, NdArray.of(x.cumsum(0)).data);
            assertEquals(type, x.max().dtype());
            assertEquals(type, x.min(0).values().dtype());
            assertEquals(DType.INT64, x.min(0).indices().dtype());
            assertEquals(0, x.min(0).values().item());
            assertEquals(1, x.min(0).indices().item());
            assertEquals(1, x.max().item());
            assertEquals(DType.BOOL, x.any().dtype());
            assertEquals(type, x.sort().values().dtype());
            assertArrayEquals(new double[] {0, 1, 1, 1}, NdArray.of(x.sort().values()).data);
            assertArrayEquals(new long[] {1, 0, 2, 3}, x.sort().indices().toLongArray());
            if (type == DType.BOOL) {
                assertThrows(IllegalArgumentException.class, x::argmax);
                assertThrows(IllegalArgumentException.class, () -> x.topk(2));
            } else {
                assertEquals(DType.INT64, x.argmax().dtype());
                assertEquals(type, x.topk(2).values().dtype());
                assertArrayEquals(new double[] {1, 1}, NdArray.of(x.topk(2).values()).data);
            }
            if (type != DType.FLOAT32) {
                assertThrows(IllegalArgumentException.class, x::mean);
                assertThrows(IllegalArgumentException.class, x::var);
                assertThrows(IllegalArgumentException.class, x::norm);
                assertThrows(IllegalArgumentException.class, () -> x.softmax(0));
            }
        }
    }

    @Test
    void boolArithmeticIsLogic() {
        Tensor a = Tensor.tensor(true, true, false, false);
        Tensor b = Tensor.tensor(true, false, true, false);
        assertArrayEquals(new boolean[] {true, true, true, false}, a.add(b).toBooleanArray());
        assertArrayEquals(new boolean[] {true, false, false, false}, a.mul(b).toBooleanArray());
        assertArrayEquals(new boolean[] {true, true, true, false}, a.maximum(b).toBooleanArray());
        assertArrayEquals(new boolean[] {false, false, true, false}, a.lt(b).toBooleanArray());
        assertArrayEquals(
                new boolean[] {false, false, true, true}, a.logicalNot().toBooleanArray());
        assertThrows(IllegalArgumentException.class, a::neg);
        assertThrows(IllegalArgumentException.class, a::relu);
    }

    @Test
    void integersWrap() {
        Tensor max = Tensor.tensor(Long.MAX_VALUE);
        Tensor min = Tensor.tensor(Long.MIN_VALUE);
        assertEquals(Long.MIN_VALUE, max.add(1L).toLongArray()[0]);
        assertEquals(Long.MIN_VALUE, min.neg().toLongArray()[0]);
        assertEquals(Long.MIN_VALUE, min.abs().toLongArray()[0]);
        assertEquals(-9223372036709301616L, Tensor.tensor(3037000500L).square().toLongArray()[0]);
        assertEquals(-2, max.mul(2L).toLongArray()[0]);
        assertArrayEquals(
                new long[] {-1, 0, 1},
                Tensor.tensor(-5L, 0L, Long.MAX_VALUE).sign().toLongArray());
        assertArrayEquals(new long[] {0, 4}, Tensor.tensor(-3L, 4L).relu().toLongArray());
        assertArrayEquals(
                new long[] {3, -2, 1}, Tensor.tensor(7L, -7L, 1L).clamp(-2L, 3L).toLongArray());
        assertArrayEquals(
                new long[] {5, Long.MIN_VALUE},
                Tensor.tensor(5L, Long.MIN_VALUE).floor().toLongArray());
        assertEquals(Long.MIN_VALUE, Tensor.tensor(Long.MAX_VALUE, 1L).sum().toLongArray()[0]);
    }
}
