package ondol.datasets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import ondol.DType;
import ondol.Shape;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Sample;
import ondol.data.TensorDataset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** MNIST's and CIFAR-10's files. */
class LoadTest {
    @TempDir
    private Path folder;

    private Path write(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    private void mnistFiles() throws IOException {
        for (Map.Entry<String, byte[]> file : TestFiles.mnist().entrySet()) {
            write(file.getKey(), file.getValue());
        }
    }

    private static void assertMnist(TrainTest mnist) {
        assertEquals(6, mnist.train().size());
        assertEquals(4, mnist.test().size());
        for (int i = 0; i < 6; i++) {
            Sample sample = mnist.train().get(i);
            assertEquals(Shape.of(1, 28, 28), sample.input().shape());
            assertEquals(DType.INT64, sample.target().dtype());
            assertEquals(Shape.of(), sample.target().shape());
            assertEquals(i, sample.target().itemLong());
            assertEquals(i, mnist.train().label(i));
            float[] pixels = sample.input().toFloatArray();
            for (int p = 0; p < pixels.length; p++) {
                assertEquals((i + p & 0xff) / 255f, pixels[p]);
            }
        }
    }

    private static void refused(String why, Executable loading) {
        String message = assertThrows(IOException.class, loading).getMessage();
        assertTrue(message.contains(why), message);
    }

    @Test
    void packed() throws IOException {
        mnistFiles();
        assertMnist(Mnist.load(folder));
    }

    @Test
    void unpackedAsTorchvisionKeepsThem() throws IOException {
        write("FashionMNIST/raw/train-images-idx3-ubyte", TestFiles.images(6, 28));
        write("FashionMNIST/raw/train-labels-idx1-ubyte", TestFiles.labels(6, 0));
        write("FashionMNIST/raw/t10k-images-idx3-ubyte", TestFiles.images(4, 28));
        write("FashionMNIST/raw/t10k-labels-idx1-ubyte", TestFiles.labels(4, 0));
        TrainTest fashion = FashionMnist.load(folder);
        assertMnist(fashion);
        assertEquals("Trouser", fashion.train().classes().get(fashion.train().label(1)));
        assertEquals(
                "FashionMnist test: 4 images of [1, 28, 28], 10 classes",
                fashion.test().toString());
        assertThrows(FileNotFoundException.class, () -> Mnist.load(folder));
    }

    @Test
    void batchesAndAllAtOnceHaveTheSameBits() throws IOException {
        mnistFiles();
        ImageDataset train = Mnist.load(folder).train();
        TensorDataset all = train.tensors();
        assertEquals(Shape.of(6, 1, 28, 28), all.inputs().shape());
        assertArrayEquals(new long[] {0, 1, 2, 3, 4, 5}, all.targets().toLongArray());
        int at = 0;
        for (Batch batch : DataLoader.of(train).batchSize(4).prefetch(1)) {
            for (int i = 0; i < batch.size(); i++, at++) {
                assertArrayEquals(
                        all.inputs().select(0, at).toFloatArray(),
                        batch.input().select(0, i).toFloatArray());
                assertEquals(
                        all.targets().select(0, at).itemLong(),
                        batch.target().select(0, i).itemLong());
            }
        }
        assertEquals(6, at);
        assertEquals("Mnist train image 5", train.describe(5));
        assertThrows(IndexOutOfBoundsException.class, () -> train.get(6));
        assertThrows(IndexOutOfBoundsException.class, () -> train.get(-1));
    }

    @Test
    void missing() throws IOException {
        mnistFiles();
        Files.delete(folder.resolve("t10k-labels-idx1-ubyte.gz"));
        assertEquals(
                "Mnist.load: " + folder.toAbsolutePath()
                        + " lacks t10k-labels-idx1-ubyte (with or without .gz, there or in "
                        + Path.of("MNIST", "raw")
                        + "); Mnist.download fetches what is missing, or take it from https://ossci-datasets.s3.amazonaws.com/mnist/",
                assertThrows(FileNotFoundException.class, () -> Mnist.load(folder))
                        .getMessage());
        Path nowhere = folder.resolve("nowhere");
        refused("lacks cifar-10-binary.tar.gz, or data_batch_1.bin, data_batch_2.bin", () -> Cifar10.load(nowhere));
    }

    @Test
    void broken() throws IOException {
        mnistFiles();
        write("t10k-labels-idx1-ubyte.gz", TestFiles.gzip(TestFiles.labels(5, 0)));
        refused("has 4 images, but", () -> Mnist.load(folder));
        write("t10k-labels-idx1-ubyte.gz", TestFiles.gzip(TestFiles.labels(4, 7)));
        refused("t10k-labels-idx1-ubyte.gz has label 10 at 3; labels are 0 to 9", () -> Mnist.load(folder));
        write("t10k-labels-idx1-ubyte.gz", TestFiles.gzip(TestFiles.images(4, 28)));
        refused("axes of [4, 28, 28], not unsigned bytes (08) and axes of [any size]", () -> Mnist.load(folder));
        write("t10k-images-idx3-ubyte.gz", TestFiles.gzip(TestFiles.images(4, 27)));
        refused("axes of [4, 27, 27], not", () -> Mnist.load(folder));
        write("t10k-images-idx3-ubyte.gz", "<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        refused("t10k-images-idx3-ubyte.gz cannot be unpacked", () -> Mnist.load(folder));
    }

    private static void assertCifar(TrainTest cifar) {
        assertEquals(10, cifar.train().size());
        assertEquals(2, cifar.test().size());
        assertEquals(Shape.of(3, 32, 32), cifar.train().imageShape());
        int[] labels = {0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6};
        for (int i = 0; i < labels.length; i++) {
            Sample sample = i < 10 ? cifar.train().get(i) : cifar.test().get(i - 10);
            assertEquals(labels[i], sample.target().itemLong());
            assertEquals(Shape.of(3, 32, 32), sample.input().shape());
            byte[] expected = TestFiles.pixels(labels[i]);
            float[] values = sample.input().toFloatArray();
            for (int p = 0; p < values.length; p++) {
                assertEquals((expected[p] & 0xff) / 255f, values[p]);
            }
        }
        assertEquals("truck", cifar.train().classes().get(9));
    }

    /** Nothing of the archive is written, whatever its names say. */
    @Test
    void cifarFromTheArchive() throws IOException {
        Path below = folder.resolve("below");
        Files.createDirectories(below);
        byte[] archive = TestFiles.cifar("../outside.bin", "/outside.bin", "cifar-10-batches-bin/../data_batch_1.bin");
        Files.write(below.resolve("cifar-10-binary.tar.gz"), archive);
        assertCifar(Cifar10.load(below));
        assertEquals(List.of("below/cifar-10-binary.tar.gz"), TestFiles.list(folder));
    }

    @Test
    void cifarFromItsFiles() throws IOException {
        for (int i = 0; i < 6; i++) {
            write("plain/" + TestFiles.CIFAR.get(i), TestFiles.batch(i));
            write("packed/cifar-10-batches-bin/" + TestFiles.CIFAR.get(i) + ".gz", TestFiles.gzip(TestFiles.batch(i)));
        }
        assertCifar(Cifar10.load(folder.resolve("plain")));
        assertCifar(Cifar10.load(folder.resolve("packed")));
    }

    @Test
    void brokenCifarFiles() throws IOException {
        for (int i = 0; i < 6; i++) {
            write(TestFiles.CIFAR.get(i), TestFiles.batch(i));
        }
        byte[] bad = TestFiles.batch(2);
        bad[3073] = 10;
        write("data_batch_3.bin", bad);
        refused("data_batch_3.bin is no file of CIFAR-10: record 1 has label 10", () -> Cifar10.load(folder));
        write("data_batch_3.bin", Arrays.copyOf(bad, 3072));
        refused("3072 bytes, which are no whole records of 3073", () -> Cifar10.load(folder));
        write("data_batch_3.bin", new byte[0]);
        refused("0 bytes, which are no whole records", () -> Cifar10.load(folder));
        write("data_batch_3.bin", new byte[10_001 * 3073]);
        refused("more than 10000 records", () -> Cifar10.load(folder));
        Files.delete(folder.resolve("data_batch_3.bin"));
        refused("lacks cifar-10-binary.tar.gz, or data_batch_3.bin (", () -> Cifar10.load(folder));
    }

    /** Cut off and changed archives are an IOException with the archive's name, or read as if nothing had happened. */
    @Test
    void brokenArchives() throws IOException {
        Path file = folder.resolve("cifar-10-binary.tar.gz");
        byte[] good = TestFiles.cifar();
        Files.write(file, Arrays.copyOf(good, good.length / 2));
        refused(file + " is not the archive of CIFAR-10: ", () -> Cifar10.load(folder));
        Files.write(file, TestFiles.gzip(new byte[10_240]));
        refused("data_batch_5.bin, test_batch.bin is not in its folder", () -> Cifar10.load(folder));
        byte[] plain = gunzip(good);
        SplittableRandom random = new SplittableRandom(4);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bad = plain.clone();
            for (int n = random.nextInt(1, 20); n > 0; n--) {
                bad[random.nextInt(512) + 512 * random.nextInt(bad.length / 512)] = (byte) random.nextInt();
                bad[random.nextInt(2048)] = (byte) random.nextInt(); // where headers are
            }
            Files.write(file, TestFiles.gzip(bad));
            try {
                assertNotNull(Cifar10.load(folder));
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 100, refused + " of 300 refused");
        assertEquals(List.of("cifar-10-binary.tar.gz"), TestFiles.list(folder));
    }

    private static byte[] gunzip(byte[] packed) throws IOException {
        try (var in = new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }
}
