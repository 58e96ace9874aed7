package ondol;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tensors that calls are made with, of every type, rank and state, and what they hold. */
final class AnyTensors {
    private final Map<String, Tensor> all = new LinkedHashMap<>();
    private final List<String> names = new ArrayList<>();

    AnyTensors(Device device, Device other) {
        floats();
        integers();
        huge();
        recorded();
        put("there", Tensor.ones(Shape.of(2, 3), DType.FLOAT32, other));
        put("indicesThere", Tensor.zeros(Shape.of(2), DType.INT64, other));
        Tensor closed = Tensor.ones(2, 3);
        closed.close();
        put("closed", closed);
        assert device == Ondol.defaultDevice();
    }

    private void floats() {
        put("y", Tensor.tensor(new float[][] {{0.5f, 1, 1.5f}, {-1, 0.25f, 0}}));
        put("odd", Tensor.tensor(new float[][] {{Float.NaN, -0f, 1e30f}, {Float.NEGATIVE_INFINITY, 1e-40f, 0}}));
        put("square", Tensor.full(Shape.of(3, 3), 2));
        put("m", Tensor.full(Shape.of(3, 4), 2));
        put("v", Tensor.tensor(1f, 2f, 3f, 4f));
        put("three", Tensor.tensor(1f, 2f, 3f));
        put("two", Tensor.tensor(0.25f, 0.5f));
        put("one", Tensor.tensor(0.25));
        put("single", Tensor.tensor(new float[] {3}));
        put("batch", Tensor.ones(2, 2, 3));
        put("four", Tensor.ones(2, 1, 3, 2));
        put("none", Tensor.zeros(0, 3));
        put("nothing", Tensor.zeros(0));
        put("noneOfMany", Tensor.zeros(0, 1L << 40));
        put("manyOfNone", Tensor.zeros(1L << 31, 0));
        put("reversed", get("y").flip(0, 1));
        put("turned", get("y").t());
        long[] ones = new long[62];
        Arrays.fill(ones, 1);
        put("ranks", Tensor.ones(ones));
    }

    private void integers() {
        put("n", Tensor.tensor(0L, 1L, 2L));
        put("labels", Tensor.tensor(2L, 0L));
        put("count", Tensor.tensor(3L));
        put("indices", Tensor.tensor(new long[][] {{0, 1, 1}, {1, 0, 0}}));
        put("wrong", Tensor.tensor(new long[][] {{0, 2, -1}}));
        put("extremes", Tensor.tensor(Long.MIN_VALUE, Long.MAX_VALUE));
        put("flags", Tensor.tensor(new boolean[][] {{true, false, true}, {false, false, true}}));
        put("flag", Tensor.tensor(true));
    }

    /** One element, seen often. */
    private void huge() {
        Tensor one = Tensor.ones(1);
        put("repeated", one.expand(5));
        put("long", one.expand(1L << 33));
        put("grid", one.expand(65536, 65536));
        put("vast", one.expand(1L << 62));
        put("longIndices", Tensor.tensor(new long[] {0}).expand((1L << 31) + 3));
        put("longFlags", Tensor.tensor(new boolean[] {true}).expand(1L << 33));
        put("twenty", one.expand(new long[] {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}));
    }

    private void recorded() {
        Tensor x = Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}}).requiresGrad(true);
        x.sum().backward();
        put("x", x);
        put("parameter", Tensor.parameter(Tensor.ones(3)));
        put("computed", x.mul(2.0));
        put("loss", x.square().mean());
        Tensor gone = x.exp().sum();
        gone.backward();
        put("gone", gone);
        put("part", x.select(0, 1));
        put("longComputed", get("parameter").slice(0, 0, 1).expand(1L << 33));
        try (var _ = Recording.set(false)) {
            put("loose", x.slice(1, 0, 2));
        }
    }

    private void put(String name, Tensor t) {
        all.put(name, t);
        names.add(name);
    }

    Tensor get(String name) {
        Tensor t = all.get(name);
        if (t == null) {
            throw new AssertionError(name);
        }
        return t;
    }

    List<String> names() {
        return names;
    }

    void close() {
        all.values().forEach(Tensor::close);
    }

    /** What each tensor is and holds now. */
    Map<String, List<Object>> state() {
        Map<String, List<Object>> state = new LinkedHashMap<>();
        all.forEach((name, t) -> {
            Tensor grad = t.peekGrad();
            state.put(
                    name,
                    Arrays.asList(
                            t.isClosed(),
                            t.isLeaf(),
                            t.requiresGrad(),
                            t.storage().version(),
                            hash(t),
                            System.identityHashCode(grad),
                            grad == null ? 0 : hash(grad)));
        });
        return state;
    }

    private static int hash(@Nullable Tensor t) {
        if (t == null || t.isClosed() || t.numel() > 100) {
            return 0; // what is larger shares the memory of one that is not
        }
        Object array;
        try (var _ = Scope.open()) {
            array = TensorConversions.download(t);
        }
        int hash = 1;
        for (int i = 0; i < Array.getLength(array); i++) {
            hash = 31 * hash + Array.get(array, i).hashCode();
        }
        return hash;
    }
}
