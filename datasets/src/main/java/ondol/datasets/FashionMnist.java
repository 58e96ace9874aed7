package ondol.datasets;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * Fashion-MNIST: 60,000 and 10,000 pictures of clothes, [1, 28, 28] (H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image
 * dataset for benchmarking machine learning algorithms", 2017).
 *
 * <p>The four files, of the published names, packed or unpacked:
 *
 * <pre>
 * train-images-idx3-ubyte.gz    train-labels-idx1-ubyte.gz
 * t10k-images-idx3-ubyte.gz     t10k-labels-idx1-ubyte.gz
 * </pre>
 *
 * <p>They are looked for in a folder, and in {@code FashionMNIST/raw} below, where torchvision keeps them. MNIST's files have the same
 * names, so give each a folder of its own.
 */
public final class FashionMnist {
    /** Where the files are published, by HTTP alone; the checksum tells whether they are the right ones. */
    public static final URI ADDRESS = URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/");

    // Sizes and SHA-256 as TensorFlow Datasets has them; they are the files whose MD5 torchvision has.
    private static final IdxImages SET = new IdxImages(
            "FashionMnist",
            Path.of("FashionMNIST", "raw"),
            ADDRESS,
            List.of(
                    new RemoteFile(
                            "train-images-idx3-ubyte.gz",
                            26_421_880,
                            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                    new RemoteFile(
                            "train-labels-idx1-ubyte.gz",
                            29_515,
                            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                    new RemoteFile(
                            "t10k-images-idx3-ubyte.gz",
                            4_422_102,
                            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                    new RemoteFile(
                            "t10k-labels-idx1-ubyte.gz",
                            5_148,
                            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
            List.of(
                    "T-shirt/top",
                    "Trouser",
                    "Pullover",
                    "Dress",
                    "Coat",
                    "Sandal",
                    "Shirt",
                    "Sneaker",
                    "Bag",
                    "Ankle boot"));

    private FashionMnist() {}

    /**
     * Reads the files of a folder.
     *
     * @param folder the one with the files, or with torchvision's folder of them
     * @return both parts, in memory: 55 MB
     * @throws IOException if one is missing, which the message names, or broken
     */
    public static TrainTest load(Path folder) throws IOException {
        return SET.load(folder);
    }

    /**
     * Fetches what is missing in a folder from {@link #ADDRESS}, with a progress bar if there is a terminal, and reads
     * it.
     *
     * @param folder where the files are kept; it is made if it is not there
     * @return both parts, in memory: 55 MB
     * @throws IOException if a file cannot be fetched, the message says which and why, or is another than the published
     *     one, or as {@link #load}
     */
    public static TrainTest download(Path folder) throws IOException {
        return download(folder, ADDRESS);
    }

    /**
     * The same from another server.
     *
     * @param folder where the files are kept; it is made if it is not there
     * @param base the address of the folder in which it has the files; they have to be the published ones
     * @return both parts, in memory: 55 MB
     * @throws IOException as {@link #download(Path)}
     * @throws IllegalArgumentException if the address is not one of HTTP
     */
    public static TrainTest download(Path folder, URI base) throws IOException {
        try (TerminalProgress progress = new TerminalProgress()) {
            return download(folder, base, progress);
        }
    }

    /**
     * The same, with a listener instead of the progress bar.
     *
     * @param folder where the files are kept; it is made if it is not there
     * @param base the address of the folder in which a server has the files, such as {@link #ADDRESS}
     * @param listener is told how far the download is; it is not called if nothing is fetched
     * @return both parts, in memory: 55 MB
     * @throws IOException as {@link #download(Path)}
     * @throws IllegalArgumentException if the address is not one of HTTP
     */
    public static TrainTest download(Path folder, URI base, DownloadListener listener) throws IOException {
        return SET.download(folder, base, listener);
    }
}
