package ondol.memory;

import java.lang.ref.WeakReference;
import ondol.backend.Log;
import org.jspecify.annotations.Nullable;

/**
 * Makes Java's collector look for what is unreachable. {@code System.gc()} is a wish: with
 * {@code -XX:+DisableExplicitGC} it does nothing. A weak reference, which the collection itself clears, tells whether there
 * was one.
 */
public final class GarbageCollections {
    private static final System.Logger LOG = Log.of("ondol");

    /** Small enough that every collector puts it among the young objects. */
    private static final int CHUNK = 64 << 10;

    private static volatile boolean honoured = true;
    private static boolean reported;

    /** The garbage: a field, so that no compiler finds out that nobody reads it. */
    @SuppressWarnings("unused")
    private static volatile byte @Nullable [] garbage;

    private static volatile WeakReference<Object> latest = new WeakReference<>(null);

    private GarbageCollections() {}

    /** Whether {@code System.gc()} did something when it was last tried. */
    static boolean areHonoured() {
        return honoured;
    }

    /** Has everything found that is unreachable; false if {@code System.gc()} does nothing here. */
    static boolean full() {
        boolean done = false;
        for (int attempt = 0; attempt < 2 && !done; attempt++) {
            WeakReference<Object> mark = mark();
            System.gc();
            done = mark.refersTo(null);
        }
        honoured = done;
        return done;
    }

    /**
     * Makes garbage until the collector comes for it, which finds what has become unreachable lately; false if it does not
     * come. This is for JVMs in which {@code System.gc()} does nothing.
     */
    public static boolean provoke() {
        report();
        WeakReference<Object> mark = mark();
        long most = Runtime.getRuntime().maxMemory(); // so much does not fit beside anything
        try {
            for (long made = 0; made < most && !mark.refersTo(null); made += CHUNK) {
                garbage = new byte[CHUNK];
            }
        } catch (OutOfMemoryError e) {
            // The heap is full without this garbage. Whoever needs memory will be told.
        }
        garbage = null;
        return mark.refersTo(null);
    }

    /** Something to be found. It passes through a field, so that no compiler knows what the reference refers to. */
    private static WeakReference<Object> mark() {
        latest = new WeakReference<>(new Object());
        return latest;
    }

    private static synchronized void report() {
        if (!reported) {
            reported = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "System.gc() does nothing in this JVM (-XX:+DisableExplicitGC?). To find tensors that nobody holds"
                            + " any more, Ondol makes garbage until a collection comes, which takes longer: leave the"
                            + " option away, or close tensors (Scope)");
        }
    }
}
