package ondol.nn;

import ondol.Tensor;

/** A built-in module without children. All of them are final, so that none can be made to store what it sees. */
abstract class Layer extends Module {
    /** The input, which must be there. */
    final Tensor given(Tensor x) {
        if (x == null) {
            throw new NullPointerException(name() + ".forward: the input is null; give a tensor");
        }
        return x;
    }

    @Override
    final boolean isDiscreet() {
        return true;
    }
}
