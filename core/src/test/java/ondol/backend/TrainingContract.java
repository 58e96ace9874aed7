package ondol.backend;

import java.util.function.Supplier;
import org.example.training.DigitTraining;
import org.example.training.TemperatureTraining;
import org.example.training.TextTraining;
import org.example.training.Training;
import org.junit.jupiter.api.Test;

/**
 * The first steps of the example trainings - convolution, recurrence, attention - on a device and on the CPU in pure Java: the
 * same bits. A backend's module runs it with a subclass of one method.
 */
public abstract class TrainingContract extends SameBits {
    private static final int STEPS = 5;

    @Test
    void digits() {
        check(DigitTraining::new);
    }

    @Test
    void temperatures() {
        check(TemperatureTraining::new);
    }

    @Test
    void text() {
        check(TextTraining::new);
    }

    private void check(Supplier<Training> fresh) {
        assertSameBits(() -> {
            Training training = fresh.get();
            float[] measured = new float[STEPS + 1];
            for (int i = 0; i < STEPS; i++) {
                measured[i] = (float) training.step().item();
            }
            training.network().eval();
            measured[STEPS] = (float) training.error();
            return results(measured, training.network().stateDict());
        });
    }
}
