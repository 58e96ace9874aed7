package ondol.nn;

import java.util.List;
import ondol.Tensor;
import ondol.op.Arguments;

/** A module that makes one sequence of another, of the same shape, by attention to itself and to a memory. */
abstract sealed class DecodingModule extends Module permits TransformerDecoderLayer, TransformerDecoder {
    /**
     * Decodes without masks.
     *
     * @param tgt the sequence, [time, batch, features], or as the options say
     * @param memory what the encoder gave
     * @return a tensor of the shape of {@code tgt}
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public final Tensor forward(Tensor tgt, Tensor memory) {
        return forward(tgt, memory, new AttentionMasks(), new AttentionMasks());
    }

    /**
     * Decodes with masks.
     *
     * @param tgt the sequence, [time, batch, features], or as the options say
     * @param memory what the encoder gave
     * @param tgtMasks for the attention of the sequence to itself: [time, time]
     * @param memoryMasks for the attention to the memory: [time, memory's time]
     * @return of the shape of {@code tgt}
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public final Tensor forward(Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
        check(name(), tgt, memory, tgtMasks, memoryMasks);
        return TransformerParts.run(isDiscreet(), () -> decoded(tgt, memory, tgtMasks, memoryMasks));
    }

    /**
     * {@link #forward(Tensor, Tensor, AttentionMasks, AttentionMasks)}, with the hooks that are registered at this module.
     *
     * @param tgt the sequence, [time, batch, features], or as the options say
     * @param memory the encoder's output
     * @param tgtMasks for the attention of the sequence to itself: [time, time]
     * @param memoryMasks for the attention to the memory: [time, memory's time]
     * @return a tensor of the shape of {@code tgt}
     */
    public final Tensor call(Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
        if (!hasHooks()) {
            return forward(tgt, memory, tgtMasks, memoryMasks);
        }
        String name = name() + ".call";
        TransformerParts.given(name, "tgt", tgtMasks);
        TransformerParts.given(name, "memory", memoryMasks);
        Inputs inputs = new Inputs(
                Arguments.given(name, "tgt", tgt),
                Arguments.given(name, "memory", memory),
                tgtMasks.mask(),
                memoryMasks.mask(),
                tgtMasks.keyPadding(),
                memoryMasks.keyPadding());
        return callWithHooks(
                        inputs.present(),
                        in -> List.of(forward(
                                in.get(0),
                                in.get(1),
                                tgtMasks.left(inputs, in, 2, 4),
                                memoryMasks.left(inputs, in, 3, 5))))
                .getFirst();
    }

    /** Refuses what does not fit, in the name of the module whose forward was called. */
    abstract void check(String name, Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks);

    /** The forward of what was checked. */
    abstract Tensor decoded(Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks);

    @Override
    abstract boolean isDiscreet();
}
