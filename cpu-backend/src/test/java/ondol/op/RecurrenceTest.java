package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.DType;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.RecurrentLoops.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RecurrenceTest {
    private static final int STEPS = 3;
    private static final int[] LENGTHS = {2, 3, 1};

    private static RecurrenceOptions options(Kind kind) {
        return new RecurrenceOptions()
                .nonlinearity(
                        kind == Kind.RELU ? RecurrenceOptions.Nonlinearity.RELU : RecurrenceOptions.Nonlinearity.TANH);
    }

    private static List<Tensor> run(Kind kind, RecurrenceOptions options, List<Tensor> in, Tensor lengths) {
        Tensor x = in.get(0);
        Tensor h0 = in.get(1);
        List<Tensor> weights = in.subList(kind == Kind.LSTM ? 3 : 2, in.size());
        if (kind == Kind.LSTM) {
            var found = Recurrence.lstm(x, h0, in.get(2), weights, options, false, lengths);
            return List.of(found.output(), found.hn(), found.cn());
        }
        var found = kind == Kind.GRU
                ? Recurrence.gru(x, h0, weights, options, false, lengths)
                : Recurrence.rnn(x, h0, weights, options, false, lengths);
        return List.of(found.output(), found.hn());
    }

    private static void check(Kind kind, RecurrenceOptions options, int[] lengths) {
        var loops = new RecurrentLoops(kind, options, 2, 3);
        int[] own = lengths == null ? new int[] {STEPS, STEPS} : lengths;
        Tensor given = lengths == null ? null : Tensor.tensor(lengths);
        Differences.check(
                loops.shapes(STEPS, own.length), in -> run(kind, options, in, given), in -> loops.run(in, STEPS, own));
    }

    @ParameterizedTest
    @EnumSource
    void oneLayer(Kind kind) {
        check(kind, options(kind), null);
    }

    @ParameterizedTest
    @EnumSource
    void withoutBiases(Kind kind) {
        check(kind, options(kind).bias(false), null);
    }

    @ParameterizedTest
    @EnumSource
    void lengths(Kind kind) {
        check(kind, options(kind).bidirectional(true), LENGTHS);
    }

    @ParameterizedTest
    @EnumSource
    void layersOfTwoDirections(Kind kind) {
        check(kind, options(kind).bidirectional(true).numLayers(2), null);
    }

    @Test
    void projections() {
        check(Kind.LSTM, options(Kind.LSTM).projSize(2).numLayers(2), null);
        check(Kind.LSTM, options(Kind.LSTM).projSize(2).bidirectional(true).bias(false), LENGTHS);
    }

    @ParameterizedTest
    @EnumSource
    void cells(Kind kind) {
        var loops = new RecurrentLoops(kind, options(kind), 2, 3);
        long[][] shapes = loops.shapes(1, 2);
        for (int i = 0; i <= loops.states(); i++) {
            shapes[i] = Arrays.copyOfRange(shapes[i], 1, 3);
        }
        Differences.check(shapes, in -> cell(kind, in), in -> {
            double[] all = loops.run(in, 1, new int[] {1, 1});
            return Arrays.copyOfRange(all, 6, all.length);
        });
    }

    private static List<Tensor> cell(Kind kind, List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor h = in.get(1);
        return switch (kind) {
            case TANH -> List.of(Recurrence.rnnTanhCell(x, h, in.get(2), in.get(3), in.get(4), in.get(5)));
            case RELU -> List.of(Recurrence.rnnReluCell(x, h, in.get(2), in.get(3), in.get(4), in.get(5)));
            case GRU -> List.of(Recurrence.gruCell(x, h, in.get(2), in.get(3), in.get(4), in.get(5)));
            case LSTM -> Recurrence.lstmCell(x, h, in.get(2), in.get(3), in.get(4), in.get(5), in.get(6));
        };
    }

    private static List<Tensor> drawn(Kind kind, RecurrenceOptions options, int steps, int batch) {
        Generator generator = new Generator(11);
        List<Tensor> all = new ArrayList<>();
        for (long[] shape : new RecurrentLoops(kind, options, 2, 3).shapes(steps, batch)) {
            all.add(Tensor.randn(generator, shape));
        }
        return all;
    }

    /** Without states they are zeros; a single sequence has no axis for a batch; and the batch may come first. */
    @ParameterizedTest
    @EnumSource
    void theFormsOfTheInput(Kind kind) {
        RecurrenceOptions options = options(kind).bidirectional(true);
        List<Tensor> in = drawn(kind, options, 4, 2);
        int states = kind == Kind.LSTM ? 2 : 1;
        List<Tensor> zeros = new ArrayList<>(in);
        List<Tensor> none = new ArrayList<>(in);
        for (int i = 1; i <= states; i++) {
            zeros.set(i, Tensor.zerosLike(in.get(i)));
            none.set(i, null);
        }
        List<Tensor> expected = run(kind, options, zeros, null);
        assertSame(expected, run(kind, options, none, null));

        none.set(0, in.get(0).transpose(0, 1));
        List<Tensor> first = new ArrayList<>(run(kind, options.batchFirst(true), none, null));
        first.set(0, first.get(0).transpose(0, 1));
        assertSame(expected, first);

        none.set(0, in.get(0).select(1, 1));
        List<Tensor> one = run(kind, options.batchFirst(true), none, null);
        assertSame(expected.stream().map(t -> t.select(1, 1)).toList(), one);
    }

    private static void assertSame(List<Tensor> expected, List<Tensor> found) {
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            assertEquals(expected.get(i).shape(), found.get(i).shape());
            assertArrayEquals(expected.get(i).toFloatArray(), found.get(i).toFloatArray(), 1e-6f);
        }
    }

    /** What is recorded and what is not have the same bits. */
    @ParameterizedTest
    @EnumSource
    void theSameBitsWithoutARecord(Kind kind) {
        RecurrenceOptions options = options(kind).numLayers(2);
        List<Tensor> in = drawn(kind, options, 5, 3);
        List<Tensor> leaves = in.stream().map(t -> t.clone().requiresGrad(true)).toList();
        List<Tensor> plain = run(kind, options, in, Tensor.tensor(5L, 2L, 3L));
        List<Tensor> recorded = run(kind, options, leaves, Tensor.tensor(5L, 2L, 3L));
        for (int i = 0; i < plain.size(); i++) {
            assertArrayEquals(plain.get(i).toFloatArray(), recorded.get(i).toFloatArray());
        }
    }

    /** What lies behind the end of a sequence changes no result and no gradient, even if it is not a number. */
    @ParameterizedTest
    @EnumSource
    void whatIsBehindAnEndDoesNotMatter(Kind kind) {
        RecurrenceOptions options = options(kind).bidirectional(true).numLayers(2);
        paddingDoesNotMatter(kind, options);
        if (kind == Kind.LSTM) {
            paddingDoesNotMatter(kind, options.projSize(2));
        }
    }

    private static void paddingDoesNotMatter(Kind kind, RecurrenceOptions options) {
        List<float[]> expected = resultsAndGradients(kind, options, 0);
        for (float behind : new float[] {3e38f, Float.NEGATIVE_INFINITY, Float.NaN}) {
            List<float[]> found = resultsAndGradients(kind, options, behind);
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), found.get(i));
            }
        }
    }

    /** Of sequences of 2, 3 and 1 steps: the results, and the gradients of the input, the states and the weights. */
    private static List<float[]> resultsAndGradients(Kind kind, RecurrenceOptions options, float behind) {
        List<Tensor> in = drawn(kind, options, STEPS, LENGTHS.length);
        in.get(0).select(1, 0).slice(0, 2, 3).fill(behind);
        in.get(0).select(1, 2).slice(0, 1, 3).fill(behind);
        List<Tensor> leaves = in.stream().map(t -> t.requiresGrad(true)).toList();
        List<Tensor> results = run(kind, options, leaves, Tensor.tensor(LENGTHS));
        results.stream()
                .map(t -> t.square().sum())
                .reduce(Tensor::add)
                .orElseThrow()
                .backward();
        List<float[]> all = new ArrayList<>();
        results.forEach(t -> all.add(t.toFloatArray()));
        leaves.forEach(t -> all.add(t.grad().toFloatArray()));
        return all;
    }

    /** Two layers, in training: the second reads what the first gives, some of it dropped. */
    @Test
    void dropoutBetweenLayers() {
        RecurrenceOptions options = new RecurrenceOptions().numLayers(2).dropout(0.5);
        List<Tensor> in = drawn(Kind.GRU, options, 4, 2);
        List<Tensor> weights = in.subList(2, in.size());
        Tensor found = Recurrence.gru(in.get(0), null, weights, options.generator(new Generator(3)), true, null)
                .output();
        RecurrenceOptions one = new RecurrenceOptions();
        Tensor first = Recurrence.gru(in.get(0), null, weights.subList(0, 4), one, true, null)
                .output();
        Tensor expected = Recurrence.gru(
                        first.dropout(0.5, new Generator(3)), null, weights.subList(4, 8), one, true, null)
                .output();
        assertArrayEquals(expected.toFloatArray(), found.toFloatArray());
        Tensor evaluated =
                Recurrence.gru(in.get(0), null, weights, options, false, null).output();
        Tensor second = Recurrence.gru(first, null, weights.subList(4, 8), one, false, null)
                .output();
        assertArrayEquals(second.toFloatArray(), evaluated.toFloatArray());
    }

    @Test
    void anEmptyBatch() {
        List<Tensor> in = drawn(Kind.LSTM, new RecurrenceOptions(), 2, 0);
        List<Tensor> leaves = in.stream().map(t -> t.clone().requiresGrad(true)).toList();
        List<Tensor> found = run(Kind.LSTM, new RecurrenceOptions(), leaves, null);
        assertEquals(Shape.of(2, 0, 3), found.get(0).shape());
        found.get(0).sum().backward();
        assertArrayEquals(new float[24], leaves.get(3).grad().toFloatArray());
    }

    private static void refused(String message, Runnable call) {
        Exception e = assertThrows(IllegalArgumentException.class, call::run);
        assertEquals(message, e.getMessage());
    }

    @Test
    void badInput() {
        RecurrenceOptions plain = new RecurrenceOptions();
        List<Tensor> in = drawn(Kind.GRU, plain, 4, 2);
        List<Tensor> weights = in.subList(2, 6);
        Tensor x = in.get(0);
        refused(
                "gru: the input has shape [2]; it must have 2 to 3 axes",
                () -> Recurrence.gru(Tensor.ones(2), null, weights, plain, false, null));
        refused(
                "gru: the number of steps in the input is 0; it must be 1 or more",
                () -> Recurrence.gru(Tensor.ones(0, 2, 2), null, weights, plain, false, null));
        refused(
                "gru: the input has shape [4, 2, 5], and weight_ih_l0 [9, 2]; the input's last size must be 2",
                () -> Recurrence.gru(Tensor.ones(4, 2, 5), null, weights, plain, false, null));
        refused(
                "gru: there are 4 weights; 2 layers of 1 directions need 8, 4 each",
                () -> Recurrence.gru(x, null, weights, plain.numLayers(2), false, null));
        refused(
                "lstm: the weight_ih_l0 has shape [9, 2]; it must be [8, 2]",
                () -> Recurrence.lstm(x, null, null, weights, plain, false, null));
        refused(
                "gru: the h0 has shape [1, 2, 4]; it must be [1, 2, 3]",
                () -> Recurrence.gru(x, Tensor.ones(1, 2, 4), weights, plain, false, null));
        refused(
                "gru: the h0 is INT64; it must be FLOAT32: use to(DType.FLOAT32)",
                () -> Recurrence.gru(x, in.get(1).to(DType.INT64), weights, plain, false, null));
        refused(
                "gru: the lengths are [4, 5] for an input of 4 steps; each must be 1 to 4",
                () -> Recurrence.gru(x, null, weights, plain, false, Tensor.tensor(4L, 5L)));
        refused(
                "gru: the lengths has shape [3]; it must be [2]",
                () -> Recurrence.gru(x, null, weights, plain, false, Tensor.tensor(4L, 3L, 1L)));
        refused(
                "gru: projSize is 2, and only an LSTM has a projection; leave it 0",
                () -> Recurrence.gru(x, null, weights, plain.projSize(2), false, null));
        refused(
                "gruCell: bias_ih is null and the other is not; give both, or none",
                () -> Recurrence.gruCell(x.select(0, 0), null, weights.get(0), weights.get(1), null, weights.get(3)));
        refused(
                "lstmCell: the weight_ih has shape [9, 2]; it must be [12, 2]",
                () -> Recurrence.lstmCell(x.select(0, 0), null, null, weights.get(0), weights.get(1), null, null));
        refused("RecurrenceOptions.dropout: it is 2.0; a probability is from 0 to 1", () -> plain.dropout(2));
    }
}
