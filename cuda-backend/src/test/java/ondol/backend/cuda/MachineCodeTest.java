package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import ondol.backend.Required;
import ondol.backend.c.Source;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What NVIDIA's assembler makes of each kind of kernel, which no change may make worse: the table is {@code target/machine-code.md}.
 * Bounds are what CUDA 13.0 gives and a tenth, for other versions. Needs nvcc, and no GPU.
 */
class MachineCodeTest {
    /**
     * @param shared bytes of shared memory
     * @param inFlight the least bytes that a thread has on their way from memory
     */
    private record Bound(int instructions, int registers, int shared, int inFlight) {}

    private static final Map<String, Bound> BOUNDS = new TreeMap<>(Map.ofEntries(
            Map.entry("relu", new Bound(86, 16, 0, 16)),
            Map.entry("copy", new Bound(78, 16, 0, 16)),
            Map.entry("add", new Bound(108, 20, 0, 32)),
            Map.entry("exp", new Bound(150, 22, 0, 16)),
            Map.entry("dropout", new Bound(170, 22, 0, 16)),
            Map.entry("transposed", new Bound(34, 16, 0, 4)),
            Map.entry("sum of blocks", new Bound(55, 16, 1024, 4)),
            Map.entry("sum of rows", new Bound(204, 35, 256, 64)),
            Map.entry("sum of short rows", new Bound(75, 16, 1024, 4)),
            Map.entry("sum of columns", new Bound(434, 36, 4096, 32)),
            Map.entry("max of rows", new Bound(204, 35, 256, 64)),
            Map.entry("argmax of rows", new Bound(400, 36, 512, 64)),
            Map.entry("softmax", new Bound(838, 36, 512, 64)),
            Map.entry("softmax of short rows", new Bound(253, 25, 2048, 4)),
            Map.entry("softmax of long rows", new Bound(746, 37, 16896, 32)),
            Map.entry("softmax of rows of several blocks", new Bound(1152, 46, 9216, 32)),
            Map.entry("layer norm of rows of several blocks", new Bound(1008, 36, 9216, 32)),
            Map.entry("sort_blocks", new Bound(658, 49, 16384, 4)),
            Map.entry("sort_merge", new Bound(73, 20, 0, 16)),
            Map.entry("sort_results", new Bound(49, 25, 0, 4)),
            Map.entry("logSoftmax", new Bound(532, 44, 512, 64)),
            Map.entry("layer norm", new Bound(514, 44, 512, 64)),
            Map.entry("product", new Bound(2022, 128, 16896, 32)),
            Map.entry("product of rows", new Bound(2008, 128, 16896, 32)),
            Map.entry("product, not even", new Bound(2055, 128, 16896, 32))));

    @TempDir
    static Path folder;

    private static final Map<String, MachineCode> CODE = new LinkedHashMap<>();

    @BeforeAll
    static void assemble() throws IOException, InterruptedException {
        boolean there = CudaSourceTest.nvccIsThere();
        if (!there && Required.is("nvcc")) {
            fail("no nvcc on this machine");
        }
        assumeTrue(there, "no nvcc on this machine");
        Map<String, Source> kinds = KernelKinds.all();
        List<Source> distinct =
                new ArrayList<>(kinds.values().stream().distinct().toList());
        Map<String, Source> names = new TreeMap<>();
        Path file = folder.resolve("kinds.cu");
        Files.writeString(file, CudaSourceTest.file(distinct, 0, names));
        Map<String, MachineCode> codes = MachineCode.of(file);
        kinds.forEach((kind, source) -> names.forEach((name, printed) -> {
            if (printed == source || printed.equals(source)) {
                CODE.put(kind, codes.get(name));
            }
        }));
        StringBuilder table = new StringBuilder(
                "| kernel | instructions | registers | shared | spilled | bytes in flight | which |\n");
        table.append("|---|---|---|---|---|---|---|\n");
        CODE.forEach((kind, code) -> table.append("| %s | %d | %d | %d | %d | %d | %s |\n"
                .formatted(
                        kind,
                        code.all(),
                        code.registers(),
                        code.shared(),
                        code.spilled(),
                        code.inFlight(),
                        code.counts())));
        Path target = Path.of(System.getProperty("basedir", ""), "target");
        Files.createDirectories(target);
        Files.writeString(target.resolve("machine-code.md"), table);
    }

    @TestFactory
    List<DynamicTest> nothingGrows() {
        assertEquals(BOUNDS.keySet(), new TreeMap<>(CODE).keySet());
        List<DynamicTest> tests = new ArrayList<>();
        BOUNDS.forEach((kind, bound) -> tests.add(DynamicTest.dynamicTest(kind, () -> {
            MachineCode code = CODE.get(kind);
            assertEquals(0, code.spilled());
            assertEquals(0, code.count("LDL"), "reads of arrays that are not in registers");
            assertTrue(code.all() <= bound.instructions, () -> code.all() + " instructions: " + code.counts());
            assertTrue(code.registers() <= bound.registers, () -> code.registers() + " registers");
            assertEquals(bound.shared, code.shared());
            assertTrue(code.inFlight() >= bound.inFlight, () -> code.inFlight() + " bytes in flight");
        })));
        return tests;
    }

    @Test
    void mapsReadAndWrite128Bits() {
        for (String kind : List.of("relu", "copy", "add", "exp", "dropout")) {
            MachineCode code = CODE.get(kind);
            assertEquals(kind.equals("add") ? 2 : 1, code.count("LDG.128"), kind);
            assertEquals(1, code.count("STG.128"), kind);
        }
    }

    /** Without branches, so that many loads are on their way. */
    @Test
    void theLargestOfARowTakesFewInstructions() {
        fewForEachLoad("max of rows", 3);
        fewForEachLoad("argmax of rows", 10);
    }

    private static void fewForEachLoad(String kind, int most) {
        Map<String, Integer> loop = CODE.get(kind).loopOf("LDG.32", 8);
        int loads = loop.getOrDefault("LDG.32", 0);
        assertTrue(loads >= 8 && MachineCode.all(loop) <= most * loads, kind + loop);
    }

    /** All of a row is on its way at once, and read once. */
    @Test
    void rowsAreReadOnce() {
        for (String kind : List.of("softmax", "logSoftmax")) {
            assertEquals(16, CODE.get(kind).count("LDG.32"), kind);
        }
    }

    /** Of everything that a tile takes: copies, barriers and addresses, too. */
    @Test
    void mostOfAProductIsFma() {
        for (String kind : List.of("product", "product of rows")) {
            Map<String, Integer> loop = tile(kind);
            assertTrue(loop.getOrDefault("FFMA", 0) >= 0.88 * MachineCode.all(loop), kind + loop);
            assertEquals(2, loop.get("LDG.128"), kind);
            assertTrue(!loop.containsKey("LDG.32") && !loop.containsKey("LDS.32"), kind + loop);
        }
        Map<String, Integer> loop = tile("product, not even");
        assertTrue(loop.getOrDefault("FFMA", 0) >= 0.86 * MachineCode.all(loop), loop.toString());
    }

    private static Map<String, Integer> tile(String kind) {
        return CODE.get(kind).loopOf("FFMA", 8 * 8 * 8);
    }
}
