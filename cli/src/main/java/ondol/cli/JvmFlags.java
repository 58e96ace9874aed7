package ondol.cli;

import java.util.ArrayList;
import java.util.List;

/** The flags of a JVM that Ondol runs in, as the launcher gives them. */
final class JvmFlags {
    private static final List<String> ALWAYS =
            List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

    private JvmFlags() {}

    /** Those that are always there, and the user's, of {@code ONDOL_JAVA_OPTS}. */
    static List<String> all() {
        List<String> flags = new ArrayList<>(ALWAYS);
        String more = System.getenv("ONDOL_JAVA_OPTS");
        if (more != null && !more.isBlank()) {
            flags.addAll(List.of(more.strip().split("\\s+")));
        }
        return flags;
    }
}
