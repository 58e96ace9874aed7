package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import ondol.DType;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.Normalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Layers of normalisation: their tensors, modes and refusals, and that they do what {@link Normalization} does. */
final class NormLayerTest {
    private static Tensor randn(long... sizes) {
        return Tensor.randn(new Generator(7), sizes);
    }

    private static void assertSame(Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.toFloatArray(), actual.toFloatArray());
    }

    @Test
    void namesOfTensors() {
        Map<Module, List<String>> names = Map.of(
                new BatchNorm2d(3),
                List.of("weight", "bias", "running_mean", "running_var", "num_batches_tracked"),
                new BatchNorm1d(3, 1e-5, 0.1, false, true),
                List.of("running_mean", "running_var", "num_batches_tracked"),
                new BatchNorm3d(3, 1e-5, 0.1, true, false),
                List.of("weight", "bias"),
                new InstanceNorm1d(3),
                List.of(),
                new LayerNorm(3, 4),
                List.of("weight", "bias"),
                new LayerNorm(new long[] {3}, 1e-5, true, false),
                List.of("weight"),
                new GroupNorm(1, 3),
                List.of("weight", "bias"),
                new RMSNorm(3),
                List.of("weight"),
                new LocalResponseNorm(3),
                List.of());
        names.forEach((module, all) ->
                assertEquals(all, List.copyOf(module.stateDict().keySet()), module.toString()));
        assertEquals(DType.INT64, new BatchNorm1d(2).numBatchesTracked().dtype());
        assertNull(new BatchNorm1d(2, 1e-5, 0.1, false, false).runningMean());
    }

    @Test
    void batchesAreCounted() {
        BatchNorm1d layer = new BatchNorm1d(3);
        Tensor x = randn(5, 3);
        Tensor mean = Tensor.zeros(3);
        Tensor variance = Tensor.ones(3);
        for (int i = 0; i < 3; i++) {
            assertSame(
                    Normalization.batchNorm(x, mean, variance, null, null, true, 0.1, 1e-5)
                            .mul(1.0),
                    layer.forward(x));
        }
        assertSame(mean, layer.runningMean());
        assertSame(variance, layer.runningVar());
        assertEquals(3, layer.numBatchesTracked().itemLong());
        layer.eval();
        assertSame(Normalization.batchNorm(x, mean, variance, null, null, false, 0, 1e-5), layer.forward(x));
        assertEquals(3, layer.numBatchesTracked().itemLong());
        layer.resetRunningStats();
        assertEquals(0, layer.numBatchesTracked().itemLong());
        assertArrayEquals(new float[3], layer.runningMean().toFloatArray());
        assertArrayEquals(new float[] {1, 1, 1}, layer.runningVar().toFloatArray());
    }

    @Test
    void withoutMomentumRunningNumbersAreAverages() {
        BatchNorm2d layer = new BatchNorm2d(1, 1e-5, null);
        for (float value : new float[] {1, 2, 6}) {
            layer.forward(Tensor.full(Shape.of(1, 1, 2, 2), value));
        }
        assertEquals(3, layer.runningMean().item(), 1e-6);
        assertEquals(0, layer.runningVar().item(), 1e-6);
    }

    @Test
    void withoutRunningNumbersEvaluationIsAsTraining() {
        BatchNorm2d layer = new BatchNorm2d(3, 1e-5, 0.1, true, false);
        Tensor x = randn(2, 3, 2, 2);
        assertSame(layer.forward(x), ((BatchNorm2d) layer.eval()).forward(x));
    }

    @Test
    void instancesWithAndWithoutABatch() {
        Tensor x = randn(3, 4, 5);
        assertSame(Normalization.instanceNorm(x.unsqueeze(0)).squeeze(0), new InstanceNorm2d(3).forward(x));
        assertSame(Normalization.instanceNorm(x), new InstanceNorm1d(4).forward(x));
        assertSame(Normalization.instanceNorm(x), new InstanceNorm1d(9).forward(x));
        InstanceNorm3d tracking = new InstanceNorm3d(2, 1e-5, 0.1, true, true);
        Tensor y = randn(2, 2, 2, 3);
        tracking.forward(y);
        assertEquals(0, tracking.numBatchesTracked().itemLong(), "PyTorch's instances are not counted");
        Tensor mean = tracking.runningMean();
        assertArrayEquals(y.mean(1, 2, 3).mul(0.1).toFloatArray(), mean.toFloatArray(), 1e-6f);
        tracking.eval();
        assertSame(
                Normalization.instanceNorm(y.unsqueeze(0), mean, tracking.runningVar(), null, null, false, 0, 1e-5)
                        .squeeze(0),
                tracking.forward(y));
    }

    @Test
    void instancesHaveNoAverageOverCalls() {
        InstanceNorm1d layer = new InstanceNorm1d(2, 1e-5, null, false, true);
        layer.forward(randn(2, 2, 3));
        layer.forward(randn(2, 2, 3));
        assertArrayEquals(new float[2], layer.runningMean().toFloatArray());
        assertArrayEquals(new float[] {1, 1}, layer.runningVar().toFloatArray());
    }

    @Test
    void theOthers() {
        Tensor x = randn(2, 4, 3);
        assertSame(Normalization.layerNorm(x, 4, 3), new LayerNorm(4, 3).forward(x));
        assertSame(Normalization.groupNorm(x, 2), new GroupNorm(2, 4).forward(x));
        assertSame(Normalization.rmsNorm(x, 3), new RMSNorm(3).forward(x));
        assertSame(Normalization.localResponseNorm(x, 2), new LocalResponseNorm(2).forward(x));
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void refusals() {
        BatchNorm2d batch = new BatchNorm2d(3);
        refused(
                "BatchNorm2d.forward: the input has shape [2, 3]; it must be [N, 3, H, W]",
                () -> batch.forward(Tensor.ones(2, 3)));
        refused(
                "BatchNorm1d.forward: the input has shape [2, 4]; it must be [N, 3] or [N, 3, L]",
                () -> new BatchNorm1d(3).forward(Tensor.ones(2, 4)));
        refused(
                "BatchNorm2d.forward: the input has shape [1, 3, 1, 1], one element for each channel; in training there"
                        + " must be more, since one has no variance",
                () -> batch.forward(Tensor.ones(1, 3, 1, 1)));
        assertEquals(0, batch.numBatchesTracked().itemLong());
        refused(
                "InstanceNorm2d.forward: the input has shape [3, 4]; it must be [C, H, W] or [N, 5, H, W]",
                () -> new InstanceNorm2d(5).forward(Tensor.ones(3, 4)));
        refused(
                "LayerNorm.forward: the input has shape [2, 3]; it must end with [4]",
                () -> new LayerNorm(4).forward(Tensor.ones(2, 3)));
        refused(
                "RMSNorm.forward: the input has shape [4]; it must end with [2, 4]",
                () -> new RMSNorm(2, 4).forward(Tensor.ones(4)));
        refused(
                "GroupNorm.forward: the input has shape [2, 3]; it must be [N, 4] or [N, 4, ...]",
                () -> new GroupNorm(2, 4).forward(Tensor.ones(2, 3)));
        refused(
                "GroupNorm: 4 channels in 3 groups; the channels must be a multiple of the groups",
                () -> new GroupNorm(3, 4));
        refused(
                "LocalResponseNorm.forward: the input has shape [2, 3]; it must be [N, C, ...]",
                () -> new LocalResponseNorm(2).forward(Tensor.ones(2, 3)));
        refused("BatchNorm3d: the number of features is 0; it must be 1 or more", () -> new BatchNorm3d(0));
        refused("LayerNorm: the normalized shape is empty; give the input's last size, or several", LayerNorm::new);
        refused(
                "BatchNorm1d: the momentum is 1.5; it must be from 0 to 1, or null for the average over all calls",
                () -> new BatchNorm1d(2, 1e-5, 1.5));
        assertThrows(IllegalStateException.class, () -> new InstanceNorm1d(2).resetRunningStats());
    }

    @Test
    void printing() {
        List<String> expected = List.of(
                "BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
                "BatchNorm1d(3, eps=0.001, momentum=None, affine=False, track_running_stats=False)",
                "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)",
                "LayerNorm((512,), eps=1e-05, elementwise_affine=True)",
                "LayerNorm((2, 3), eps=1e-05, elementwise_affine=False)",
                "GroupNorm(2, 4, eps=1e-05, affine=True)",
                "RMSNorm((8,), eps=None, elementwise_affine=True)",
                "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)");
        List<Module> modules = List.of(
                new BatchNorm2d(64),
                new BatchNorm1d(3, 1e-3, null, false, false),
                new InstanceNorm2d(3),
                new LayerNorm(512),
                new LayerNorm(new long[] {2, 3}, 1e-5, false, true),
                new GroupNorm(2, 4),
                new RMSNorm(8),
                new LocalResponseNorm(2));
        for (int i = 0; i < modules.size(); i++) {
            assertEquals(expected.get(i), modules.get(i).toString());
        }
    }
}
