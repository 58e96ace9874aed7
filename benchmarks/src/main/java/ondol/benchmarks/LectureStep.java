package ondol.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import ondol.nn.Dropout;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Module;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One training step of each of the lecture's networks: forward, loss, backward, Adam, zeroGrad. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class LectureStep {
    /** The network. */
    @Param
    public LectureNet net;

    /** Ondol's device. */
    @Param({"cpu"})
    public String device;

    private Tensor x;
    private Tensor y;
    private Sequential model;
    private MSELoss lossFunction;
    private Adam optimizer;

    /** Data and network, as the lecture makes them. */
    @Setup
    public void setUp() {
        Ondol.setDefaultDevice(Device.of(device));
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
    }

    /** The step. */
    @Benchmark
    public Tensor step() {
        Tensor yhat = model.forward(x);
        Tensor loss = lossFunction.forward(yhat, y);
        loss.backward();
        optimizer.step();
        optimizer.zeroGrad();
        return loss;
    }
}
