package ondol.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.nn.Conv2d;
import ondol.nn.ConvTranspose2d;
import ondol.nn.Dropout;
import ondol.nn.Embedding;
import ondol.nn.EmbeddingBag;
import ondol.nn.GELU;
import ondol.nn.Init;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.Tanh;
import ondol.op.BagMode;
import ondol.op.ConvOptions;
import ondol.op.EmbeddingOptions;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.ConvTranspose2dImpl;
import org.bytedeco.pytorch.ConvTranspose2dOptions;
import org.bytedeco.pytorch.DropoutImpl;
import org.bytedeco.pytorch.EmbeddingBagImpl;
import org.bytedeco.pytorch.EmbeddingBagOptions;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.GELUImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.ReLUImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.SequentialImpl;
import org.bytedeco.pytorch.SharedModuleVector;
import org.bytedeco.pytorch.StringTensorDict;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TanhImpl;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kMax;
import org.junit.jupiter.api.Test;

/** How modules start, what they list, and their modes, against PyTorch's modules. */
class ModuleTest {
    private static void cases(String name, Consumer<Draw> body) {
        for (int i = 0; i < Math.max(200, Settings.CASES); i++) {
            int number = i;
            try (PointerScope scope = new PointerScope()) {
                body.accept(new Draw(Settings.seed(name, i)));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        e.getMessage() + "\ncase " + number + " of -Dondol.oracle.seed=" + Settings.SEED, e);
            }
            Report.ran(name);
        }
    }

    private static LinearImpl linear(long in, long out, boolean bias) {
        LinearOptions options = new LinearOptions(in, out);
        options.bias().put(bias);
        return new LinearImpl(options);
    }

    private static void same(String what, org.bytedeco.pytorch.Tensor expected, Tensor actual) {
        Array e = Array.of(expected);
        Array a = Array.of(actual);
        assertTrue(e.sameBits(a), () -> what + ": PyTorch " + e + ", Ondol " + a);
        assertEquals(expected.requires_grad(), actual.requiresGrad(), what + " requires a gradient");
    }

    /** PyTorch draws normal numbers with other sines and logarithms where it vectorises. */
    private static void close(org.bytedeco.pytorch.Tensor expected, Tensor actual) {
        Array e = Array.of(expected);
        Array a = Array.of(actual);
        assertEquals(e.size(), a.size());
        for (int i = 0; i < e.size(); i++) {
            assertEquals(e.at(i), a.at(i), 16 * 0x1p-24 * e.norm(), "normal at " + i);
        }
    }

    /** Several layers after one seed, drawn from the default generator or from one of their own. */
    @Test
    void firstParametersOfLinear() {
        cases("Linear's first parameters", d -> {
            long seed = d.pick(0L, 1L, 42L, d.below(Long.MAX_VALUE), -d.below(1000L));
            boolean own = d.flag();
            torch.manual_seed(seed);
            Generator generator = own ? new Generator(seed) : Ondol.manualSeed(seed);
            for (int i = d.between(1, 4); i > 0; i--) {
                long in = 1 + d.below(d.pick(4, 40, 400));
                long out = d.below(d.pick(4, 40, 200));
                boolean bias = d.flag();
                LinearImpl theirs = linear(in, out, bias);
                Linear ours = own ? new Linear(in, out, bias, generator) : new Linear(in, out, bias);
                String what = "Linear(" + in + ", " + out + ", " + bias + ") of seed " + seed;
                same(what + " weight", theirs.weight(), ours.weight());
                if (bias) {
                    same(what + " bias", theirs.bias(), ours.bias());
                }
            }
        });
    }

    /** Of convolutions of two axes and transposed ones, whose fan is that of the output. */
    @Test
    void firstParametersOfConvolutions() {
        cases("convolutions' first parameters", d -> {
            long seed = d.below(Long.MAX_VALUE);
            long groups = d.between(1, 3);
            long in = groups * d.between(1, 5);
            long out = groups * d.between(1, 5);
            long[] kernel = {d.between(1, 4), d.between(1, 5)};
            boolean bias = d.flag();
            ConvOptions options = new ConvOptions().groups(groups).bias(bias);
            torch.manual_seed(seed);
            Generator generator = new Generator(seed);
            Module ours;
            StringTensorDict theirs;
            if (d.flag()) {
                Conv2dOptions settings = new Conv2dOptions(in, out, new LongPointer(kernel));
                settings.groups().put(groups);
                settings.bias().put(bias);
                theirs = new Conv2dImpl(settings).named_parameters();
                ours = new Conv2d(in, out, kernel, options, generator);
            } else {
                ConvTranspose2dOptions settings = new ConvTranspose2dOptions(in, out, new LongPointer(kernel));
                settings.groups().put(groups);
                settings.bias().put(bias);
                theirs = new ConvTranspose2dImpl(settings).named_parameters();
                ours = new ConvTranspose2d(in, out, kernel, options, generator);
            }
            Map<String, Tensor> parameters = ours.namedParameters();
            StringVector keys = theirs.keys();
            assertEquals(keys.size(), parameters.size());
            for (long i = 0; i < keys.size(); i++) {
                String key = keys.get(i).getString();
                same(ours + " " + key, theirs.get(key), parameters.get(key));
            }
        });
    }

    /** Of embeddings; and what they compute with the numbers that PyTorch's module has by the same names. */
    @Test
    void embeddings() {
        cases("embeddings' parameters and forward", d -> {
            long seed = d.below(Long.MAX_VALUE);
            long rows = d.between(1, 20);
            long columns = d.between(1, 5);
            Long padding = d.flag() ? null : (Long) (d.below(2 * rows) - rows);
            EmbeddingOptions options = new EmbeddingOptions(padding, null, 2, false);
            torch.manual_seed(seed);
            Generator generator = new Generator(seed);
            org.bytedeco.pytorch.Tensor input = d.longs(0, rows - 1, d.between(1, 4), d.between(1, 5))
                    .seen()
                    .torch();
            Layer ours;
            StringTensorDict theirs;
            org.bytedeco.pytorch.Tensor expected;
            if (d.flag()) {
                org.bytedeco.pytorch.EmbeddingOptions settings =
                        new org.bytedeco.pytorch.EmbeddingOptions(rows, columns);
                if (padding != null) {
                    settings.padding_idx().put(padding);
                }
                EmbeddingImpl layer = new EmbeddingImpl(settings);
                theirs = layer.named_parameters();
                expected = layer.forward(input);
                ours = new Embedding(rows, columns, options, generator);
            } else {
                EmbeddingBagOptions settings = new EmbeddingBagOptions(rows, columns);
                settings.mode().put(new kMax()); // of which no rounding makes another number
                if (padding != null) {
                    settings.padding_idx().put(padding);
                }
                EmbeddingBagImpl layer = new EmbeddingBagImpl(settings);
                theirs = layer.named_parameters();
                expected = layer.forward(input);
                ours = new EmbeddingBag(rows, columns, BagMode.MAX, false, options, generator);
            }
            StringVector keys = theirs.keys();
            Map<String, Tensor> state = new LinkedHashMap<>();
            for (long i = 0; i < keys.size(); i++) {
                String key = keys.get(i).getString();
                // In C++, bags fill the padding's row before they draw, so that it stays drawn; in Python, afterwards.
                if (padding == null || ours instanceof Embedding) {
                    close(theirs.get(key), ours.namedParameters().get(key));
                }
                state.put(key, Array.of(theirs.get(key)).ondol(ondol.Device.CPU));
            }
            ours.loadStateDict(state);
            same(ours.toString(), expected, ours.forward(Array.of(input).ondol(ondol.Device.CPU)));
        });
    }

    @Test
    void init() {
        cases("Init", d -> {
            long[] shape = d.chance(0.8) ? d.shape(2, 4) : d.shape(0, 1);
            long seed = d.below(1_000_000L);
            double a = d.gaussian();
            double b = a + d.uniform(0, 3);
            Generator generator = new Generator(seed);
            Tensor ours = Tensor.parameter(Tensor.zeros(shape));
            org.bytedeco.pytorch.Tensor theirs = torch.zeros(shape).set_requires_grad(true);
            torch.manual_seed(seed);
            boolean fans = shape.length >= 2 && Array.count(shape) > 0;
            switch (d.below(fans ? 7 : 4)) {
                case 0 -> same("uniform", torch.uniform_(theirs, a, b), Init.uniform(ours, a, b, generator));
                case 1 -> close(torch.normal_(theirs, a, b - a), Init.normal(ours, a, b - a, generator));
                case 2 -> same("constant", torch.constant_(theirs, new Scalar(a)), Init.constant(ours, a));
                case 3 -> {
                    same("ones", torch.ones_(theirs), Init.ones(ours));
                    same("zeros", torch.zeros_(theirs), Init.zeros(ours));
                }
                case 4 ->
                    same(
                            "xavierUniform",
                            torch.xavier_uniform_(theirs, b - a),
                            Init.xavierUniform(ours, b - a, generator));
                case 5 -> {
                    Ondol.manualSeed(seed);
                    same("kaimingUniform", torch.kaiming_uniform_(theirs), Init.kaimingUniform(ours));
                }
                default -> {
                    Ondol.manualSeed(seed);
                    same("xavierUniform", torch.xavier_uniform_(theirs), Init.xavierUniform(ours));
                }
            }
        });
    }

    /** A random Sequential in both engines, with the same numbers in it. */
    private static final class Net {
        final Sequential ours = new Sequential();
        final SequentialImpl theirs = new SequentialImpl();

        /** What PyTorch's list refers to. */
        final List<Object> kept = new ArrayList<>();

        Net(Draw d) {
            long seed = d.below(1000L);
            Generator generator = new Generator(seed);
            torch.manual_seed(seed);
            long width = d.between(1, 6);
            for (int i = d.below(6); i > 0; i--) {
                switch (d.below(5)) {
                    case 0 -> {
                        ours.append(new ReLU());
                        theirs.push_back(kept(new ReLUImpl()));
                    }
                    case 1 -> {
                        ours.append(new Tanh());
                        theirs.push_back(kept(new TanhImpl()));
                    }
                    case 2 -> {
                        ours.append(new GELU());
                        theirs.push_back(kept(new GELUImpl()));
                    }
                    case 3 -> {
                        ours.append(new Dropout(0.5));
                        theirs.push_back(kept(new DropoutImpl(0.5)));
                    }
                    default -> {
                        long out = d.between(1, 6);
                        boolean bias = d.flag();
                        ours.append(new Linear(width, out, bias, generator));
                        theirs.push_back(kept(linear(width, out, bias)));
                        width = out;
                    }
                }
            }
        }

        private <T> T kept(T module) {
            kept.add(module);
            return module;
        }
    }

    @Test
    void namedParameters() {
        cases("named parameters", d -> {
            Net net = new Net(d);
            Map<String, Tensor> ours = net.ours.namedParameters();
            StringTensorDict theirs = net.theirs.named_parameters();
            StringVector keys = theirs.keys();
            List<String> names = new ArrayList<>();
            for (long i = 0; i < keys.size(); i++) {
                names.add(keys.get(i).getString());
            }
            assertEquals(names, List.copyOf(ours.keySet()));
            assertEquals(names, List.copyOf(net.ours.stateDict().keySet()));
            for (int i = 0; i < names.size(); i++) {
                same(names.get(i), theirs.get(names.get(i)), ours.get(names.get(i)));
                same(
                        names.get(i),
                        theirs.get(names.get(i)),
                        net.ours.parameters().get(i));
            }
        });
    }

    @Test
    void modes() {
        cases("modes", d -> {
            Net net = new Net(d);
            for (int i = 0; i < 4; i++) {
                boolean training = d.flag();
                int child = net.ours.size() == 0 || d.flag() ? -1 : d.below(net.ours.size());
                SharedModuleVector theirs = net.theirs.modules();
                List<Module> ours = net.ours.modules();
                if (child < 0) {
                    net.ours.train(training);
                    net.theirs.train(training);
                } else {
                    ours.get(child + 1).train(training);
                    theirs.get(child + 1).train(training);
                }
                assertEquals(theirs.size(), ours.size());
                for (int k = 0; k < ours.size(); k++) {
                    assertEquals(theirs.get(k).is_training(), ours.get(k).training(), "module " + k);
                }
            }
        });
    }

    /** In evaluation mode, and in training mode where there is no dropout. */
    @Test
    void forward() {
        cases("Sequential's forward", d -> {
            Net net = new Net(d);
            net.ours.eval();
            net.theirs.eval();
            long in = net.ours.children().stream()
                    .filter(m -> m instanceof Linear)
                    .mapToLong(m -> ((Linear) m).inFeatures())
                    .findFirst()
                    .orElse(3);
            Draw.Operand x = d.tame().floatsBetween(-2, 2, d.between(1, 5), in);
            if (net.ours.size() == 0) {
                return; // PyTorch's C++ Sequential refuses to be empty; Python's returns its input, as Ondol's
            }
            Array expected = Array.of(net.theirs.forward(x.seen().torch()));
            Array actual = Array.of(net.ours.forward(x.seen().ondol(ondol.Device.CPU)));
            assertEquals(expected.size(), actual.size());
            for (int i = 0; i < expected.size(); i++) {
                assertEquals(expected.at(i), actual.at(i), 1e-5 * Math.max(1, expected.norm()), net.ours.toString());
            }
        });
    }
}
