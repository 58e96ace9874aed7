package ondol;

import org.jspecify.annotations.Nullable;

/** What belongs to the current thread: whether operations are recorded, and the innermost scope. */
final class Context {
    private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

    boolean recording = true;

    @Nullable
    Scope scope;

    static Context current() {
        return CURRENT.get();
    }
}
