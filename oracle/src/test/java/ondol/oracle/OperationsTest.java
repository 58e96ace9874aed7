package ondol.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every operation of {@link ondol.Tensor} against PyTorch's. */
class OperationsTest {
    /** All operations, or those of some tables. */
    static List<Operation> operations(List<String> tables) {
        return Stream.<Operation.Table>of(
                        new PointwiseTable(),
                        new InPlaceTable(),
                        new NeuralTable(),
                        new ConvolutionTable(),
                        new NormalizationTable(),
                        new AttentionTable(),
                        new RecurrenceTable(),
                        new TransformerTable(),
                        new PlanesTable(),
                        new LossTable(),
                        new EmbeddingTable(),
                        new ModuleTable(),
                        new ShapeTable(),
                        new FactoryTable(),
                        new IndexTable(),
                        new MatrixTable(),
                        new ReductionTable(),
                        new SortTable())
                .filter(t -> tables.isEmpty() || tables.contains(t.getClass().getSimpleName()))
                .flatMap(t -> t.operations.stream())
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> operations() {
        return operations(Settings.TABLES).stream()
                .filter(op -> Settings.ONLY.isEmpty()
                        || Settings.ONLY.equals(op.name)
                        || Settings.ONLY.startsWith(op.name + "#"))
                .map(op -> DynamicTest.dynamicTest(op.name, () -> run(op)));
    }

    private static void run(Operation op) {
        List<String> failures = new ArrayList<>();
        int failed = 0;
        int only = Settings.ONLY.contains("#")
                ? Integer.parseInt(Settings.ONLY.substring(Settings.ONLY.indexOf('#') + 1))
                : -1;
        for (int i = 0; i < Settings.CASES; i++) {
            if (only >= 0 && i != only) {
                continue;
            }
            Draw d = new Draw(Settings.seed(op.name, i));
            Trial trial = op.trials.apply(d);
            Oracle oracle = new Oracle(Settings.devices(), m -> Report.explained(op, m));
            List<Mismatch> mismatches = oracle.compare(trial, d);
            Report.ran(op, trial, oracle.answered(), oracle.orders());
            if (!mismatches.isEmpty()) {
                failed++;
                if (failures.size() < Settings.SHOWN) {
                    StringBuilder s = new StringBuilder(op.name + "#" + i + ": " + trial);
                    mismatches.stream().limit(4).forEach(m -> s.append("\n  ").append(m));
                    s.append("\n    in double precision:").append(Oracle.inDoublePrecision(trial));
                    failures.add(s.toString());
                }
            }
        }
        if (failed > 0) {
            fail(failed + " of " + Settings.CASES + " cases differ; again: -Dondol.oracle.seed=" + Settings.SEED
                    + " -Dondol.oracle.only=" + op.name + "\n" + String.join("\n", failures));
        }
        assertEquals(Settings.ONLY.contains("#") ? 1 : Settings.CASES, Report.cases(op.name));
    }
}
