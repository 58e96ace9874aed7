package ondol.nn;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ondol.RemovableHandle;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;

/**
 * The parts of a network, a line for each module: its name, its class, the shapes of its results, and how many elements its own
 * parameters have; as torchinfo's {@code summary} for PyTorch.
 *
 * <pre>{@code
 * System.out.println(ModuleSummary.of(net, Tensor.zeros(1, 2)));
 *
 * NAME  MODULE      RESULT   PARAMETERS
 *       Sequential  [1, 3]
 * 0     Linear      [1, 16]  48
 * 1     ReLU        [1, 16]
 * 2     Linear      [1, 3]   51
 *
 * 99 parameters, of which 99 are trained; with buffers 396 bytes
 * }</pre>
 */
public final class ModuleSummary {
    /**
     * One module.
     *
     * @param name the way to it from the network; empty for the network itself
     * @param type its class
     * @param results the shapes of its last call's results; empty if it was not called
     * @param parameters elements of its own parameters, without those of the modules in it
     */
    public record Line(String name, String type, String results, long parameters) {
        /** Checks that nothing is null. */
        public Line {
            Objects.requireNonNull(name, "ModuleSummary.Line: the name is null; give one, or \"\"");
            Objects.requireNonNull(type, "ModuleSummary.Line: the type is null; give the name of a class");
            Objects.requireNonNull(results, "ModuleSummary.Line: the results are null; give shapes, or \"\"");
        }
    }

    private static final List<String> HEAD = List.of("NAME", "MODULE", "RESULT", "PARAMETERS");

    private final List<Line> lines;
    private final long parameters;
    private final long trained;
    private final long bytes;

    private ModuleSummary(List<Line> lines, long parameters, long trained, long bytes) {
        this.lines = List.copyOf(lines);
        this.parameters = parameters;
        this.trained = trained;
        this.bytes = bytes;
    }

    /**
     * {@return the summary of a network that is not called, without shapes}
     *
     * @param net the network
     */
    public static ModuleSummary of(Module net) {
        return of(net, n -> {});
    }

    /**
     * {@return the summary of a layer with the shapes that an example leads to} The layer is called in evaluation mode without
     * gradients, and afterwards is as it was.
     *
     * @param net the network
     * @param example an input, such as {@code Tensor.zeros(1, 2)}
     */
    public static ModuleSummary of(Layer net, Tensor example) {
        return of(net, n -> net.call(example));
    }

    /**
     * {@return the summary of a network with the shapes that a call leads to} The network is called in evaluation mode without
     * gradients, and afterwards is as it was.
     *
     * @param <M> the network's class
     * @param net the network
     * @param call calls the network, as {@code net -> net.call(tokens, lengths)}
     */
    public static <M extends Module> ModuleSummary of(M net, Consumer<M> call) {
        Objects.requireNonNull(net, "ModuleSummary.of: the network is null; give one");
        Objects.requireNonNull(call, "ModuleSummary.of: the call is null; give one, as net -> net.call(x)");
        Map<Module, String> results = results(net, call);
        List<Line> lines = new ArrayList<>();
        net.namedModules()
                .forEach((name, module) -> lines.add(new Line(
                        name,
                        module.getClass().getSimpleName(),
                        results.getOrDefault(module, ""),
                        elements(ownParameters(module)))));
        List<Tensor> parameters = net.parameters();
        long bytes = Stream.concat(parameters.stream(), net.buffers().stream())
                .mapToLong(t -> t.numel() * t.dtype().bytes())
                .sum();
        List<Tensor> trained = parameters.stream().filter(Tensor::requiresGrad).toList();
        return new ModuleSummary(lines, elements(parameters), elements(trained), bytes);
    }

    /** {@return the lines, one for each module, the network itself first} */
    public List<Line> lines() {
        return lines;
    }

    /** {@return how many elements all parameters have; one that several modules share counts once} */
    public long parameters() {
        return parameters;
    }

    /** {@return how many elements the parameters have that require a gradient; one that several modules share counts once} */
    public long trained() {
        return trained;
    }

    /** {@return how many bytes all parameters and buffers take} */
    public long bytes() {
        return bytes;
    }

    /** The shapes of each module's results in a call. */
    private static <M extends Module> Map<Module, String> results(M net, Consumer<M> call) {
        Map<Module, String> shapes = new IdentityHashMap<>();
        List<Module> modules = net.modules();
        List<Boolean> modes = modules.stream().map(Module::training).toList();
        List<RemovableHandle> handles = new ArrayList<>();
        try (var _ = Scope.open();
                var _ = Autograd.noGrad()) {
            for (Module module : modules) {
                handles.add(module.registerForwardHook((m, inputs, outputs) -> {
                    shapes.put(
                            m, outputs.stream().map(t -> t.shape().toString()).collect(Collectors.joining(", ")));
                    return null;
                }));
            }
            net.eval();
            call.accept(net);
        } finally {
            handles.forEach(RemovableHandle::remove);
            for (int i = 0; i < modes.size(); i++) {
                modules.get(i).train(modes.get(i)); // those inside come later, with their own
            }
        }
        return shapes;
    }

    private static List<Tensor> ownParameters(Module module) {
        return module.namedParameters().entrySet().stream()
                .filter(e -> e.getKey().indexOf('.') < 0)
                .map(Map.Entry::getValue)
                .toList();
    }

    private static long elements(List<Tensor> tensors) {
        return tensors.stream().mapToLong(Tensor::numel).sum();
    }

    @Override
    public String toString() {
        List<List<String>> rows = new ArrayList<>(List.of(HEAD));
        for (Line line : lines) {
            rows.add(List.of(
                    line.name, line.type, line.results, line.parameters == 0 ? "" : Long.toString(line.parameters)));
        }
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder s = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                text.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            s.append(text.toString().stripTrailing()).append('\n');
        }
        return s + "\n" + parameters + (parameters == 1 ? " parameter" : " parameters") + ", of which " + trained
                + (trained == 1 ? " is" : " are") + " trained; with buffers " + bytes + " bytes";
    }
}
