package ondol;

import org.jspecify.annotations.Nullable;

/** The settings of the current thread: whether operations are recorded, and the innermost scope. */
final class Context {
    private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

    /** Whether operations are recorded, by the innermost open {@link Recording}; a thread begins with recording on. */
    boolean recording = true;

    /** The switch that was set last and is still open. */
    @Nullable
    Recording innermost;

    @Nullable
    Scope scope;

    static Context current() {
        return CURRENT.get();
    }
}
