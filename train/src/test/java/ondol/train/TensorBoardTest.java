package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Layer;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are read back by a reader that takes nothing on trust. */
class TensorBoardTest {
    @TempDir
    private Path folder;

    private record Event(double wallTime, long step, String version, Map<String, Float> scalars) {}

    private static List<Event> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(in.position(), length);
            int size = Math.toIntExact(in.getLong());
            assertEquals(crc(length), in.getInt(), "checksum of a length");
            byte[] data = new byte[size];
            in.get(data);
            assertEquals(crc(data), in.getInt(), "checksum of data");
            events.add(event(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)));
        }
        return events;
    }

    private static int crc(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        long c = crc.getValue();
        return (int) ((c >>> 15 | c << 17 & 0xffffffffL) + 0xa282ead8L);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static ByteBuffer part(ByteBuffer in) {
        int size = Math.toIntExact(varint(in));
        ByteBuffer part = in.slice(in.position(), size).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + size);
        return part;
    }

    private static String text(ByteBuffer in) {
        return StandardCharsets.UTF_8.decode(part(in)).toString();
    }

    private static Event event(ByteBuffer in) {
        double time = Double.NaN;
        long step = 0;
        String version = "";
        Map<String, Float> scalars = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            long tag = varint(in);
            if (tag == (1 << 3 | 1)) {
                time = in.getDouble();
            } else if (tag == (2 << 3)) {
                step = varint(in);
            } else if (tag == (3 << 3 | 2)) {
                version = text(in);
            } else if (tag == (5 << 3 | 2)) {
                ByteBuffer summary = part(in);
                while (summary.hasRemaining()) {
                    assertEquals(1 << 3 | 2, varint(summary), "a summary has values alone");
                    ByteBuffer value = part(summary);
                    assertEquals(1 << 3 | 2, varint(value), "a tag");
                    String name = text(value);
                    assertEquals(2 << 3 | 5, varint(value), "a simple_value");
                    scalars.put(name, value.getFloat());
                    assertEquals(0, value.remaining());
                }
            } else {
                throw new AssertionError("a field of tag " + tag);
            }
        }
        return new Event(time, step, version, scalars);
    }

    @Test
    void allEpochs() throws IOException {
        Layer net = Points.net();
        double before = System.currentTimeMillis() / 1000.0;
        History history;
        Path file;
        try (TensorBoard board = new TensorBoard(folder.resolve("runs/adam"))) {
            file = board.file();
            history = new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.01))
                    .metrics(Metrics.accuracy())
                    .callback(board)
                    .callback(new Callback() {
                        @Override
                        public void epochEnds(Trainer trainer, History.Epoch epoch) {
                            try {
                                assertEquals(
                                        1 + epoch.number(), read(board.file()).size(), "it is there at once");
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        }
                    })
                    .fit(Points.loader(16), Points.validation(), 3);
        }
        assertTrue(
                file.getFileName().toString().matches("events\\.out\\.tfevents\\.\\d{10}\\..+\\.\\d+\\.\\d+"),
                file.toString());
        List<Event> events = read(file);
        assertEquals("brain.Event:2", events.getFirst().version);
        assertEquals(4, events.size());
        for (Event e : events) {
            assertTrue(e.wallTime >= before && e.wallTime <= System.currentTimeMillis() / 1000.0, e.toString());
        }
        for (History.Epoch epoch : history.epochs()) {
            Event e = events.get(epoch.number());
            assertEquals(epoch.number(), e.step);
            Map<String, Float> expected = new LinkedHashMap<>();
            epoch.scores().forEach((name, score) -> expected.put(name, score.floatValue()));
            expected.put("lr", (float) epoch.lr());
            expected.put("seconds", (float) epoch.seconds());
            assertEquals(expected, e.scalars);
            assertEquals(List.copyOf(expected.keySet()), List.copyOf(e.scalars.keySet()), "in order");
        }
    }

    @Test
    void numbersOfOnesOwn() throws IOException {
        TensorBoard board = new TensorBoard(folder);
        board.addScalar("größe/π", Double.NaN, 0);
        board.addScalar("x".repeat(300), -1e-3, Long.MAX_VALUE);
        board.addScalar("x", Double.POSITIVE_INFINITY, -1);
        board.close();
        board.close();
        List<Event> events = read(board.file());
        assertEquals(Map.of("größe/π", Float.NaN), events.get(1).scalars);
        assertEquals(Map.of("x".repeat(300), -1e-3f), events.get(2).scalars);
        assertEquals(Long.MAX_VALUE, events.get(2).step);
        assertEquals(-1, events.get(3).step);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> board.addScalar("x", 1, 1));
        assertTrue(e.getMessage().endsWith(" has been closed; open another one to go on"), e.getMessage());
        assertEquals(4, read(board.file()).size());
    }

    /** Two in one folder, as after a resumed training, do not write to one file. */
    @Test
    void filesOfTheirOwn() throws IOException {
        try (TensorBoard one = new TensorBoard(folder);
                TensorBoard two = new TensorBoard(folder)) {
            assertNotEquals(one.file(), two.file());
        }
        Path occupied = Files.createFile(folder.resolve("occupied"));
        assertThrows(IOException.class, () -> new TensorBoard(occupied));
    }

    /** The checksums of a length of 24, which begins every file of TensorFlow's with such a version, as it has them. */
    @Test
    void firstBytes() throws IOException {
        Path file;
        try (TensorBoard board = new TensorBoard(folder)) {
            file = board.file();
        }
        byte[] bytes = Files.readAllBytes(file);
        assertEquals("1800000000000000a37f4b2209", HexFormat.of().formatHex(bytes, 0, 13));
        assertEquals(
                "1a0d" + HexFormat.of().formatHex("brain.Event:2".getBytes(StandardCharsets.UTF_8)),
                HexFormat.of().formatHex(bytes, 21, 36));
    }
}
