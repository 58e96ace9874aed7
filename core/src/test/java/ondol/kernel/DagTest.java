package ondol.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The walk over expressions, in which each node has as many ways to it as it is used on. */
class DagTest {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr Y = Expr.input(1, Type.F32);

    /** Asks each node for its operands once, and returns them all. */
    private static List<Expr> walked(Expr e) {
        AtomicInteger visits = new AtomicInteger();
        List<Expr> nodes = Dag.nodes(List.of(e), of -> {
            visits.incrementAndGet();
            return of.operands();
        });
        assertEquals(nodes.size(), visits.get(), "visits of " + nodes.size() + " nodes");
        assertEquals(nodes, Dag.nodes(List.of(e)));
        Set<Expr> seen = new HashSet<>();
        for (Expr node : nodes) {
            assertTrue(seen.containsAll(List.of(node.operands())), "an operand comes after what uses it");
            assertTrue(seen.add(node), "a node comes twice");
        }
        return nodes;
    }

    @Test
    void visitsEachNodeOnce() {
        assertEquals(List.of(X, Y, X.mul(Y), X.mul(Y).add(X)), walked(X.mul(Y).add(X)));
        assertTrue(walked(X.pow(Y)).size() < 200);
        Expr doubled = X;
        for (int i = 0; i < 60; i++) {
            doubled = doubled.add(doubled); // 2^60 ways to x
        }
        assertEquals(61, walked(doubled).size());
    }

    @Test
    void severalRootsShareTheirNodes() {
        Expr product = X.mul(Y);
        assertEquals(
                List.of(X, Y, product, product.neg(), product.abs()),
                Dag.nodes(List.of(product.neg(), product.abs(), product, product.neg())));
        assertEquals(List.of(), Dag.nodes(List.of()));
    }

    /** A path of nodes must not become a path of calls. */
    @Test
    void deepExpressions() throws InterruptedException {
        Expr[] chain = {X};
        for (int i = 0; i < 20_000; i++) {
            chain[0] = chain[0].add(Y);
        }
        AtomicInteger count = new AtomicInteger();
        Thread small =
                new Thread(null, () -> count.set(Dag.nodes(List.of(chain)).size()), "small stack", 256 << 10);
        small.start();
        small.join();
        assertEquals(20_002, count.get());
    }

    @Test
    void textHasEachNodeOnce() {
        assertEquals(
                "v0 = LT(input 0, 0.0); SELECT(v0, 0.0, input 0)",
                X.lt(Expr.constant(0f)).choose(Expr.constant(0f), X).toString());
        assertEquals(
                "v0 = MUL(input 0, input 1); FMA(v0, v0, v0)",
                X.mul(Y).fma(X.mul(Y), X.mul(Y)).toString());
        assertTrue(X.pow(Y).toString().length() < 8_000, "text of pow");
    }
}
