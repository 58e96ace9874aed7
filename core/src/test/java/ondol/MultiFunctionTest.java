package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import ondol.autograd.Autograd;
import ondol.autograd.Function.Context;
import ondol.autograd.MultiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operations that give several tensors: {@link MultiFunction}. */
@ExtendWith(ReferenceDevice.class)
final class MultiFunctionTest {
    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    /** x y, x + y and the index of the larger one, which has no gradient. */
    private static final class Both extends MultiFunction {
        int backwards;

        @Override
        protected Tensor[] forward(Context context, Tensor... in) {
            context.save(in);
            return new Tensor[] {in[0].mul(in[1]), in[0].lt(in[1]).to(DType.INT64), in[0].add(in[1])};
        }

        @Override
        protected Tensor[] backward(Context context, Tensor... grads) {
            backwards++;
            assertEquals(3, grads.length);
            assertNull(grads[1]);
            Tensor x = context.saved(0);
            Tensor y = context.saved(1);
            return new Tensor[] {grads[0].mul(y).add(grads[2]), grads[0].mul(x).add(grads[2])};
        }
    }

    /** A function of lambdas. */
    private static final class Free extends MultiFunction {
        private final Function<Tensor[], Tensor[]> forward;
        private final Function<Tensor[], Tensor[]> backward;
        private final Function<Tensor[], Tensor[]> constants;
        private final boolean zeros;

        Free(
                Function<Tensor[], Tensor[]> forward,
                Function<Tensor[], Tensor[]> backward,
                Function<Tensor[], Tensor[]> constants,
                boolean zeros) {
            this.forward = forward;
            this.backward = backward;
            this.constants = constants;
            this.zeros = zeros;
        }

        @Override
        protected Tensor[] forward(Context context, Tensor... in) {
            Tensor[] results = forward.apply(in);
            context.materializeGrads(zeros);
            context.markNonDifferentiable(constants.apply(results));
            return results;
        }

        @Override
        protected Tensor[] backward(Context context, Tensor... grads) {
            return backward.apply(grads);
        }

        @Override
        protected String gradName() {
            return "FreeBackward0";
        }
    }

    @Test
    void valuesNamesAndGradients() {
        Tensor x = leaf(2, -1);
        Tensor y = leaf(3, 5);
        Both both = new Both();
        List<Tensor> out = both.apply(x, y);
        assertArrayEquals(new float[] {6, -5}, out.get(0).toFloatArray());
        assertArrayEquals(new long[] {1, 1}, out.get(1).toLongArray());
        assertArrayEquals(new float[] {5, 4}, out.get(2).toFloatArray());
        assertEquals("BothBackward", out.get(0).gradFn());
        assertEquals("BothBackward", out.get(2).gradFn());
        assertFalse(out.get(1).requiresGrad());
        out.get(0).mul(out.get(2)).sum().backward();
        assertEquals(1, both.backwards, "backward is called once for all results");
        assertArrayEquals(new float[] {2 * 2 * 3 + 9, -2 * 5 + 25}, x.grad().toFloatArray()); // 2 x y + y^2
        assertArrayEquals(new float[] {4 + 2 * 2 * 3, 1 - 2 * 5}, y.grad().toFloatArray());
        assertTrue(Autograd.noGrad(() -> new Both().apply(x, y)).stream().noneMatch(Tensor::requiresGrad));
    }

    @Test
    void resultsThatAreNotUsedHaveZeroGradients() {
        Tensor x = leaf(2, -1);
        Tensor y = leaf(3, 5);
        new Both().apply(x, y).get(2).sum().backward();
        assertArrayEquals(new float[] {1, 1}, x.grad().toFloatArray());
        new Both().apply(x, y).get(0).sum().backward();
        assertArrayEquals(new float[] {4, 6}, x.grad().toFloatArray());
    }

    @Test
    void orNullIfTheFunctionSaysSo() {
        Tensor x = leaf(2, -1);
        List<Tensor> seen = new ArrayList<>();
        Free free = new Free(
                in -> new Tensor[] {in[0].mul(2.0), in[0].mul(3.0), in[0].mul(5.0)},
                grads -> {
                    for (Tensor g : grads) {
                        seen.add(g);
                    }
                    return new Tensor[] {grads[1].mul(3.0)};
                },
                results -> new Tensor[] {results[2]},
                false);
        List<Tensor> out = free.apply(x);
        assertEquals("FreeBackward0", out.get(1).gradFn());
        assertFalse(out.get(2).requiresGrad(), "marked as not differentiable");
        out.get(1).add(out.get(2)).sum().backward();
        assertEquals(3, seen.size());
        assertNull(seen.get(0));
        assertNull(seen.get(2));
        assertArrayEquals(new float[] {3, 3}, x.grad().toFloatArray());
    }

    @Test
    void secondOrder() {
        Tensor x = leaf(2, -1);
        Tensor y = leaf(3, 5);
        List<Tensor> out = new Both().apply(x, y);
        Tensor loss = out.get(0).mul(out.get(2)).sum(); // x^2 y + x y^2
        Tensor byX = Autograd.grad(loss, List.of(x), true).getFirst();
        List<Tensor> second = Autograd.grad(List.of(byX.sum()), List.of(x, y), null, true, true);
        assertArrayEquals(new float[] {6, 10}, second.get(0).toFloatArray()); // 2 y
        assertArrayEquals(new float[] {10, 8}, second.get(1).toFloatArray()); // 2 x + 2 y
        Tensor third = Autograd.grad(second.get(1).sum(), List.of(y)).getFirst();
        assertArrayEquals(new float[] {2, 2}, third.toFloatArray());
    }

    /** A result may be a root, be wanted, retain its gradient, be changed in place, and feed the other. */
    @Test
    void resultsAnywhereInTheGraph() {
        Tensor x = leaf(2, -1);
        Tensor y = leaf(3, 5);
        Both both = new Both();
        List<Tensor> out = both.apply(x, y);
        Tensor product = out.get(0).retainGrad();
        Tensor sum = out.get(2);
        List<Tensor> grads = Autograd.grad(
                List.of(product, sum, product.mul(sum)),
                List.of(x, sum),
                List.of(Tensor.ones(2), Tensor.ones(2), Tensor.ones(2)),
                true,
                false);
        assertArrayEquals(new float[] {3 + 1 + 21, 5 + 1 + 15}, grads.get(0).toFloatArray());
        assertArrayEquals(new float[] {1 + 6, 1 - 5}, grads.get(1).toFloatArray());
        assertArrayEquals(new float[] {1 + 5, 1 + 4}, product.grad().toFloatArray());
        assertEquals(1, both.backwards);
        Tensor again = new Both().apply(sum, product.mulInPlace(2)).get(0);
        assertSame(null, x.grad());
        again.sum().backward();
        assertArrayEquals(new float[] {2 * 21, 2 * 15}, x.grad().toFloatArray());
    }

    @Test
    void theGraphIsFreedAndKeptAsAnyOther() {
        Tensor x = leaf(2, -1);
        Tensor y = leaf(3, 5);
        List<Tensor> out = new Both().apply(x, y);
        out.get(0).sum().backward(null, true, false);
        out.get(2).sum().backward();
        assertArrayEquals(new float[] {4, 6}, x.grad().toFloatArray());
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> out.get(0).sum().backward());
        assertTrue(e.getMessage().contains("already gone through and freed"), e::getMessage);
    }

    @Test
    void aSavedTensorThatWasChangedIsNoticed() {
        Tensor x = leaf(2, -1).mul(1.0);
        List<Tensor> out = new Both().apply(x, leaf(3, 5));
        x.detach().fill(1);
        assertThrows(IllegalStateException.class, () -> out.get(2).sum().backward());
    }

    @Test
    void anInputOrOneTensorTwiceAreResultsOfTheirOwn() {
        Tensor x = leaf(1, 2);
        Free free = new Free(
                in -> {
                    Tensor twice = in[0].mul(2.0);
                    return new Tensor[] {in[0], twice, twice, in[0].expand(2, 2)};
                },
                grads -> new Tensor[] {
                    grads[0].add(grads[1].mul(10.0))
                            .add(grads[2].mul(100.0))
                            .add(grads[3].sum(0).mul(1000.0))
                },
                results -> new Tensor[0],
                true);
        List<Tensor> out = free.apply(x);
        assertNotSame(x, out.get(0));
        assertNotSame(out.get(1), out.get(2));
        assertTrue(x.isLeaf());
        assertFalse(out.get(3).isOverlapping());
        Tensor.cat(
                        0,
                        out.get(0),
                        out.get(1).mul(2.0),
                        out.get(2).mul(3.0),
                        out.get(3).flatten())
                .sum()
                .backward();
        assertArrayEquals(new float[] {2321, 2321}, x.grad().toFloatArray());
    }

    @Test
    void threadsGoBackAtOnce() {
        Tensor x = leaf(2, -1);
        Tensor y = leaf(3, 5);
        List<Tensor> out = new Both().apply(x, y);
        List<CompletableFuture<float[]>> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Tensor seed = Tensor.full(Shape.of(2), i);
            all.add(CompletableFuture.supplyAsync(
                    () -> Autograd.grad(List.of(out.get(0), out.get(2)), List.of(x), List.of(seed, seed), true, false)
                            .getFirst()
                            .toFloatArray()));
        }
        for (int i = 0; i < 16; i++) {
            assertArrayEquals(new float[] {4 * i, 6 * i}, all.get(i).join());
        }
    }

    @Test
    void whatFailsLeavesNoGradient() {
        Tensor x = leaf(1, 2);
        RuntimeException onPurpose = new RuntimeException("on purpose");
        Free free = new Free(
                in -> new Tensor[] {in[0].mul(2.0), in[0].mul(3.0)},
                grads -> {
                    throw onPurpose;
                },
                results -> new Tensor[0],
                true);
        List<Tensor> out = free.apply(x);
        Tensor loss = out.get(0).add(out.get(1)).sum();
        assertSame(onPurpose, assertThrows(RuntimeException.class, loss::backward));
        assertNull(x.grad());
    }

    @Test
    void noResultsAreNoResults() {
        Free none = new Free(in -> new Tensor[0], grads -> grads, results -> new Tensor[0], true);
        assertEquals(List.of(), none.apply(leaf(1)));
    }
}
