package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever goes wrong with one loop, the thread that makes loops fast goes on to the next. */
class WarmupTest {
    private static final BooleanSupplier YES = () -> true;

    private final List<LogRecord> log = Collections.synchronizedList(new ArrayList<>());
    private final Logger logger = Logger.getLogger("ondol");
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            log.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };
    private final Warmup warmup = new Warmup(512);

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void close() {
        warmup.close();
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    private static Warmup.Exercise exercise(Runnable once) {
        return new Warmup.Exercise(new Object(), 8, n -> once.run());
    }

    /** What a request is told. */
    private CompletableFuture<Boolean> request(Runnable once, BooleanSupplier better) {
        var told = new CompletableFuture<Boolean>();
        warmup.warm(List.of(exercise(once)), better, told::complete);
        return told;
    }

    private void assertReportedOnce(Throwable fault) {
        assertEquals(1, log.size(), log::toString);
        assertEquals(fault, log.getFirst().getThrown());
        assertEquals(
                "cpu: a faster loop could not be made; plain loops go on doing its work, with the same results",
                log.getFirst().getMessage());
    }

    /** An exercise with this fault stays on plain loops, and the next one is made ready. */
    private void assertSurvives(Throwable fault, Runnable exercise) {
        CompletableFuture<Boolean> bad = request(exercise, YES);
        CompletableFuture<Boolean> good = request(() -> {}, YES);
        assertEquals(false, bad.join());
        assertEquals(true, good.join());
        assertReportedOnce(fault);
    }

    @Test
    void anExerciseThatFails() {
        var fault = new IllegalStateException("a fault of the test");
        assertSurvives(fault, () -> {
            throw fault;
        });
    }

    @Test
    void aStackOverflow() {
        var fault = new StackOverflowError("a fault of the test");
        assertSurvives(fault, () -> {
            throw fault;
        });
    }

    @Test
    void aClassThatDoesNotLink() {
        var fault = new VerifyError("a fault of the test");
        assertSurvives(fault, () -> {
            throw fault;
        });
    }

    /** The loop that failed once is not run again for another request. */
    @Test
    void theSameLoopAgain() {
        var runs = new AtomicInteger();
        Warmup.Exercise bad = exercise(() -> {
            runs.incrementAndGet();
            throw new IllegalStateException("a fault of the test");
        });
        for (int time = 0; time < 2; time++) {
            var told = new CompletableFuture<Boolean>();
            warmup.warm(List.of(bad), YES, told::complete);
            assertEquals(false, told.join());
        }
        assertEquals(1, runs.get());
        assertEquals(1, log.size());
    }

    /** A full heap is no fault of the loop's: it is tried again. */
    @Test
    void noMemoryForAWhile() {
        var runs = new AtomicInteger();
        CompletableFuture<Boolean> told = request(
                () -> {
                    if (runs.incrementAndGet() <= 3) {
                        throw new OutOfMemoryError("a fault of the test");
                    }
                },
                YES);
        assertEquals(true, told.join());
        assertEquals(List.of(), log);
    }

    @Test
    void aComparisonThatFails() {
        var fault = new ArithmeticException("a fault of the test");
        CompletableFuture<Boolean> bad = request(() -> {}, () -> {
            throw fault;
        });
        CompletableFuture<Boolean> good = request(() -> {}, YES);
        assertEquals(false, bad.join());
        assertEquals(true, good.join());
        assertReportedOnce(fault);
    }

    @Test
    void anAnswerThatFails() {
        var fault = new NoClassDefFoundError("a fault of the test");
        var told = new CompletableFuture<Boolean>();
        warmup.warm(List.of(exercise(() -> {})), YES, better -> {
            told.complete(better);
            throw fault;
        });
        assertEquals(true, told.join()); // of two requests at once the second may be answered first
        assertEquals(true, request(() -> {}, YES).join()); // by the same thread, after the report
        assertReportedOnce(fault);
    }

    /** Containers interrupt threads that they do not know. */
    @Test
    void anInterruptFromElsewhere() {
        assertEquals(
                true, request(() -> Thread.currentThread().interrupt(), YES).join());
        assertEquals(true, request(() -> {}, YES).join());
        assertEquals(List.of(), log);
    }

    @Test
    void aRequestThatCannotEvenBeMade() {
        var fault = new StackOverflowError("a fault of the test");
        Warmup.optional(() -> {
            throw fault;
        });
        assertReportedOnce(fault);
    }
}
