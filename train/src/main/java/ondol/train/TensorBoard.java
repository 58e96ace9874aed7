package ondol.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * Writes a training's scores for TensorBoard: {@code loss}, {@code val_loss}, the metrics, {@code lr} and {@code seconds} of each
 * epoch, whose number is the step. Each epoch is in the file when it has ended, so that {@code tensorboard --logdir DIR} shows a
 * training as it goes; a folder for each training, side by side, shows them together.
 *
 * <pre>{@code
 * try (TensorBoard board = new TensorBoard(Path.of("runs/adam"))) {
 *     new Trainer(net, loss, optimizer).callback(board).fit(train, validation, 100);
 * }
 * }</pre>
 *
 * <p>The file is {@code events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER}: TFRecords, each of which is an {@code Event} message
 * ({@code tensorflow/core/util/event.proto}) with a {@code Summary} of scalars. As PyTorch's {@code SummaryWriter} keeps them, they are
 * 32-bit floats.
 */
public final class TensorBoard implements Callback, AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final String VERSION = "brain.Event:2";

    // Fields of the messages.
    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE_VALUE = 2;

    private final Path file;
    private final OutputStream out;
    private boolean closed;

    /**
     * Begins a file in a folder, which is made if it is not there.
     *
     * @param folder the folder of this run
     * @throws IOException if it cannot be written
     */
    public TensorBoard(Path folder) throws IOException {
        Objects.requireNonNull(folder, "TensorBoard: the folder is null; give one, as Path.of(\"runs/adam\")");
        Files.createDirectories(folder);
        file = folder.resolve(String.format(
                Locale.ROOT,
                "events.out.tfevents.%010d.%s.%d.%d",
                System.currentTimeMillis() / 1000,
                host(),
                ProcessHandle.current().pid(),
                NUMBER.getAndIncrement()));
        out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        write(new ProtoMessage().float64(EVENT_WALL_TIME, now()).string(EVENT_FILE_VERSION, VERSION));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private static double now() {
        return System.currentTimeMillis() / 1000.0;
    }

    /** {@return the file that is written} */
    public Path file() {
        return file;
    }

    /**
     * Writes a number of one's own, as PyTorch's {@code SummaryWriter.add_scalar} does.
     *
     * @param tag its name; what is before a {@code /} groups the charts
     * @param value the number
     * @param step the step that it belongs to
     * @throws UncheckedIOException if it cannot be written
     * @throws IllegalStateException after {@link #close}
     */
    public void addScalar(String tag, double value, long step) {
        scalars(
                Map.of(Objects.requireNonNull(tag, "TensorBoard.addScalar: the tag is null; give a name"), value),
                step);
    }

    @Override
    public void epochEnds(Trainer trainer, History.Epoch epoch) {
        Map<String, Double> values = new LinkedHashMap<>(epoch.scores());
        values.put("lr", epoch.lr());
        values.put("seconds", epoch.seconds());
        scalars(values, epoch.number());
    }

    private void scalars(Map<String, Double> values, long step) {
        ProtoMessage summary = new ProtoMessage();
        values.forEach((tag, value) -> summary.message(
                SUMMARY_VALUE,
                new ProtoMessage().string(VALUE_TAG, tag).float32(VALUE_SIMPLE_VALUE, value.floatValue())));
        ProtoMessage event = new ProtoMessage()
                .float64(EVENT_WALL_TIME, now())
                .int64(EVENT_STEP, step)
                .message(EVENT_SUMMARY, summary);
        try {
            write(event);
        } catch (IOException e) {
            throw new UncheckedIOException("TensorBoard: " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private synchronized void write(ProtoMessage event) throws IOException {
        if (closed) {
            throw new IllegalStateException("TensorBoard: " + file + " has been closed; open another one to go on");
        }
        out.write(record(event.toByteArray()));
    }

    /** A TFRecord: the length, its checksum, the data, their checksum; integers in little-endian order. */
    private static byte[] record(byte[] data) {
        ByteBuffer record = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length);
        record.putInt(maskedCrc(record.array(), Long.BYTES)).put(data).putInt(maskedCrc(data, data.length));
        return record.array();
    }

    /** CRC32C, turned by 15 bits and moved, so that checksums of data that contain checksums stay meaningful. */
    private static int maskedCrc(byte[] data, int length) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    /** Ends the file; what was written before is there already. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        out.close();
    }
}
