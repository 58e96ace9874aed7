package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** Lists and dictionaries of modules, lists of parameters: their names, their order and their text. */
final class ContainersTest {
    private static List<String> names(Module m) {
        return List.copyOf(m.stateDict().keySet());
    }

    // ---- ModuleList

    @Test
    void aListOfModules() {
        Linear a = new Linear(1, 2, false);
        Linear b = new Linear(2, 3, false);
        ModuleList<Linear> list = new ModuleList<>(a).append(b);
        assertEquals(2, list.size());
        assertSame(a, list.get(0));
        assertSame(b, list.get(-1));
        assertEquals(List.of("0.weight", "1.weight"), names(list));
        List<Linear> iterated = new ArrayList<>();
        list.forEach(iterated::add);
        assertEquals(List.of(a, b), iterated);
        assertEquals(List.of(a, b), list.children());
        Linear other = new Linear(5, 5, false);
        assertSame(a, list.set(-2, other));
        assertEquals(List.of(other, b), list.children());
        assertEquals(List.of("0.weight", "1.weight"), names(list));
        list.extend(List.of(a));
        assertSame(a.weight(), list.getParameter("2.weight"));
        assertFalse(list.eval().children().get(2).training());
        assertEquals(
                "ModuleList.get: index 3 is out of range for 3 modules; use -3 to 2",
                assertThrows(IndexOutOfBoundsException.class, () -> list.get(3)).getMessage());
        assertEquals(
                "ModuleList.get: index 0 is out of range for 0 modules; there is none",
                assertThrows(IndexOutOfBoundsException.class, () -> new ModuleList<>().get(0))
                        .getMessage());
        assertEquals(
                "ModuleList: module 1 is null; give a module",
                assertThrows(NullPointerException.class, () -> list.extend(java.util.Arrays.asList(a, null)))
                        .getMessage());
        assertEquals(3, list.size());
        ModuleList<Module> outer = new ModuleList<>(list);
        assertThrows(IllegalArgumentException.class, () -> outer.set(0, outer));
        assertSame(list, outer.get(0));
    }

    @Test
    void aListsTextPutsAlikeNeighboursOnOneLine() {
        assertEquals("ModuleList()", new ModuleList<>().toString());
        assertEquals(
                """
                ModuleList(
                  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)
                  (2): ReLU()
                  (3-5): 3 x Sequential(
                    (0): Tanh()
                  )
                  (6): ReLU()
                )\
                """,
                new ModuleList<>(
                                new Linear(2, 2),
                                new Linear(2, 2),
                                new ReLU(),
                                new Sequential(new Tanh()),
                                new Sequential(new Tanh()),
                                new Sequential(new Tanh()),
                                new ReLU())
                        .toString());
    }

    // ---- ModuleDict

    @Test
    void aDictionaryOfModules() {
        Map<String, Layer> given = new LinkedHashMap<>();
        given.put("second", new Linear(1, 2, false));
        given.put("first", new ReLU());
        ModuleDict<Layer> dict = new ModuleDict<>(given);
        assertEquals(List.of("second.weight"), names(dict));
        assertSame(given.get("first"), dict.get("first"));
        assertEquals("""
            ModuleDict(
              (second): Linear(in_features=1, out_features=2, bias=False)
              (first): ReLU()
            )\
            """, dict.toString());
        Tanh tanh = new Tanh();
        dict.put("second", tanh).put("third", new ReLU());
        assertEquals(
                List.of("second", "first", "third"),
                List.copyOf(dict.namedChildren().keySet()));
        assertEquals(dict.namedChildren(), dict.modulesByName());
        assertSame(tanh, dict.remove("second"));
        assertFalse(dict.contains("second"));
        assertEquals(2, dict.size());
        assertEquals(List.of("first", "third"), List.copyOf(dict.namedChildren().keySet()));
        assertEquals(
                "ModuleDict.get: there is no module 'second'; there are [first, third]",
                assertThrows(IllegalArgumentException.class, () -> dict.get("second"))
                        .getMessage());
        assertEquals(
                "ModuleDict.remove: there is no module 'second'; there are [first, third]",
                assertThrows(IllegalArgumentException.class, () -> dict.remove("second"))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> dict.put("a.b", tanh));
        assertThrows(
                IllegalArgumentException.class,
                () -> dict.put("first", new Sequential() {
                    {
                        register("around", dict);
                    }
                }));
        assertEquals(dict.namedChildren(), dict.modulesByName());
    }

    // ---- ParameterList

    @Test
    void aListOfParameters() {
        Tensor shared = new Linear(2, 2, false).weight();
        ParameterList list = new ParameterList(Tensor.ones(2, 3), shared).append(Tensor.tensor(1.0));
        assertEquals(List.of("0", "1", "2"), names(list));
        assertSame(shared, list.get(1));
        assertSame(list.get(2), list.get(-1));
        assertTrue(list.get(0).isParameter());
        List<Tensor> iterated = new ArrayList<>();
        list.forEach(iterated::add);
        assertEquals(list.parameters(), iterated);
        assertEquals("""
            ParameterList(
                (0): Parameter containing: [torch.float32 of size 2x3]
                (1): Parameter containing: [torch.float32 of size 2x2]
                (2): Parameter containing: [torch.float32 of size ]
            )\
            """, list.toString());
        assertEquals(
                "ParameterList(  (0): Parameter containing: [torch.float32 of size 4])",
                new ParameterList(Tensor.ones(4)).toString());
        assertEquals("ParameterList()", new ParameterList().toString());
        assertEquals(
                "ParameterList.get: index -4 is out of range for 3 parameters; use -3 to 2",
                assertThrows(IndexOutOfBoundsException.class, () -> list.get(-4))
                        .getMessage());
    }
}
