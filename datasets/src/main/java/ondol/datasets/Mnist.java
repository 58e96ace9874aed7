package ondol.datasets;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * MNIST: 60,000 and 10,000 handwritten digits, [1, 28, 28] (Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based
 * learning applied to document recognition", 1998).
 *
 * <p>The four files, of the published names, packed or unpacked:
 *
 * <pre>
 * train-images-idx3-ubyte.gz    train-labels-idx1-ubyte.gz
 * t10k-images-idx3-ubyte.gz     t10k-labels-idx1-ubyte.gz
 * </pre>
 *
 * <p>They are looked for in a folder, and in {@code MNIST/raw} below, where torchvision keeps them.
 */
public final class Mnist {
    /** Where the files are published: torchvision's mirror. https://storage.googleapis.com/cvdf-datasets/mnist/ is another. */
    public static final URI ADDRESS = URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/");

    // Sizes and SHA-256 as TensorFlow Datasets has them; they are the files whose MD5 torchvision has.
    private static final IdxImages SET = new IdxImages(
            "Mnist",
            Path.of("MNIST", "raw"),
            ADDRESS,
            List.of(
                    new RemoteFile(
                            "train-images-idx3-ubyte.gz",
                            9_912_422,
                            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                    new RemoteFile(
                            "train-labels-idx1-ubyte.gz",
                            28_881,
                            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                    new RemoteFile(
                            "t10k-images-idx3-ubyte.gz",
                            1_648_877,
                            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                    new RemoteFile(
                            "t10k-labels-idx1-ubyte.gz",
                            4_542,
                            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")),
            List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));

    private Mnist() {}

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
