package ondol.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import ondol.Tensor;
import ondol.nn.Layer;
import org.apache.spark.BarrierTaskContext;

/**
 * Changes nothing, but kills the second worker's process in the first attempt, by SIGKILL, in the middle of a computation; writes down
 * how often the first worker computes in the second attempt.
 */
final class KillOnce extends Layer {
    private final int at;
    private final String log;
    private int calls;

    KillOnce(int at, String log) {
        this.at = at;
        this.log = log;
    }

    @Override
    public Tensor forward(Tensor x) {
        BarrierTaskContext task = BarrierTaskContext.get();
        calls++;
        try {
            if (task.stageAttemptNumber() == 0 && task.partitionId() == 1 && calls == at) {
                new ProcessBuilder(
                                "kill",
                                "-9",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .waitFor(1, TimeUnit.HOURS);
                throw new IllegalStateException("still alive");
            }
            if (task.stageAttemptNumber() == 1 && task.partitionId() == 0) {
                Files.writeString(Path.of(log), ".", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return x;
    }
}
