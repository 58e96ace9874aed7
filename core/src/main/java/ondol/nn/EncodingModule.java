package ondol.nn;

import java.util.List;
import ondol.Tensor;
import ondol.op.Arguments;

/** A module that makes one sequence of another, of the same shape, by attention that masks may be given for. */
abstract sealed class EncodingModule extends BuiltInLayer permits TransformerEncoderLayer, TransformerEncoder {
    /**
     * Without masks.
     *
     * @throws IllegalArgumentException if shape, type or device do not fit
     */
    @Override
    public final Tensor forward(Tensor src) {
        return forward(src, new AttentionMasks());
    }

    /**
     * Encodes with masks.
     *
     * @param src the sequence, [time, batch, features], or as the options say
     * @param masks which keys each query takes: [time, time]
     * @return of the input's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public final Tensor forward(Tensor src, AttentionMasks masks) {
        check(name(), given(src), masks);
        return TransformerParts.run(isDiscreet(), () -> encoded(src, masks));
    }

    /**
     * {@link #forward(Tensor, AttentionMasks)}, with the hooks that are registered at this module.
     *
     * @param src the sequence, [time, batch, features], or as the options say
     * @param masks which keys each query takes: [time, time]
     * @return a tensor of the input's shape
     */
    public final Tensor call(Tensor src, AttentionMasks masks) {
        if (!hasHooks()) {
            return forward(src, masks);
        }
        String name = name() + ".call";
        TransformerParts.given(name, "src", masks);
        Inputs inputs = new Inputs(Arguments.given(name, "src", src), masks.mask(), masks.keyPadding());
        return callWithHooks(inputs.present(), in -> List.of(forward(in.getFirst(), masks.left(inputs, in, 1, 2))))
                .getFirst();
    }

    /** Refuses what does not fit, in the name of the module whose forward was called. */
    abstract void check(String name, Tensor src, AttentionMasks masks);

    /** The forward of what was checked. */
    abstract Tensor encoded(Tensor src, AttentionMasks masks);

    @Override
    abstract boolean isDiscreet();
}
