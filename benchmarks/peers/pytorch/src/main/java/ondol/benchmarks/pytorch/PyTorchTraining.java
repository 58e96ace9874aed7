package ondol.benchmarks.pytorch;

import java.util.ArrayList;
import java.util.List;
import ondol.benchmarks.Engine.Lesson;
import ondol.benchmarks.Engine.Training;
import ondol.benchmarks.LectureNet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.DropoutImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** A network of the lecture, as a C++ program writes it. */
final class PyTorchTraining implements Training {
    private final boolean drops;
    private final Tensor x;
    private final Tensor y;
    private final LinearImpl first;
    private final DropoutImpl dropout;
    private final LinearImpl last;
    private final List<Tensor> parameters;
    private final Adam optimizer;

    PyTorchTraining(Lesson lesson) {
        LectureNet net = lesson.net();
        drops = net.dropout() > 0;
        x = PyTorchEngine.tensor(lesson.x(), net.points(), 1);
        y = PyTorchEngine.tensor(lesson.y(), net.points(), 1);
        first = new LinearImpl(1, net.hidden());
        dropout = new DropoutImpl(net.dropout());
        LinearOptions options = new LinearOptions(net.hidden(), 1);
        options.bias().put(net.outputBias());
        last = new LinearImpl(options);
        parameters = new ArrayList<>(List.of(first.weight(), first.bias(), last.weight()));
        if (net.outputBias()) {
            parameters.add(last.bias());
        }
        for (int p = 0; p < parameters.size(); p++) {
            PyTorchEngine.assign(parameters.get(p), lesson.parameters()[p]);
        }
        optimizer = new Adam(new TensorVector(parameters.toArray(Tensor[]::new)));
    }

    @Override
    public void run() {
        try (PointerScope scope = new PointerScope()) {
            forward().backward();
            optimizer.step();
            optimizer.zero_grad();
        }
    }

    private Tensor forward() {
        Tensor hidden = torch.relu(first.forward(x));
        if (drops) {
            hidden = dropout.forward(hidden);
        }
        return torch.mse_loss(last.forward(hidden), y);
    }

    @Override
    public float loss() {
        dropout.eval();
        try (PointerScope scope = new PointerScope()) {
            return forward().item_float();
        } finally {
            dropout.train(true);
        }
    }

    @Override
    public float[][] gradients() {
        dropout.eval();
        try (PointerScope scope = new PointerScope()) {
            forward().backward();
            float[][] gradients =
                    parameters.stream().map(p -> PyTorchEngine.values(p.grad())).toArray(float[][]::new);
            optimizer.zero_grad();
            return gradients;
        } finally {
            dropout.train(true);
        }
    }

    @Override
    public float[][] parameters() {
        return parameters.stream().map(PyTorchEngine::values).toArray(float[][]::new);
    }
}
