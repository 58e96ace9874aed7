package ondol;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Releases tensors at a known moment: each tensor made by this thread while the scope is open joins it and is closed
 * with it. Nobody needs a scope - an unreachable tensor's memory is found by itself - but with one the memory is back at
 * the closing brace.
 *
 * <pre>{@code
 * try (var s = Scope.open()) {
 *     Tensor h = x.matmul(w).relu();
 *     total = s.keep(h.sum());
 * }                                 // h is closed, total is not
 * }</pre>
 *
 * <p>A view, a recorded operation or a gradient keeps the memory it needs, whatever is closed around it. Gradients
 * ({@code .grad()}) and optimizer state never join a scope.
 */
public final class Scope implements AutoCloseable {
    private final Context context;
    private final @Nullable Scope parent;
    private final ArrayList<Tensor> tensors = new ArrayList<>();
    private int sweepAt = 1024;
    private boolean closed;

    /** A scope around which there is {@code parent}. */
    Scope(Context context, @Nullable Scope parent) {
        this.context = context;
        this.parent = parent;
    }

    /**
     * Opens a scope inside the current one.
     *
     * @return the scope; closing it closes the tensors in it
     */
    public static Scope open() {
        Context context = Context.current();
        Scope scope = new Scope(context, context.scope);
        context.scope = scope;
        return scope;
    }

    void join(Tensor tensor) {
        if (tensors.size() >= sweepAt) {
            tensors.removeIf(Tensor::isClosed); // so that a scope around a whole program does not grow for ever
            sweepAt = Math.max(1024, 2 * tensors.size());
        }
        tensors.add(tensor);
    }

    /** How many tensors will be closed, or are already. */
    int size() {
        return tensors.size();
    }

    /** Takes a tensor out; false if it is not in. */
    boolean remove(Tensor tensor) {
        for (int i = tensors.size() - 1; i >= 0; i--) {
            if (tensors.get(i) == tensor) {
                tensors.remove(i);
                return true;
            }
        }
        return false;
    }

    /**
     * Takes a tensor out of this scope into the one around it; with none around it, the tensor lives as long as it is
     * reachable.
     *
     * @param tensor an open tensor, in this scope or in none
     * @return the same tensor
     * @throws IllegalStateException if the tensor is closed, or from a thread other than the one that opened the scope
     */
    public Tensor keep(Tensor tensor) {
        Objects.requireNonNull(tensor, "keep: tensor is null; pass a tensor of the scope");
        checkThread("keep");
        tensor.checkOpen("keep");
        Scope around = innermostOpen(parent);
        if (remove(tensor) && around != null) {
            around.join(tensor);
        }
        return tensor;
    }

    /**
     * Takes a tensor out of whatever scope it is in: from now on it lives as long as it is reachable.
     *
     * @param tensor an open tensor
     * @return the same tensor
     */
    public static Tensor escape(Tensor tensor) {
        Objects.requireNonNull(tensor, "escape: tensor is null; pass a tensor");
        for (Scope s = Context.current().scope; s != null; s = s.parent) {
            if (s.remove(tensor)) {
                break;
            }
        }
        return tensor;
    }

    /**
     * Runs something of whose tensors only the result is kept, in the scope around it; the others are closed at once. How an
     * operation made of others leaves nothing behind.
     *
     * @param body what to run, at once and on this thread
     * @return what the body gives
     * @throws NullPointerException if the body is null, or what it returns
     */
    public static Tensor result(Supplier<Tensor> body) {
        Objects.requireNonNull(body, "result: body is null; pass what is to run");
        try (Scope scope = open()) {
            return scope.keep(body.get());
        }
    }

    /**
     * As {@link #result}, with several results.
     *
     * @param body what to run, at once and on this thread
     * @return what the body gives
     * @throws NullPointerException if the body is null, or what it returns, or one of that
     */
    public static List<Tensor> results(Supplier<List<Tensor>> body) {
        Objects.requireNonNull(body, "results: body is null; pass what is to run");
        try (Scope scope = open()) {
            List<Tensor> all = Objects.requireNonNull(body.get(), "results: the list is null; give tensors");
            all.forEach(scope::keep);
            return all;
        }
    }

    /** As {@link #result}, with two results. */
    static ValuesAndIndices both(Supplier<ValuesAndIndices> body) {
        try (Scope scope = open()) {
            ValuesAndIndices both = body.get();
            scope.keep(both.values());
            scope.keep(both.indices());
            return both;
        }
    }

    /**
     * Runs something whose tensors join no scope: they live as long as they are reachable.
     *
     * @param <T> the type of what the body gives
     * @param body what to run, at once and on this thread
     * @return what the body gives
     * @throws NullPointerException if the body is null
     */
    public static <T extends @Nullable Object> T outside(Supplier<T> body) {
        Objects.requireNonNull(body, "outside: body is null; pass what is to run");
        Context context = Context.current();
        Scope scope = context.scope;
        context.scope = null;
        try {
            return body.get();
        } finally {
            context.scope = innermostOpen(scope);
        }
    }

    /**
     * Closes every tensor of the scope, and scopes opened inside that are still open. May be called again, which does
     * nothing.
     *
     * @throws IllegalStateException from a thread other than the one that opened it
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        checkThread("close");
        if (isAround(context.scope)) {
            for (Scope s = context.scope; s != null && s != this; s = s.parent) {
                s.release();
            }
            context.scope = innermostOpen(parent);
        }
        release(); // of a scope that backward has put aside, only the tensors
    }

    /** Whether this is {@code inner}, or {@code inner} was opened inside this. */
    private boolean isAround(@Nullable Scope inner) {
        Scope s = inner;
        while (s != null && s != this) {
            s = s.parent;
        }
        return s == this;
    }

    /** This scope, or the first around it that is still open: nothing joins a closed one. */
    static @Nullable Scope innermostOpen(@Nullable Scope scope) {
        Scope s = scope;
        while (s != null && s.closed) {
            s = s.parent;
        }
        return s;
    }

    private void checkThread(String operation) {
        if (Context.current() != context) {
            throw new IllegalStateException(
                    "Scope." + operation + ": the scope belongs to another thread; use it where it was opened");
        }
    }

    private void release() {
        closed = true;
        releaseAll();
    }

    /** Lets go of what has joined so far, which lives as long as it is reachable; more may join. */
    void forgetAll() {
        tensors.clear();
    }

    /** Closes what has joined so far; more may join. */
    void releaseAll() {
        for (int i = tensors.size() - 1; i >= 0; i--) {
            tensors.get(i).close();
        }
        tensors.clear();
    }
}
