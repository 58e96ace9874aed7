package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;

/** The loops with the Vector API. */
final class VectorLoops extends Loops {
    @Override
    int bits() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }

    @Override
    Folds folds() {
        return new VectorFolds();
    }
}
