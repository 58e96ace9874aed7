package ondol.backend.c;

import ondol.backend.Buffer;
import ondol.backend.Workspace;
import ondol.kernel.Type;

/** A buffer for calls that are only printed. */
record Nowhere(Type type, long length) implements Buffer {
    /** Gives such buffers. */
    static final Workspace ROOM = new Workspace() {
        @Override
        public Buffer take(Type type, long length) {
            return new Nowhere(type, length);
        }

        @Override
        public void give(Buffer buffer) {
            // There is nothing to give back.
        }
    };
}
