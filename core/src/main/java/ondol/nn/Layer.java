package ondol.nn;

/** A built-in module without children. All of them are final, so that none can be made to store what it sees. */
abstract class Layer extends Module {
    @Override
    final boolean isDiscreet() {
        return true;
    }
}
