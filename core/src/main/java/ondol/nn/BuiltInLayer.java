package ondol.nn;

import ondol.Tensor;

/** A layer of this package. All of them are final, so that none can be made to store what it sees. */
abstract class BuiltInLayer extends Layer {
    /** The input, which must be there. */
    final Tensor given(Tensor x) {
        if (x == null) {
            throw new NullPointerException(name() + ".forward: the input is null; give a tensor");
        }
        return x;
    }

    @Override
    boolean isDiscreet() {
        return !hasHooks();
    }
}
