package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;

/**
 * The lecture's training loop as one writes it without a thought for memory: no scope, nothing closed. It must run for
 * ever, so it may not grow: see {@link Soak}, which runs in a JVM of its own with a small heap.
 * {@code -Dondol.soak.steps=200000} runs it longer and prints the curve.
 */
class SoakTest {
    private static final int STEPS = Integer.getInteger("ondol.soak.steps", 10_000);

    private static final boolean LONG = STEPS >= 100_000;

    private static void soak(String training) throws Exception {
        ChildJvm jvm = new ChildJvm(Soak.class)
                .options("-Xmx96m", "-XX:+UseSerialGC", "--add-modules", "jdk.incubator.vector")
                // Else three of four collections leave up to a twentieth of the old objects' room to what nothing
                // reaches.
                .options("-XX:MarkSweepDeadRatio=0")
                .arguments(training, Integer.toString(STEPS));
        if (!LONG) {
            // What warming up tries out, and what another thread's stack still holds, comes and goes when the machine
            // lets it.
            jvm.options("-Dondol.cpu.vector=false", "-Dondol.cpu.threads=1");
        }
        ChildJvm.Result end = jvm.run();
        if (LONG) {
            System.out.println(end.output());
        }
        assertEquals(0, end.exitCode(), end.output());
    }

    @Test
    void modules() throws Exception {
        soak("modules");
    }

    @Test
    void byHand() throws Exception {
        soak("by hand");
    }
}
