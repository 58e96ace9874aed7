package ondol.io;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** Writes a pickle of protocol 2, as PyTorch's files have it: what {@link Unpickler} reads. */
final class Pickler {
    private static final int MOST_DEPTH = 100;

    private final TorchStorages storages;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A pickler that takes the tensors' places from there. */
    Pickler(TorchStorages storages) {
        this.storages = storages;
    }

    /** The pickle of a value, whose tensors get their places. */
    byte[] pickle(@Nullable Object value) {
        Set<Tensor> tensors = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Tensor> inOrder = new ArrayList<>();
        collect(value, 0, tensors, inOrder);
        storages.add(inOrder);
        out.write(0x80);
        out.write(2);
        write(value);
        out.write('.');
        return out.toByteArray();
    }

    private static void collect(@Nullable Object value, int depth, Set<Tensor> known, List<Tensor> inOrder) {
        if (depth > MOST_DEPTH) {
            throw new IllegalArgumentException("TorchFile.save: maps and lists lie inside of each other, more than "
                    + MOST_DEPTH + " levels deep; do they contain themselves? Save what is in them apart");
        }
        switch (value) {
            case Tensor t -> {
                Saving.check("TorchFile.save", "a tensor", t);
                if (known.add(t)) {
                    inOrder.add(t);
                }
            }
            case Map<?, ?> map ->
                map.forEach((key, part) -> {
                    if (key instanceof Tensor || key instanceof Map<?, ?> || key instanceof List<?>) {
                        throw new IllegalArgumentException(
                                "TorchFile.save: a map has a key that is neither a text nor a number; use such keys");
                    }
                    collect(part, depth + 1, known, inOrder);
                });
            case List<?> list -> list.forEach(part -> collect(part, depth + 1, known, inOrder));
            case null, default -> {}
        }
    }

    private void write(@Nullable Object value) {
        switch (value) {
            case null -> out.write('N');
            case Boolean b -> out.write(b ? 0x88 : 0x89);
            case Long n -> integer(n);
            case Integer n -> integer(n);
            case Double d -> real(d);
            case Float f -> real(f);
            case String s -> text(s);
            case Tensor t -> tensor(t);
            case Map<?, ?> map -> {
                out.write('}');
                out.write('(');
                map.forEach((key, part) -> {
                    write(key);
                    write(part);
                });
                out.write('u');
            }
            case List<?> list -> {
                out.write(']');
                out.write('(');
                list.forEach(this::write);
                out.write('e');
            }
            default ->
                throw new IllegalArgumentException(
                        "TorchFile.save: a " + value.getClass().getName()
                                + " is none of what is saved: maps, lists, tensors, texts, numbers, truth values and null");
        }
    }

    private void integer(long n) {
        if (n == (int) n) {
            out.write('J');
            out.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt((int) n)
                    .array());
            return;
        }
        byte[] bytes = BigInteger.valueOf(n).toByteArray();
        out.write(0x8a);
        out.write(bytes.length);
        for (int i = bytes.length - 1; i >= 0; i--) {
            out.write(bytes[i]);
        }
    }

    private void real(double d) {
        out.write('G');
        out.writeBytes(ByteBuffer.allocate(8).putDouble(d).array());
    }

    private void text(String s) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(s)) {
            throw new IllegalArgumentException(
                    "TorchFile.save: a text has half of a surrogate pair; use whole characters");
        }
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .array());
        out.writeBytes(bytes);
    }

    private void global(String module, String name) {
        out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void tuple(long... values) {
        out.write('(');
        for (long value : values) {
            integer(value);
        }
        out.write('t');
    }

    private void orderedDict() {
        global("collections", "OrderedDict");
        out.write(')');
        out.write('R');
    }

    private void tensor(Tensor t) {
        if (t.isParameter()) {
            global("torch._utils", "_rebuild_parameter");
            out.write('(');
            rebuilt(t, false);
            write(true);
            orderedDict();
            out.write('t');
            out.write('R');
        } else {
            rebuilt(t, t.requiresGrad());
        }
    }

    private void rebuilt(Tensor t, boolean requiresGrad) {
        TorchStorages.Place place = storages.place(t);
        global("torch._utils", "_rebuild_tensor_v2");
        out.write('(');
        out.write('(');
        text("storage");
        global(
                "torch",
                switch (t.dtype()) {
                    case FLOAT32 -> "FloatStorage";
                    case INT64 -> "LongStorage";
                    case BOOL -> "BoolStorage";
                });
        text(Integer.toString(place.storage()));
        text("cpu");
        integer(place.count());
        out.write('t');
        out.write('Q');
        integer(place.offset());
        tuple(t.shape().toArray());
        tuple(place.strides());
        write(requiresGrad);
        orderedDict();
        out.write('t');
        out.write('R');
    }
}
