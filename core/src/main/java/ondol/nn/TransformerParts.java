package ondol.nn;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import ondol.Generator;
import ondol.Relocation;
import ondol.Scope;
import ondol.Tensor;
import ondol.op.Arguments;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a transformer's layers.
 *
 * @param module the layer's name, for messages
 */
record TransformerParts(String module, long dModel, long nhead, TransformerOptions options) {
    TransformerParts {
        Drawn.size(module, "dModel", dModel);
        Drawn.size(module, "nhead", nhead);
        if (options == null) {
            throw new NullPointerException(
                    module + ": the options are null; give new TransformerOptions() for the defaults");
        }
        if (dModel % nhead != 0) {
            throw new IllegalArgumentException(module + ": dModel is " + dModel + " and nhead " + nhead
                    + "; the heads share the features, so it must be a multiple");
        }
    }

    // ---- the parts, in the order in which they are drawn

    MultiheadAttention attention() {
        return new MultiheadAttention(
                dModel,
                nhead,
                new AttentionOptions()
                        .dropout(options.dropout())
                        .bias(options.hasBias())
                        .batchFirst(options.isBatchFirst())
                        .generator(options.ownGenerator()));
    }

    Linear widening() {
        return new Linear(dModel, options.dimFeedforward(), options.hasBias(), options.generator());
    }

    Linear narrowing() {
        return new Linear(options.dimFeedforward(), dModel, options.hasBias(), options.generator());
    }

    LayerNorm norm() {
        return new LayerNorm(new long[] {dModel}, options.layerNormEps(), true, options.hasBias());
    }

    Dropout dropout() {
        return new Dropout(options.dropout(), options.ownGenerator());
    }

    // ---- copies

    /** A module made anew, with a module's values, modes and devices, and nothing drawn. Hooks stay behind. */
    static <M extends Module> M copy(M original, Generator generator, Supplier<M> make) {
        byte[] state = generator.getState();
        M copy = make.get();
        generator.setState(state);
        try {
            List<Module> from = original.modules();
            List<Module> to = copy.modules();
            for (int i = 0; i < from.size(); i++) {
                to.get(i).train(from.get(i).training()); // those inside come later, and have the last word
            }
            List<Tensor> parameters = original.parameters();
            List<Tensor> copies = copy.parameters();
            for (int i = 0; i < parameters.size(); i++) {
                Relocation.move(List.of(copies.get(i)), parameters.get(i).device());
            }
            copy.loadStateDict(original.stateDict());
            for (int i = 0; i < parameters.size(); i++) {
                copies.get(i).requiresGrad(parameters.get(i).requiresGrad());
            }
        } catch (RuntimeException | Error e) {
            copy.parameters().forEach(Tensor::close);
            throw e;
        }
        return copy;
    }

    /** As many copies of a layer as are wanted; {@code name} is the stack's, for messages. */
    static <M extends Module> ModuleList<M> copies(String name, int number, Supplier<M> copy) {
        if (number < 1) {
            throw new IllegalArgumentException(name + ": numLayers is " + number + "; it must be 1 or more");
        }
        ModuleList<M> layers = new ModuleList<>(List.<M>of());
        try {
            for (int i = 0; i < number; i++) {
                layers.append(copy.get());
            }
        } catch (RuntimeException | Error e) {
            layers.parameters().forEach(Tensor::close);
            throw e;
        }
        return layers;
    }

    static <M extends Module> M given(String name, M layer) {
        return Objects.requireNonNull(layer, () -> name + ": the layer is null; give one, of which copies are made");
    }

    // ---- forward

    /** Runs forward. Tensors that it leaves behind are closed at once, unless functions of a program may have seen it. */
    static Tensor run(boolean isDiscreet, Supplier<Tensor> forward) {
        return isDiscreet ? Scope.result(forward) : forward.get();
    }

    /** Whether no hook and no function of a program sees what is computed inside a layer. */
    boolean isDiscreet(Module layer) {
        return options.isActivationBuiltIn() && layer.modules().stream().noneMatch(Module::hasHooks);
    }

    /** Likewise of a stack of layers and what follows them. */
    static boolean isDiscreet(Module stack, ModuleList<? extends Module> layers, @Nullable Layer norm) {
        return !stack.hasHooks()
                && !layers.hasHooks()
                && (norm == null || norm.isDiscreet())
                && layers.children().stream().allMatch(Module::isDiscreet);
    }

    Tensor fed(Tensor x, Linear widening, Dropout inside, Linear narrowing, Dropout after) {
        Tensor wide = options.activation().apply(widening.call(x));
        if (wide == null) {
            throw new NullPointerException(module + ": the activation gave null; it must give a tensor");
        }
        return after.call(narrowing.call(inside.call(wide)));
    }

    static Tensor attended(
            MultiheadAttention attention, Tensor query, Tensor memory, AttentionMasks spelledOut, Dropout after) {
        return after.call(attention.call(query, memory, memory, spelledOut.keyPadding(), spelledOut.mask()));
    }

    // ---- what is refused

    /** A sequence that is one for the layer; {@code name} is the module's whose forward was called. */
    Tensor sequence(String name, String of, Tensor x, Tensor weight) {
        Arguments.axes(name, of, Arguments.floats(name, of, x), 2, 3);
        if (x.size(-1) != dModel) {
            String axes = x.dim() == 2 ? "[time, " : options.isBatchFirst() ? "[batch, time, " : "[time, batch, ";
            throw new IllegalArgumentException(
                    name + ": the " + of + " has shape " + x.shape() + "; it must be " + axes + dModel + "]");
        }
        Arguments.sameDevice(name, x, weight);
        return x;
    }

    /** A memory that goes with a sequence. */
    Tensor memory(String name, String of, Tensor memory, String with, Tensor x, Tensor weight) {
        sequence(name, of, memory, weight);
        if (memory.dim() != x.dim() || batch(memory) != batch(x)) {
            throw new IllegalArgumentException(name + ": the " + of + " has shape " + memory.shape() + " and the "
                    + with + " " + x.shape() + "; both must have the same axes, and the same number of sequences");
        }
        return memory;
    }

    /** The scores of queries and keys. */
    AttentionScores scores(Tensor queries, Tensor keys) {
        return new AttentionScores(queries, batch(queries), nhead, steps(queries), steps(keys));
    }

    private long batch(Tensor x) {
        return x.dim() == 2 ? 1 : x.size(options.isBatchFirst() ? 0 : 1);
    }

    private long steps(Tensor x) {
        return x.size(x.dim() == 3 && options.isBatchFirst() ? 1 : 0);
    }

    static AttentionMasks given(String name, String of, AttentionMasks masks) {
        return Objects.requireNonNull(
                masks, () -> name + ": the masks of the " + of + " are null; give new AttentionMasks() for none");
    }
}
