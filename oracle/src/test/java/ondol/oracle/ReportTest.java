package ondol.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ondol.IndexOps;
import ondol.MatrixOps;
import ondol.NeuralOps;
import ondol.PointwiseOps;
import ondol.ReductionOps;
import ondol.ShapeOps;
import ondol.Tensor;
import ondol.op.AdaptivePooling;
import ondol.op.Attention;
import ondol.op.Convolution;
import ondol.op.Embeddings;
import ondol.op.Losses;
import ondol.op.Normalization;
import ondol.op.Padding;
import ondol.op.Pooling;
import ondol.op.Resizing;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What all the other tests of this module together must have shown. */
@Order(Integer.MAX_VALUE)
class ReportTest {
    private static final int CASES = 200;

    /** Methods that compute nothing, with the test that is theirs. */
    private static final Set<String> NO_OPERATIONS = Set.of(
            // Seen by the comparison itself: sizes, types, elements, gradients.
            "shape",
            "size",
            "dim",
            "numel",
            "dtype",
            "device",
            "strides",
            "storageOffset",
            "isContiguous",
            "sharesStorageWith",
            "requiresGrad",
            "isLeaf",
            "gradFn",
            "grad",
            "peekGrad",
            "zeroGrad",
            "retainGrad",
            "registerHook",
            "backward",
            "toFloatArray",
            "toLongArray",
            "toBooleanArray",
            "item",
            "itemLong",
            // Random numbers: GeneratorTest.
            "rand",
            "randLike",
            "randn",
            "randnLike",
            "randint",
            "randperm",
            "uniform",
            // Without a counterpart in PyTorch.
            "constant",
            "parameter",
            "isParameter",
            "isOverlapping",
            "toNestedArray",
            "upload",
            "download",
            "close",
            "isClosed",
            "toString",
            "equals",
            "hashCode");

    @Test
    void everyOperationIsCovered() {
        Set<String> missing = new TreeSet<>();
        for (Class<?> type : List.of(
                Tensor.class,
                Tensor.class.getSuperclass(),
                PointwiseOps.class,
                ReductionOps.class,
                ShapeOps.class,
                IndexOps.class,
                MatrixOps.class,
                NeuralOps.class,
                Attention.class,
                Convolution.class,
                Normalization.class,
                Padding.class,
                Pooling.class,
                AdaptivePooling.class,
                Resizing.class,
                Losses.class,
                Embeddings.class)) {
            for (Method m : type.getDeclaredMethods()) {
                if (Modifier.isPublic(m.getModifiers()) && !m.isSynthetic() && !NO_OPERATIONS.contains(m.getName())) {
                    missing.add(m.getName());
                }
            }
        }
        OperationsTest.operations(List.of()).forEach(op -> missing.remove(op.name.replaceFirst("\\(.*", "")));
        assertEquals(Set.of(), missing, "operations that are not compared with PyTorch");
    }

    @Test
    void enoughCasesOfEverything() {
        assumeWholeRun();
        String few = OperationsTest.operations(List.of()).stream()
                .filter(op -> Report.cases(op.name) < CASES
                        || Report.answered(op.name) < CASES / 2 && !op.name.endsWith("(bad)"))
                .map(op -> op.name + ": " + Report.cases(op.name) + " cases, " + Report.answered(op.name) + " answered")
                .collect(Collectors.joining("\n"));
        assertEquals("", few);
    }

    /** A difference that no case shows any more is no difference. */
    @Test
    void everyExplainedDifferenceIsSeen() throws IOException {
        assumeWholeRun();
        Report.write(Path.of("target", "oracle-cases.md"));
        assumeTrue(Settings.SEED == Settings.DEFAULT_SEED, "another seed may miss a rare one");
        Set<Difference> unseen = EnumSet.allOf(Difference.class);
        unseen.removeAll(Report.seen());
        assertEquals(Set.of(), unseen);
    }

    @Test
    void theTableInTheDocumentsIsTheTableHere() throws IOException {
        StringBuilder table = new StringBuilder("| where | PyTorch | Ondol | why |\n|---|---|---|---|\n");
        for (Difference d : Difference.values()) {
            table.append("| ")
                    .append(Stream.of(d.what, d.torch, d.ondol, d.reason)
                            .map(text -> text.replace("|", "\\|"))
                            .collect(Collectors.joining(" | ")))
                    .append(" |\n");
        }
        String document = Files.readString(Path.of("..", "DIFFERENCES.md"));
        assertTrue(
                document.contains(table), () -> "DIFFERENCES.md must contain, word for word, this table:\n\n" + table);
    }

    private static void assumeWholeRun() {
        assumeTrue(
                Settings.ONLY.isEmpty()
                        && Settings.TABLES.isEmpty()
                        && Settings.CASES >= CASES
                        && Report.cases("add") > 0,
                "a partial run");
    }
}
