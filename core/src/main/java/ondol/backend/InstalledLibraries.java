package ondol.backend;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether the operating system's loader would find a library, as far as its files tell. To ask the loader itself is a restricted
 * method: unless native access is enabled, Java prints a warning, which is in the way where there is no such library anyway.
 *
 * @param system as in {@code os.name}
 * @param architecture as in {@code os.arch}
 * @param root the folder that all others are in: {@code -Dondol.libraries.root} lets a test take one in which there is nothing
 * @param environment the value of an environment variable, or null
 */
public record InstalledLibraries(
        String system, String architecture, Path root, UnaryOperator<@Nullable String> environment) {
    /** {@return the libraries of this machine} */
    public static InstalledLibraries ofThisMachine() {
        return new InstalledLibraries(
                System.getProperty("os.name", ""),
                System.getProperty("os.arch", ""),
                Path.of(System.getProperty("ondol.libraries.root", "/")),
                System::getenv);
    }

    /**
     * Whether there is a library of this name.
     *
     * @param name the file's name, as {@code libOpenCL.so.1}
     * @return false if there is none; true also where nothing can be told without the loader
     */
    public boolean has(String name) {
        String kind = system.toLowerCase(Locale.ROOT);
        if (kind.startsWith("windows")) {
            return isIn(windowsFolders(), name);
        }
        return !kind.equals("linux") || isIn(linuxFolders(), name) || isInCache(name) || isLoaded(name);
    }

    private static boolean isIn(List<String> folders, String name) {
        return folders.stream().anyMatch(folder -> exists(folder, name));
    }

    private static boolean exists(String folder, String name) {
        try {
            return Files.exists(Path.of(folder).resolve(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private List<String> windowsFolders() {
        List<String> folders = variable("PATH", File.pathSeparator);
        for (String windows : variable("SystemRoot", File.pathSeparator)) {
            folders.add(windows);
            folders.add(windows + File.separator + "System32");
        }
        folders.add("");
        folders.add(System.getProperty("java.home") + File.separator + "bin");
        return folders;
    }

    private List<String> linuxFolders() {
        List<String> folders = variable("LD_LIBRARY_PATH", "[:;]");
        String machine = architecture.equals("amd64") ? "x86_64" : architecture;
        Stream.of("lib", "lib64", "usr/lib", "usr/lib64", "usr/local/lib")
                .flatMap(f -> Stream.of(f, f + "/" + machine + "-linux-gnu", f + "/" + machine + "-linux-musl"))
                .forEach(f -> folders.add(root.resolve(f).toString()));
        folders.add(System.getProperty("java.home") + "/lib");
        return folders;
    }

    /** A variable's folders; an empty one is the current folder. */
    private List<String> variable(String name, String separator) {
        String value = environment.apply(name);
        return value == null || value.isEmpty()
                ? new ArrayList<>()
                : new ArrayList<>(List.of(value.split(separator, -1)));
    }

    /** Whether the loader's list of what is in all other folders has it, and the file is still there. */
    private boolean isInCache(String name) {
        String text = read("etc/ld.so.cache");
        String wanted = "/" + name + "\0";
        for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
            String folder = text.substring(text.lastIndexOf('\0', at) + 1, at);
            if (folder.startsWith("/")
                    && exists(root.resolve(folder.substring(1)).toString(), name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the process has one from anywhere, which its loader takes then. */
    private boolean isLoaded(String name) {
        return read("proc/self/maps").contains("/" + name);
    }

    /** A file byte by byte; empty if there is none. */
    private String read(String file) {
        try {
            return new String(Files.readAllBytes(root.resolve(file)), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
