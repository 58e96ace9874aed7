package com.example;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.Tensor;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import ondol.spark.LabeledRow;
import ondol.spark.SparkTrainer;
import ondol.spark.TrainedModel;
import ondol.spark.Training;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Learns to read handwritten digits by all executors of a cluster.
 *
 * <p>Arguments: the number of workers, and a folder for checkpoints that all executors see, or none.
 */
public final class DigitsOnSpark {
    private DigitsOnSpark() {}

    private static Sequential net() {
        return new Sequential(new Linear(64, 128), new ReLU(), new Linear(128, 10));
    }

    /** What each worker trains. */
    private static Training training() {
        Sequential net = net();
        return new Training(net, new CrossEntropyLoss(), new Adam(net.parameters(), 2e-3));
    }

    /** Rows as a job would read them from files: 64 pixels and the digit. */
    private static List<LabeledRow> rows(TensorDataset digits) {
        float[] pixels = digits.inputs().toFloatArray();
        long[] labels = digits.targets().toLongArray();
        List<LabeledRow> rows = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) {
            rows.add(new LabeledRow(Arrays.copyOfRange(pixels, 64 * i, 64 * (i + 1)), labels[i]));
        }
        return rows;
    }

    public static void main(String[] args) {
        SparkConf conf = SparkTrainer.configure(new SparkConf().setAppName("digits"));
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            TensorDataset digits = Datasets.digits();
            JavaRDD<LabeledRow> rows = spark.parallelize(rows(digits));
            SparkTrainer trainer = new SparkTrainer(DigitsOnSpark::training)
                    .workers(Integer.parseInt(args[0]))
                    .shards(8)
                    .batchSize(64)
                    .epochs(10)
                    .seed(1);
            if (args.length > 1) {
                trainer.checkpoints(args[1]);
            }
            TrainedModel trained = trainer.fit(rows);

            Sequential net = net();
            net.loadStateDict(trained.stateDict());
            net.eval();
            Tensor answers = net.forward(digits.inputs().reshape(-1, 64)).argmax(1);
            long right = answers.eq(digits.targets()).sum().itemLong();
            System.out.println("loss " + trained.losses().getLast() + ", " + right + " of " + answers.numel() + " right");
        }
    }
}
