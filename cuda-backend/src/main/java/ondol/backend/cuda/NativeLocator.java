package ondol.backend.cuda;

import java.io.IOException;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import ondol.backend.Log;
import org.jspecify.annotations.Nullable;

/**
 * Finds those of NVIDIA's libraries that do not come with the driver. It looks at, in this order:
 *
 * <ol>
 *   <li>the setting {@code -Dondol.cuda.nvrtc} or {@code -Dondol.cuda.cublas}, a file or a folder,
 *   <li>what the process has already loaded,
 *   <li>the toolkits of {@code CUDA_HOME} and {@code CUDA_PATH},
 *   <li>where the operating system looks for libraries,
 *   <li>installed toolkits: {@code /usr/local/cuda}, {@code /usr/local/cuda-*},
 *   <li>NVIDIA's Python wheels in the folder {@code -Dondol.cuda.wheels}.
 * </ol>
 *
 * At each of them it prefers some major versions to others. A library that turns out to be of no use is passed over.
 */
final class NativeLocator {
    private static final System.Logger LOG = Log.of("ondol.cuda");

    /** Any version of a library. */
    static final int ANY = Integer.MAX_VALUE;

    /** A library that may be looked for. */
    enum Library {
        /** The compiler. */
        NVRTC("NVRTC, CUDA's run-time compiler", "nvrtc", "cuda_nvrtc", 13, 12, 11) {
            @Override
            String file(int major, boolean windows) {
                // Since CUDA 11.2 the names stay within a major version, and are those of its first version.
                if (major == 11) {
                    return windows ? "nvrtc64_112_0.dll" : "libnvrtc.so.11.2";
                }
                return windows ? "nvrtc64_" + major + "0_0.dll" : "libnvrtc.so." + major;
            }

            @Override
            String companion(int major, boolean windows) {
                return (windows ? "nvrtc-builtins64_" : "libnvrtc-builtins.so.") + major;
            }
        },

        /** Matrix products. First the version that JCuda was built for. */
        CUBLAS("cuBLAS, CUDA's matrix products", "cublas", "cublas", 12, 13, 11) {
            @Override
            String file(int major, boolean windows) {
                return windows ? "cublas64_" + major + ".dll" : "libcublas.so." + major;
            }

            @Override
            String companion(int major, boolean windows) {
                return (windows ? "cublasLt64_" : "libcublasLt.so.") + major;
            }
        };

        private final String description;
        private final String property;
        private final String wheel;

        @SuppressWarnings("ImmutableEnumChecker") // List.of is
        private final List<Integer> majors; // in order of preference

        Library(String description, String name, String wheel, Integer... majors) {
            this.description = description;
            this.property = "ondol.cuda." + name;
            this.wheel = wheel;
            this.majors = List.of(majors);
        }

        /** The name of the file of a major version. */
        abstract String file(int major, boolean windows);

        /** How the name of the file begins that this library itself loads from its own folder. */
        abstract String companion(int major, boolean windows);

        /** The major version of a file; 0 if its name does not say. */
        private int major(Path file, boolean windows) {
            for (int major : majors) {
                if (file.getFileName().toString().startsWith(file(major, windows))) {
                    return major;
                }
            }
            return 0;
        }
    }

    /**
     * A library that was found, and is loaded.
     *
     * @param major CUDA's major version; 0 if the name of a file that the user set does not say
     * @param file what the loader was given: a path, or a name only
     */
    record Found(Library library, int major, String file, SymbolLookup symbols) {}

    /** Loads libraries. */
    interface Loader {
        /** Whether the process has loaded a library of this name. */
        boolean isLoaded(String name);

        /**
         * Loads a library by its path, or by its name from where the operating system looks.
         *
         * @throws UnsatisfiedLinkError with the reason as its message
         */
        SymbolLookup open(String file);
    }

    /**
     * Where to look.
     *
     * @param architecture as in {@code os.arch}
     * @param environment the value of an environment variable, or null
     * @param properties the value of a system property, or null
     * @param toolkits the folder in which toolkits are installed as {@code cuda} and {@code cuda-12.6}
     */
    record Surroundings(
            boolean windows,
            String architecture,
            Function<String, @Nullable String> environment,
            Function<String, @Nullable String> properties,
            Path toolkits) {
        /** This machine's. */
        static Surroundings system() {
            return new Surroundings(
                    System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows"),
                    System.getProperty("os.arch", ""),
                    System::getenv,
                    System::getProperty,
                    Path.of("/usr/local"));
        }

        /** Where a toolkit has its libraries. */
        private List<String> toolkitFolders() {
            if (windows) {
                return List.of("bin/x64", "bin"); // since CUDA 13, and before
            }
            String target = architecture.equals("aarch64") ? "sbsa-linux" : "x86_64-linux";
            return List.of("lib64", "lib", "targets/" + target + "/lib");
        }

        /** Where wheels have a library: one folder a library, since CUDA 13 one for all. */
        private List<String> wheelFolders(Library library) {
            return windows
                    ? List.of("nvidia/" + library.wheel + "/bin", "nvidia/cu13/bin/x86_64")
                    : List.of("nvidia/" + library.wheel + "/lib", "nvidia/cu13/lib");
        }
    }

    private final Surroundings surroundings;
    private final Loader loader;

    /** Looks on this machine. */
    NativeLocator() {
        this(Surroundings.system(), Foreign.LOADER);
    }

    NativeLocator(Surroundings surroundings, Loader loader) {
        this.surroundings = surroundings;
        this.loader = loader;
    }

    /**
     * Finds and loads a library.
     *
     * @param newest the newest major version that is of use: the driver's, because a driver does not run what is made for a
     *     later major version of CUDA. A file that the user set is taken whatever its version
     * @throws UnsatisfiedLinkError if there is none. The message lists what was tried, and what can be done; its first line
     *     says the most
     */
    Found find(Library library, int newest) {
        return find(library, newest, found -> found);
    }

    /**
     * Finds and loads a library that can be used.
     *
     * @param use begins to use it; what it throws is the reason to look further
     * @return what {@code use} made of it
     */
    <T extends Object> T find(Library library, int newest, Function<Found, T> use) {
        return new Search<>(library, newest, use).run();
    }

    /** The search for one library. */
    private final class Search<T extends Object> {
        private final Library library;
        private final int newest;
        private final Function<Found, T> use;
        private final boolean windows = surroundings.windows();
        private final List<Integer> majors = new ArrayList<>();
        private final List<Integer> alreadyLoaded;
        private final List<String> tried = new ArrayList<>();
        private final Set<Path> seen = new HashSet<>();

        /** The first that was loaded and could not be used. */
        private @Nullable String useless;

        Search(Library library, int newest, Function<Found, T> use) {
            this.library = library;
            this.newest = newest;
            this.use = use;
            for (int major : library.majors) {
                if (major <= newest) {
                    majors.add(major);
                } else {
                    tried.add(library.file(major, windows) + ": not tried, of use here are CUDA " + newest
                            + " and older");
                }
            }
            alreadyLoaded = majors.stream()
                    .filter(major -> loader.isLoaded(library.file(major, windows)))
                    .toList();
        }

        T run() {
            String setting = surroundings.properties().apply(library.property);
            T found = bySetting(setting);
            if (found != null) {
                return found;
            }
            String why = tried.getLast();
            found = loaded();
            if (found == null) {
                found = inChosenToolkits();
            }
            if (found == null) {
                found = byName();
            }
            if (found == null) {
                found = inInstalledToolkits();
            }
            if (found == null) {
                found = inWheels();
            }
            if (found == null) {
                throw new UnsatisfiedLinkError(failure());
            }
            if (setting != null) {
                LOG.log(System.Logger.Level.WARNING, "{0}; using another", why);
            }
            return found;
        }

        private @Nullable T bySetting(@Nullable String setting) {
            String place = "-D" + library.property;
            if (setting == null) {
                tried.add(place + ": not set");
                return null;
            }
            place += "=" + setting;
            Path path = path(setting, place);
            if (path == null) {
                return null;
            }
            if (Files.isDirectory(path)) {
                return inFolder(path, place);
            }
            if (!Files.exists(path)) {
                tried.add(place + ": no such file or folder");
                return null;
            }
            return load(path, majorOf(path), place);
        }

        /** By its name the loader finds what the process has loaded from anywhere. */
        private @Nullable T loaded() {
            for (int major : alreadyLoaded) {
                String name = library.file(major, windows);
                T found = open(name, major, name + ", already loaded");
                if (found != null) {
                    return found;
                }
            }
            return null;
        }

        private @Nullable T byName() {
            for (int major : majors) {
                String name = library.file(major, windows);
                T found = alreadyLoaded.contains(major) ? null : open(name, major, name + ", where the system looks");
                if (found != null) {
                    return found;
                }
            }
            return null;
        }

        private @Nullable T inChosenToolkits() {
            for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
                String value = surroundings.environment().apply(variable);
                if (value == null || value.isEmpty()) {
                    tried.add(variable + ": not set");
                    continue;
                }
                String place = variable + "=" + value;
                Path root = path(value, place);
                T found = root == null ? null : inFolders(root, surroundings.toolkitFolders(), place);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }

        private @Nullable T inInstalledToolkits() {
            for (Path root : installed()) {
                T found = inFolders(root, surroundings.toolkitFolders(), root.toString());
                if (found != null) {
                    return found;
                }
            }
            return null;
        }

        /** The toolkits in the usual place: the chosen one, then the newest first. */
        private List<Path> installed() {
            if (windows) {
                return List.of(); // the installer sets CUDA_PATH
            }
            Path chosen = surroundings.toolkits().resolve("cuda");
            List<Path> roots = new ArrayList<>();
            if (Files.isDirectory(chosen)) {
                roots.add(chosen);
            } else {
                tried.add(chosen + ": no such folder");
            }
            try (var all = Files.list(surroundings.toolkits())) {
                all.filter(f -> f.getFileName().toString().matches("cuda-\\d{1,6}(\\.\\d{1,6})?"))
                        .sorted(Comparator.comparingLong(NativeLocator::version).reversed())
                        .forEach(roots::add);
            } catch (IOException e) {
                // There is no toolkit, which was said above.
            }
            return roots;
        }

        private @Nullable T inWheels() {
            String setting = surroundings.properties().apply("ondol.cuda.wheels");
            if (setting == null) {
                tried.add("-Dondol.cuda.wheels: not set");
                return null;
            }
            String place = "-Dondol.cuda.wheels=" + setting;
            Path packages = path(setting, place);
            return packages == null ? null : inFolders(packages, surroundings.wheelFolders(library), place);
        }

        private @Nullable T inFolders(Path root, List<String> folders, String place) {
            boolean any = false;
            for (String name : folders) {
                Path folder = root.resolve(name);
                if (Files.isDirectory(folder)) {
                    any = true;
                    T found = isNew(folder) ? inFolder(folder, folder.toString()) : null;
                    if (found != null) {
                        return found;
                    }
                }
            }
            if (!any) {
                tried.add(place + ": no folder " + String.join(" or ", folders) + " there");
            }
            return null;
        }

        private @Nullable T inFolder(Path folder, String place) {
            boolean any = false;
            for (int major : majors) {
                Path file = folder.resolve(library.file(major, windows));
                if (Files.exists(file)) {
                    any = true;
                    T found = load(file, major, file.toString());
                    if (found != null) {
                        return found;
                    }
                }
            }
            if (!any) {
                String names = majors.stream()
                        .map(major -> library.file(major, windows))
                        .collect(Collectors.joining(" or "));
                tried.add(place + ": no " + names + " there");
            }
            return null;
        }

        private @Nullable T load(Path file, int major, String place) {
            Path absolute = file.toAbsolutePath();
            loadCompanions(absolute, major);
            return open(absolute.toString(), major, place);
        }

        private @Nullable T open(String file, int major, String place) {
            try {
                Found found = new Found(library, major, file, loader.open(file));
                return tryOut(found, place);
            } catch (UnsatisfiedLinkError e) {
                tried.add(place + ": " + e.getMessage());
                return null;
            }
        }

        private @Nullable T tryOut(Found found, String place) {
            try {
                return use.apply(found);
            } catch (LinkageError | CudaException e) {
                useless = useless == null ? found.file() + ": " + e.getMessage() : useless;
                tried.add(place + ": " + e.getMessage());
                return null;
            }
        }

        /**
         * Loads what the library would load from its own folder: not every packaging of it tells the loader to look there, but
         * what is already loaded is found everywhere.
         */
        private void loadCompanions(Path file, int major) {
            Path folder = file.getParent();
            if (major == 0 || folder == null) {
                return;
            }
            String prefix = library.companion(major, windows);
            try (var all = Files.list(folder)) {
                for (Path companion : all.sorted().toList()) {
                    if (companion.getFileName().toString().startsWith(prefix)) {
                        loader.open(companion.toString());
                    }
                }
            } catch (IOException | UnsatisfiedLinkError e) {
                LOG.log(System.Logger.Level.DEBUG, "beside {0}: {1}", file, e.getMessage());
            }
        }

        private int majorOf(Path file) {
            int major = library.major(file, windows);
            try {
                return major != 0 ? major : library.major(file.toRealPath(), windows);
            } catch (IOException e) {
                return 0;
            }
        }

        /** Whether a folder was not yet looked at, by whatever name. */
        private boolean isNew(Path folder) {
            try {
                return seen.add(folder.toRealPath());
            } catch (IOException e) {
                return true;
            }
        }

        private @Nullable Path path(String text, String place) {
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                tried.add(place + ": not a path");
                return null;
            }
        }

        private String failure() {
            String version = newest == ANY ? "" : " " + newest + " or older";
            String install = useless == null ? "Install the CUDA toolkit" : "Install another CUDA toolkit,";
            return library.description
                    + (useless == null ? ", was not found" : ", cannot be used: " + useless) + ". Tried:\n  "
                    + String.join("\n  ", tried)
                    + "\n" + install + version
                    + " (https://developer.nvidia.com/cuda-downloads). If it is there, set -D"
                    + library.property + " to the file "
                    + library.file(majors.isEmpty() ? 12 : majors.getFirst(), windows)
                    + " or its folder; or, if NVIDIA's Python wheels are, -Dondol.cuda.wheels to their site-packages folder.";
        }
    }

    /** A toolkit's version from its folder's name, as a number that sorts. */
    private static long version(Path folder) {
        String name = folder.getFileName().toString();
        String[] numbers = name.substring(name.indexOf('-') + 1).split("\\.", -1);
        return Long.parseLong(numbers[0]) * 1_000_000 + (numbers.length > 1 ? Long.parseLong(numbers[1]) : 0);
    }
}
