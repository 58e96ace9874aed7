package ondol.benchmarks;

import java.util.List;

/** An LSTM's forward and backward over one sequence, from states of zeros, in plain loops in double precision. */
final class PlainLstm {
    private PlainLstm() {}

    /**
     * The hidden states [time, hidden], and the gradient of x.
     *
     * @param x [time, in]
     * @param weights of the input [4 hidden, in] and the state [4 hidden, hidden], and two biases [4 hidden]: the gates are i, f, g, o
     * @param gradient of the hidden states
     */
    static double[][] of(float[] x, List<float[]> weights, float[] gradient) {
        float[] ofInput = weights.get(0);
        float[] ofState = weights.get(1);
        int h = weights.get(2).length / 4;
        int in = ofInput.length / (4 * h);
        int steps = x.length / in;
        double[][] gates = new double[steps][4 * h];
        double[][] cells = new double[steps + 1][h];
        double[] y = new double[steps * h];
        for (int t = 0; t < steps; t++) {
            for (int r = 0; r < 4 * h; r++) {
                double sum = weights.get(2)[r] + weights.get(3)[r];
                for (int k = 0; k < in; k++) {
                    sum += (double) ofInput[r * in + k] * x[t * in + k];
                }
                for (int k = 0; k < h && t > 0; k++) {
                    sum += ofState[r * h + k] * y[(t - 1) * h + k];
                }
                gates[t][r] = r / h == 2 ? Math.tanh(sum) : 1 / (1 + Math.exp(-sum));
            }
            for (int j = 0; j < h; j++) {
                double[] a = gates[t];
                cells[t + 1][j] = a[h + j] * cells[t][j] + a[j] * a[2 * h + j];
                y[t * h + j] = a[3 * h + j] * Math.tanh(cells[t + 1][j]);
            }
        }
        return new double[][] {y, gradient(ofInput, ofState, gates, cells, gradient)};
    }

    private static double[] gradient(
            float[] ofInput, float[] ofState, double[][] gates, double[][] cells, float[] gradient) {
        int steps = gates.length;
        int h = cells[0].length;
        int in = ofInput.length / (4 * h);
        double[] byX = new double[steps * in];
        double[] byState = new double[h];
        double[] byCell = new double[h];
        for (int t = steps - 1; t >= 0; t--) {
            double[] a = gates[t];
            double[] before = new double[4 * h];
            for (int j = 0; j < h; j++) {
                double tanh = Math.tanh(cells[t + 1][j]);
                double g = gradient[t * h + j] + byState[j];
                byCell[j] += g * a[3 * h + j] * (1 - tanh * tanh);
                before[j] = byCell[j] * a[2 * h + j] * a[j] * (1 - a[j]);
                before[h + j] = byCell[j] * cells[t][j] * a[h + j] * (1 - a[h + j]);
                before[2 * h + j] = byCell[j] * a[j] * (1 - a[2 * h + j] * a[2 * h + j]);
                before[3 * h + j] = g * tanh * a[3 * h + j] * (1 - a[3 * h + j]);
                byCell[j] *= a[h + j];
            }
            byState = new double[h];
            for (int r = 0; r < 4 * h; r++) {
                for (int k = 0; k < h; k++) {
                    byState[k] += before[r] * ofState[r * h + k];
                }
                for (int k = 0; k < in; k++) {
                    byX[t * in + k] += before[r] * ofInput[r * in + k];
                }
            }
        }
        return byX;
    }
}
