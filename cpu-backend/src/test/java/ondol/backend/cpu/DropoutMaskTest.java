package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.kernel.Expr.Keep;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dropout's mask is the published recurrence, step by step, on any number of threads and however hot the loops are. */
class DropoutMaskTest {
    private static final int[] SIZES = {1, 20, 63, 511, 512, 513, 1000, 1024, 1025, 4097, 40_960, 300_001};

    @AfterEach
    void reset() {
        Ondol.setDefaultDevice(Device.CPU);
    }

    @ParameterizedTest
    @CsvSource({"1, true", "2, true", "4, true", "1, false", "2, false", "4, false"})
    void followsTheRecurrence(int threads, boolean vector) {
        String name = "mask-" + threads + "-" + vector;
        Ondol.setDefaultDevice(Device.of(name, new CpuBackend(threads, vector, 0, false)));
        Generator generator = new Generator(17);
        for (int round = 0; round < 30; round++) {
            for (int n : SIZES) {
                double p = round % 10 / 10.0 + 0.05;
                byte[] before = generator.getState();
                float[] got = Tensor.ones(n).dropout(p, generator).toFloatArray();
                byte[] after = generator.getState();
                generator.setState(before);
                assertArrayEquals(expected(n, p, generator.random32()), got, name + ", size " + n + ", p " + p);
                generator.setState(after);
            }
        }
    }

    private static float[] expected(int n, double p, long seed) {
        float scale = 1f / (float) (1 - p);
        float[] out = new float[n];
        long x = seed % Keep.MODULUS;
        x = x == 0 ? 1 : x;
        for (int i = 0; i < n; i++) {
            out[i] = x < (1 - p) * Keep.MODULUS ? scale : 0;
            x = x * Keep.MULTIPLIER % Keep.MODULUS;
        }
        return out;
    }
}
