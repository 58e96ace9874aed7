package ondol.backend;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a machine must have, so that the tests which need it fail instead of being skipped: {@code opencl}, {@code oclgrind}, {@code cuda},
 * {@code nvcc}, {@code emulator}, {@code python}, {@code jupyter}, {@code chromium} or {@code spark}. Either a property says so
 * ({@code -Dondol.test.requireOpencl=true}) or the environment ({@code ONDOL_TEST_REQUIRE=opencl,nvcc}), with which the command stays
 * as it is.
 */
public final class Required {
    private Required() {}

    /** Whether it must be there. */
    public static boolean is(String what) {
        String property = "ondol.test.require" + what.substring(0, 1).toUpperCase(Locale.ROOT) + what.substring(1);
        String environment = System.getenv().getOrDefault("ONDOL_TEST_REQUIRE", "");
        return Boolean.getBoolean(property)
                || Arrays.asList(environment.split(",")).contains(what);
    }
}
