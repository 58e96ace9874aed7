package ondol.memory;

import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.Settings;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Makes memory unusable that holds nothing: F32 becomes NaN, integers the smallest there are, BOOL true. A kernel that reads what
 * it has not written, or a buffer that has gone back to the pool, then gives results that cannot be overlooked. For debugging
 * ({@code -Dondol.debug.poison=true}): each buffer is filled twice, when it comes and when it goes.
 */
final class Poison {
    private final Backend backend;

    private Poison(Backend backend) {
        this.backend = backend;
    }

    /** Null unless the setting asks for it. */
    static @Nullable Poison of(Backend backend) {
        return Settings.poison() ? new Poison(backend) : null;
    }

    /** Fills a buffer, after all kernels that were run before. Whoever calls it holds no lock that a launch may need. */
    void fill(Buffer buffer) {
        if (buffer.length() == 0) {
            return;
        }
        Kernel fill = new Kernel.Map(value(buffer.type()));
        View all = new View(buffer, new long[] {buffer.length()}, new long[] {1}, 0);
        backend.run(new Launch(fill, all.shape(), 0, new View[0], new View[] {all}, Launch.NO_SCALARS));
    }

    private static Expr value(Type type) {
        return switch (type) {
            case F32 -> Expr.constant(Float.NaN);
            case I32 -> Expr.constantI32(Integer.MIN_VALUE);
            case I64 -> Expr.constantI64(Long.MIN_VALUE);
            case BOOL -> Expr.constant(true);
        };
    }
}
