package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ondol.cli.Expected.Value;
import org.junit.jupiter.api.Test;

final class VerificationTest {
    private static final String TABLE = """
            [
              {"part": "1.A", "code": "x", "output": ["tensor([[1.0000, -0.0000],", "        [2.0000, 3.0000]])"]},
              {"part": "1.A", "code": "net.training", "output": ["True"]}
            ]""";

    private static Verification verification() {
        return new Verification(Expected.parse(TABLE));
    }

    private static List<String> mismatches(Verification verification) {
        return verification.mismatches().stream().map(Object::toString).toList();
    }

    @Test
    void theNotebooksTableIsComplete() {
        Expected expected = Expected.ofNotebook();
        assertEquals(23, expected.blocks().size());
        // 8 in section 3, 3 in 5.A, 143 in 5.B, 80 in 5.C, 2 in 5.D
        assertEquals(236, expected.size());
        assertEquals(
                40,
                Expected.values(expected.blocks().get(13).text()).size(),
                "u, net(u) has the values of two tensors");
    }

    @Test
    void valuesAreNumbersOfTensorsOrElseTheWholeText() {
        assertEquals(
                List.of(
                        new Value(1, 1, "1."),
                        new Value(1, 2, "-0.5000"),
                        new Value(2, 1, "1.2500e-05"),
                        new Value(2, 2, "-inf"),
                        new Value(2, 3, "nan")),
                Expected.values("tensor([[1., -0.5000],\n 1.2500e-05, -inf, nan], grad_fn=<AddmmBackward0>)"));
        assertEquals(
                List.of(new Value(1, 1, "Dropout(p=0.9, inplace=False)")),
                Expected.values("Dropout(p=0.9, inplace=False)"));
    }

    @Test
    void equalOutputPasses() {
        Verification verification = verification();
        verification.printed("1.A", "x", "tensor([[1.0000, -0.0000],\n        [2.0000, 3.0000]])");
        verification.printed("1.A", "net.training", "True");
        assertTrue(verification.passed());
        assertEquals("5 of 5 printed values reproduced", verification.summary());
    }

    @Test
    void everyOtherValueIsListed() {
        Verification verification = verification();
        verification.printed("1.A", "x", "tensor([[1.0000, 0.0000],\n        [2.0000, 3.0001]])");
        verification.printed("1.A", "net.training", "False");
        assertFalse(verification.passed());
        assertEquals(
                List.of(
                        "1.A, x, line 1, value 2: expected -0.0000, got 0.0000",
                        "1.A, x, line 2, value 2: expected 3.0000, got 3.0001",
                        "1.A, net.training: expected True, got False"),
                mismatches(verification));
        assertEquals("2 of 5 printed values reproduced", verification.summary());
    }

    @Test
    void layoutCounts() {
        Verification verification = verification();
        verification.printed("1.A", "x", "tensor([[1.0000, -0.0000],\n [2.0000, 3.0000]])");
        verification.printed("1.A", "net.training", "True");
        assertEquals(1, mismatches(verification).size());
        assertTrue(mismatches(verification).getFirst().startsWith("1.A, x, layout: expected tensor([["));
    }

    @Test
    void missingAndUnknownOutputsAreListed() {
        Verification verification = verification();
        verification.printed("1.B", "x", "tensor([1.])");
        assertEquals(
                List.of("output 1: expected 1.A, x, got 1.B, x", "1.A, net.training: expected True, got nothing"),
                mismatches(verification));
        Verification more = verification();
        more.printed("1.A", "x", "tensor([[1.0000, -0.0000],\n        [2.0000, 3.0000]])");
        more.printed("1.A", "net.training", "True");
        more.printed("1.A", "y", "True");
        assertEquals(List.of("1.A, y: expected nothing, got True"), mismatches(more));
    }

    @Test
    void computationsThatShouldPrintTheSameAreCompared() {
        Verification verification = new Verification(new Expected(List.of()));
        verification.same("5.D", "a", "tensor([1., 2.])", "tensor([1., 2.])");
        assertTrue(verification.passed());
        verification.same("5.D", "b", "tensor([1., 2.])", "tensor([1., 3.])");
        assertEquals(List.of("5.D, b, line 1, value 2: expected 2., got 3."), mismatches(verification));
    }

    @Test
    void badTablesAreRefused() {
        for (String bad : List.of("", "[]", "{", "[{}]", "[{\"part\": \"3\", \"code\": \"x\", \"output\": []}]")) {
            assertThrows(IllegalArgumentException.class, () -> Expected.parse(bad), bad);
        }
    }
}
