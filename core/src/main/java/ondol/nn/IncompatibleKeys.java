package ondol.nn;

import java.util.List;
import java.util.Objects;

/**
 * The names that a module and a state loaded into it do not have in common: see {@link Module#loadStateDict(java.util.Map,
 * boolean)}.
 *
 * @param missing names of the module that are not in the state; their tensors stayed as they were
 * @param unexpected names in the state that the module does not have
 */
public record IncompatibleKeys(List<String> missing, List<String> unexpected) {
    /** Keeps immutable copies. */
    public IncompatibleKeys {
        missing = copy("missing", missing);
        unexpected = copy("unexpected", unexpected);
    }

    private static List<String> copy(String what, List<String> names) {
        if (names == null || names.stream().anyMatch(Objects::isNull)) {
            throw new NullPointerException("IncompatibleKeys: the " + what + " names are or have null; give names");
        }
        return List.copyOf(names);
    }
}
