package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import ondol.DType;
import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** Programs that run on a device and on the CPU in pure Java, and give the same bits. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class SameBits {
    private final Device before = Ondol.defaultDevice();
    private Backend backend;
    private Device device;

    /** Opens the backend under test. Aborts if there is no device. */
    protected abstract Backend open();

    @BeforeAll
    final void openDevice() {
        backend = open();
        device = device(getClass().getSimpleName(), backend);
    }

    /** The device over the backend under test. */
    protected Device device(String name, Backend backend) {
        return Device.of(name, backend);
    }

    @AfterAll
    final void close() {
        if (backend != null) {
            backend.close();
        }
    }

    @AfterEach
    final void restore() {
        Ondol.setDefaultDevice(before);
    }

    /**
     * Runs a program on both, each time as the default device.
     *
     * @param program gives its results by name
     * @return the results on the CPU
     */
    protected final Map<String, float[]> assertSameBits(Supplier<Map<String, float[]>> program) {
        Ondol.setDefaultDevice(Device.of("cpu"));
        Map<String, float[]> expected = program.get();
        Ondol.setDefaultDevice(device);
        Map<String, float[]> actual = program.get();
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, values) -> assertArrayEquals(bits(values), bits(actual.get(name)), name));
        return expected;
    }

    private static int[] bits(float[] values) {
        return IntStream.range(0, values.length)
                .map(i -> Float.floatToRawIntBits(values[i]))
                .toArray();
    }

    /** What a program gives: its losses, and tensors by name. */
    protected static Map<String, float[]> results(float[] losses, Map<String, Tensor> tensors) {
        Map<String, float[]> results = new LinkedHashMap<>();
        results.put("losses", losses);
        tensors.forEach((name, t) -> results.put(name, t.to(DType.FLOAT32).toFloatArray()));
        return results;
    }
}
