package ondol.io;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickle of a PyTorch file. A pickle is a program for a machine with a stack; this one knows the instructions that
 * tensors, maps, lists, tuples, texts and numbers need, and nothing else: neither other instructions nor other classes than those of
 * {@link TorchGlobal}. Source: Python's {@code pickletools}, protocol 2.
 *
 * <p>The result is made of Map, List, {@link TensorRef}, Long, Double, Boolean, String, null, and where the file is odd of
 * {@link TorchGlobal} and {@link TensorRef.Storage}. Lists and maps may contain themselves.
 */
final class Unpickler {
    /** The most memory that the objects of a pickle may take, in bytes for each byte of the pickle. */
    private static final long MOST_GROWTH = 32;

    private static final long ALWAYS_ALLOWED = 1 << 16;

    private final Path file;
    private final String entry;
    private final ByteBuffer in;
    private final List<@Nullable Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, @Nullable Object> memo = new HashMap<>();
    private final Map<String, TensorRef.Storage> storages = new HashMap<>();
    private long budget;

    /** Where the instruction that is being done begins. */
    private int at;

    private Unpickler(Path file, String entry, byte[] bytes) {
        this.file = file;
        this.entry = entry;
        this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.budget = ALWAYS_ALLOWED + MOST_GROWTH * bytes.length;
    }

    /**
     * The object of a pickle.
     *
     * @param entry what messages call it
     */
    static @Nullable Object read(Path file, String entry, byte[] bytes) throws TensorFileException {
        return new Unpickler(file, entry, bytes).read();
    }

    private @Nullable Object read() throws TensorFileException {
        while (true) {
            at = in.position();
            int instruction = need(1).get() & 0xff;
            if (instruction == '.') {
                Object result = pop();
                if (!stack.isEmpty() || !marks.isEmpty()) {
                    throw malformed("ends with more than one object");
                }
                return result;
            }
            run(instruction);
        }
    }

    private void run(int instruction) throws TensorFileException {
        switch (instruction) {
            case 0x80 -> protocol(need(1).get() & 0xff);
            case '(' -> {
                spend(16);
                marks.add(stack.size());
            }
            case 'N' -> push(null);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'J' -> push((long) need(4).getInt());
            case 'K' -> push(need(1).get() & 0xffL);
            case 'M' -> push(need(2).getShort() & 0xffffL);
            case 0x8a -> push(integer(need(1).get() & 0xff));
            case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(need(8).getLong())));
            case 'X' -> push(text(need(4).getInt()));
            case '}' -> {
                spend(64);
                push(new LinkedHashMap<>(0));
            }
            case ']' -> push(list(List.of()));
            case ')' -> push(list(List.of()));
            case 't' -> push(list(popToMark()));
            case 0x85 -> push(list(pop(1)));
            case 0x86 -> push(list(pop(2)));
            case 0x87 -> push(list(pop(3)));
            case 'q' -> memorize(need(1).get() & 0xff);
            case 'r' -> memorize(need(4).getInt());
            case 'h' -> push(recall(need(1).get() & 0xff));
            case 'j' -> push(recall(need(4).getInt()));
            case 'a' -> append(pop(1));
            case 'e' -> append(popToMark());
            case 's' -> set(pop(2));
            case 'u' -> set(popToMark());
            case 'c' -> push(global(line(), line()));
            case 'Q' -> push(storage(pop()));
            case 'R' -> {
                List<@Nullable Object> call = pop(2);
                push(call(call.get(0), call.get(1)));
            }
            case 'b' -> {
                if (!(pop() instanceof Map<?, ?>) || !(top() instanceof Map<?, ?>)) {
                    throw malformed("gives attributes to something else than a dict");
                } // a state dict's _metadata, the versions of PyTorch's modules
            }
            default ->
                throw malformed("has the instruction 0x" + Integer.toHexString(instruction)
                        + ", which tensors do not need; save a state_dict with torch.save of PyTorch 1.6 or later");
        }
    }

    // ---- bytes

    private ByteBuffer need(int n) throws TensorFileException {
        if (n < 0 || n > in.remaining()) {
            throw malformed("needs " + Integer.toUnsignedString(n) + " more bytes, and " + in.remaining()
                    + " are left; it is cut short");
        }
        return in;
    }

    private void protocol(int version) throws TensorFileException {
        if (version != 2 || at != 0) {
            throw malformed("is of protocol " + version + "; torch.save writes 2, unless pickle_protocol says another");
        }
    }

    private String text(int length) throws TensorFileException {
        need(length);
        spend(40L + 2L * length);
        ByteBuffer bytes = in.slice(in.position(), length);
        in.position(in.position() + length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new TensorFileException(file, where() + "has a text that is not UTF-8", e);
        }
    }

    private Long integer(int length) throws TensorFileException {
        byte[] bytes = new byte[length];
        need(length).get(bytes);
        for (int a = 0, b = length - 1; a < b; a++, b--) {
            byte other = bytes[a];
            bytes[a] = bytes[b];
            bytes[b] = other;
        }
        BigInteger value = length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
        if (value.bitLength() > 63) {
            throw malformed("has the integer " + (length > 20 ? "of " + length + " bytes" : value)
                    + ", which no long holds; save it as a text");
        }
        return value.longValue();
    }

    private String line() throws TensorFileException {
        int start = in.position();
        while (need(1).get() != '\n') {
            if (in.position() - start > 1000) {
                throw malformed("has a name of more than 1000 bytes");
            }
        }
        return StandardCharsets.ISO_8859_1
                .decode(in.slice(start, in.position() - 1 - start))
                .toString();
    }

    // ---- stack and memo

    private void spend(long bytes) throws TensorFileException {
        budget -= bytes;
        if (budget < 0) {
            throw malformed("makes more objects than data of its size do");
        }
    }

    private void push(@Nullable Object value) throws TensorFileException {
        spend(8);
        stack.add(value);
    }

    private int bottom() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }

    private List<@Nullable Object> pop(int n) throws TensorFileException {
        if (stack.size() - n < bottom()) {
            throw malformed("takes more from its stack than is there");
        }
        List<@Nullable Object> last = stack.subList(stack.size() - n, stack.size());
        List<@Nullable Object> values = new ArrayList<>(last);
        last.clear();
        return values;
    }

    private @Nullable Object pop() throws TensorFileException {
        return pop(1).get(0);
    }

    private List<@Nullable Object> popToMark() throws TensorFileException {
        if (marks.isEmpty()) {
            throw malformed("takes what is behind a mark, without a mark");
        }
        List<@Nullable Object> values = pop(stack.size() - bottom());
        marks.removeLast();
        return values;
    }

    private @Nullable Object top() throws TensorFileException {
        if (stack.size() == bottom()) {
            throw malformed("looks at its stack, which is empty");
        }
        return stack.getLast();
    }

    private void memorize(int index) throws TensorFileException {
        spend(48);
        memo.put(index, top());
    }

    private @Nullable Object recall(int index) throws TensorFileException {
        if (!memo.containsKey(index)) {
            throw malformed("asks for object " + Integer.toUnsignedString(index) + ", which it has not stored");
        }
        return memo.get(index);
    }

    // ---- containers

    private List<@Nullable Object> list(List<?> values) throws TensorFileException {
        spend(40 + 8L * values.size());
        return new ArrayList<>(values);
    }

    @SuppressWarnings("unchecked")
    private void append(List<@Nullable Object> values) throws TensorFileException {
        if (!(top() instanceof List<?> list)) {
            throw malformed("appends to something else than a list");
        }
        spend(12L * values.size());
        ((List<@Nullable Object>) list).addAll(values);
    }

    @SuppressWarnings("unchecked")
    private void set(List<@Nullable Object> pairs) throws TensorFileException {
        if (!(top() instanceof Map<?, ?> map) || pairs.size() % 2 != 0) {
            throw malformed("sets keys and values of something else than a dict");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            Object key = pairs.get(i);
            boolean simple = key == null
                    || key instanceof String
                    || key instanceof Long
                    || key instanceof Double
                    || key instanceof Boolean;
            if (!simple) {
                throw malformed("has a key that is neither a text nor a number, in a dict; use such keys");
            }
            spend(48);
            ((Map<@Nullable Object, @Nullable Object>) map).put(key, pairs.get(i + 1));
        }
    }

    // ---- classes and functions

    private TorchGlobal global(String module, String name) throws TensorFileException {
        TorchGlobal known = TorchGlobal.of(module, name);
        if (known != null) {
            return known;
        }
        String full = module + "." + name;
        String advice;
        if (full.startsWith("numpy.")) {
            advice = "save NumPy's numbers as .item() and its arrays as torch.from_numpy(a)";
        } else if (full.contains("sparse")) {
            advice = "save sparse tensors as .to_dense()";
        } else if (full.contains("qtensor") || full.startsWith("torch.Q")) {
            advice = "save quantized tensors as .dequantize()";
        } else if (full.equals("_codecs.encode") || full.equals("__builtin__.set")) {
            advice = "save bytes as a tensor, and a set as a list";
        } else {
            advice = "save the state_dict: torch.save(model.state_dict(), path)";
        }
        throw malformed("asks for " + full + ". Ondol reads tensors, maps, lists, texts and numbers, and runs nothing "
                + "that a file names; " + advice);
    }

    private TensorRef.Storage storage(@Nullable Object id) throws TensorFileException {
        if (id instanceof List<?> parts
                && parts.size() == 5
                && "storage".equals(parts.get(0))
                && parts.get(1) instanceof TorchGlobal.Storage storage
                && parts.get(2) instanceof String key
                && parts.get(3) instanceof String
                && parts.get(4) instanceof Long count
                && count >= 0) {
            spend(64);
            TensorRef.Storage made = new TensorRef.Storage(key, storage.type(), count);
            TensorRef.Storage known = storages.putIfAbsent(key, made);
            if (known != null && !known.equals(made)) {
                throw malformed("has storage '" + key + "' of two types or sizes");
            }
            return known == null ? made : known;
        }
        throw malformed("has a reference to something else than a storage");
    }

    private @Nullable Object call(@Nullable Object function, @Nullable Object arguments) throws TensorFileException {
        if (!(function instanceof TorchGlobal.Function known) || !(arguments instanceof List<?> given)) {
            throw malformed("calls something that is no function");
        }
        return switch (known) {
            case ORDERED_DICT, COUNTER -> dict(given);
            case SIZE -> list(argument(given, 0, List.class));
            case DEVICE -> {
                String type = argument(given, 0, String.class);
                yield given.size() == 1 ? type : type + ":" + argument(given, 1, Long.class);
            }
            case REBUILD_TENSOR -> tensor(given, false, null);
            case REBUILD_TENSOR_V2 -> {
                refuseLazy(given, 6);
                yield tensor(given, argument(given, 4, Boolean.class), null);
            }
            case REBUILD_TENSOR_V3 -> {
                refuseLazy(given, 7);
                yield tensor(
                        given,
                        argument(given, 4, Boolean.class),
                        argument(given, 6, TorchGlobal.Type.class).type());
            }
            case REBUILD_PARAMETER, REBUILD_PARAMETER_WITH_STATE -> {
                spend(64);
                yield argument(given, 0, TensorRef.class).parameter(argument(given, 1, Boolean.class));
            }
        };
    }

    private Map<@Nullable Object, @Nullable Object> dict(List<?> given) throws TensorFileException {
        spend(64);
        if (!given.isEmpty() && given.get(0) instanceof Map<?, ?> values) {
            spend(48L * values.size());
            return new LinkedHashMap<>(values);
        }
        if (!given.isEmpty() && !(given.get(0) instanceof List<?> pairs && pairs.isEmpty())) {
            throw malformed("makes a dict of something else than a dict");
        }
        return new LinkedHashMap<>(0);
    }

    private <T> T argument(List<?> given, int index, Class<T> type) throws TensorFileException {
        Object value = index < given.size() ? given.get(index) : null;
        if (!type.isInstance(value)) {
            throw malformed("calls a function with other arguments than it takes");
        }
        return type.cast(value);
    }

    /** Tensors whose elements are not those of the storage: conjugates and negatives that are computed when they are read. */
    private void refuseLazy(List<?> given, int index) throws TensorFileException {
        if (index < given.size()
                && given.get(index) instanceof Map<?, ?> metadata
                && (Boolean.TRUE.equals(metadata.get("conj")) || Boolean.TRUE.equals(metadata.get("neg")))) {
            throw malformed("has a tensor that is the conjugate or the negative of what is stored; "
                    + "save t.resolve_conj() or t.resolve_neg()");
        }
    }

    private TensorRef tensor(List<?> given, boolean requiresGrad, @Nullable ElementType ownType)
            throws TensorFileException {
        TensorRef.Storage storage = argument(given, 0, TensorRef.Storage.class);
        long offset = argument(given, 1, Long.class);
        long[] sizes = longs(argument(given, 2, List.class));
        long[] strides = longs(argument(given, 3, List.class));
        ElementType type = ownType == null ? storage.type() : ownType;
        if (type == null || storage.type() != null && storage.type() != type) {
            throw malformed("has a tensor of another type than its storage's");
        }
        spend(160 + 16L * sizes.length);
        ByteSource named = ByteSource.of(file, where() + "a tensor", MemorySegment.NULL);
        TensorInfo info = Elements.info(named, "its sizes", type, sizes);
        TensorRef ref = new TensorRef(storage, info, strides, offset, requiresGrad, false);
        if (strides.length != sizes.length || offset < 0) {
            throw malformed("has a tensor of shape " + info.shape() + " with " + strides.length
                    + " strides, from element " + offset + " of its storage on");
        }
        if (info.shape().numel() != 0) {
            long span = ref.span();
            if (span < 0 || span >= ref.room() - offset) {
                throw malformed("has a tensor of shape " + info.shape() + " and strides "
                        + Arrays.toString(strides) + " from element " + offset + " of storage '"
                        + storage.key() + "' on, which has " + ref.room() + " elements");
            }
            if (info.shape().numel() > Math.max(ref.room(), Integer.MAX_VALUE - 8)) {
                throw malformed("has a tensor of shape " + info.shape() + " in which " + ref.room()
                        + " elements of a storage are repeated; save it before it is expanded");
            }
        }
        return ref;
    }

    private long[] longs(List<?> values) throws TensorFileException {
        long[] longs = new long[values.size()];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = argument(values, i, Long.class);
            if (longs[i] < 0) {
                throw malformed("has a tensor with the negative size or stride " + longs[i]);
            }
        }
        return longs;
    }

    // ---- what is wrong

    private String where() {
        return entry + ", byte " + at + ": the pickle ";
    }

    private TensorFileException malformed(String problem) {
        return new TensorFileException(file, where() + problem);
    }
}
