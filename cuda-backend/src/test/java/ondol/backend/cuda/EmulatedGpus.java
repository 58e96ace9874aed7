package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import ondol.Device;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** Two GPUs in one process, on an {@link Emulator}: each takes its own handles and memory only. See {@link EmulatedCudaTest}. */
class EmulatedGpus {
    private final Device first = Device.of("cuda:0");
    private final Device second = Device.of("cuda:1");

    private static float[] values(int seed, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Math.sin(seed + i);
        }
        return values;
    }

    @Test
    void tensorsMoveFromOneToTheOther() {
        float[] values = values(1, 10_000);
        Tensor here = Tensor.tensor(values).to(first);
        Tensor there = here.to(second);
        assertEquals(first, here.device());
        assertEquals(second, there.device());
        assertArrayEquals(values, there.toFloatArray());
        assertArrayEquals(values, there.mul(2).to(first).div(2).toFloatArray());
        Tensor odd = here.reshape(100, 100).t().to(second);
        assertArrayEquals(
                Tensor.tensor(values).reshape(100, 100).t().contiguous().toFloatArray(), odd.toFloatArray());
    }

    @Test
    void aThirdThatIsNotThere() {
        var e = assertThrows(IllegalArgumentException.class, () -> Device.of("cuda:2"));
        assertTrue(e.getMessage().contains("cuda:2"), e.getMessage());
    }

    /** One thread on both by turns, and one thread on each. */
    @Test
    void bothCompute() throws Exception {
        float[] expected = work(Device.CPU, 1);
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(expected, work(first, 1));
            assertArrayEquals(expected, work(second, 1));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<float[]>> results = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Device device = i % 2 == 0 ? first : second;
                results.add(threads.submit(() -> work(device, 1)));
            }
            for (Future<float[]> result : results) {
                assertArrayEquals(expected, result.get());
            }
        }
    }

    /** Strict whatever the matrix products are: these are small. */
    private static float[] work(Device device, int seed) {
        Tensor x = Tensor.tensor(values(seed, 9000)).to(device);
        Tensor w = Tensor.tensor(values(seed + 1, 300)).to(device).reshape(30, 10);
        Tensor sums = x.sub(x.mean()).relu().reshape(300, 30).sum(0);
        return x.get(ondol.Index.range(0, 90))
                .reshape(3, 30)
                .matmul(w)
                .add(sums.sum())
                .toFloatArray();
    }
}
