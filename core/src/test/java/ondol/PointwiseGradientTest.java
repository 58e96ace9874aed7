package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import ondol.kernel.Arithmetic;
import org.junit.jupiter.api.Test;

/** Which of its sources a derivative reads. */
class PointwiseGradientTest {
    private static final DType[] ONE = {DType.FLOAT32};

    /** {@code x + g + g + ...}: of the output nothing is read. */
    private static final class Deep implements Pointwise.Derivative {
        @Override
        public <T extends Arithmetic<T>> T of(Pointwise.Terms<T> terms) {
            T sum = terms.x();
            for (int i = 0; i < 20_000; i++) {
                sum = sum.add(terms.g());
            }
            return sum;
        }
    }

    /** {@code 2^60 g}, by doubling: as many ways to g. */
    private static final class Doubled implements Pointwise.Derivative {
        @Override
        public <T extends Arithmetic<T>> T of(Pointwise.Terms<T> terms) {
            T sum = terms.g();
            for (int i = 0; i < 60; i++) {
                sum = sum.add(sum);
            }
            return sum;
        }
    }

    /** With a stack on which so many calls have no room. */
    @Test
    void ofADeepDerivative() throws InterruptedException {
        AtomicLong used = new AtomicLong();
        Runnable made = () -> used.set(new PointwiseGradient(new Deep(), ONE, 0, false).used());
        Thread small = new Thread(null, made, "small stack", 256 << 10);
        small.start();
        small.join();
        assertEquals(0b011, used.get());
    }

    @Test
    void ofADerivativeThatUsesItsPartsAgain() {
        assertEquals(0b001, new PointwiseGradient(new Doubled(), ONE, 0, false).used());
    }
}
