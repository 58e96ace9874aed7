package ondol.backend;

import ondol.kernel.Type;

/** A buffer in memory of a driver's, which must be released once. */
public abstract class DeviceBuffer implements Buffer {
    private final Type type;
    private final long length;
    private boolean released;

    /**
     * A buffer of so many elements.
     *
     * @param type the elements' type
     * @param length how many elements
     */
    protected DeviceBuffer(Type type, long length) {
        this.type = type;
        this.length = length;
    }

    @Override
    public final Type type() {
        return type;
    }

    @Override
    public final long length() {
        return length;
    }

    /** {@return whether it may be released: only the first who asks is told so} */
    public final synchronized boolean release() {
        boolean first = !released;
        released = true;
        return first;
    }
}
