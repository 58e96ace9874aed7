package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ondol.Ondol;
import ondol.Tensor;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;

/** The lecture's section 3: the same seed, the same 200 steps, and what the notebook printed. */
final class LectureRegressionTest {
    @Test
    void printsWhatTheNotebookPrints() {
        Ondol.manualSeed(43052);
        Tensor x = Tensor.randn(100).sort().values();
        Tensor eps = Tensor.randn(100).mul(0.5);
        Tensor y = x.mul(4).add(2.5).add(eps).reshape(-1, 1);
        x = x.reshape(-1, 1);
        Sequential net = new Sequential(new Linear(1, 1));
        MSELoss lossFn = new MSELoss();
        Adam optimizer = new Adam(net.parameters(), 0.1);
        for (int epoch = 0; epoch < 200; epoch++) {
            Tensor yhat = net.forward(x);
            Tensor loss = lossFn.forward(yhat, y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
        }
        Linear layer = net.get(0, Linear.class);
        assertEquals(
                "Parameter containing:\ntensor([[4.0042]], requires_grad=True)",
                layer.weight().toString());
        assertEquals(
                "Parameter containing:\ntensor([2.4459], requires_grad=True)",
                layer.bias().toString());
        assertEquals(
                "tensor([[2.8463]], grad_fn=<AddmmBackward0>)",
                net.forward(Tensor.tensor(new double[][] {{0.1}})).toString());
        assertEquals(
                "tensor([[3.2467]], grad_fn=<AddmmBackward0>)",
                net.forward(Tensor.tensor(new double[][] {{0.2}})).toString());
        assertEquals(
                "tensor([[2.8463],\n        [3.2467]], grad_fn=<AddmmBackward0>)",
                net.forward(Tensor.tensor(new double[][] {{0.1}, {0.2}})).toString());
    }
}
