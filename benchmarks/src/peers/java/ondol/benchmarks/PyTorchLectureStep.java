package ondol.benchmarks;

import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.DropoutImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
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

/** The step of {@link LectureStep} in PyTorch's C++ front end, called from Java. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class PyTorchLectureStep {
    /** The network. */
    @Param
    public LectureNet net;

    private Tensor x;
    private Tensor y;
    private LinearImpl first;
    private DropoutImpl dropout;
    private LinearImpl last;
    private Adam optimizer;

    /** The same data and network. */
    @Setup
    public void setUp() {
        torch.manual_seed(5);
        x = torch.linspace(new Scalar(0.0), new Scalar(1.0), net.points).reshape(net.points, 1);
        y = torch.randn(net.points, 1).mul(new Scalar(0.01));
        torch.manual_seed(1);
        first = new LinearImpl(1, net.hidden);
        dropout = new DropoutImpl(net.dropout);
        LinearOptions options = new LinearOptions(net.hidden, 1);
        options.bias().put(net.outputBias);
        last = new LinearImpl(options);
        TensorVector parameters = net.outputBias
                ? new TensorVector(first.weight(), first.bias(), last.weight(), last.bias())
                : new TensorVector(first.weight(), first.bias(), last.weight());
        optimizer = new Adam(parameters);
    }

    /** The step. */
    @Benchmark
    public void step() {
        try (PointerScope scope = new PointerScope()) {
            Tensor hidden = torch.relu(first.forward(x));
            if (net.dropout > 0) {
                hidden = dropout.forward(hidden);
            }
            Tensor loss = torch.mse_loss(last.forward(hidden), y);
            loss.backward();
            optimizer.step();
            optimizer.zero_grad();
        }
    }
}
