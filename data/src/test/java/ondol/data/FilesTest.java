package ondol.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** IDX files, pictures and texts. */
class FilesTest {
    @TempDir
    private Path folder;

    private static byte[] idx(int type, int... sizes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(type << 8 | sizes.length);
        int count = 1;
        for (int size : sizes) {
            out.writeInt(size);
            count *= size;
        }
        for (int i = 0; i < count; i++) {
            switch (type) {
                case 8, 9 -> out.writeByte(200 + i);
                case 0xb -> out.writeShort(-i);
                case 0xc -> out.writeInt(1 << 20 | i);
                case 0xd -> out.writeFloat(i + 0.5f);
                default -> out.writeDouble(i);
            }
        }
        return bytes.toByteArray();
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    @Test
    void idxOfEveryType() throws IOException {
        Tensor t = Idx.read(file("u8", idx(8, 2, 3)), DType.INT64);
        assertEquals(Shape.of(2, 3), t.shape());
        assertArrayEquals(new long[] {200, 201, 202, 203, 204, 205}, t.toLongArray());
        assertArrayEquals(
                new float[] {-56, -55},
                Idx.read(file("i8", idx(9, 2)), DType.FLOAT32).toFloatArray());
        assertArrayEquals(
                new long[] {0, -1},
                Idx.read(file("i16", idx(0xb, 2)), DType.INT64).toLongArray());
        assertArrayEquals(
                new long[] {1 << 20, 1 << 20 | 1},
                Idx.read(file("i32", idx(0xc, 2)), DType.INT64).toLongArray());
        assertArrayEquals(
                new float[] {0.5f, 1.5f},
                Idx.read(file("f32", idx(0xd, 2)), DType.FLOAT32).toFloatArray());
        assertArrayEquals(
                new float[] {0, 1},
                Idx.read(file("f64", idx(0xe, 2)), DType.FLOAT32).toFloatArray());
        Path packed = folder.resolve("u8.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(idx(8, 2));
        }
        assertArrayEquals(new long[] {200, 201}, Idx.read(packed, DType.INT64).toLongArray());
        IOException e = assertThrows(IOException.class, () -> Idx.read(folder.resolve("f32"), DType.INT64));
        assertTrue(
                e.getMessage().endsWith("has an element 0.5, which is no INT64; read it as FLOAT32"), e.getMessage());
    }

    @Test
    void idxAsBytes() throws IOException {
        Path file = file("u8", idx(8, 2, 3));
        assertArrayEquals(new byte[] {-56, -55, -54, -53, -52, -51}, Idx.readBytes(file, -1, 3));
        assertEquals(
                file + " has elements of type 08 and axes of [2, 3], not unsigned bytes (08) and axes of [any size, 4]",
                assertThrows(IOException.class, () -> Idx.readBytes(file, -1, 4))
                        .getMessage());
        assertThrows(IOException.class, () -> Idx.readBytes(file, -1));
        assertThrows(IOException.class, () -> Idx.readBytes(file("i8", idx(9, 2)), -1));
        byte[] good = idx(8, 2, 3);
        assertThrows(IOException.class, () -> Idx.readBytes(file("short", Arrays.copyOf(good, 12 + 5)), 2, 3));
        assertThrows(IOException.class, () -> Idx.readBytes(file("long", Arrays.copyOf(good, 12 + 7)), 2, 3));
    }

    /** Cut off, changed and lying files are an IOException with the file's name; memory is not taken for what is not there. */
    @Test
    void brokenIdx() throws IOException {
        byte[] good = idx(0xd, 3, 4);
        SplittableRandom random = new SplittableRandom(8);
        int read = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] bad = good.clone();
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                bad[random.nextInt(Math.min(bad.length, 16))] = (byte) random.nextInt();
            }
            if (random.nextInt(4) == 0) {
                bad = Arrays.copyOf(bad, random.nextInt(bad.length + 5));
            }
            Path file = file("bad", bad);
            try {
                Idx.read(file, DType.FLOAT32);
                read++;
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
            }
        }
        assertTrue(read < 1500, read + " of 3000");
        Path huge = file("huge", new byte[] {0, 0, 8, 2, 0x7f, 0, 0, 0, 0x7f, 0, 0, 0});
        assertTrue(assertThrows(IOException.class, () -> Idx.read(huge, DType.FLOAT32))
                .getMessage()
                .contains("for which the file is too small"));
        Path text = file("text.gz", "no archive".getBytes(StandardCharsets.US_ASCII));
        assertEquals(
                text + " cannot be unpacked: Not in GZIP format",
                assertThrows(IOException.class, () -> Idx.read(text, DType.FLOAT32))
                        .getMessage());
        // 2^31 - 1 bytes could be there, and more axes make of them a number that a long does not hold
        Path wrapping = folder.resolve("wrapping.gz");
        try (RandomAccessFile sparse = new RandomAccessFile(wrapping.toFile(), "rw")) {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(packed))) {
                out.writeInt(0x0804);
                out.writeInt(1 << 16);
                out.writeInt(1 << 17);
                out.writeInt(Integer.MAX_VALUE);
                out.writeInt(1);
            }
            sparse.write(packed.toByteArray());
            sparse.setLength(1 << 24);
        }
        assertTrue(assertThrows(IOException.class, () -> Idx.read(wrapping, DType.FLOAT32))
                .getMessage()
                .contains("axis 2 has 2147483647 elements, for which the file is too small"));
    }

    private void picture(String name, int width, int height, int rgb) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, x == 0 ? rgb : 0);
            }
        }
        assertTrue(ImageIO.write(image, "png", file.toFile()));
    }

    @Test
    void pictures() throws IOException {
        picture("p/a.png", 2, 1, 0xff3300);
        Tensor x = Images.read(folder.resolve("p/a.png"));
        assertEquals(Shape.of(3, 1, 2), x.shape());
        assertArrayEquals(new float[] {1, 0, 0.2f, 0, 0, 0}, x.toFloatArray());
        assertArrayEquals(new float[] {0.5f, 0.1f, 0}, Images.resize(x, 1, 1).toFloatArray());
        assertEquals(Shape.of(3, 4, 1), Images.resize(x, 4, 1).shape());
        assertEquals(0.2989f + 0.2f * 0.587f, Images.grayscale(x).toFloatArray()[0], 1e-6f);
        Path text = Files.writeString(folder.resolve("p/b.png"), "no picture");
        assertEquals(
                text + " is no picture of a kind that Java reads, such as PNG or JPEG",
                assertThrows(IOException.class, () -> Images.read(text)).getMessage());
        byte[] cut = Files.readAllBytes(folder.resolve("p/a.png"));
        Path half = Files.write(folder.resolve("p/c.png"), Arrays.copyOf(cut, cut.length / 2));
        assertThrows(IOException.class, () -> Images.read(half));
    }

    @Test
    void foldersOfPictures() throws IOException {
        picture("train/dog/2.png", 4, 4, 0xff0000);
        picture("train/cat/z.png", 4, 2, 0x00ff00);
        picture("train/cat/more/a.png", 2, 2, 0x0000ff);
        Files.writeString(folder.resolve("train/cat/notes.txt"), "no picture");
        ImageFolder train = new ImageFolder(folder.resolve("train"), 2, 2);
        assertEquals(List.of("cat", "dog"), train.classes());
        assertEquals(3, train.size());
        assertEquals(Path.of("cat", "more", "a.png").toString(), train.describe(0));
        assertEquals(1, train.label(2));
        Batch batch = DataLoader.of(train).batchSize(3).prefetch(1).iterator().next();
        assertEquals(Shape.of(3, 3, 2, 2), batch.input().shape());
        assertArrayEquals(new long[] {0, 0, 1}, batch.target().toLongArray());
        Files.writeString(folder.resolve("train/dog/1.png"), "no picture");
        DataLoader<Batch> broken =
                DataLoader.of(new ImageFolder(folder.resolve("train"), 2, 2)).batchSize(4);
        assertTrue(
                assertThrows(DataLoaderException.class, () -> broken.iterator().next())
                        .getMessage()
                        .startsWith("DataLoader: " + Path.of("dog", "1.png") + " cannot be read: "));
        Files.createDirectory(folder.resolve("train/empty"));
        assertTrue(assertThrows(IOException.class, () -> new ImageFolder(folder.resolve("train"), 2, 2))
                .getMessage()
                .contains("has no pictures in it"));
        assertThrows(IOException.class, () -> new ImageFolder(folder.resolve("nowhere"), 2, 2));
        assertThrows(IOException.class, () -> new ImageFolder(folder.resolve("train/empty"), 2, 2));
    }

    @Test
    void characters() {
        Vocabulary letters = new Vocabulary("hello");
        assertEquals("ehlo", letters.characters());
        assertArrayEquals(new long[] {1, 0, 2, 2, 3}, letters.encode("hello").toLongArray());
        assertEquals("hole", letters.decode(letters.encode("hole").reshape(2, 2)));
        Dataset<Sample> pieces = letters.nextCharacter("hello", 3);
        assertEquals(2, pieces.size());
        assertEquals("ell", letters.decode(pieces.get(1).input()));
        assertEquals("llo", letters.decode(pieces.get(1).target()));
        assertThrows(IllegalArgumentException.class, () -> letters.encode("help"));
        assertThrows(IllegalArgumentException.class, () -> letters.decode(Tensor.tensor(4L)));
        assertThrows(IllegalArgumentException.class, () -> letters.nextCharacter("hel", 3));
        assertThrows(IllegalArgumentException.class, () -> new Vocabulary(""));
    }
}
