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
    /** @param shared bytes of shared memory */
    private record Bound(int instructions, int registers, int shared) {}

    private static final Map<String, Bound> BOUNDS = new TreeMap<>(Map.ofEntries(
            Map.entry("relu", new Bound(87, 16, 0)),
            Map.entry("copy", new Bound(79, 16, 0)),
            Map.entry("add", new Bound(109, 20, 0)),
            Map.entry("exp", new Bound(151, 22, 0)),
            Map.entry("dropout", new Bound(171, 22, 0)),
            Map.entry("transposed", new Bound(35, 16, 0)),
            Map.entry("sum of blocks", new Bound(55, 16, 1024)),
            Map.entry("sum of rows", new Bound(205, 36, 256)),
            Map.entry("sum of short rows", new Bound(76, 16, 1024)),
            Map.entry("sum of columns", new Bound(435, 36, 4096)),
            Map.entry("max of rows", new Bound(205, 36, 256)),
            Map.entry("argmax of rows", new Bound(438, 26, 768)),
            Map.entry("softmax", new Bound(359, 24, 0)),
            Map.entry("softmax's sum", new Bound(231, 26, 256)),
            Map.entry("product", new Bound(1443, 128, 8448))));

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
        StringBuilder table = new StringBuilder("| kernel | instructions | registers | shared | spilled | which |\n");
        table.append("|---|---|---|---|---|---|\n");
        CODE.forEach((kind, code) -> table.append("| %s | %d | %d | %d | %d | %s |\n"
                .formatted(kind, code.all(), code.registers(), code.shared(), code.spilled(), code.counts())));
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
            assertTrue(code.all() <= bound.instructions, () -> code.all() + " instructions: " + code.counts());
            assertTrue(code.registers() <= bound.registers, () -> code.registers() + " registers");
            assertEquals(bound.shared, code.shared());
        })));
        return tests;
    }

    @Test
    void mapsReadAndWrite128Bits() {
        for (String kind : List.of("relu", "copy", "add", "exp", "dropout", "softmax")) {
            MachineCode code = CODE.get(kind);
            assertEquals(kind.equals("add") ? 2 : 1, code.count("LDG.128"), kind);
            assertEquals(1, code.count("STG.128"), kind);
        }
    }

    /** Without branches, so that many loads are on their way. */
    @Test
    void theLargestOfARowTakesFewInstructions() {
        Map<String, Integer> loop = CODE.get("max of rows").loopOf("LDG.32", 2);
        int loads = loop.getOrDefault("LDG.32", 0);
        assertTrue(loads >= 8 && MachineCode.all(loop) <= 3 * loads, loop.toString());
    }

    @Test
    void mostOfAProductIsFma() {
        Map<String, Integer> loop = CODE.get("product").loopOf("FFMA", 128);
        assertTrue(loop.getOrDefault("FFMA", 0) >= 0.88 * MachineCode.all(loop), loop.toString());
        assertTrue(loop.getOrDefault("LDS.128", 0) > 0 && !loop.containsKey("LDS.32"), loop.toString());
    }
}
