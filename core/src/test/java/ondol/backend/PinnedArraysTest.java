package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which JVMs are warned of. */
class PinnedArraysTest {
    @ParameterizedTest
    @CsvSource({
        "25, true",
        "25.0.1+8, true",
        "25.0.2+10-LTS, true",
        "25.0.3+9-LTS, false",
        "25.0.4, false",
        "25.1, false",
        "26, false",
        "24.0.2, false"
    })
    void versions(String version, boolean moves) {
        assertEquals(moves, PinnedArrays.mayMove(Runtime.Version.parse(version)));
    }

    /** Says which collector there is. */
    static final class Collector {
        public static void main(String[] arguments) {
            System.out.print(PinnedArrays.usesG1());
        }
    }

    @ParameterizedTest
    @CsvSource({"-XX:+UseG1GC, true", "-XX:+UseSerialGC, false", "-XX:+UseParallelGC, false"})
    void collectors(String option, String isG1) throws Exception {
        assertEquals(
                new ChildJvm.Result(0, isG1),
                new ChildJvm(Collector.class).options(option).run());
    }

    @Test
    void whatToDo() {
        String warning = PinnedArrays.warning(Runtime.Version.parse("25.0.1"));
        assertTrue(warning.startsWith("JDK 25.0.1 may crash"), warning);
        assertTrue(warning.contains("JDK-8377811") && warning.contains("25.0.3"), warning);
    }
}
