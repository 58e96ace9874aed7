package ondol.backend;

import java.lang.foreign.MemorySegment;
import ondol.kernel.Type;

/** Does everything as another backend does, but for what a test overrides. */
public class DelegatingBackend implements Backend {
    /** The other backend. */
    protected final Backend right;

    /** @param right what does the work */
    protected DelegatingBackend(Backend right) {
        this.right = right;
    }

    @Override
    public void run(Launch launch) {
        right.run(launch);
    }

    @Override
    public DeviceInfo info() {
        return right.info();
    }

    @Override
    public Buffer allocate(Type type, long length) {
        return right.allocate(type, length);
    }

    @Override
    public void free(Buffer buffer) {
        right.free(buffer);
    }

    @Override
    public void upload(MemorySegment source, Buffer target, long offset) {
        right.upload(source, target, offset);
    }

    @Override
    public void download(Buffer source, long offset, MemorySegment target) {
        right.download(source, offset, target);
    }

    @Override
    public void synchronize() {
        right.synchronize();
    }

    @Override
    public void close() {
        right.close();
    }
}
