package ondol.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Where Jupyter looks for kernels; see "Common directories and file locations" in its documentation. */
final class JupyterFolder {
    private JupyterFolder() {}

    /**
     * The user's folder of data.
     *
     * @param environment the variables of the process
     * @param system {@code os.name}
     * @param home the user's home
     */
    static Path ofUser(Map<String, String> environment, String system, Path home) {
        String given = environment.getOrDefault("JUPYTER_DATA_DIR", "");
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("mac")) {
            return home.resolve("Library").resolve("Jupyter");
        }
        if (name.startsWith("windows")) {
            String appData = environment.getOrDefault("APPDATA", "");
            return appData.isEmpty()
                    ? home.resolve(".jupyter").resolve("data")
                    : Path.of(appData).resolve("jupyter");
        }
        String xdg = environment.getOrDefault("XDG_DATA_HOME", "");
        Path data = xdg.isEmpty() ? home.resolve(".local").resolve("share") : Path.of(xdg);
        return data.resolve("jupyter");
    }

    /** The folder of data of an installation, such as a Python environment's. */
    static Path ofPrefix(Path prefix) {
        return prefix.resolve("share").resolve("jupyter");
    }
}
