package ondol.cli;

import static ondol.cli.LectureCells.BENT_LINE;
import static ondol.cli.LectureCells.COFFEE;
import static ondol.cli.LectureCells.DROPOUT_ALONE;
import static ondol.cli.LectureCells.LAST_LAYER;
import static ondol.cli.LectureCells.NET_OF_DROPOUT;
import static ondol.cli.LectureCells.NET_OF_RELUS;
import static ondol.cli.LectureCells.NET_WITH_DROPOUT;
import static ondol.cli.LectureCells.NOISE;
import static ondol.cli.LectureCells.OTHER_VALUES;
import static ondol.cli.LectureCells.PRINTED_VALUES;
import static ondol.cli.LectureCells.REGRESSION;
import static ondol.cli.LectureCells.RELUS;
import static ondol.cli.LectureCells.SIGMOID;
import static ondol.cli.LectureCells.SPLIT;
import static ondol.cli.LectureCells.TRAINING;
import static ondol.cli.LectureCells.WIDE_NET;
import static ondol.plot.Line.C0;
import static ondol.plot.Line.C1;
import static ondol.plot.Line.GRAY;

import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import ondol.Index;
import ondol.Ondol;
import ondol.Tensor;
import ondol.cli.Report.Cell.Code;
import ondol.cli.Report.Cell.Output;
import ondol.nn.Dropout;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.Sigmoid;
import ondol.optim.Adam;
import ondol.plot.Line;
import ondol.plot.Plot.Corner;

/**
 * Sections 3 to 5 of the lecture "prediction, the other side of Cybenko's theorem, dropout": the notebook's cells in order,
 * with its names, seeds and numbers of steps. Each cell is shown as the Java that a user would type and as the notebook's PyTorch; a
 * test types all of it into jshell and gets the same outputs.
 */
final class Lecture {
    private static final String DATA = "'--o', alpha=0.5";
    private static final String DATA_LINE = "Line.of(\"--o\").alpha(0.5)";
    private static final String FIT_IN_JAVA = """
            new Plot().plot(x, y, %s)
                    .plot(x, net.forward(x), "--")\
            """;
    private static final String FIT_IN_PYTHON = """
            plt.plot(x, y, %s)
            plt.plot(x, net(x).data, '--')\
            """;

    private final Report report;
    private final Figures figures;
    private final Verification verification;

    /** Where in the lecture the script is, such as {@code 5.B}. */
    private String part = "";

    /** The generator as section 3 left it, which is where 5.B goes on. */
    private byte[] generatorAfterSection3 = {};

    Lecture(Report report, Figures figures, Verification verification) {
        this.report = report;
        this.figures = figures;
        this.verification = verification;
    }

    /** Runs it on the default device. */
    void run() {
        report.section("3. Prediction");
        prediction();
        report.section("4. Overfitting: the other side of Cybenko's theorem");
        overfitting();
        overfittingShown();
        report.section("5. Dropout");
        dropoutAgainstOverfitting();
        dropoutLayer();
        placeOfDropout();
        meanCorrection();
    }

    // ---- 3

    private void prediction() {
        part("3.A", "Data");
        report.note("y = 4x + 2.5 and noise: say, the coffee that is sold at the temperature x.");
        code(COFFEE);
        Ondol.manualSeed(43052);
        Tensor sorted = Tensor.randn(100).sort().values();
        Tensor eps = Tensor.randn(100).mul(0.5);
        Tensor x = sorted.reshape(-1, 1);
        Tensor y = sorted.mul(4).add(2.5).add(eps).reshape(-1, 1);
        figures.draw("data", "Plot.points(x, y)", "plt.plot(x, y, 'o')", plot -> plot.plot(x, y, Line.of("o")));

        part("3.B", "Training");
        code(TRAINING);
        code(REGRESSION);
        Sequential net = new Sequential(new Linear(1, 1));
        generatorAfterSection3 = Ondol.generator().getState();
        train(net, new Adam(net.parameters(), 0.1), x, y, 200);
        figures.draw(
                "regression",
                FIT_IN_JAVA.formatted("\"o\""),
                FIT_IN_PYTHON.formatted("'o'"),
                plot -> plot.plot(x, y, Line.of("o")).plot(x, net.forward(x), Line.of("--")));
        Linear layer = net.get(0, Linear.class);
        show("""
                Linear layer = net.get(0, Linear.class);
                List.of(layer.weight(), layer.bias())\
                """, "net[0].weight, net[0].bias", layer.weight(), Objects.requireNonNull(layer.bias()));

        part("3.C", "Prediction");
        report.note("How much coffee is sold at 0.1 degrees?");
        show("0.1 * 4.0042 + 2.4459", "0.1 * 4.0042 + 2.4459", 0.1 * 4.0042 + 2.4459);
        show(
                "Tensor xx = Tensor.tensor(new float[][] {{0.1f}});\nnet.forward(xx)",
                "xx = torch.tensor([[0.1]])\nnet(xx)",
                net.forward(Tensor.tensor(new float[][] {{0.1f}})));
        report.note("And at 0.2 degrees?");
        show("0.2 * 4.0042 + 2.4459", "0.2 * 4.0042 + 2.4459", 0.2 * 4.0042 + 2.4459);
        show(
                "Tensor xx = Tensor.tensor(new float[][] {{0.2f}});\nnet.forward(xx)",
                "xx = torch.tensor([[0.2]])\nnet(xx)",
                net.forward(Tensor.tensor(new float[][] {{0.2f}})));
        report.note("Both at once:");
        show("""
                Tensor xx = Tensor.tensor(new float[][] {{0.1f}, {0.2f}});
                net.forward(xx)\
                """, """
                xx = torch.tensor([[0.1],
                                   [0.2]])
                net(xx)\
                """, net.forward(Tensor.tensor(new float[][] {{0.1f}, {0.2f}})));
    }

    // ---- 4

    /** The data of 4.B to 5.A: there is nothing to learn, the underlying y is 0. */
    private record Noise(Tensor x, Tensor y) {
        static Noise draw() {
            Ondol.manualSeed(5);
            Tensor x = Tensor.linspace(0, 1, 100).reshape(100, 1);
            return new Noise(x, Tensor.randn(100).reshape(100, 1).mul(0.01));
        }

        Noise training() {
            return new Noise(x.slice(0, 0, 80), y.slice(0, 0, 80));
        }

        Noise test() {
            return new Noise(x.slice(0, 80, 100), y.slice(0, 80, 100));
        }
    }

    private void overfitting() {
        part("4.B", "An example of overfitting");
        report.note("Pure noise, y = 0x + e with e ~ N(0, 0.01^2): a net of 512 hidden units fits even that.");
        code(NOISE);
        Noise data = Noise.draw();
        Tensor x = data.x();
        Tensor y = data.y();
        figures.draw(
                "noise",
                "new Plot().plot(x, y, " + DATA_LINE + ")",
                "plt.plot(x, y, " + DATA + ")",
                plot -> plot.plot(x, y, noise()));

        code(WIDE_NET);
        Ondol.manualSeed(1);
        Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
        train(net, new Adam(net.parameters()), x, y, 1000);
        figures.draw(
                "overfitted",
                FIT_IN_JAVA.formatted(DATA_LINE),
                FIT_IN_PYTHON.formatted(DATA),
                plot -> plot.plot(x, y, noise()).plot(x, net.forward(x), Line.of("--")));
    }

    private void overfittingShown() {
        part("4.C", "The proof of overfitting: training and test data");
        report.note("The first 80 points are for training, the last 20 for the test.");
        code(SPLIT);
        Noise all = Noise.draw();
        Tensor x = all.training().x();
        Tensor y = all.training().y();
        Tensor xx = all.test().x();
        Tensor yy = all.test().y();
        figures.draw(
                "training-and-test",
                """
                new Plot().plot(x, y, %1$s.label("training"))
                        .plot(xx, yy, %1$s.label("test"))
                        .legend(Plot.Corner.UPPER_RIGHT)\
                """.formatted(DATA_LINE),
                """
                plt.plot(x, y, %1$s, label="training")
                plt.plot(xx, yy, %1$s, label="test")
                plt.legend()\
                """.formatted(DATA),
                plot -> plot.plot(x, y, noise().label("training"))
                        .plot(xx, yy, noise().label("test"))
                        .legend(Corner.UPPER_RIGHT));

        code(WIDE_NET);
        Ondol.manualSeed(1);
        Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
        train(net, new Adam(net.parameters()), x, y, 1000);
        report.note("On the training data it does well enough:");
        figures.draw(
                "fit-of-training-data",
                """
                new Plot().plot(xAll, yAll, %s.color(Line.GRAY))
                        .plot(x, net.forward(x), "--")\
                """.formatted(DATA_LINE),
                """
                plt.plot(x_all, y_all, %s, color="gray")
                plt.plot(x, net(x).data, '--')\
                """.formatted(DATA),
                plot -> plot.plot(all.x(), all.y(), noise().color(GRAY)).plot(x, net.forward(x), Line.of("--")));
        report.note("On the test data it is far off. That is overfitting:");
        drawFits("fit-of-test-data", net, all);
    }

    /** The data in gray, and what the net makes of the training and of the test part. */
    private void drawFits(String name, Layer net, Noise all) {
        Tensor x = all.training().x();
        Tensor xx = all.test().x();
        figures.draw(
                name,
                """
                new Plot().plot(xAll, yAll, %s.color(Line.GRAY))
                        .plot(x, net.forward(x), "--")
                        .plot(xx, net.forward(xx), "--")\
                """.formatted(DATA_LINE),
                """
                plt.plot(x_all, y_all, %s, color="gray")
                plt.plot(x, net(x).data, '--')
                plt.plot(xx, net(xx).data, '--')\
                """.formatted(DATA),
                plot -> plot.plot(all.x(), all.y(), noise().color(GRAY))
                        .plot(x, net.forward(x), Line.of("--"))
                        .plot(xx, net.forward(xx), Line.of("--")));
    }

    private static Line noise() {
        return Line.of("--o").alpha(0.5);
    }

    // ---- 5

    private void dropoutAgainstOverfitting() {
        part("5.A", "Dropout against overfitting");
        code(SPLIT);
        Noise all = Noise.draw();
        Tensor x = all.training().x();
        Tensor y = all.training().y();
        Tensor xx = all.test().x();
        Tensor yy = all.test().y();
        figures.draw(
                "same-data",
                """
                new Plot().plot(x, y, Line.of("--o").color(Line.C0))
                        .plot(xx, yy, Line.of("--o").color(Line.C1))\
                """,
                """
                plt.plot(x, y, '--o', color="C0")
                plt.plot(xx, yy, '--o', color="C1")\
                """,
                plot -> plot.plot(x, y, Line.of("--o").color(C0))
                        .plot(xx, yy, Line.of("--o").color(C1)));

        code(NET_WITH_DROPOUT);
        Ondol.manualSeed(1);
        Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Dropout(0.8), new Linear(512, 1));
        train(net, new Adam(net.parameters()), x, y, 1000);
        report.note("The wrong way to look at the result: dropout is still on.");
        drawFits("dropout-left-on", net, all);
        report.note("The right way: off with it first.");
        show("net.training()", "net.training", net.training());
        show("net.eval()", "net.eval()", net.eval());
        show("net.training()", "net.training", net.training());
        drawFits("dropout-off", net, all);
    }

    private void dropoutLayer() {
        part("5.B", "The dropout layer");
        report.note("90% of the elements become 0, and the others ten times as large.");
        // The notebook made these cells right after section 3, and ran the first one twice: its generator goes on from
        // there, past the randn and the dropout of the run that is not shown.
        code(DROPOUT_ALONE);
        Ondol.generator().setState(generatorAfterSection3);
        new Dropout(0.9).forward(Tensor.randn(10, 2));
        Tensor u = Tensor.randn(10, 2);
        Dropout d = new Dropout(0.9);
        show("u", "u", u);
        show("d.forward(u)", "d(u)", d.forward(u));

        report.note("Dropout is on while training, and off in evaluation.");
        Tensor u2 = Tensor.randn(10, 2);
        code(OTHER_VALUES);
        show("u", "u", u2);
        Sequential net = new Sequential(new Dropout(0.9));
        code(NET_OF_DROPOUT);
        show("net", "net", net);
        show("List.of(u, net.forward(u))", "u, net(u)", u2, net.forward(u2));
        show("net.training()", "net.training", net.training());
        show("net.eval()", "net.eval()", net.eval());
        show("List.of(u, net.forward(u))", "u, net(u)", u2, net.forward(u2));
    }

    private void placeOfDropout() {
        part("5.C", "Where to put the dropout layer");
        report.note("With ReLU it may come before or after: dropout(relu(x)) = relu(dropout(x)).");
        // The notebook does not show the state of the generator that this u was drawn from; these are its values.
        code(PRINTED_VALUES);
        Tensor u = Tensor.tensor(new float[][] {
            {1.4002224f, 0.0167855f},
            {-1.2828235f, 0.7287981f},
            {2.1962678f, -0.4902879f},
            {-1.5217579f, 0.7236245f},
            {-0.4340855f, 1.1729672f},
            {-0.0338111f, 0.8724532f},
            {1.4545615f, 0.2122587f},
            {-1.5117491f, 0.9293169f},
            {-1.1558679f, 0.0696825f},
            {-0.6234414f, 0.0500063f}
        });
        ReLU r = new ReLU();
        Dropout d = new Dropout();
        Ondol.manualSeed(0);
        show("Ondol.manualSeed(0);\nd.forward(r.forward(u))", "torch.manual_seed(0)\nd(r(u))", d.forward(r.forward(u)));
        Ondol.manualSeed(0);
        show("Ondol.manualSeed(0);\nr.forward(d.forward(u))", "torch.manual_seed(0)\nr(d(u))", r.forward(d.forward(u)));

        report.note("With other activations it must come after: sigmoid(0) is not 0.");
        // The generator goes on from the seed 0 and the one word that the last dropout drew.
        code(SIGMOID);
        Tensor v = Tensor.randn(10, 2);
        Sigmoid s = new Sigmoid();
        Ondol.manualSeed(0);
        show("Ondol.manualSeed(0);\nd.forward(s.forward(v))", "torch.manual_seed(0)\nd(s(u))", d.forward(s.forward(v)));
        Ondol.manualSeed(0);
        show("Ondol.manualSeed(0);\ns.forward(d.forward(v))", "torch.manual_seed(0)\ns(d(u))", s.forward(d.forward(v)));
    }

    private void meanCorrection() {
        part("5.D", "Why the mean is corrected");
        // The notebook does not show the generator's state here either; so the data are others, from where 5.C ends.
        code(BENT_LINE);
        Tensor sorted = Tensor.randn(300).sort().values();
        Tensor x = sorted.reshape(-1, 1);
        Tensor y = sorted.mul(20).relu().add(Tensor.randn(300)).reshape(-1, 1);
        report.note("y = relu(20x) and noise.");
        figures.draw("bent-line", "Plot.points(x, y)", "plt.plot(x, y, 'o')", plot -> plot.plot(x, y, Line.of("o")));

        code(NET_OF_RELUS);
        Ondol.manualSeed(43052);
        Sequential net = new Sequential(
                new Linear(1, 1000), new ReLU(), new Dropout(0.1), new Linear(1000, 1, /* bias= */ false));
        train(net, new Adam(net.parameters()), x, y, 5000);
        show("net.eval()", "net.eval()", net.eval());
        show("net.training()", "net.training", net.training());
        figures.draw(
                "bent-line-fit",
                FIT_IN_JAVA.formatted("\"o\""),
                FIT_IN_PYTHON.formatted("'o'"),
                plot -> plot.plot(x, y, Line.of("o")).plot(x, net.forward(x), Line.of("--")));

        report.note("U = net[:-1](x).data and W = net[-1].weight.T: three ways to compute the same ten numbers."
                + " (The notebook's are others, because it does not show the seed of its data.)");
        code(LAST_LAYER);
        Tensor U = net.slice(0, -1).forward(x).detach(); // [300, 1000]
        Tensor W = net.get(-1, Linear.class).weight().t(); // [1000, 1]
        Index firstTen = Index.to(10);
        String one = showFree(
                "net.forward(x).reshape(-1).get(firstTen)",
                "net(x).reshape(-1)[:10]",
                net.forward(x).reshape(-1).get(firstTen));
        showSame(
                "U.matmul(W).reshape(-1).get(firstTen)",
                "(U@W).reshape(-1)[:10]",
                one,
                U.matmul(W).reshape(-1).get(firstTen));
        showSame(
                "U.mul(W.reshape(-1)).sum(1).get(firstTen)",
                "((U*W.reshape(-1)).sum(axis=1))[:10]",
                one,
                U.mul(W.reshape(-1)).sum(1).get(firstTen));

        report.note("So the 1,000 lines of the first picture, each a ReLU, add up to the dashed line of the last."
                + " If dropout left 10% of them, the sum would need a factor of 10 to be right again.");
        code(RELUS);
        Tensor relus = U.mul(W.reshape(-1)); // [300, 1000]
        Line orange = Line.of("-").color(C1).alpha(0.02);
        figures.draw(
                "thousand-relus",
                "new Plot().plot(x, relus, orange)",
                "plt.plot(x, relus, color=\"C1\", alpha=0.02)",
                plot -> plot.plot(x, relus, orange));
        figures.draw(
                "relus-and-their-sum",
                """
                Plot.row(
                        new Plot().plot(x, relus, orange).title("1,000 ReLUs"),
                        new Plot().plot(x, net.forward(x), Line.of("--").color(Line.C1)).title("net(x)=sum(1,000 ReLUs)"))\
                """,
                """
                ax[0].plot(x, relus, color="C1", alpha=0.02)
                ax[1].plot(x, net(x).data, '--', color="C1")\
                """,
                plot -> plot.plot(x, relus, orange).title("1,000 ReLUs"),
                plot -> plot.plot(x, net.forward(x), Line.of("--").color(C1)).title("net(x)=sum(1,000 ReLUs)"));
    }

    // ---- what the cells have in common

    private void part(String number, String title) {
        part = number;
        report.part(number + " " + title);
    }

    /** Shows code that prints nothing. */
    private void code(Code cell) {
        report.code(cell);
    }

    /** The notebook's training loop. */
    private void train(Sequential net, Adam optimizr, Tensor x, Tensor y, int epochs) {
        MSELoss lossFn = new MSELoss();
        double last = Double.NaN;
        try (Progress progress = new Progress(part, epochs)) {
            for (int epoc = 1; epoc <= epochs; epoc++) {
                // step 1
                Tensor yhat = net.forward(x);
                // step 2
                Tensor loss = lossFn.forward(yhat, y);
                // step 3
                loss.backward();
                // step 4
                optimizr.step();
                optimizr.zeroGrad();
                if (epoc == epochs) {
                    last = loss.item();
                }
                progress.step();
            }
        }
        report.note(String.format(
                Locale.ROOT,
                "Trained %s (%,d parameters) for %,d steps of Adam(lr=%s); the loss of the last step was %.6f.",
                net.children().stream().map(m -> m.getClass().getSimpleName()).collect(Collectors.joining("-")),
                net.parameters().stream().mapToLong(Tensor::numel).sum(),
                epochs,
                optimizr.lr(),
                last));
    }

    /** Shows what the notebook shows, and compares. */
    private void show(String java, String python, Object... values) {
        verification.printed(part, python, showFree(java, python, values));
    }

    /** Shows what must print the same as {@code earlier}. */
    private void showSame(String java, String python, String earlier, Object value) {
        verification.same(part, python, earlier, showFree(java, python, value));
    }

    /** Shows what the notebook cannot be compared with. */
    private String showFree(String java, String python, Object... values) {
        String text = Jupyter.display(values);
        report.output(new Output(java, python, text, Jupyter.displayInJava(values)));
        return text;
    }
}
