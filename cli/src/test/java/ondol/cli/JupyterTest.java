package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

final class JupyterTest {
    @Test
    void tupleOfSeveralLinesIsIndentedByOneColumn() {
        assertEquals(
                """
                (Parameter containing:
                 tensor([[4.0042]], requires_grad=True),
                 Parameter containing:
                 tensor([2.4459], requires_grad=True))""",
                Jupyter.tuple(List.of(
                        "Parameter containing:\ntensor([[4.0042]], requires_grad=True)",
                        "Parameter containing:\ntensor([2.4459], requires_grad=True)")));
    }

    @Test
    void tupleThatFitsIsOneLine() {
        assertEquals("(tensor([1.]), tensor([2.]))", Jupyter.tuple(List.of("tensor([1.])", "tensor([2.])")));
        String long40 = "x".repeat(40);
        assertEquals("(" + long40 + ",\n " + long40 + ")", Jupyter.tuple(List.of(long40, long40)));
    }

    @Test
    void valuesPrintAsInPython() {
        assertEquals("True", Jupyter.display(true));
        assertEquals("False", Jupyter.display(false));
        assertEquals("2.84632", Jupyter.display(0.1 * 4.0042 + 2.4459));
        assertEquals("3.24674", Jupyter.display(0.2 * 4.0042 + 2.4459));
    }

    @Test
    void rowsOfTensorsKeepTheirPlace() {
        Tensor t = Tensor.tensor(new float[][] {{1.5f, -2.5f}, {0, 3.25f}});
        assertEquals("""
                (tensor([[ 1.5000, -2.5000],
                         [ 0.0000,  3.2500]]),
                 tensor([[ 1.5000, -2.5000],
                         [ 0.0000,  3.2500]]))""", Jupyter.display(t, t));
    }
}
