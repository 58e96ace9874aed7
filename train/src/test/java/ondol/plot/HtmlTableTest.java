package ondol.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.Tensor;
import org.junit.jupiter.api.Test;

class HtmlTableTest {
    @Test
    void valuesWithNames() {
        Tensor x = Tensor.tensor(new float[][] {{0.5f, -1e-9f}, {Float.NaN, 123456.78f}});
        assertEquals("""
                <table>
                <thead><tr><th></th><th>a&lt;b</th><th>c</th></tr></thead>
                <tbody>
                <tr><th>0</th><td>0.5</td><td>-1E-9</td></tr>
                <tr><th>1</th><td>nan</td><td>123457</td></tr>
                </tbody>
                </table>
                <p>FLOAT32 [2, 2]</p>
                """, HtmlTable.of(x).columns("a<b", "c").toString());
    }

    @Test
    void otherTypesAndOneRow() {
        String longs = HtmlTable.of(Tensor.tensor(new long[] {1L << 60, -3})).toString();
        assertTrue(longs.contains("<td>1152921504606846976</td><td>-3</td>"), longs);
        String truths = HtmlTable.of(Tensor.tensor(new float[] {1, 2}).gt(1)).toString();
        assertTrue(truths.contains("<td>false</td><td>true</td>"), truths);
        String number = HtmlTable.of(Tensor.tensor(2.5f)).toString();
        assertTrue(number.contains("<tr><th>0</th><td>2.5</td></tr>"), number);
        String none = HtmlTable.of(Tensor.zeros(0, 2)).toString();
        assertTrue(none.contains("<tbody>\n</tbody>"), none);
    }

    @Test
    void ofManyTheFirstAndTheLast() {
        String html = HtmlTable.of(Tensor.arange(900).reshape(30, 30)).toString();
        assertTrue(html.contains("<th>9</th><th>…</th><th>20</th>"), html);
        assertTrue(html.contains("<tr><th>29</th><td>870</td>"), html);
        assertTrue(html.contains("<td>899</td></tr>"), html);
        assertEquals(22, html.split("<tr>", -1).length - 1, "a head, 20 rows and one for those between");
    }

    @Test
    void whatIsNoTable() {
        Exception cube = assertThrows(IllegalArgumentException.class, () -> HtmlTable.of(Tensor.zeros(2, 3, 4)));
        assertEquals(
                "HtmlTable.of: [2, 3, 4] has 3 axes, a table two; take a part, as with select(0, 0)",
                cube.getMessage());
        Exception names = assertThrows(
                IllegalArgumentException.class,
                () -> HtmlTable.of(Tensor.zeros(2, 3)).columns("a", "b"));
        assertEquals("HtmlTable.columns: 2 names for 3 columns of [2, 3]", names.getMessage());
        Exception none = assertThrows(
                NullPointerException.class,
                () -> HtmlTable.of(Tensor.zeros(1, 1)).columns((String) null));
        assertEquals("HtmlTable.columns: a name is null; give text, which may be empty", none.getMessage());
        Tensor many = Tensor.ones(1, 2).expand(3_000_000_000L, 2);
        assertTrue(HtmlTable.of(many).toString().contains("<th>2999999999</th>"), "rows beyond an int");
    }
}
