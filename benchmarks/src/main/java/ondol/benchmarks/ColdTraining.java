package ondol.benchmarks;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;
import ondol.benchmarks.Engine.Lesson;
import ondol.benchmarks.Engine.Training;

/**
 * The first seconds of a training, in the process that was started for it: {@code ondol bench --cold} starts one after
 * another. Nothing is run before, so this is what a user waits for; the result is verified afterwards.
 * benchmarks/pytorch/cold.py is the same in Python.
 */
public final class ColdTraining {
    private ColdTraining() {}

    /**
     * Trains until the last of the marks. Prints the kernels, and how many steps were done by each mark.
     *
     * @param args the engine; the network; when the process was started, in seconds since 1970; then the marks, in seconds
     */
    public static void main(String[] args) {
        double started = Double.parseDouble(args[2]);
        double[] marks =
                Arrays.stream(args).skip(3).mapToDouble(Double::parseDouble).toArray();
        Engine engine = EngineBenchmark.engine(args[0]);
        engine.start(EngineBenchmark.threads());
        Lesson lesson = LectureNet.valueOf(args[1]).lesson();
        Training training = engine.lecture(lesson);

        double[] done = new double[1 << 16]; // seconds since the training began, for each step
        int steps = 0;
        double began = now() - started;
        long begin = System.nanoTime();
        do {
            training.run();
            if (steps == done.length) {
                done = Arrays.copyOf(done, 2 * steps);
            }
            done[steps++] = (System.nanoTime() - begin) / 1e9;
        } while (done[steps - 1] < marks[marks.length - 1]);

        double before = LectureStep.lossInLoops(lesson, new double[4][]);
        double after = training.loss();
        if (!(after < before / 2)) {
            throw new WrongResult(
                    "the training of " + args[1] + " on " + args[0] + " is wrong, so it is not timed: its loss is "
                            + after + " after " + steps + " steps, and was " + before);
        }
        EngineBenchmark.sayWhatComputes(engine);
        StringJoiner line = new StringJoiner(" ");
        line.add(String.format(Locale.ROOT, "[cold] %.6f", began + done[0]));
        double[] times = Arrays.copyOf(done, steps);
        for (double mark : marks) {
            line.add(Long.toString(
                    Arrays.stream(times).filter(time -> time <= mark).count()));
        }
        for (double mark : marks) {
            line.add(Long.toString(
                    Arrays.stream(times).filter(time -> began + time <= mark).count()));
        }
        System.out.println(line);
    }

    private static double now() {
        Instant now = Instant.now();
        return now.getEpochSecond() + now.getNano() / 1e9;
    }
}
