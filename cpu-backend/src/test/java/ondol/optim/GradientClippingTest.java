package ondol.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import ondol.Device;
import ondol.Relocation;
import ondol.Tensor;
import ondol.backend.Backend;
import ondol.backend.ReferenceBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Clipping, with PyTorch's values. */
final class GradientClippingTest {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private static Tensor withGradient(float... gradient) {
        Tensor p = Tensor.parameter(Tensor.ones(gradient.length));
        p.backward(Tensor.tensor(gradient));
        return p;
    }

    private static List<Tensor> two() {
        return List.of(withGradient(3, -4, 1), withGradient(0.5f, 12));
    }

    private static float[] gradients(List<Tensor> parameters) {
        float[] all = new float[0];
        for (Tensor p : parameters) {
            float[] one = p.grad().toFloatArray();
            int n = all.length;
            all = Arrays.copyOf(all, n + one.length);
            System.arraycopy(one, 0, all, n, one.length);
        }
        return all;
    }

    /** Recorded from PyTorch 1.13.1. */
    @Test
    void normsOfEveryOrder() {
        check(
                2,
                0x1.a1891e0000000p+3f,
                0,
                0x1.264c580000000p-1f,
                -0x1.8865cc0000000p-1f,
                0x1.8865cc0000000p-3f,
                0x1.8865cc0000000p-4f,
                0x1.264c580000000p+1f);
        check(
                1,
                0x1.4800000000000p+4f,
                0,
                0x1.76a2540000000p-2f,
                -0x1.f3831c0000000p-2f,
                0x1.f3831c0000000p-4f,
                0x1.f3831c0000000p-5f,
                0x1.76a2540000000p+0f);
        check(
                INFINITY,
                0x1.8000000000000p+3f,
                0,
                0x1.3ffffe0000000p-1f,
                -0x1.aaaaa80000000p-1f,
                0x1.aaaaa80000000p-3f,
                0x1.aaaaa80000000p-4f,
                0x1.3ffffe0000000p+1f);
        check(
                3,
                0x1.86b4d20000000p+3f,
                1e-6,
                0x1.3a81e00000000p-1f,
                -0x1.a357d40000000p-1f,
                0x1.a357d40000000p-3f,
                0x1.a357d40000000p-4f,
                0x1.3a81e00000000p+1f);
        check(
                0.5,
                0x1.3d12760000000p+6f,
                1e-6,
                0x1.838bc00000000p-4f,
                -0x1.025d2a0000000p-3f,
                0x1.025d2a0000000p-5f,
                0x1.025d2a0000000p-6f,
                0x1.838bc00000000p-2f);
    }

    private static void check(double p, float norm, double tolerance, float... expected) {
        List<Tensor> parameters = two();
        float seen =
                (float) GradientClipping.clipGradNorm(parameters, 2.5, p, false).item();
        float[] clipped = gradients(parameters);
        assertEquals(norm, seen, tolerance * norm);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], clipped[i], tolerance * Math.abs(expected[i]), "order " + p + ", element " + i);
        }
    }

    @Test
    void theFactorIsAlwaysMultiplied() {
        List<Tensor> small = two();
        assertEquals(13.0479, GradientClipping.clipGradNorm(small, 100).item(), 1e-4);
        assertArrayEquals(new float[] {3, -4, 1, 0.5f, 12}, gradients(small));
        List<Tensor> one = List.of(withGradient(0, 1));
        GradientClipping.clipGradNorm(one, 1);
        assertArrayEquals(new float[] {0, 1 / (1 + 1e-6f)}, gradients(one));
        List<Tensor> none = two();
        GradientClipping.clipGradNorm(none, 0);
        assertArrayEquals(new float[] {0, -0f, 0, 0, 0}, gradients(none));
        List<Tensor> unbounded = two();
        GradientClipping.clipGradNorm(unbounded, INFINITY);
        assertArrayEquals(new float[] {3, -4, 1, 0.5f, 12}, gradients(unbounded));
    }

    @Test
    void nanAndInfinity() {
        List<Tensor> nan = List.of(withGradient(1, 2), withGradient(Float.NaN, 3));
        GradientClipping.clipGradNorm(nan, 1);
        assertArrayEquals(new float[] {Float.NaN, Float.NaN, Float.NaN, Float.NaN}, gradients(nan));
        List<Tensor> infinite = List.of(withGradient(1, 2), withGradient(Float.POSITIVE_INFINITY, 3));
        GradientClipping.clipGradNorm(infinite, 1);
        assertArrayEquals(new float[] {0, 0, Float.NaN, 0}, gradients(infinite));
        List<Tensor> refused = List.of(withGradient(1, 2), withGradient(Float.POSITIVE_INFINITY, 3));
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> GradientClipping.clipGradNorm(refused, 1, 2, true));
        assertEquals(
                "GradientClipping.clipGradNorm: the norm of order 2.0 of the gradients is Infinity, so that they cannot be"
                        + " clipped; no gradient was changed",
                e.getMessage());
        assertArrayEquals(new float[] {1, 2, Float.POSITIVE_INFINITY, 3}, gradients(refused));
        assertEquals(
                1,
                GradientClipping.clipGradNorm(List.of(withGradient(1)), 1, 2, true)
                        .item());
    }

    @Test
    void withoutGradients() {
        Tensor unused = Tensor.parameter(Tensor.ones(2));
        assertEquals(0, GradientClipping.clipGradNorm(List.of(unused), 1).item());
        assertEquals(0, GradientClipping.clipGradNorm(List.of(), 1).dim());
        GradientClipping.clipGradValue(List.of(unused), 1);
        List<Tensor> some = List.of(unused, withGradient(3, 4));
        assertEquals(5, GradientClipping.clipGradNorm(some, 1).item());
        assertEquals(null, unused.grad());
    }

    @Test
    void values() {
        List<Tensor> parameters =
                List.of(withGradient(3, -4, Float.NaN), withGradient(-0f, Float.NEGATIVE_INFINITY, 0.5f));
        GradientClipping.clipGradValue(parameters, 2.5);
        assertArrayEquals(new float[] {2.5f, -2.5f, Float.NaN, -0f, -2.5f, 0.5f}, gradients(parameters));
    }

    /** A long parameter, whose norm is a sum in the contract's order. */
    @Test
    void sameBitsOnAnotherBackendAndNothingIsDownloaded() {
        AtomicInteger downloads = new AtomicInteger();
        Backend reference = new ReferenceBackend();
        Backend counting = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("download")) {
                        downloads.incrementAndGet();
                    }
                    try {
                        return method.invoke(reference, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Device device = Device.of("clipping", counting);
        Random random = new Random(3);
        float[] values = new float[10_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        List<Tensor> here = List.of(withGradient(values), withGradient(1, 2));
        List<Tensor> there = List.of(withGradient(values), withGradient(1, 2));
        List<Tensor> both = List.of(withGradient(values), withGradient(1, 2));
        Relocation.move(there, device);
        Relocation.move(List.of(both.get(1)), device);
        Tensor expected = GradientClipping.clipGradNorm(here, 3);
        GradientClipping.clipGradValue(here, 0.01);
        downloads.set(0);
        Tensor norm = GradientClipping.clipGradNorm(there, 3);
        GradientClipping.clipGradValue(there, 0.01);
        assertEquals(0, downloads.get());
        assertEquals(device, norm.device());
        assertEquals(expected.item(), norm.item());
        assertArrayEquals(gradients(here), gradients(there));
        assertEquals(expected.item(), GradientClipping.clipGradNorm(both, 3).item());
        GradientClipping.clipGradValue(both, 0.01);
        assertArrayEquals(gradients(here), gradients(both));
    }

    private static void refuses(String message, Executable body) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, body).getMessage());
    }

    @Test
    void whatIsRefused() {
        List<Tensor> parameters = two();
        refuses(
                "GradientClipping.clipGradNorm: maxNorm is -1.0; it must be 0 or more",
                () -> GradientClipping.clipGradNorm(parameters, -1));
        refuses(
                "GradientClipping.clipGradNorm: normType is NaN; give 2, 1, infinity or another p",
                () -> GradientClipping.clipGradNorm(parameters, 1, Double.NaN, false));
        refuses(
                "GradientClipping.clipGradValue: clipValue is NaN; it must be 0 or more",
                () -> GradientClipping.clipGradValue(parameters, Double.NaN));
        refuses(
                "GradientClipping.clipGradValue: parameter 0 is null; pass tensors only, such as net.parameters()",
                () -> GradientClipping.clipGradValue(Arrays.asList((Tensor) null), 1));
        parameters.get(1).grad().close();
        String closed = ": the gradient of a parameter of shape [2] is closed; call zeroGrad() and backward() again";
        assertEquals(
                "GradientClipping.clipGradNorm" + closed,
                assertThrows(IllegalStateException.class, () -> GradientClipping.clipGradNorm(parameters, 1))
                        .getMessage());
        assertEquals(
                "GradientClipping.clipGradValue" + closed,
                assertThrows(IllegalStateException.class, () -> GradientClipping.clipGradValue(parameters, 1))
                        .getMessage());
        assertArrayEquals(new float[] {3, -4, 1}, parameters.get(0).grad().toFloatArray());
    }
}
