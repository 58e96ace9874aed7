package ondol.benchmarks;

import java.util.ArrayList;
import java.util.List;
import ondol.Ondol;
import ondol.Scope;
import ondol.Tensor;
import ondol.nn.Dropout;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Module;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/** One training step of each of the lecture's networks: forward, loss, backward, Adam, zeroGrad. */
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class LectureStep extends DeviceBenchmark {
    /** The network. */
    @Param
    public LectureNet net;

    private Tensor x;
    private Tensor y;
    private Sequential model;
    private MSELoss lossFunction;
    private Adam optimizer;

    /** Data and network, as the lecture makes them; verifies the loss without dropout and its gradients. */
    @Setup
    public void setUp() {
        openDevice();
        Ondol.manualSeed(5);
        x = Tensor.linspace(0, 1, net.points).reshape(net.points, 1);
        y = Tensor.randn(net.points, 1).mul(0.01);
        Ondol.manualSeed(1);
        List<Module> layers = new ArrayList<>(List.of(new Linear(1, net.hidden), new ReLU()));
        if (net.dropout > 0) {
            layers.add(new Dropout(net.dropout));
        }
        layers.add(new Linear(net.hidden, 1, net.outputBias));
        model = new Sequential(layers.toArray(Module[]::new));
        lossFunction = new MSELoss();
        optimizer = new Adam(model.parameters());
        verify();
    }

    private void verify() {
        List<Tensor> parameters = model.parameters();
        float[] w1 = parameters.get(0).toFloatArray();
        float[] b1 = parameters.get(1).toFloatArray();
        float[] w2 = parameters.get(2).toFloatArray();
        float b2 = net.outputBias ? parameters.get(3).toFloatArray()[0] : 0;
        float[] in = x.toFloatArray();
        float[] target = y.toFloatArray();

        double expectedLoss = 0;
        double[][] gradients = {new double[net.hidden], new double[net.hidden], new double[net.hidden], new double[1]};
        for (int i = 0; i < net.points; i++) {
            double[] h = new double[net.hidden];
            double out = b2;
            for (int j = 0; j < net.hidden; j++) {
                h[j] = Math.max((double) in[i] * w1[j] + b1[j], 0);
                out += h[j] * w2[j];
            }
            double apart = out - target[i];
            expectedLoss += apart * apart / net.points;
            double g = 2 * apart / net.points;
            for (int j = 0; j < net.hidden; j++) {
                double into = h[j] > 0 ? g * w2[j] : 0;
                gradients[0][j] += into * in[i];
                gradients[1][j] += into;
                gradients[2][j] += g * h[j];
            }
            gradients[3][0] += g;
        }

        model.eval();
        try (var scope = Scope.open()) {
            Tensor loss = lossFunction.forward(model.forward(x), y);
            loss.backward();
            check("the loss", 0, loss.item(), expectedLoss, 1e-5 * expectedLoss);
        }
        for (int p = 0; p < parameters.size(); p++) {
            float[] gradient = parameters.get(p).peekGrad().toFloatArray();
            for (int j = 0; j < gradient.length; j++) {
                check("the gradient of parameter " + p, j, gradient[j], gradients[p][j], 1e-6);
            }
        }
        optimizer.zeroGrad();
        model.train();
    }

    /** The step. */
    @Benchmark
    public Tensor step() {
        Tensor yhat = model.forward(x);
        Tensor loss = lossFunction.forward(yhat, y);
        loss.backward();
        optimizer.step();
        optimizer.zeroGrad();
        synchronize();
        return loss;
    }
}
