package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LogTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private System.Logger logger(Level least) {
        return Log.lines("ondol.kernels", least, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    private String written() {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void aLineForEachRecordFromTheLevelOn() {
        System.Logger logger = logger(Level.INFO);
        logger.log(Level.DEBUG, "not this");
        logger.log(Level.INFO, "{0} of {1}", 2, "three");
        logger.log(Level.WARNING, "no room for {0}", new IllegalStateException("full"));
        logger.log(Level.ERROR, () -> "late");
        assertEquals("""
                ondol.kernels: info: 2 of three
                ondol.kernels: warning: no room for {0}: java.lang.IllegalStateException: full
                ondol.kernels: error: late
                """, written());
        assertEquals("ondol.kernels", logger.getName());
    }

    @Test
    void offIsNothing() {
        System.Logger logger = logger(Level.OFF);
        for (Level level : Level.values()) {
            assertFalse(logger.isLoggable(level), level.name());
            logger.log(level, "not this");
        }
        assertEquals("", written());
    }

    @Test
    void allIsEverything() {
        assertTrue(logger(Level.ALL).isLoggable(Level.TRACE));
    }
}
