package ondol.benchmarks.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import java.util.List;
import ondol.benchmarks.Engine.Lesson;
import ondol.benchmarks.Engine.Training;
import ondol.benchmarks.LectureNet;

/** A network of the lecture, trained by DJL's Trainer. */
final class DjlTraining implements Training {
    private final NDManager manager;
    private final NDArray x;
    private final NDArray y;
    private final List<Parameter> parameters;
    private final Trainer trainer;

    DjlTraining(NDManager manager, Lesson lesson) {
        this.manager = manager;
        LectureNet net = lesson.net();
        x = manager.create(lesson.x(), new Shape(net.points(), 1));
        y = manager.create(lesson.y(), new Shape(net.points(), 1));
        SequentialBlock block = new SequentialBlock()
                .add(Linear.builder().setUnits(net.hidden()).build())
                .add(Activation.reluBlock());
        if (net.dropout() > 0) {
            block.add(Dropout.builder().optRate((float) net.dropout()).build());
        }
        block.add(Linear.builder().setUnits(1).optBias(net.outputBias()).build());
        Model model = Model.newInstance("lecture", Device.cpu(), "PyTorch");
        model.setBlock(block);
        trainer = model.newTrainer(
                new DefaultTrainingConfig(Loss.l2Loss("mse", 1)) // half the mean square without a weight
                        .optOptimizer(Optimizer.adam().build())
                        .optDevices(new Device[] {Device.cpu()}));
        trainer.initialize(x.getShape());
        parameters = block.getParameters().values();
        for (int p = 0; p < parameters.size(); p++) {
            parameters.get(p).getArray().set(lesson.parameters()[p]);
        }
    }

    @Override
    public void run() {
        try (NDManager step = manager.newSubManager()) {
            x.tempAttach(step);
            y.tempAttach(step);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                collector.backward(loss(trainer.forward(new NDList(x))));
            }
            trainer.step();
        }
    }

    private NDArray loss(NDList prediction) {
        return trainer.getLoss().evaluate(new NDList(y), prediction);
    }

    @Override
    public float loss() {
        return loss(trainer.evaluate(new NDList(x))).getFloat();
    }

    @Override
    public float[][] gradients() {
        try (GradientCollector collector = trainer.newGradientCollector()) {
            collector.backward(loss(trainer.evaluate(new NDList(x))));
            float[][] gradients = parameters.stream()
                    .map(p -> p.getArray().getGradient().toFloatArray())
                    .toArray(float[][]::new);
            collector.zeroGradients();
            return gradients;
        }
    }

    @Override
    public float[][] parameters() {
        return parameters.stream().map(p -> p.getArray().toFloatArray()).toArray(float[][]::new);
    }
}
