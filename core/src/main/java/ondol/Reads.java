package ondol;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import ondol.backend.View;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * The inputs and scalars that a program's own kernel reads.
 *
 * @param inputs the inputs' types, null for those that it does not read
 * @param scalars the run-time scalars' types, as well
 * @param keeps whether there is a dropout mask, which depends on each element's number
 */
@SuppressWarnings("ArrayRecordComponent")
record Reads(@Nullable Type[] inputs, @Nullable Type[] scalars, boolean keeps) {
    private static final Map<Kernel, Reads> KNOWN = new ConcurrentHashMap<>();

    static Reads of(Kernel.Map kernel) {
        return KNOWN.computeIfAbsent(kernel, k -> of(kernel.outputs()));
    }

    static Reads of(Kernel.Reduce kernel) {
        return KNOWN.computeIfAbsent(kernel, k -> of(List.of(kernel.value())));
    }

    private static Reads of(List<Expr> roots) {
        @Nullable Type[] inputs = {};
        @Nullable Type[] scalars = {};
        boolean keeps = false;
        for (Expr e : Dag.nodes(roots)) {
            switch (e) {
                case Expr.Input i -> inputs = with(inputs, i.index(), i.type(), "input");
                case Expr.Scalar s -> scalars = with(scalars, s.index(), s.type(), "scalar");
                case Expr.Keep k -> {
                    keeps = true;
                    scalars = with(
                            with(scalars, k.seedScalar(), Type.I32, "scalar"), k.thresholdScalar(), Type.I32, "scalar");
                }
                default -> {}
            }
        }
        return new Reads(inputs, scalars, keeps);
    }

    private static @Nullable Type[] with(@Nullable Type[] types, int index, Type type, String what) {
        @Nullable Type[] all = index < types.length ? types : Arrays.copyOf(types, index + 1);
        Type known = all[index];
        if (known != null && known != type) {
            throw new IllegalArgumentException("Fused: the kernel takes " + what + " " + index + " for " + known
                    + " in one place and for " + type + " in another; number them apart");
        }
        all[index] = type;
        return all;
    }

    /** The inputs that the kernel reads: a backend gets as many in each launch of it. */
    View[] checked(String operation, View[] in, Number[] given) {
        check(operation, in.length, i -> in[i].type(), given);
        return in.length == inputs.length ? in : Arrays.copyOf(in, inputs.length);
    }

    /** The same of tensors. */
    Tensor[] checked(String operation, Tensor[] in, Number[] given) {
        check(operation, in.length, i -> in[i].dtype().type(), given);
        return in.length == inputs.length ? in : Arrays.copyOf(in, inputs.length);
    }

    private void check(String operation, int count, IntFunction<Type> type, Number[] given) {
        if (count < inputs.length || given.length < scalars.length) {
            throw new IllegalArgumentException(operation + ": the kernel reads " + inputs.length + " inputs and "
                    + scalars.length + " scalars, but " + count + " and " + given.length
                    + " were given; give as many");
        }
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] != null && inputs[i] != type.apply(i)) {
                throw new IllegalArgumentException(operation + ": input " + i + " is " + inputs[i]
                        + " in the kernel but the tensor is " + type.apply(i) + "; they must agree");
            }
        }
    }

    /** Run-time scalars as a launch takes them. */
    long[] bits(String operation, Number[] given) {
        long[] bits = new long[given.length];
        for (int i = 0; i < bits.length; i++) {
            Number value = given[i];
            if (value == null) {
                throw new NullPointerException(operation + ": scalar " + i + " is null; give a number");
            }
            Type type = i < scalars.length ? scalars[i] : null;
            if (type == Type.F32) {
                bits[i] = Float.floatToRawIntBits(value.floatValue()) & 0xffffffffL;
            } else if (type != null) {
                bits[i] = integer(operation, i, type, value);
            }
        }
        return bits;
    }

    private static long integer(String operation, int index, Type type, Number value) {
        long n = value.longValue();
        boolean isInteger = value instanceof Long || value instanceof Integer;
        boolean fits = type == Type.I64 || (type == Type.BOOL ? n == 0 || n == 1 : n == (int) n);
        if (!isInteger || !fits) {
            throw new IllegalArgumentException(operation + ": scalar " + index + " is " + type + " in the kernel but "
                    + value + " was given; give "
                    + (type == Type.BOOL ? "0 or 1" : type == Type.I32 ? "an int" : "a long"));
        }
        return n;
    }
}
