package ondol;

import org.jspecify.annotations.Nullable;

/** The settings of the current thread: whether operations are recorded, the innermost scope, and a default generator of its own. */
final class Context {
    private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

    /** Whether operations are recorded, by the innermost open {@link Recording}; a thread begins with recording on. */
    boolean recording = true;

    /** The switch that was set last and is still open. */
    @Nullable
    Recording innermost;

    @Nullable
    Scope scope;

    /** Null where it is the process's. */
    @Nullable
    Generator generator;

    static Context current() {
        return CURRENT.get();
    }
}
