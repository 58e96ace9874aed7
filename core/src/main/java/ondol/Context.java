package ondol;

import org.jspecify.annotations.Nullable;

/** What belongs to the current thread: whether operations are recorded, and the innermost scope. */
final class Context {
    private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

    /** What the innermost {@link Recording} says that is still open; a thread begins with recording on. */
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
