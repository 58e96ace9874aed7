package ondol.io;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names in messages. */
final class Names {
    private static final int SHOWN = 10;

    private Names() {}

    /** The first of them, and how many there are. */
    static String of(Collection<?> names) {
        if (names.isEmpty()) {
            return "none";
        }
        String shown = names.stream().limit(SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
        return names.size() <= SHOWN ? shown : shown + ", ... (" + names.size() + ")";
    }
}
