package ondol.backend;

import ondol.kernel.Type;

/** The reference, which has memory for so many buffers more. */
public final class LimitedBackend extends DelegatingBackend {
    /** How many. */
    public int left = Integer.MAX_VALUE;

    /** For now, as many as are wanted. */
    public LimitedBackend() {
        super(new ReferenceBackend());
    }

    @Override
    public Buffer allocate(Type type, long length) {
        if (left == 0) {
            throw new OutOfDeviceMemoryException("for tests");
        }
        left--;
        return super.allocate(type, length);
    }
}
