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
import java.util.function.BiFunction;
import java.util.function.Function;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operations with a gradient of their own: {@link ondol.autograd.Function}. */
@ExtendWith(ReferenceDevice.class)
final class FunctionTest {
    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    /** x^3, which saves its input. */
    private static final class Cube extends ondol.autograd.Function {
        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            context.save(inputs[0]);
            return inputs[0].mul(inputs[0]).mul(inputs[0]);
        }

        @Override
        protected Tensor[] backward(Context context, Tensor grad) {
            Tensor x = context.saved(0);
            return new Tensor[] {grad.mul(x).mul(x).mul(3.0)};
        }
    }

    /** exp, which saves its output. */
    private static final class Exp extends ondol.autograd.Function {
        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            Tensor out = inputs[0].exp();
            context.save(out);
            return out;
        }

        @Override
        protected Tensor[] backward(Context context, Tensor grad) {
            return new Tensor[] {grad.mul(context.saved(0))};
        }
    }

    /** A function of lambdas that saves all its inputs. */
    private static final class Free extends ondol.autograd.Function {
        private final Function<Tensor[], Tensor> forward;
        private final BiFunction<Context, Tensor, Tensor[]> backward;

        Free(Function<Tensor[], Tensor> forward, BiFunction<Context, Tensor, Tensor[]> backward) {
            this.forward = forward;
            this.backward = backward;
        }

        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            context.save(inputs);
            return forward.apply(inputs);
        }

        @Override
        protected Tensor[] backward(Context context, Tensor grad) {
            return backward.apply(context, grad);
        }
    }

    @Test
    void valueGradientAndName() {
        Tensor x = leaf(2, -1);
        Tensor y = new Cube().apply(x);
        assertEquals("CubeBackward", y.gradFn());
        assertTrue(y.requiresGrad() && !y.isLeaf());
        assertArrayEquals(new float[] {8, -1}, y.toFloatArray());
        y.sum().backward(null, true, false);
        assertArrayEquals(new float[] {12, 3}, x.grad().toFloatArray());
        y.sum().backward();
        assertArrayEquals(new float[] {24, 6}, x.grad().toFloatArray());
        assertThrows(IllegalStateException.class, () -> y.sum().backward());
        assertFalse(new Cube().apply(x.detach()).requiresGrad());
        assertNull(Autograd.noGrad(() -> new Cube().apply(x)).gradFn());
    }

    @Test
    void oneFunctionObjectMayBeUsedTwice() {
        Cube cube = new Cube();
        Tensor x = leaf(2);
        Tensor y = leaf(3);
        cube.apply(x).add(cube.apply(y)).sum().backward();
        assertArrayEquals(new float[] {12}, x.grad().toFloatArray());
        assertArrayEquals(new float[] {27}, y.grad().toFloatArray());
        x.zeroGrad();
        cube.apply(cube.apply(x)).sum().backward(); // x^9
        assertArrayEquals(new float[] {9 * 256}, x.grad().toFloatArray());
    }

    @Test
    void secondOrder() {
        Tensor x = leaf(2, -1);
        Tensor g = Autograd.grad(new Cube().apply(x).sum(), List.of(x), true).getFirst();
        Tensor h = Autograd.grad(g.sum(), List.of(x), true).getFirst();
        assertArrayEquals(new float[] {12, -6}, h.toFloatArray());
        Tensor third = Autograd.grad(h.sum(), List.of(x)).getFirst();
        assertArrayEquals(new float[] {6, 6}, third.toFloatArray());
    }

    @Test
    void secondOrderThroughASavedOutput() {
        Tensor x = leaf(0.5f, -1);
        Tensor y = new Exp().apply(x);
        Tensor g = Autograd.grad(y.sum(), List.of(x), true).getFirst();
        assertTrue(g.requiresGrad(), "the saved output knows where it came from");
        Tensor h = Autograd.grad(g.sum(), List.of(x)).getFirst();
        assertArrayEquals(y.toFloatArray(), h.toFloatArray());
    }

    /** What forward computed for backward alone, and closed. */
    @Test
    void whatIsSavedMayBeClosed() {
        Tensor x = leaf(2, -1);
        Tensor y = new ondol.autograd.Function() {
            @Override
            protected Tensor forward(Context context, Tensor... inputs) {
                return Scope.result(() -> {
                    Tensor square = inputs[0].mul(inputs[0]);
                    context.save(square);
                    return square.mul(inputs[0]);
                });
            }

            @Override
            protected Tensor[] backward(Context context, Tensor grad) {
                return new Tensor[] {grad.mul(context.saved(0)).mul(3.0)};
            }

            @Override
            protected String gradName() {
                return "CubeBackward0";
            }
        }.apply(x);
        assertEquals("CubeBackward0", y.gradFn());
        y.sum().backward();
        assertArrayEquals(new float[] {12, 3}, x.grad().toFloatArray());
    }

    /** What nobody wants need not be computed: neither what requires no gradient, nor what this backward does not ask for. */
    @Test
    void whichGradientsAreNeeded() {
        List<String> seen = new ArrayList<>();
        var product = new ondol.autograd.Function() {
            private void see(String where, Context context) {
                seen.add(where + context.needsGradient(0) + context.needsGradient(1) + context.needsGradient(2));
            }

            @Override
            protected Tensor forward(Context context, Tensor... in) {
                see("forward", context);
                context.save(in);
                return in[0].mul(in[1]).mul(in[2]);
            }

            @Override
            protected Tensor[] backward(Context context, Tensor g) {
                see("backward", context);
                Tensor[] grads = new Tensor[3];
                for (int i = 0; i < 3; i++) {
                    if (context.needsGradient(i)) {
                        grads[i] = g.mul(context.saved((i + 1) % 3)).mul(context.saved((i + 2) % 3));
                    }
                }
                return grads;
            }
        };
        Tensor a = leaf(2);
        Tensor b = leaf(3);
        Tensor y = product.apply(a, b, Tensor.tensor(5f));
        assertArrayEquals(
                new float[] {10},
                Autograd.grad(List.of(y), List.of(b), List.of(Tensor.ones(1)), true, false)
                        .getFirst()
                        .toFloatArray());
        y.sum().backward();
        assertArrayEquals(new float[] {15}, a.grad().toFloatArray());
        Autograd.noGrad(() -> product.apply(a, b, b));
        assertEquals(
                List.of(
                        "forwardtruetruefalse",
                        "backwardfalsetruefalse",
                        "backwardtruetruefalse",
                        "forwardfalsefalsefalse"),
                seen);
    }

    @Test
    void aResultThatIsNoFloatHasNoGradient() {
        Tensor x = leaf(2, -1);
        assertFalse(new Free(in -> in[0].to(DType.INT64), (context, g) -> null)
                .apply(x)
                .requiresGrad());
    }

    @Test
    void aSavedTensorThatWasChangedIsNoticed() {
        Tensor x = leaf(2);
        Tensor h = x.mul(1.0);
        Tensor y = new Cube().apply(h).sum();
        h.detach().fill(5);
        assertThrows(IllegalStateException.class, y::backward);
    }

    @Test
    void severalInputsAndMissingGradients() {
        Tensor a = leaf(1, 2);
        Tensor b = leaf(3, 4);
        Tensor c = leaf(5, 6);
        int[] calls = new int[1];
        Tensor y = new Free(in -> in[0].mul(in[1]).add(in[2]), (context, g) -> {
                    calls[0]++;
                    return new Tensor[] {g.mul(context.saved(1)), g.mul(context.saved(0)), null};
                })
                .apply(a, b, c);
        y.sum().backward();
        assertArrayEquals(new float[] {3, 4}, a.grad().toFloatArray());
        assertArrayEquals(new float[] {1, 2}, b.grad().toFloatArray());
        assertNull(c.grad());
        assertEquals(1, calls[0], "backward is called once for all inputs");
    }

    @Test
    void oneTensorForSeveralInputs() {
        Tensor a = leaf(1, 2);
        Tensor b = leaf(3, 4);
        Tensor kept = Tensor.tensor(7f, 8f);
        new Free(in -> in[0].add(in[1]), (context, g) -> new Tensor[] {g, g})
                .apply(a, b)
                .sum()
                .backward();
        assertArrayEquals(new float[] {1, 1}, a.grad().toFloatArray());
        assertArrayEquals(new float[] {1, 1}, b.grad().toFloatArray());
        assertFalse(a.grad().sharesStorageWith(b.grad()));
        new Free(in -> in[0].add(in[1]), (context, g) -> {
                    Tensor twice = g.mul(2.0);
                    return new Tensor[] {twice, twice};
                })
                .apply(a, b)
                .sum()
                .backward();
        assertArrayEquals(new float[] {3, 3}, a.grad().toFloatArray());
        assertArrayEquals(new float[] {3, 3}, b.grad().toFloatArray());
        new Free(in -> in[0].add(in[1]), (context, g) -> new Tensor[] {kept, kept})
                .apply(a, a)
                .sum()
                .backward();
        assertArrayEquals(new float[] {17, 19}, a.grad().toFloatArray());
        assertArrayEquals(new float[] {7, 8}, kept.toFloatArray(), "the program's own tensor is left alone");
        assertFalse(kept.isClosed());
    }

    @Test
    void forwardMayReturnItsInputOrAView() {
        Tensor x = leaf(1, 2);
        Tensor y = new Free(in -> in[0], (context, g) -> new Tensor[] {g.mul(-1.0)}).apply(x); // gradient reversal
        assertNotSame(x, y);
        y.sum().backward();
        assertArrayEquals(new float[] {-1, -1}, x.grad().toFloatArray());
        assertTrue(x.isLeaf());
        Tensor v = new Free(in -> in[0].slice(0, 0, 1), (context, g) -> new Tensor[] {g.expand(2)}).apply(x);
        v.sum().backward();
        assertArrayEquals(new float[] {0, 0}, x.grad().toFloatArray());
    }

    @Test
    void wrongGradientsAreRefused() {
        Tensor x = leaf(1, 2);
        Tensor few = new Free(in -> in[0].mul(1.0), (context, g) -> new Tensor[0])
                .apply(x)
                .sum();
        assertThrows(IllegalStateException.class, few::backward);
        Tensor shape = new Free(in -> in[0].mul(1.0), (context, g) -> new Tensor[] {g.sum()})
                .apply(x)
                .sum();
        IllegalStateException e = assertThrows(IllegalStateException.class, shape::backward);
        assertTrue(e.getMessage().contains("[2]"), e::getMessage);
        assertNull(x.grad());
    }

    @Test
    void anExceptionInBackwardChangesNoGradient() {
        RuntimeException onPurpose = new RuntimeException("on purpose");
        Tensor x = leaf(1, 2);
        Tensor w = leaf(3, 4);
        Tensor h = w.mul(2.0).retainGrad();
        x.sum().add(w.sum()).add(h.sum()).backward(null, true, false);
        // z is reached before the function fails, w after it would have.
        Tensor z = leaf(5, 6);
        Tensor failing = new Free(in -> in[0].mul(1.0), (context, g) -> {
                    throw onPurpose;
                })
                .apply(x.mul(w).add(h));
        Tensor loss = failing.mul(z).sum();
        assertSame(onPurpose, assertThrows(RuntimeException.class, loss::backward));
        assertArrayEquals(new float[] {1, 1}, x.grad().toFloatArray());
        assertArrayEquals(new float[] {3, 3}, w.grad().toFloatArray());
        assertArrayEquals(new float[] {1, 1}, h.grad().toFloatArray());
        assertNull(z.grad());
        assertTrue(Autograd.isGradEnabled());
        x.sum().backward();
        assertArrayEquals(new float[] {2, 2}, x.grad().toFloatArray());
    }
}
