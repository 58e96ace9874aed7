package ondol.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Ondol's version, which the build writes into {@code version.properties}. */
final class Version implements IVersionProvider {
    static String ofOndol() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            // Without the file the version is not known either.
        }
        String version = properties.getProperty("version", "");
        return version.isEmpty() || version.startsWith("$") ? "(development)" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "ondol " + ofOndol() + ", on Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch")
        };
    }
}
