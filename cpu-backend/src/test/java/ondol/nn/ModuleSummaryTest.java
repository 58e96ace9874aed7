package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.Ondol;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

class ModuleSummaryTest {
    @Test
    void linesWithShapes() {
        Sequential net = new Sequential(new Linear(2, 16), new ReLU(), new Linear(16, 3));
        net.getParameter("0.bias").requiresGrad(false);
        assertEquals("""
                NAME  MODULE      RESULT   PARAMETERS
                      Sequential  [1, 3]
                0     Linear      [1, 16]  48
                1     ReLU        [1, 16]
                2     Linear      [1, 3]   51

                99 parameters, of which 83 are trained; with buffers 396 bytes""", ModuleSummary.of(net, Tensor.zeros(1, 2)).toString());
    }

    @Test
    void withoutACall() {
        ModuleSummary summary = ModuleSummary.of(new BatchNorm1d(3));
        assertEquals(
                "[Line[name=, type=BatchNorm1d, results=, parameters=6]]",
                summary.lines().toString());
        assertEquals(6 * 4 + 6 * 4 + 8, summary.bytes()); // running numbers, and how many batches
    }

    /** Of several results, and of weights that two layers share. */
    @Test
    void severalResultsAndSharedWeights() {
        LSTM lstm = new LSTM(4, 5);
        ModuleSummary summary = ModuleSummary.of(lstm, net -> net.call(Tensor.zeros(7, 2, 4), null, null, null));
        assertTrue(summary.lines().getFirst().results().startsWith("[7, 2, 5]"), summary.toString());
        Linear once = new Linear(3, 3);
        assertEquals(12, ModuleSummary.of(new Sequential(once, once)).parameters());
    }

    @Test
    void theNetworkIsAsItWas() {
        Dropout frozen = new Dropout(0.5);
        BatchNorm1d norm = new BatchNorm1d(2);
        Sequential net = new Sequential(norm, frozen, new Linear(2, 2));
        net.train();
        frozen.eval();
        Ondol.manualSeed(3);
        byte[] random = Ondol.generator().getState();
        ModuleSummary.of(net, Tensor.ones(4, 2));
        assertTrue(net.training() && norm.training());
        assertFalse(frozen.training());
        assertEquals(0, norm.getBuffer("num_batches_tracked").itemLong());
        assertArrayEquals(random, Ondol.generator().getState());
        assertThrows(IllegalArgumentException.class, () -> ModuleSummary.of(net, Tensor.ones(4, 3)));
        assertTrue(net.training());
    }
}
