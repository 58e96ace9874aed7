package ondol.cli;

import ondol.cli.Report.Cell.Code;

/** The lecture's code that prints nothing: what is typed in Java, and the notebook's lines. {@link Lecture} does the same. */
final class LectureCells {
    static final Code COFFEE = new Code("""
                Ondol.manualSeed(43052);
                Tensor sorted = Tensor.randn(100).sort().values();
                Tensor eps = Tensor.randn(100).mul(0.5);
                Tensor x = sorted.reshape(-1, 1);
                Tensor y = sorted.mul(4).add(2.5).add(eps).reshape(-1, 1);\
                """, """
                torch.manual_seed(43052)
                x, _ = torch.randn(100).sort()
                eps = torch.randn(100)*0.5
                y = x*4 + 2.5 + eps
                x, y = x.reshape(-1, 1), y.reshape(-1, 1)\
                """);

    static final Code TRAINING = new Code("""
                void train(Sequential net, Adam optimizr, Tensor x, Tensor y, int epochs) {
                    MSELoss lossFn = new MSELoss();
                    for (int epoc = 0; epoc < epochs; epoc++) {
                        // step 1
                        Tensor yhat = net.forward(x);
                        // step 2
                        Tensor loss = lossFn.forward(yhat, y);
                        // step 3
                        loss.backward();
                        // step 4
                        optimizr.step();
                        optimizr.zeroGrad();
                    }
                }\
                """, """
                def train(net, optimizr, x, y, epochs):
                    loss_fn = torch.nn.MSELoss()
                    for epoc in range(epochs):
                        # step 1
                        yhat = net(x)
                        # step 2
                        loss = loss_fn(yhat, y)
                        # step 3
                        loss.backward()
                        # step 4
                        optimizr.step()
                        optimizr.zero_grad()\
                """);

    static final Code REGRESSION = new Code("""
                Sequential net = new Sequential(new Linear(1, 1));
                byte[] state = Ondol.generator().getState(); // for 5.B
                train(net, new Adam(net.parameters(), 0.1), x, y, 200);\
                """, """
                net = torch.nn.Sequential(torch.nn.Linear(1, 1))
                state = torch.get_rng_state()  # for 5.B
                train(net, torch.optim.Adam(net.parameters(), lr=0.1), x, y, 200)\
                """);

    static final Code NOISE = new Code("""
                Ondol.manualSeed(5);
                Tensor x = Tensor.linspace(0, 1, 100).reshape(100, 1);
                Tensor y = Tensor.randn(100).reshape(100, 1).mul(0.01);\
                """, """
                torch.manual_seed(5)
                x = torch.linspace(0, 1, 100).reshape(100, 1)
                y = torch.randn(100).reshape(100, 1)*0.01\
                """);

    static final Code WIDE_NET = new Code("""
                Ondol.manualSeed(1);
                Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
                train(net, new Adam(net.parameters()), x, y, 1000);\
                """, """
                torch.manual_seed(1)
                net = torch.nn.Sequential(torch.nn.Linear(1, 512), torch.nn.ReLU(), torch.nn.Linear(512, 1))
                train(net, torch.optim.Adam(net.parameters()), x, y, 1000)\
                """);

    static final Code SPLIT = new Code("""
                Ondol.manualSeed(5);
                Tensor xAll = Tensor.linspace(0, 1, 100).reshape(100, 1);
                Tensor yAll = Tensor.randn(100).reshape(100, 1).mul(0.01);
                Tensor x = xAll.slice(0, 0, 80);
                Tensor y = yAll.slice(0, 0, 80);
                Tensor xx = xAll.slice(0, 80, 100);
                Tensor yy = yAll.slice(0, 80, 100);\
                """, """
                torch.manual_seed(5)
                x_all = torch.linspace(0, 1, 100).reshape(100, 1)
                y_all = torch.randn(100).reshape(100, 1)*0.01
                x, y = x_all[:80], y_all[:80]
                xx, yy = x_all[80:], y_all[80:]\
                """);

    static final Code NET_WITH_DROPOUT = new Code("""
                Ondol.manualSeed(1);
                Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Dropout(0.8), new Linear(512, 1));
                train(net, new Adam(net.parameters()), x, y, 1000);\
                """, """
                torch.manual_seed(1)
                net = torch.nn.Sequential(
                    torch.nn.Linear(1, 512), torch.nn.ReLU(), torch.nn.Dropout(0.8), torch.nn.Linear(512, 1))
                train(net, torch.optim.Adam(net.parameters()), x, y, 1000)\
                """);

    static final Code DROPOUT_ALONE = new Code("""
                Ondol.generator().setState(state);
                new Dropout(0.9).forward(Tensor.randn(10, 2)); // a run that the notebook does not show
                Tensor u = Tensor.randn(10, 2);
                Dropout d = new Dropout(0.9);\
                """, """
                torch.set_rng_state(state)
                torch.nn.Dropout(0.9)(torch.randn(10, 2))  # a run that the notebook does not show
                u = torch.randn(10, 2)
                d = torch.nn.Dropout(0.9)\
                """);

    static final Code OTHER_VALUES = new Code("Tensor u = Tensor.randn(10, 2);", "u = torch.randn(10, 2)");

    static final Code NET_OF_DROPOUT = new Code(
            "Sequential net = new Sequential(new Dropout(0.9));", "net = torch.nn.Sequential(torch.nn.Dropout(0.9))");

    static final Code PRINTED_VALUES = new Code("""
                Tensor u = Tensor.tensor(new float[][] {
                    {1.4002224f, 0.0167855f}, {-1.2828235f, 0.7287981f}, {2.1962678f, -0.4902879f}, {-1.5217579f, 0.7236245f},
                    {-0.4340855f, 1.1729672f}, {-0.0338111f, 0.8724532f}, {1.4545615f, 0.2122587f}, {-1.5117491f, 0.9293169f},
                    {-1.1558679f, 0.0696825f}, {-0.6234414f, 0.0500063f}});
                ReLU r = new ReLU();
                Dropout d = new Dropout();\
                """, """
                u = torch.randn(10, 2)  # of another seed: the values are those that the notebook prints
                r = torch.nn.ReLU()
                d = torch.nn.Dropout()\
                """);

    static final Code SIGMOID = new Code("""
                Tensor v = Tensor.randn(10, 2);
                Sigmoid s = new Sigmoid();\
                """, """
                u = torch.randn(10, 2)
                s = torch.nn.Sigmoid()\
                """);

    static final Code BENT_LINE = new Code("""
                Tensor sorted = Tensor.randn(300).sort().values();
                Tensor x = sorted.reshape(-1, 1);
                Tensor y = sorted.mul(20).relu().add(Tensor.randn(300)).reshape(-1, 1);\
                """, """
                x, _ = torch.randn(300).sort()
                y = torch.relu(20*x) + torch.randn(300)
                x, y = x.reshape(-1, 1), y.reshape(-1, 1)\
                """);

    static final Code NET_OF_RELUS = new Code("""
                Ondol.manualSeed(43052);
                Sequential net = new Sequential(
                        new Linear(1, 1000), new ReLU(), new Dropout(0.1), new Linear(1000, 1, false));
                train(net, new Adam(net.parameters()), x, y, 5000);\
                """, """
                torch.manual_seed(43052)
                net = torch.nn.Sequential(
                    torch.nn.Linear(1, 1000), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(1000, 1, bias=False))
                train(net, torch.optim.Adam(net.parameters()), x, y, 5000)\
                """);

    static final Code LAST_LAYER = new Code("""
                Tensor U = net.slice(0, -1).forward(x).detach(); // [300, 1000]
                Tensor W = net.get(-1, Linear.class).weight().t(); // [1000, 1]
                Index firstTen = Index.to(10);\
                """, """
                U = net[:-1](x).data  # [300, 1000]
                W = net[-1].weight.T  # [1000, 1]\
                """);

    static final Code RELUS = new Code("""
                Tensor relus = U.mul(W.reshape(-1)).detach(); // [300, 1000]
                Line orange = Line.of("-").color(Line.C1).alpha(0.02);\
                """, """
                relus = (U*W.reshape(-1)).data  # [300, 1000]\
                """);

    private LectureCells() {}
}
