package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.cli.FirstSeconds.Kind;
import org.junit.jupiter.api.Test;

/** From what the processes print to a table. */
final class FirstSecondsTest {
    private static final ColdEngine CPU = new ColdEngine("cpu", BenchEngine.ofDevice("cpu"), 2, "", "");
    private static final ColdEngine BASE = new ColdEngine("cpu of base", BenchEngine.ofDevice("cpu"), 2, "old", "");

    @Test
    void figuresAreMediansOfTheStartsThatSayThem() {
        FirstSeconds starts = new FirstSeconds(List.of(CPU, BASE), true);
        for (int i : new int[] {3, 1, 2}) {
            assertTrue(starts.add(
                    CPU, Kind.TRAINING, i, List.of("noise", "[first] " + i + "00 400 NaN NaN NaN 0.98 150")));
            assertTrue(starts.add(BASE, Kind.TRAINING, 4, List.of("[first] 800 NaN NaN NaN NaN 0.98 300")));
        }
        assertTrue(starts.add(CPU, Kind.LONG, 13, List.of("[first] 300 400 200 150 100 0.98 150")));
        assertTrue(starts.add(
                CPU,
                Kind.COUNTED,
                5,
                List.of(
                        "[0.010s][info][class,load] java.lang.Object source: shared objects file",
                        "[0.020s][info][class,load] ondol.Tensor source: file:/classes/",
                        "[0.030s][info][class,load] ondol.Ops$$Lambda/0x1 source: ondol.Ops",
                        "[first] 300 NaN NaN NaN NaN 0.98 150",
                        "  C1 {speed: 1.0 bytes/s; standard:  0.1 s, 75 bytes, 17 methods; osr:  0.0 s, 3 bytes, 2 methods; x}",
                        "  C2 {speed: 1.0 bytes/s; standard:  0.1 s, 75 bytes, 5 methods; osr:  0.0 s, 3 bytes, 0 methods; x}",
                        "  Total compilation time   :   0.076 s")));
        List<List<String>> rows = starts.table().rows();
        assertEquals(List.of("2.00", "4.00", "0.50"), rows.get(0).subList(1, 4));
        assertEquals(List.of("250", "800", "0.31"), rows.get(1).subList(1, 4));
        assertEquals(
                List.of("400", "200", "150", "100", "0.980", "150", "19", "5", "76", "3", "2", "1"),
                rows.subList(2, rows.size()).stream().map(row -> row.get(1)).toList());
        assertEquals(List.of("-", "-"), rows.get(2).subList(2, 4));
    }

    @Test
    void whatPrintsNoResultHasNone() {
        assertFalse(new FirstSeconds(List.of(CPU), true).add(CPU, Kind.TRAINING, 1, List.of("an error")));
    }
}
