package ondol.backend.cpu;

/** The loops in plain Java. */
final class PlainLoops extends Loops {
    @Override
    int bits() {
        return 0;
    }

    @Override
    Folds folds() {
        return new PlainFolds();
    }
}
