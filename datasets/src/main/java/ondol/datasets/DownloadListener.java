package ondol.datasets;

/** Is told how far a download is, in the thread that fetches. */
@FunctionalInterface
public interface DownloadListener {
    /**
     * Called when a file is begun, and after each piece of it. An exception ends the download and leaves nothing behind.
     *
     * @param file the file's name
     * @param bytes how many have come
     * @param total how many there are
     */
    void progress(String file, long bytes, long total);
}
