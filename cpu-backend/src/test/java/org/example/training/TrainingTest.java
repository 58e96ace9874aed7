package org.example.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is learnt on the CPU. */
final class TrainingTest {
    private static final Device BEFORE = Ondol.defaultDevice();

    @BeforeAll
    static void onTheCpu() {
        Ondol.setDefaultDevice(Device.of("cpu"));
    }

    @AfterAll
    static void restore() {
        Ondol.setDefaultDevice(BEFORE);
    }

    /** More than 98.5 of a hundred digits that the network has not seen. */
    @Test
    void digits() {
        DigitTraining training = new DigitTraining();
        assertTrue(training.error() > 0.5, "it begins with " + training.error());
        training.train(230);
        assertTrue(training.error() < 0.015, "the share of wrong digits is " + training.error());
    }

    /** A year that the network has not seen. */
    @Test
    void temperatures() {
        TemperatureTraining training = new TemperatureTraining();
        training.train(250);
        double yesterday = training.errorOfYesterday();
        assertTrue(training.error() < 0.9 * yesterday, training.error() + ", yesterday's value has " + yesterday);
    }

    /** Less than any model that sees one character alone, and a sentence goes on as it does in the text. */
    @Test
    void text() {
        TextTraining training = new TextTraining();
        double bound = bigramLoss(training.text());
        training.train(700);
        assertTrue(training.error() < bound / 4, training.error() + ", pairs of characters have " + bound);
        assertEquals(" a walk downhill in fog. The network makes a guess,", training.continuation("Learning is", 51));
    }

    /** The least loss of a model that sees one character: that whose probabilities are the text's own. */
    private static double bigramLoss(String text) {
        Map<String, Long> pairs = counts(text, 2);
        Map<String, Long> firsts = counts(text.substring(0, text.length() - 1), 1);
        double sum = 0;
        for (Map.Entry<String, Long> pair : pairs.entrySet()) {
            double probability =
                    pair.getValue() / (double) firsts.get(pair.getKey().substring(0, 1));
            sum -= pair.getValue() * Math.log(probability);
        }
        return sum / (text.length() - 1);
    }

    private static Map<String, Long> counts(String text, int length) {
        return IntStream.rangeClosed(0, text.length() - length)
                .mapToObj(at -> text.substring(at, at + length))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** What the transformer says at a place depends on this place, and on nothing that comes later. */
    @Test
    void theTransformerSeesNothingThatComesLater() {
        CharTransformer net = new TextTraining().network();
        Tensor logits = net.forward(Tensor.tensor(new long[][] {{1, 2, 3, 4, 5, 6}, {1, 2, 3, 7, 8, 9}}));
        Tensor same = logits.select(0, 0).eq(logits.select(0, 1)).all(1);
        assertArrayEquals(new boolean[] {true, true, true, false, false, false}, same.toBooleanArray());
    }
}
