package ondol.io;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a safetensors file: 8 bytes of length, little-endian, and JSON.
 *
 * @param entries the tensors by name, in the header's order
 * @param metadata texts by name
 * @param bytes how long the length and the JSON are together
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata, long bytes) {
    /** The format's own bound. */
    static final int MOST_BYTES = 100_000_000;

    static final String METADATA = "__metadata__";
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** A tensor, from byte {@code begin} to byte {@code end} (not included) behind the header. */
    record Entry(TensorInfo info, long begin, long end) {}

    /** Reads the header and checks it against the file's size. */
    static SafetensorsHeader read(Path file, MemorySegment bytes) throws IOException {
        if (bytes.byteSize() < 8) {
            throw new TensorFileException(
                    file, "has " + bytes.byteSize() + " bytes, and a safetensors file begins with 8 of length");
        }
        long length = bytes.get(LENGTH, 0);
        if (length < 0 || length > MOST_BYTES) {
            throw new TensorFileException(
                    file,
                    "the header's length is given as " + Long.toUnsignedString(length)
                            + " bytes, and may be 100,000,000; this is no safetensors file, or a damaged one");
        }
        if (length > bytes.byteSize() - 8) {
            throw new TensorFileException(
                    file,
                    "the header's length is given as " + length + " bytes, and only " + (bytes.byteSize() - 8)
                            + " follow; the file is cut short");
        }
        if (length == 0 || bytes.get(ValueLayout.JAVA_BYTE, 8) != '{') {
            throw new TensorFileException(file, "the header does not begin with '{'; this is no safetensors file");
        }
        String json;
        try {
            json = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.asSlice(8, length).asByteBuffer())
                    .toString();
        } catch (CharacterCodingException e) {
            throw new TensorFileException(file, "the header is not UTF-8", e);
        }
        SafetensorsHeader header = new Reader(file, json).header(8 + length);
        header.check(file, bytes.byteSize() - 8 - length);
        return header;
    }

    /** The tensors' bytes must be what their shapes say, and cover what is behind the header without holes and overlaps. */
    private void check(Path file, long size) throws TensorFileException {
        List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
        byPlace.sort(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin)
                .thenComparingLong(e -> e.getValue().end));
        long at = 0;
        for (Map.Entry<String, Entry> named : byPlace) {
            Entry entry = named.getValue();
            String what = "'" + named.getKey() + "' lies at bytes " + entry.begin + " to " + entry.end;
            if (entry.begin != at) {
                throw new TensorFileException(
                        file,
                        what + ", and the tensor before it ends at " + at + ": "
                                + (entry.begin < at ? "they overlap" : "there is a hole between them"));
            }
            if (entry.end < entry.begin || entry.end > size) {
                throw new TensorFileException(
                        file, what + ", and there are " + size + " bytes behind the header; the file is cut short");
            }
            TensorInfo info = entry.info;
            boolean whole = info.shape().numel() * info.type().bits() % 8 == 0;
            if (!whole || info.bytes() != entry.end - entry.begin) {
                throw new TensorFileException(
                        file,
                        what + ", but shape " + info.shape() + " of " + info.type() + " needs " + info.bytes()
                                + " bytes" + (whole ? "" : ", the last of which is not full"));
            }
            at = entry.end;
        }
        if (at != size) {
            throw new TensorFileException(
                    file, "the tensors end at byte " + at + " behind the header, and the file at " + size);
        }
    }

    /** Reads the JSON. */
    private static final class Reader {
        private final Path file;
        private final ByteSource named;
        private final JsonReader json;

        Reader(Path file, String text) {
            this.file = file;
            this.named = ByteSource.of(file, "header", MemorySegment.NULL);
            this.json = new JsonReader(new StringReader(text));
            json.setStrictness(Strictness.STRICT);
        }

        SafetensorsHeader header(long bytes) throws IOException {
            try {
                Map<String, Entry> entries = new LinkedHashMap<>();
                Map<String, String> metadata = null;
                json.beginObject();
                while (json.hasNext()) {
                    String name = json.nextName();
                    if (name.equals(METADATA)) {
                        refuseTwice(metadata, name);
                        metadata = metadata();
                    } else {
                        refuseTwice(entries.put(name, entry(name)), name);
                    }
                }
                json.endObject();
                if (json.peek() != JsonToken.END_DOCUMENT) {
                    throw malformed("something follows the JSON");
                }
                return new SafetensorsHeader(
                        Collections.unmodifiableMap(entries),
                        metadata == null ? Map.of() : Collections.unmodifiableMap(metadata),
                        bytes);
            } catch (TensorFileException e) {
                throw e;
            } catch (IOException | IllegalStateException | NumberFormatException e) { // what Gson throws
                throw new TensorFileException(file, "the header is no JSON as it should be: " + e.getMessage(), e);
            }
        }

        private Map<String, String> metadata() throws IOException {
            Map<String, String> metadata = new LinkedHashMap<>();
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                refuseTwice(metadata.put(name, string("the metadata '" + name + "'")), name);
            }
            json.endObject();
            return metadata;
        }

        private Entry entry(String name) throws IOException {
            String what = "'" + name + "'";
            ElementType type = null;
            long[] shape = null;
            long[] offsets = null;
            json.beginObject();
            while (json.hasNext()) {
                String key = json.nextName();
                switch (key) {
                    case "dtype" -> {
                        refuseTwice(type, what + " dtype");
                        String dtype = string("the type of " + what);
                        type = ElementType.named(dtype);
                        if (type == null || type == ElementType.C128) {
                            throw malformed(what + " is of type " + dtype + ", which Ondol does not know");
                        }
                    }
                    case "shape" -> {
                        refuseTwice(shape, what + " shape");
                        shape = numbers("the shape of " + what, 62);
                    }
                    case "data_offsets" -> {
                        refuseTwice(offsets, what + " data_offsets");
                        offsets = numbers("the offsets of " + what, 2);
                    }
                    default -> json.skipValue();
                }
            }
            json.endObject();
            if (type == null || shape == null || offsets == null || offsets.length != 2) {
                throw malformed(what + " lacks its type (dtype), its shape, or its two offsets (data_offsets)");
            }
            return new Entry(Elements.info(named, what, type, shape), offsets[0], offsets[1]);
        }

        private String string(String what) throws IOException {
            if (json.peek() != JsonToken.STRING) {
                throw malformed(what + " is no string");
            }
            return json.nextString();
        }

        private long[] numbers(String what, int most) throws IOException {
            long[] numbers = new long[most];
            int n = 0;
            json.beginArray();
            while (json.hasNext()) {
                String text = json.peek() == JsonToken.NUMBER ? json.nextString() : "";
                if (n == most) {
                    throw malformed(what + " has more than " + most + " numbers");
                }
                if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    throw malformed(what + " has something else than integers of 0 or more");
                }
                numbers[n++] = Long.parseLong(text);
            }
            json.endArray();
            return Arrays.copyOf(numbers, n);
        }

        private void refuseTwice(@Nullable Object before, String name) throws TensorFileException {
            if (before != null) {
                throw malformed(name + " is there twice");
            }
        }

        private TensorFileException malformed(String problem) {
            return named.malformed(problem);
        }
    }

    /** The header of tensors that lie one after the other, padded with spaces to a multiple of 8 bytes. */
    static byte[] write(Map<String, TensorInfo> tensors, Map<String, String> metadata) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.setHtmlSafe(false);
            json.beginObject();
            if (!metadata.isEmpty()) {
                json.name(METADATA).beginObject();
                for (Map.Entry<String, String> e : metadata.entrySet()) {
                    json.name(e.getKey()).value(e.getValue());
                }
                json.endObject();
            }
            long at = 0;
            for (Map.Entry<String, TensorInfo> e : tensors.entrySet()) {
                TensorInfo info = e.getValue();
                json.name(e.getKey()).beginObject();
                json.name("dtype").value(info.type().name());
                json.name("shape").beginArray();
                for (long size : info.shape().toArray()) {
                    json.value(size);
                }
                json.endArray();
                json.name("data_offsets").beginArray();
                json.value(at).value(at + info.bytes()).endArray().endObject();
                at += info.bytes();
            }
            json.endObject();
        }
        ByteBuffer json;
        try {
            json = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text.toString()));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "Safetensors.save: a name or the metadata has half of a surrogate pair; use whole characters", e);
        }
        int length = Math.ceilDiv(json.remaining(), 8) * 8;
        if (length > MOST_BYTES) {
            throw new IllegalArgumentException("Safetensors.save: the header would have " + length
                    + " bytes, and may have 100,000,000; save fewer tensors in a file, or with shorter names");
        }
        ByteBuffer header = ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(length).put(json);
        Arrays.fill(header.array(), header.position(), header.capacity(), (byte) ' ');
        return header.array();
    }

    Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(
                    "there is no tensor '" + name + "' in this file; there are " + Names.of(entries.keySet()));
        }
        return Objects.requireNonNull(entry);
    }
}
