package org.example.training;

import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.MSELoss;
import ondol.optim.Adam;

/**
 * {@link TemperatureNet} learns Seattle's highest temperatures of the days of 2012 to 2014, each from the two weeks before. Those
 * of 2015 are kept aside, for {@link #error} and {@link #errorOfYesterday}.
 */
public final class TemperatureTraining implements Training {
    private static final int DAYS = 14;
    private static final int BATCH = 64;

    private final TemperatureNet net;
    private final MSELoss lossFunction = new MSELoss();
    private final Adam optimizer;
    private final double std;
    private final Forecasts learnt;
    private final Forecasts aside;
    private final Batches batches;

    /** What is known [N, days], and what is wanted [N]. */
    private record Forecasts(Tensor before, Tensor next) {
        static Forecasts of(Tensor series) {
            Tensor windows = series.unfold(0, DAYS + 1, 1);
            return new Forecasts(windows.slice(1, 0, DAYS), windows.select(1, DAYS));
        }

        Forecasts select(Tensor numbers) {
            return new Forecasts(before.indexSelect(0, numbers), next.indexSelect(0, numbers));
        }

        long size() {
            return next.size(0);
        }
    }

    /** A new network on the default device. */
    public TemperatureTraining() {
        Ondol.manualSeed(1);
        net = new TemperatureNet(32);
        optimizer = new Adam(net.parameters(), 3e-3);
        String[][] table = Resources.text("seattle-weather.csv")
                .lines()
                .skip(1)
                .map(line -> line.split(","))
                .toArray(String[][]::new);
        float[] celsius = new float[table.length];
        int years = 0; // so many days are before 2015
        for (int i = 0; i < celsius.length; i++) {
            celsius[i] = Float.parseFloat(table[i][2]);
            years += table[i][0].compareTo("2015") < 0 ? 1 : 0;
        }
        Tensor temperatures = Tensor.tensor(celsius);
        Tensor known = temperatures.slice(0, 0, years);
        std = known.std().item();
        Tensor scaled = temperatures.sub(known.mean()).div(std);
        learnt = Forecasts.of(scaled.slice(0, 0, years));
        aside = Forecasts.of(scaled.slice(0, years - DAYS, celsius.length));
        batches = new Batches(learnt.size(), BATCH);
    }

    @Override
    public TemperatureNet network() {
        return net;
    }

    @Override
    public Adam optimizer() {
        return optimizer;
    }

    @Override
    public Tensor loss() {
        Forecasts batch = learnt.select(batches.next());
        return lossFunction.forward(net.forward(batch.before), batch.next);
    }

    /** The mean of the squared errors in 2015, in degrees. */
    @Override
    public double error() {
        return Autograd.noGrad(() -> error(net.forward(aside.before)));
    }

    /** The same if each day is said to become as the day before. */
    public double errorOfYesterday() {
        return error(aside.before.select(1, -1));
    }

    private double error(Tensor forecast) {
        return lossFunction.forward(forecast, aside.next).item() * std * std;
    }
}
