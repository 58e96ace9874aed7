package ondol;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import ondol.backend.Backend;
import ondol.backend.cpu.CpuBackend;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.nn.ModuleSummary;
import org.jspecify.annotations.Nullable;

/** Draws a value for each type that the API takes: a good one, an odd one, or one that cannot be. */
final class AnyValues {
    private static final int[] INTS = {
        4, 5, -2, -3, 7, 31, 62, 63, 64, 100, -100, Integer.MAX_VALUE, Integer.MAX_VALUE - 8, Integer.MIN_VALUE
    };
    private static final long[] LONGS = {
        4,
        5,
        -2,
        -3,
        63,
        1000,
        -100,
        Integer.MAX_VALUE,
        1L << 31,
        (1L << 32) + 1,
        1L << 40,
        1L << 62,
        -(1L << 32),
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1
    };
    private static final double[] DOUBLES = {
        -0.0,
        -1,
        2.5,
        80,
        1e-3,
        1e10,
        1e39,
        -1e300,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MIN_VALUE,
        Double.MAX_VALUE
    };
    private static final String[] STRINGS = {
        "",
        ".",
        "a.b",
        "weight",
        "bias",
        "cpu",
        "cpu:0",
        "cpu:1",
        "cpu:",
        ":",
        "cuda",
        "opencl:3",
        "tpu",
        "cpu:99999999999",
        "x y"
    };

    private final Random random;
    private final Device device;
    private final Device other;
    private final AnyTensors tensors;
    private final AnyModules modules;

    /** How likely a value is no good one. */
    private final double oddity;

    /** The tensor that was drawn last. */
    private @Nullable String latest;

    /** What was drawn, in words. */
    private String text = "";

    AnyValues(Random random, Device device, Device other, AnyTensors tensors, double oddity) {
        this.random = random;
        this.device = device;
        this.other = other;
        this.tensors = tensors;
        this.modules = new AnyModules(random, tensors);
        this.oddity = oddity;
    }

    /** What the value that was drawn last is, in words. */
    String text() {
        return text;
    }

    private boolean odd() {
        return random.nextDouble() < oddity;
    }

    /** A value of a parameter's type; null now and then, if it is not primitive. */
    @Nullable
    Object draw(Type type) {
        if (!(type instanceof Class<?> c && c.isPrimitive()) && random.nextDouble() < oddity / 6) {
            return said(null, "null");
        }
        return drawSome(type);
    }

    private <T extends @Nullable Object> T said(T value, String words) {
        text = words;
        return value;
    }

    private <T> T said(T value) {
        return said(value, String.valueOf(value));
    }

    /** A value of a type, not null. */
    Object drawSome(Type type) {
        return switch (type) {
            case Class<?> c -> ofClass(c);
            case TypeVariable<?> v -> drawSome(v.getBounds()[0]);
            case WildcardType w -> drawSome(w.getUpperBounds()[0]);
            case GenericArrayType a
            when a.getGenericComponentType() instanceof TypeVariable<?> v ->
                ofArray(((Class<?>) v.getBounds()[0]).arrayType());
            case ParameterizedType p -> ofGeneric(p);
            default -> throw new AssertionError("no values for " + type);
        };
    }

    private Object ofGeneric(ParameterizedType type) {
        Class<?> raw = (Class<?>) type.getRawType();
        Type element = type.getActualTypeArguments()[type.getActualTypeArguments().length - 1];
        if (raw == List.class || raw == Collection.class || raw == Iterable.class) {
            List<@Nullable Object> list = new ArrayList<>();
            List<String> words = new ArrayList<>();
            for (int n = odd() ? random.nextInt(5) : 1 + random.nextInt(3); n > 0; n--) {
                list.add(draw(element));
                words.add(text);
            }
            return said(list, words.toString());
        }
        if (raw == Map.class) {
            return ofMap(element);
        }
        if (raw == Supplier.class) {
            Object result = draw(element);
            return said((Supplier<@Nullable Object>) () -> result, "() -> " + text);
        }
        if (raw == UnaryOperator.class) {
            return said((UnaryOperator<Object>) x -> x, "x -> x");
        }
        if (raw == Consumer.class) {
            return said((Consumer<Object>) x -> {}, "x -> {}");
        }
        if (raw == Function.class) {
            return said((Function<Expr, Expr[]>) Expr::operands, "Expr::operands");
        }
        if (raw == Class.class) {
            Class<?> c = random.nextBoolean() ? ondol.nn.Linear.class : ondol.nn.Dropout.class;
            return said(c, c.getSimpleName() + ".class");
        }
        throw new AssertionError("no values for " + type);
    }

    private Object ofMap(Type element) {
        Map<@Nullable String, @Nullable Object> map = new LinkedHashMap<>();
        if (element == Tensor.class && !odd()) {
            map.putAll(modules.module(ondol.nn.Linear.class).stateDict());
        }
        for (int n = odd() ? random.nextInt(3) : 0; n > 0; n--) {
            map.put((String) draw(String.class), draw(element));
        }
        return said(map);
    }

    private Object ofClass(Class<?> c) {
        if (c == int.class || c == Integer.class) {
            return said(odd() ? INTS[random.nextInt(INTS.length)] : random.nextInt(5) - 1);
        } else if (c == long.class || c == Long.class) {
            return said(odd() ? LONGS[random.nextInt(LONGS.length)] : random.nextInt(5) - 1L);
        } else if (c == double.class || c == Double.class) {
            return said(odd() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextInt(5) / 4.0);
        } else if (c == float.class) {
            return said((float) (odd() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextInt(5) / 4.0));
        } else if (c == Number.class) {
            return drawSome(random.nextBoolean() ? double.class : long.class);
        } else if (c == boolean.class) {
            return said(random.nextBoolean());
        } else if (c == byte.class) {
            return said((byte) random.nextInt());
        } else if (c == String.class) {
            String s = odd() ? STRINGS[random.nextInt(STRINGS.length)] : "name" + random.nextInt(1 << 20);
            return said(s, '"' + s + '"');
        } else if (c.isEnum()) {
            return said(c.getEnumConstants()[random.nextInt(c.getEnumConstants().length)]);
        } else if (c.isArray()) {
            return ofArray(c);
        } else if (c == Object.class) {
            return anything();
        } else if (c.isAssignableFrom(Tensor.class)) {
            String name = tensor();
            return said(tensors.get(name), name);
        } else if (c == Device.class) {
            return said(random.nextDouble() < oddity / 2 ? other : device);
        } else if (c == Shape.class) {
            long[] sizes = (long[]) drawSome(long[].class);
            try {
                return said(Shape.of(sizes), "Shape.of(" + text + ")");
            } catch (IllegalArgumentException e) {
                return said(Shape.of(2, 3));
            }
        } else if (c == Generator.class) {
            return random.nextBoolean()
                    ? said(Ondol.generator(), "generator")
                    : said(new Generator(7), "new Generator(7)");
        } else if (c == Index.class) {
            return index();
        } else if (c == ModuleSummary.class) {
            return said(ModuleSummary.of(modules.module(ondol.nn.Linear.class)), "a summary");
        } else if (c == ModuleSummary.Line.class) {
            return said(new ModuleSummary.Line("0", "Linear", "", 6));
        } else if (c == MemorySegment.class) {
            MemorySegment memory =
                    MemorySegment.ofArray(new byte[odd() ? random.nextInt(100) : 4 * random.nextInt(12)]);
            return said(random.nextInt(8) == 0 ? memory.asReadOnly() : memory, memory.byteSize() + " bytes");
        } else if (c == Backend.class) {
            return said(new CountingBackend(1 << 20, new CpuBackend(1, false)), "new Backend");
        } else if (c == Fused.Step.class) {
            return step();
        } else if (Expr.class.isAssignableFrom(c) || Kernel.class.isAssignableFrom(c)) {
            Object drawn = new AnyKernels(random).draw(c);
            return said(drawn);
        }
        Object module = modules.draw(c);
        return said(
                module,
                c.getSimpleName().isEmpty() ? "it" : "a " + module.getClass().getSimpleName());
    }

    private Object step() {
        AnyKernels kernels = new AnyKernels(random);
        Kernel kernel = (Kernel) kernels.draw(random.nextBoolean() ? Kernel.Map.class : Kernel.Reduce.class);
        List<Integer> reads = new ArrayList<>();
        List<Number> scalars = new ArrayList<>();
        for (int n = random.nextInt(4); n > 0; n--) {
            reads.add((int) drawSome(int.class));
            scalars.add((Number) drawSome(Number.class));
        }
        return said(new Fused.Step(kernel, reads, scalars));
    }

    /** A tensor's name: often of the shape of the one before, so that the two go together. */
    private String tensor() {
        List<String> names = tensors.names();
        String name = names.get(random.nextInt(names.size()));
        if (!odd() && latest != null && random.nextBoolean()) {
            long[] sizes = tensors.get(latest).sizes();
            List<String> alike = names.stream()
                    .filter(n -> Arrays.equals(tensors.get(n).sizes(), sizes))
                    .toList();
            name = alike.get(random.nextInt(alike.size()));
        }
        latest = name;
        return name;
    }

    private Index index() {
        long at = (long) drawSome(long.class);
        long end = (long) drawSome(long.class);
        long step = (long) drawSome(long.class);
        return said(
                switch (random.nextInt(4)) {
                    case 0 -> Index.at(at);
                    case 1 -> Index.from(at);
                    case 2 -> Index.all();
                    default -> new Index(at, end, step);
                });
    }

    private Object ofArray(Class<?> c) {
        Class<?> element = c.getComponentType();
        if (c == long[].class && random.nextInt(3) == 0) {
            long[] sizes =
                    tensors.get(tensors.names().get(random.nextInt(8))).sizes().clone();
            return said(sizes, Arrays.toString(sizes));
        }
        if (c == byte[].class && random.nextInt(3) == 0) {
            return said(new Generator(3).getState(), "a generator's state");
        }
        int most = odd() ? 6 : 3;
        int n = random.nextInt(100) == 0 ? 70 : random.nextInt(most);
        Object array = Array.newInstance(element, n);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Array.set(array, i, draw(element));
            words.add(text);
        }
        return said(array, "new " + c.getSimpleName() + words.stream().collect(Collectors.joining(", ", " {", "}")));
    }

    /** What is given where anything is taken. */
    private Object anything() {
        Object[] all = {
            new float[][] {{1, 2}, {3, 4}},
            new float[][] {{1, 2}, {3}},
            new long[0][3],
            new int[][][] {{{1}}, {{2}}},
            new boolean[] {true},
            new byte[][] {{1, -1}},
            new short[] {1},
            new char[] {'a'},
            new Object[] {new float[1]},
            new Object[0],
            new float[][] {null},
            new String[] {"1"},
            List.of(1, 2),
            List.of(),
            "text",
            1,
            Map.of(),
            tensors.get("y"),
            new Tensor[] {tensors.get("y")},
            Float.class
        };
        Object value = all[random.nextInt(all.length)];
        return said(value, value.getClass().getSimpleName());
    }
}
