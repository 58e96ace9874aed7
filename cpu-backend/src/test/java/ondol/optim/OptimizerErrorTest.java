package ondol.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What optimizers refuse, and what they say. */
final class OptimizerErrorTest {
    private static final List<Tensor> ONE = List.of(Tensor.parameter(Tensor.ones(2)));

    private static void refuses(String message, Executable body) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, body).getMessage());
    }

    @Test
    void parameters() {
        refuses(
                "Adam: there are no parameters to optimize; pass net.parameters() of a net that has some",
                () -> new Adam(List.of()));
        Tensor p = ONE.get(0);
        refuses("SGD: parameter 1 of shape [2] occurs twice; pass it once", () -> new SGD(List.of(p, p)));
        refuses(
                "Adam: parameter 0 of shape [2] was computed by MulBackward0; only leaves can be optimized: pass what"
                        + " it was computed from",
                () -> new Adam(List.of(p.mul(2.0))));
        refuses(
                "Adam: parameter 0 of shape [3] requires no gradient; call requiresGrad(true) before it is used",
                () -> new Adam(List.of(Tensor.ones(3))));
        refuses(
                "AdamW: parameter 0 of shape [2, 3] is an expanded view in which elements share memory; pass a clone()"
                        + " of it",
                () -> new AdamW(List.of(Tensor.parameter(Tensor.ones(3).expand(2, 3)))));
        Tensor closed = Tensor.parameter(Tensor.ones(1));
        closed.close();
        refuses("Adam: parameter 0 of shape [1] is closed", () -> new Adam(List.of(closed)));
    }

    @Test
    void settings() {
        for (double lr : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            refuses("SGD: lr is " + lr + "; it must be a finite number of 0 or more", () -> new SGD(ONE, lr));
            refuses("Adam: lr is " + lr + "; it must be a finite number of 0 or more", () -> new Adam(ONE).setLr(lr));
        }
        refuses("Adam: beta1 is 1.0; it must be 0 or more and less than 1", () -> new Adam(ONE).betas(1, 0.9));
        refuses("AdamW: beta2 is -0.1; it must be 0 or more and less than 1", () -> new AdamW(ONE).betas(0.9, -0.1));
        refuses("Adam: eps is -1.0; it must be a finite number of 0 or more", () -> new Adam(ONE).eps(-1));
        refuses(
                "Adam: weightDecay is NaN; it must be a finite number of 0 or more",
                () -> new Adam(ONE).weightDecay(Double.NaN));
        refuses("SGD: momentum is -0.5; it must be a finite number of 0 or more", () -> new SGD(ONE).momentum(-0.5));
    }

    @Test
    void nesterov() {
        String needs =
                "SGD: nesterov needs a momentum above 0 and no dampening, but momentum is %s and dampening is %s;"
                        + " set them before nesterov(true)";
        refuses(needs.formatted(0.0, 0.0), () -> new SGD(ONE).nesterov(true));
        refuses(
                needs.formatted(0.9, 0.1),
                () -> new SGD(ONE).momentum(0.9).dampening(0.1).nesterov(true));
        refuses(
                needs.formatted(0.0, 0.0),
                () -> new SGD(ONE).momentum(0.9).nesterov(true).momentum(0));
    }

    @Test
    void states() {
        Tensor p = Tensor.parameter(Tensor.ones(2));
        Adam adam = new Adam(List.of(p), 0.5);
        p.sum().backward();
        adam.step();
        Optimizer.State good = adam.stateDict();
        Adam other = new Adam(List.of(Tensor.parameter(Tensor.ones(3))), 0.25);
        String start = "Adam.loadStateDict: the state does not fit: ";
        String end = "; load the state of an optimizer that was made the same way";
        refuses(
                "SGD.loadStateDict: the state does not fit: it is the state of Adam" + end,
                () -> new SGD(ONE).loadStateDict(good));
        String message = assertThrows(IllegalArgumentException.class, () -> other.loadStateDict(good))
                .getMessage();
        assertEquals(start, message.substring(0, start.length()));
        assertEquals(
                " of parameter 0 is FLOAT32 of shape [2], not FLOAT32 of shape [3]" + end,
                message.substring(message.indexOf(" of parameter")));
        refuses(
                start + "it has 0 parameters, not 1" + end,
                () -> adam.loadStateDict(new Optimizer.State("Adam", good.settings(), List.of())));
        Map<String, Double> bad = new HashMap<>(good.settings());
        bad.put("beta1", 2.0);
        refuses(
                "Adam: beta1 is 2.0; it must be 0 or more and less than 1",
                () -> other.loadStateDict(
                        new Optimizer.State("Adam", bad, List.of(new Optimizer.ParameterState(7, Map.of())))));
        bad.remove("beta1");
        message = assertThrows(
                        IllegalArgumentException.class,
                        () -> adam.loadStateDict(new Optimizer.State("Adam", bad, good.parameters())))
                .getMessage();
        assertEquals(start + "its settings are ", message.substring(0, start.length() + 17));
        assertEquals("Adam(lr=0.25, beta1=0.9, beta2=0.999, eps=1.0E-8, weightDecay=0.0)", other.toString());
        assertEquals(0, other.stateDict().parameters().get(0).step());
        assertArrayEquals(new float[] {1, 1, 1}, other.parameters().get(0).toFloatArray());
    }
}
