package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where libraries are looked for, in a folder that stands for a machine. */
@EnabledOnOs(OS.LINUX)
class InstalledLibrariesTest {
    private static final String NAME = "libFurnace.so.1";

    @TempDir
    Path root;

    private final Map<String, String> environment = new HashMap<>();

    private boolean isThere(String system) {
        return new InstalledLibraries(system, "amd64", root, environment::get).has(NAME);
    }

    private boolean isThere() {
        return isThere("Linux");
    }

    private Path file(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }

    @Test
    void nowhere() throws IOException {
        assertFalse(isThere());
        file("opt/" + NAME);
        file("usr/lib/" + NAME + ".bak");
        assertFalse(isThere());
    }

    @Test
    void whereTheSystemLooks() throws IOException {
        for (String folder : new String[] {"lib", "usr/lib64", "usr/lib/x86_64-linux-gnu", "usr/local/lib"}) {
            Path file = file(folder + "/" + NAME);
            assertTrue(isThere(), folder);
            Files.delete(file);
            assertFalse(isThere(), folder);
        }
    }

    @Test
    void whereTheEnvironmentSays() throws IOException {
        environment.put("LD_LIBRARY_PATH", "/nowhere:" + file("opt/" + NAME).getParent());
        assertTrue(isThere());
        environment.put("LD_LIBRARY_PATH", "/nowhere:a\0b:");
        assertFalse(isThere());
    }

    @Test
    void inTheLoadersList() throws IOException {
        Files.write(
                file("etc/ld.so.cache"),
                ("glibc-ld.so.cache1.1\0\1\2" + (char) 200 + "\0libFurnace.so\0"
                                + "/opt/old/libFurnace.so.1\0/opt/lib/libFurnace.so.1\0/opt/lib/libFurnace.so.10\0")
                        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        assertFalse(isThere(), "the list is older than what was deleted");
        Path file = file("opt/lib/" + NAME);
        assertTrue(isThere());
        Files.delete(file);
        file("opt/lib/libFurnace.so.10");
        assertFalse(isThere());
    }

    @Test
    void whatIsLoaded() throws IOException {
        Files.writeString(file("proc/self/maps"), "7f00-7f01 r-xp 00000000 08:01 42   /opt/x/libFurnace.so.1.0.2\n");
        assertTrue(isThere());
    }

    @Test
    void otherSystems() throws IOException {
        assertTrue(isThere("Mac OS X"), "only its loader knows");
        assertFalse(isThere("Windows 11"));
        environment.put("SystemRoot", root.toString());
        file(NAME);
        assertTrue(isThere("Windows 11"));
    }
}
