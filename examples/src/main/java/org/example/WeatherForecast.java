package org.example;

import java.util.List;
import java.util.Locale;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Table;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.nn.LSTM;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.op.RecurrenceOptions;
import ondol.optim.Adam;

/**
 * An LSTM that forecasts tomorrow's highest temperature in Seattle from the weather of the last two weeks. It learns from
 * 2012 to 2014; 2015 is kept aside.
 *
 * <p>Prints the loss of each epoch, the forecasts of a week, and how far off it is in 2015, in degrees, beside the simplest
 * forecast, that tomorrow will be as today. Takes about four seconds.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda]}
 */
public final class WeatherForecast {
    private static final int DAYS = 14;
    private static final int EPOCHS = 15;

    private WeatherForecast() {}

    /**
     * From the weather of some days [N, days, features] to the highest temperature of the next [N], which is the first
     * feature. What the LSTM says after the last day is how much the next one differs from it.
     */
    private static final class WeatherNet extends Layer {
        private final LSTM lstm;
        private final Linear change;

        WeatherNet(int features, int hidden) {
            lstm = register("lstm", new LSTM(features, hidden, new RecurrenceOptions().batchFirst(true)));
            change = register("change", new Linear(hidden, 1));
        }

        @Override
        public Tensor forward(Tensor days) {
            Tensor read = lstm.forward(days).output().select(1, -1); // [N, hidden]
            return lastTemperature(days).add(change.forward(read).squeeze(1));
        }
    }

    public static void main(String[] args) {
        Ondol.setDefaultDevice(device(args));
        Ondol.manualSeed(1);

        // Four features of each day, [days, 4], scaled by what is known before 2015.
        Table table = Datasets.seattleWeather();
        Tensor weather = Tensor.stack(
                1,
                Tensor.tensor(table.numbers("temp_max")),
                Tensor.tensor(table.numbers("temp_min")),
                Tensor.tensor(table.numbers("precipitation")),
                Tensor.tensor(table.numbers("wind")));
        List<String> dates = table.values("date");
        int known = dates.indexOf("2015-01-01");
        Tensor mean = weather.slice(0, 0, known).mean(0);
        Tensor std = weather.slice(0, 0, known).std(0);
        Tensor scaled = weather.sub(mean).div(std);
        TensorDataset learnt = windows(scaled.slice(0, 0, known));
        TensorDataset aside = windows(scaled.slice(0, known - DAYS, dates.size()));

        WeatherNet net = new WeatherNet(4, 32);
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters(), 3e-3);
        DataLoader<Batch> loader = DataLoader.of(learnt).batchSize(64).shuffle(new Generator(1));
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            double lossSum = 0;
            for (Batch batch : loader) {
                Tensor loss = lossFunction.forward(net.forward(batch.input()), batch.target());
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                lossSum += loss.item() * batch.size();
            }
            System.out.printf(Locale.ROOT, "epoch %2d  loss %.4f%n", epoch, lossSum / loader.samples());
        }

        // Back to degrees.
        double degrees = std.select(0, 0).item();
        double zero = mean.select(0, 0).item();
        Tensor forecast =
                Autograd.noGrad(() -> net.forward(aside.inputs())).mul(degrees).add(zero);
        Tensor actual = aside.targets().mul(degrees).add(zero);
        Tensor today = lastTemperature(aside.inputs()).mul(degrees).add(zero);

        System.out.println("\ndate        as today  forecast    was");
        for (int day = 180; day < 187; day++) {
            System.out.printf(
                    Locale.ROOT,
                    "%s  %8.1f  %8.1f  %5.1f%n",
                    dates.get(known + day),
                    today.select(0, day).item(),
                    forecast.select(0, day).item(),
                    actual.select(0, day).item());
        }
        System.out.printf(
                Locale.ROOT,
                "%nroot mean square error in 2015: forecast %.2f degrees, as today %.2f%n",
                rootMeanSquare(forecast.sub(actual)),
                rootMeanSquare(today.sub(actual)));
    }

    /**
     * From the features of a series of days to {@code DAYS} days each [N, days, features], and the temperature of the next
     * [N].
     */
    private static TensorDataset windows(Tensor series) {
        Tensor windows = series.unfold(0, DAYS + 1, 1).transpose(1, 2); // [N, DAYS + 1, features], a view
        return new TensorDataset(windows.slice(1, 0, DAYS), lastTemperature(windows));
    }

    /** The highest temperature of the last day, from days [N, days, features]. */
    private static Tensor lastTemperature(Tensor days) {
        return days.select(1, -1).select(1, 0);
    }

    private static double rootMeanSquare(Tensor errors) {
        return Math.sqrt(errors.square().mean().item());
    }

    private static Device device(String[] args) {
        if (args.length == 0) {
            return Device.CPU;
        }
        if (args.length == 2 && args[0].equals("--device")) {
            return Device.of(args[1]);
        }
        throw new IllegalArgumentException("usage: WeatherForecast [--device cpu|opencl|cuda]");
    }
}
