package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import ondol.cli.BenchTable.Table;
import org.junit.jupiter.api.Test;

/** From what the processes print to tables. */
final class ColdStartsTest {
    private static final ColdEngine CPU = new ColdEngine("cpu", BenchEngine.ofDevice("cpu"), 2, "", "");
    private static final ColdEngine PYTHON = new ColdEngine("python", null, 2, "", "python3");

    @Test
    void figuresAreMediansAndRatiosThoseOfTheFirstEngine() {
        ColdStarts starts = new ColdStarts(List.of(CPU, PYTHON), 3);
        String net = "OVERFITTING";
        for (int i : new int[] {3, 1, 2}) {
            String counts = " " + 100 * i + " 200 300 400 500 " + (500 + 20 * i) + " 10 20 30 40 50 60";
            assertTrue(starts.add(net, CPU, List.of("[kernels] A", "[cold] " + i + counts)));
        }
        for (int i = 0; i < 3; i++) {
            assertTrue(starts.add(net, PYTHON, List.of("noise", "[cold] 4 50 100 150 200 250 260 0 5 6 7 8 9")));
        }
        assertEquals(Map.of("Kernels of cpu", "A"), starts.kernels());
        assertEquals(18, starts.count());
        List<Table> tables = starts.tables();
        assertEquals(3, tables.size());
        Table table = tables.getFirst();
        assertEquals("step, 80 points, 1-512-1: medians of 3 starts", table.title());
        assertEquals(List.of("cold and warm", "cpu", "python", "cpu / it"), table.headings());
        assertEquals(
                List.of(
                        List.of("first step done, seconds after the start of its process", "2.00", "4.00", "0.50"),
                        List.of("steps in 0.5 seconds of training", "200", "50", "4.00"),
                        List.of("steps in 1 second of training", "200", "100", "2.00"),
                        List.of("steps in 2 seconds of training", "300", "150", "2.00"),
                        List.of("steps in 5 seconds of training", "400", "200", "2.00"),
                        List.of("steps in the tenth second of training", "40", "10", "4.00"),
                        List.of("steps by 0.5 seconds after the start of its process", "10", "0", "-"),
                        List.of("steps by 1 second after the start of its process", "20", "5", "4.00"),
                        List.of("steps by 2 seconds after the start of its process", "30", "6", "5.00"),
                        List.of("steps by 5 seconds after the start of its process", "40", "7", "5.71")),
                table.rows());
        assertEquals(List.of("-", "-", "-"), tables.get(1).rows().get(0).subList(1, 4));
    }

    @Test
    void whatPrintsNoResultHasNone() {
        assertFalse(new ColdStarts(List.of(CPU), 1).add("DROPOUT", CPU, List.of("[kernels] A", "an error")));
    }

    @Test
    void pythonAndOtherBuildsAreEnginesOfTheirOwnForEachNumberOfThreads() {
        assertEquals(
                List.of(
                        "cpu, 2 threads",
                        "cpu of base, 2 threads",
                        "python, 2 threads",
                        "cpu, 1 thread",
                        "cpu of base, 1 thread",
                        "python, 1 thread"),
                ColdEngine.of(List.of(BenchEngine.ofDevice("cpu")), List.of(2, 1), List.of("old.jar"), "python3")
                        .stream()
                        .map(ColdEngine::name)
                        .toList());
    }
}
