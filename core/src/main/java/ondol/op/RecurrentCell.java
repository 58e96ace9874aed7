package ondol.op;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.kernel.Arithmetic;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * The formula of one step of a recurrent network, of x, the step's part of the input product, and h, the product with the state
 * before: each cut into slices, one for each gate. The first state is the hidden one, an LSTM's second its cell's.
 *
 * <p>The formula of a step is written once, for kernels and for tensors; that of the way back for kernels only.
 */
enum RecurrentCell {
    RNN_TANH("rnn", 1, 1, 0) {
        @Override
        <T extends Arithmetic<T>> List<T> step(List<T> x, List<T> h, List<T> before) {
            return List.of(x.get(0).add(h.get(0)).tanh());
        }

        @Override
        Back back(Expr dh, Expr dc, List<Expr> kept, List<Expr> before, List<Expr> after) {
            return Back.shared(List.of(dh.mul(complement(square(after.get(0))))), List.of());
        }
    },

    RNN_RELU("rnn", 1, 1, 0) {
        @Override
        <T extends Arithmetic<T>> List<T> step(List<T> x, List<T> h, List<T> before) {
            T sum = x.get(0).add(h.get(0));
            T zero = sum.constant(0);
            return List.of(sum.le(zero).choose(zero, sum));
        }

        @Override
        Back back(Expr dh, Expr dc, List<Expr> kept, List<Expr> before, List<Expr> after) {
            return Back.shared(List.of(after.get(0).le(ZERO).choose(ZERO, dh)), List.of());
        }
    },

    /** Slices i, f, g, o: {@code c' = f c + i g}, {@code h' = o tanh(c')}; all four are kept. */
    LSTM("lstm", 4, 2, 4) {
        @Override
        <T extends Arithmetic<T>> List<T> step(List<T> x, List<T> h, List<T> before) {
            T i = x.get(0).add(h.get(0)).sigmoid();
            T f = x.get(1).add(h.get(1)).sigmoid();
            T g = x.get(2).add(h.get(2)).tanh();
            T o = x.get(3).add(h.get(3)).sigmoid();
            T c = f.mul(before.get(1)).add(i.mul(g));
            return List.of(o.mul(c.tanh()), c, i, f, g, o);
        }

        @Override
        Back back(Expr dh, Expr dc, List<Expr> kept, List<Expr> before, List<Expr> after) {
            Expr i = kept.get(0);
            Expr f = kept.get(1);
            Expr g = kept.get(2);
            Expr o = kept.get(3);
            Expr t = after.get(1).tanh();
            Expr byCell = dc.add(dh.mul(o).mul(complement(square(t))));
            List<Expr> gates = List.of(
                    byCell.mul(g).mul(slope(i)),
                    byCell.mul(before.get(1)).mul(slope(f)),
                    byCell.mul(i).mul(complement(square(g))),
                    dh.mul(t).mul(slope(o)));
            return Back.shared(gates, List.of(ZERO, byCell.mul(f)));
        }
    },

    /** Slices r, z, n: {@code n = tanh(x + r h)}, {@code h' = (1 - z) n + z h}; kept are all three, and the h in n. */
    GRU("gru", 3, 1, 4) {
        @Override
        <T extends Arithmetic<T>> List<T> step(List<T> x, List<T> h, List<T> before) {
            T r = x.get(0).add(h.get(0)).sigmoid();
            T z = x.get(1).add(h.get(1)).sigmoid();
            T n = x.get(2).add(r.mul(h.get(2))).tanh();
            return List.of(before.get(0).sub(n).mul(z).add(n), r, z, n, h.get(2));
        }

        @Override
        Back back(Expr dh, Expr dc, List<Expr> kept, List<Expr> before, List<Expr> after) {
            Expr r = kept.get(0);
            Expr z = kept.get(1);
            Expr n = kept.get(2);
            Expr byNew = dh.mul(complement(z)).mul(complement(square(n)));
            Expr byUpdate = dh.mul(before.get(0).sub(n)).mul(slope(z));
            Expr byReset = byNew.mul(kept.get(3)).mul(slope(r));
            return new Back(
                    List.of(byReset, byUpdate, byNew), List.of(byReset, byUpdate, byNew.mul(r)), List.of(dh.mul(z)));
        }
    };

    private static final Expr ZERO = Expr.constant(0f);

    /** The operation's name. */
    final String operation;

    final int gates;
    final int states;

    /** How many slices of a step the way back reads. */
    final int kept;

    RecurrentCell(String operation, int gates, int states, int kept) {
        this.operation = operation;
        this.gates = gates;
        this.states = states;
        this.kept = kept;
    }

    /**
     * Gradients of a step.
     *
     * @param x by each slice of x
     * @param h by each slice of h
     * @param before what reaches each state before otherwise than through h; empty for nothing
     */
    record Back(List<Expr> x, List<Expr> h, List<Expr> before) {
        static Back shared(List<Expr> gates, List<Expr> before) {
            return new Back(gates, gates, before);
        }
    }

    /** The states after the step, and then the slices kept. */
    abstract <T extends Arithmetic<T>> List<T> step(List<T> x, List<T> h, List<T> before);

    /** @param dh, dc the gradients of the states after the step; the second is read by LSTMs only */
    abstract Back back(Expr dh, Expr dc, List<Expr> kept, List<Expr> before, List<Expr> after);

    /** Whether x and h have the same gradients. */
    final boolean sharesGates() {
        return this != GRU;
    }

    /** Whether the hidden state before is reached otherwise than through h: by a GRU, or where a sequence has ended. */
    final boolean carriesHidden(boolean masked) {
        return masked || this == GRU;
    }

    /**
     * A step: of x's slices, h's slices, the states before and, if masked, a BOOL that is false where the sequence has not begun
     * or has ended, so that the states stay. Gives the states after, and the slices kept.
     */
    final Kernel.Map forward(boolean masked) {
        return Kernels.of(Kernels.FORWARD, this, masked);
    }

    private Kernel.Map stepForward(boolean masked) {
        Inputs in = new Inputs();
        List<Expr> x = in.floats(gates);
        List<Expr> h = in.floats(gates);
        List<Expr> before = in.floats(states);
        List<Expr> out = new ArrayList<>(step(x, h, before));
        if (masked) {
            Expr active = in.next(Type.BOOL);
            for (int i = 0; i < states; i++) {
                out.set(i, active.choose(out.get(i), before.get(i)));
            }
        }
        return new Kernel.Map(out);
    }

    /**
     * A step back: of the gradient by the step's result, that which came through the next step's h, what is carried along for the
     * hidden state (if it is) and for the cell's, the slices kept, the states before, those after and, if masked, the BOOL.
     * Gives the gradients by x's slices, by h's slices if they are others, and what is carried on.
     */
    final Kernel.Map backward(boolean masked) {
        return Kernels.of(Kernels.BACKWARD, this, masked);
    }

    private Kernel.Map stepBack(boolean masked) {
        Inputs in = new Inputs();
        Expr dh = in.next(Type.F32).add(in.next(Type.F32));
        if (carriesHidden(masked)) {
            dh = dh.add(in.next(Type.F32));
        }
        Expr dc = states == 2 ? in.next(Type.F32) : ZERO;
        Back back = back(dh, dc, in.floats(kept), in.floats(states), in.floats(states));
        List<Expr> gates = new ArrayList<>(back.x);
        if (!sharesGates()) {
            gates.addAll(back.h);
        }
        List<Expr> carried = new ArrayList<>();
        if (carriesHidden(masked)) {
            carried.add(back.before.isEmpty() ? ZERO : back.before.get(0));
        }
        if (states == 2) {
            carried.add(back.before.get(1));
        }
        if (masked) {
            Expr active = in.next(Type.BOOL);
            gates.replaceAll(g -> active.choose(g, ZERO));
            carried.set(0, active.choose(carried.get(0), dh));
            if (states == 2) {
                carried.set(1, active.choose(carried.get(1), dc));
            }
        }
        gates.addAll(carried);
        return new Kernel.Map(gates);
    }

    /** The kernels of all cells, each without and with lengths, made when the first is asked for. */
    private static final class Kernels {
        static final Map<RecurrentCell, List<Kernel.Map>> FORWARD = all(RecurrentCell::stepForward);
        static final Map<RecurrentCell, List<Kernel.Map>> BACKWARD = all(RecurrentCell::stepBack);

        private interface Step {
            Kernel.Map of(RecurrentCell cell, boolean masked);
        }

        private static Map<RecurrentCell, List<Kernel.Map>> all(Step step) {
            Map<RecurrentCell, List<Kernel.Map>> kernels = new EnumMap<>(RecurrentCell.class);
            for (RecurrentCell cell : values()) {
                kernels.put(cell, List.of(step.of(cell, false), step.of(cell, true)));
            }
            return kernels;
        }

        static Kernel.Map of(Map<RecurrentCell, List<Kernel.Map>> kernels, RecurrentCell cell, boolean masked) {
            return Objects.requireNonNull(kernels.get(cell)).get(masked ? 1 : 0);
        }
    }

    /** A kernel's inputs, one after the other. */
    private static final class Inputs {
        private int next;

        Expr next(Type type) {
            return Expr.input(next++, type);
        }

        List<Expr> floats(int n) {
            List<Expr> list = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                list.add(next(Type.F32));
            }
            return list;
        }
    }

    private static Expr square(Expr x) {
        return x.mul(x);
    }

    private static Expr complement(Expr x) {
        return Expr.constant(1f).sub(x);
    }

    /** A sigmoid's slope where its value is y. */
    private static Expr slope(Expr y) {
        return y.mul(complement(y));
    }
}
