package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import ondol.Reduction;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** Modules are printed as PyTorch prints them, to the character. */
final class ModulePrintTest {
    @Test
    void networksOfTheLecture() {
        assertEquals(
                """
                Sequential(
                  (0): Linear(in_features=1, out_features=512, bias=True)
                  (1): ReLU()
                  (2): Dropout(p=0.8, inplace=False)
                  (3): Linear(in_features=512, out_features=1, bias=True)
                )\
                """,
                new Sequential(new Linear(1, 512), new ReLU(), new Dropout(0.8), new Linear(512, 1))
                        .eval()
                        .toString());
        assertEquals("""
            Sequential(
              (0): Dropout(p=0.9, inplace=False)
            )\
            """, new Sequential(new Dropout(0.9)).toString());
        assertEquals(
                """
                Sequential(
                  (0): Linear(in_features=1, out_features=1000, bias=True)
                  (1): ReLU()
                  (2): Dropout(p=0.1, inplace=False)
                  (3): Linear(in_features=1000, out_features=1, bias=False)
                )\
                """,
                new Sequential(new Linear(1, 1000), new ReLU(), new Dropout(0.1), new Linear(1000, 1, false))
                        .toString());
    }

    @Test
    void everyLayer() {
        Map<Module, String> expected = Map.ofEntries(
                Map.entry(new Linear(3, 4), "Linear(in_features=3, out_features=4, bias=True)"),
                Map.entry(new ReLU(), "ReLU()"),
                Map.entry(new LeakyReLU(), "LeakyReLU(negative_slope=0.01)"),
                Map.entry(new ELU(), "ELU(alpha=1.0)"),
                Map.entry(new Sigmoid(), "Sigmoid()"),
                Map.entry(new Tanh(), "Tanh()"),
                Map.entry(new GELU(), "GELU(approximate='none')"),
                Map.entry(new SiLU(), "SiLU()"),
                Map.entry(new Softplus(), "Softplus(beta=1.0, threshold=20.0)"),
                Map.entry(new Softmax(1), "Softmax(dim=1)"),
                Map.entry(new LogSoftmax(-1), "LogSoftmax(dim=-1)"),
                Map.entry(new Dropout(), "Dropout(p=0.5, inplace=False)"),
                Map.entry(new Identity(), "Identity()"),
                Map.entry(new Flatten(), "Flatten(start_dim=1, end_dim=-1)"),
                Map.entry(new Sequential(), "Sequential()"));
        expected.forEach((module, text) -> assertEquals(text, module.toString()));
    }

    @Test
    void everyLoss() {
        assertEquals(
                List.of("MSELoss()", "L1Loss()", "BCELoss()", "BCEWithLogitsLoss()", "CrossEntropyLoss()"),
                List.of(
                        new MSELoss().toString(),
                        new L1Loss(Reduction.SUM).toString(),
                        new BCELoss().toString(),
                        new BCEWithLogitsLoss().toString(),
                        new CrossEntropyLoss(Reduction.MEAN, 0).toString()));
    }

    @Test
    void numbersAsPythonWritesThem() {
        Map<Double, String> expected = Map.ofEntries(
                Map.entry(0.0, "0.0"),
                Map.entry(-0.0, "-0.0"),
                Map.entry(1.0, "1.0"),
                Map.entry(-2.5, "-2.5"),
                Map.entry(0.1, "0.1"),
                Map.entry(1.0 / 3, "0.3333333333333333"),
                Map.entry(1e-4, "0.0001"),
                Map.entry(1e-5, "1e-05"),
                Map.entry(1.25e-9, "1.25e-09"),
                Map.entry(-3e-120, "-3e-120"),
                Map.entry(1e15, "1000000000000000.0"),
                Map.entry(1e16, "1e+16"),
                Map.entry(1.5e300, "1.5e+300"),
                Map.entry(Double.POSITIVE_INFINITY, "inf"),
                Map.entry(Double.NEGATIVE_INFINITY, "-inf"),
                Map.entry(Double.NaN, "nan"));
        expected.forEach((value, text) -> assertEquals(text, Repr.of(value)));
    }

    private static class Block extends Layer {
        private final String settings;

        Block(String settings, Module... children) {
            this.settings = settings;
            for (int i = 0; i < children.length; i++) {
                register("part" + i, children[i]);
            }
        }

        @Override
        public Tensor forward(Tensor x) {
            return x;
        }

        @Override
        protected String extraRepr() {
            return settings;
        }
    }

    @Test
    void modulesInsideModules() {
        assertEquals("Block()", new Block("").toString());
        assertEquals("Block(a=1)", new Block("a=1").toString());
        assertEquals("Block(\n  a=1,\n  b=2\n)", new Block("a=1,\nb=2").toString());
        assertEquals("Block()", new Block("") {}.toString());
        assertEquals(
                """
                Sequential(
                  (0): Block(
                    a=1
                    (part0): ReLU()
                    (part1): Sequential(
                      (0): Tanh()
                    )
                    (part2): Sequential()
                  )
                  (1): Identity()
                )\
                """,
                new Sequential(
                                new Block("a=1", new ReLU(), new Sequential(new Tanh()), new Sequential()),
                                new Identity())
                        .toString());
    }

    @Test
    void partsKeepTheirNames() {
        Sequential net = new Sequential(new Linear(1, 2), new ReLU(), new Tanh());
        assertEquals(
                "Sequential(\n  (1): ReLU()\n  (2): Tanh()\n)", net.slice(1).toString());
        assertEquals(
                "Sequential(\n  (1): ReLU()\n  (2): Tanh()\n  (3): Sigmoid()\n)",
                net.slice(1).append(new Sigmoid()).toString());
    }
}
