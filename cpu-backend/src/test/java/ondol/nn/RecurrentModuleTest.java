package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.Recurrence;
import ondol.op.RecurrenceOptions;
import org.junit.jupiter.api.Test;

final class RecurrentModuleTest {
    private static RecurrenceOptions seeded(long seed) {
        return new RecurrenceOptions().generator(new Generator(seed));
    }

    @Test
    void parametersAreNamedAndOrderedAsInPyTorch() {
        LSTM net = new LSTM(5, 4, seeded(1).numLayers(2).bidirectional(true).projSize(3));
        assertEquals(
                "[weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_hr_l0, weight_ih_l0_reverse,"
                        + " weight_hh_l0_reverse, bias_ih_l0_reverse, bias_hh_l0_reverse, weight_hr_l0_reverse,"
                        + " weight_ih_l1, weight_hh_l1, bias_ih_l1, bias_hh_l1, weight_hr_l1, weight_ih_l1_reverse,"
                        + " weight_hh_l1_reverse, bias_ih_l1_reverse, bias_hh_l1_reverse, weight_hr_l1_reverse]",
                net.namedParameters().keySet().toString());
        Map<String, Tensor> state = net.stateDict();
        assertEquals(Shape.of(16, 5), state.get("weight_ih_l0").shape());
        assertEquals(Shape.of(16, 3), state.get("weight_hh_l0").shape());
        assertEquals(Shape.of(3, 4), state.get("weight_hr_l1").shape());
        assertEquals(Shape.of(16, 6), state.get("weight_ih_l1_reverse").shape());
        assertEquals(
                "[weight_ih, weight_hh]",
                new GRUCell(2, 3, seeded(1).bias(false)).stateDict().keySet().toString());
    }

    /** Uniform up to 1 / sqrt(hidden), one parameter after the other. */
    @Test
    void firstValues() {
        for (Module net : List.of(new GRU(5, 4, seeded(7)), new GRUCell(5, 4, seeded(7)))) {
            Generator generator = new Generator(7);
            for (Tensor p : net.parameters()) {
                Tensor drawn = Tensor.uniform(generator, -0.5, 0.5, p.shape().toArray());
                assertArrayEquals(drawn.toFloatArray(), p.toFloatArray());
            }
        }
    }

    @Test
    void whatTheyCompute() {
        Tensor x = Tensor.randn(new Generator(2), 4, 3, 5);
        Tensor lengths = Tensor.tensor(4L, 1L, 3L);
        RecurrenceOptions options = seeded(3).numLayers(2).bidirectional(true);
        LSTM lstm = new LSTM(5, 4, options);
        var found = lstm.forward(x, null, null, lengths);
        var expected = Recurrence.lstm(x, null, null, lstm.parameters(), options, true, lengths);
        assertArrayEquals(expected.output().toFloatArray(), found.output().toFloatArray());
        assertArrayEquals(expected.cn().toFloatArray(), found.cn().toFloatArray());
        assertEquals(Shape.of(4, 3, 8), lstm.forward(x).output().shape());
        GRU gru = new GRU(5, 4, options);
        assertArrayEquals(
                Recurrence.gru(x, null, gru.parameters(), options, true, lengths)
                        .hn()
                        .toFloatArray(),
                gru.forward(x, null, lengths).hn().toFloatArray());
        RecurrenceOptions relu = options.nonlinearity(RecurrenceOptions.Nonlinearity.RELU);
        RNN rnn = new RNN(5, 4, relu);
        assertArrayEquals(
                Recurrence.rnn(x, null, rnn.parameters(), relu, true, null).hn().toFloatArray(),
                rnn.forward(x).hn().toFloatArray());
    }

    /** A cell, step by step, computes what a network of one layer does. */
    @Test
    void cells() {
        Tensor x = Tensor.randn(new Generator(2), 3, 2, 5);
        for (var nonlinearity : RecurrenceOptions.Nonlinearity.values()) {
            RecurrenceOptions options = seeded(4).nonlinearity(nonlinearity);
            RNNCell rnn = new RNNCell(5, 4, options);
            Tensor h = rnn.forward(x.select(0, 0));
            h = rnn.forward(x.select(0, 1), h);
            assertArrayEquals(
                    Recurrence.rnn(x.slice(0, 0, 2), null, rnn.parameters(), options, false, null)
                            .hn()
                            .toFloatArray(),
                    h.toFloatArray());
        }
        GRUCell gru = new GRUCell(5, 4, seeded(4));
        Tensor h = gru.forward(x.select(0, 1), gru.forward(x.select(0, 0)));
        assertArrayEquals(
                Recurrence.gru(x.slice(0, 0, 2), null, gru.parameters(), seeded(4), false, null)
                        .hn()
                        .toFloatArray(),
                h.toFloatArray());
        LSTMCell lstm = new LSTMCell(5, 4, seeded(4));
        List<Tensor> states = lstm.forward(x.select(0, 0));
        states = lstm.forward(x.select(0, 1), states.get(0), states.get(1));
        var all = Recurrence.lstm(x.slice(0, 0, 2), null, null, lstm.parameters(), seeded(4), false, null);
        assertArrayEquals(all.hn().toFloatArray(), states.get(0).toFloatArray());
        assertArrayEquals(all.cn().toFloatArray(), states.get(1).toFloatArray());
    }

    @Test
    void dropoutInTrainingOnly() {
        Tensor x = Tensor.ones(2, 1, 3);
        GRU net = new GRU(3, 8, seeded(5).numLayers(2).dropout(0.5));
        float[] first = net.forward(x).output().toFloatArray();
        assertTrue(!Arrays.equals(first, net.forward(x).output().toFloatArray()));
        net.eval();
        assertArrayEquals(
                net.forward(x).output().toFloatArray(), net.forward(x).output().toFloatArray());
    }

    @Test
    void text() {
        assertEquals("LSTM(10, 20)", new LSTM(10, 20).toString());
        assertEquals(
                "LSTM(10, 20, proj_size=5, num_layers=2, bias=False, batch_first=True, dropout=0.5,"
                        + " bidirectional=True)",
                new LSTM(
                                10,
                                20,
                                seeded(1)
                                        .projSize(5)
                                        .numLayers(2)
                                        .bias(false)
                                        .batchFirst(true)
                                        .dropout(0.5)
                                        .bidirectional(true))
                        .toString());
        assertEquals(
                "RNNCell(2, 3, bias=False, nonlinearity=relu)",
                new RNNCell(2, 3, seeded(1).bias(false).nonlinearity(RecurrenceOptions.Nonlinearity.RELU)).toString());
    }

    /** What is refused has drawn nothing. */
    @Test
    void badInput() {
        Generator generator = new Generator(6);
        byte[] state = generator.getState();
        RecurrenceOptions options = new RecurrenceOptions().generator(generator);
        refused("GRU: hiddenSize is 0; sizes are 1 to 2147483647", () -> new GRU(3, 0, options));
        refused("LSTMCell: inputSize is -1; sizes are 1 to 2147483647", () -> new LSTMCell(-1, 3, options));
        refused("GRU: projSize is 2; only an LSTM has a projection", () -> new GRU(3, 4, options.projSize(2)));
        refused("LSTM: projSize is 4; it must be less than hiddenSize, 4", () -> new LSTM(3, 4, options.projSize(4)));
        assertArrayEquals(state, generator.getState());
        refused(
                "lstm: the input has shape [2, 1, 4], and weight_ih_l0 [16, 3]; the input's last size must be 3",
                () -> new LSTM(3, 4, options).forward(Tensor.ones(2, 1, 4)));
    }

    private static void refused(String message, Runnable call) {
        Exception e = assertThrows(IllegalArgumentException.class, call::run);
        assertEquals(message, e.getMessage());
    }
}
