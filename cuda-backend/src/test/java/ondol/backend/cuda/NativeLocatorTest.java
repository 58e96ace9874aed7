package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ondol.backend.cuda.NativeLocator.Found;
import ondol.backend.cuda.NativeLocator.Library;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where libraries are looked for: on made-up folders, with a loader that loads nothing. */
class NativeLocatorTest {
    @TempDir
    Path temporary;

    private Path root;
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> properties = new HashMap<>();
    private final Set<String> known = new HashSet<>(); // to the loader, by name only
    private final Set<String> loaded = new HashSet<>(); // names
    private final Set<String> broken = new HashSet<>(); // files
    private final List<String> opened = new ArrayList<>();
    private boolean windows;
    private String architecture = "amd64";

    @BeforeEach
    void realRoot() throws IOException {
        root = temporary.toRealPath();
    }

    private final NativeLocator.Loader loader = new NativeLocator.Loader() {
        @Override
        public boolean isLoaded(String name) {
            return loaded.contains(name);
        }

        @Override
        public SymbolLookup open(String file) {
            return NativeLocatorTest.this.open(file);
        }
    };

    private SymbolLookup open(String file) {
        opened.add(file);
        boolean isName = Path.of(file).getParent() == null;
        if (isName && !known.contains(file) && !loaded.contains(file)) {
            throw new UnsatisfiedLinkError("not known");
        }
        if (broken.contains(file)) {
            throw new UnsatisfiedLinkError("not a library");
        }
        return name -> Optional.empty();
    }

    private Found find(Library library, int newest) {
        return new NativeLocator(
                        new NativeLocator.Surroundings(
                                windows, architecture, environment::get, properties::get, root.resolve("local")),
                        loader)
                .find(library, newest);
    }

    private Found find(Library library) {
        return find(library, NativeLocator.ANY);
    }

    /** Makes an empty file. */
    private String file(String path) {
        try {
            Path file = root.resolve(path);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, "").toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void assertFound(String file, int major, Found found) {
        assertEquals(file, found.file());
        assertEquals(major, found.major());
    }

    @Test
    void theOrder() {
        properties.put("ondol.cuda.wheels", root.resolve("site").toString());
        String cuda13Wheel = file("site/nvidia/cu13/lib/libnvrtc.so.13");
        assertFound(cuda13Wheel, 13, find(Library.NVRTC));
        String wheel = file("site/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
        assertFound(wheel, 12, find(Library.NVRTC));
        String older = file("local/cuda-12.6/lib64/libnvrtc.so.12");
        assertFound(older, 12, find(Library.NVRTC));
        String newer = file("local/cuda-12.10/lib64/libnvrtc.so.12");
        assertFound(newer, 12, find(Library.NVRTC));
        String chosen = file("local/cuda/lib64/libnvrtc.so.11.2");
        assertFound(chosen, 11, find(Library.NVRTC));
        known.add("libnvrtc.so.11.2");
        assertFound("libnvrtc.so.11.2", 11, find(Library.NVRTC));
        known.add("libnvrtc.so.13");
        assertFound("libnvrtc.so.13", 13, find(Library.NVRTC));
        String path = file("path/targets/x86_64-linux/lib/libnvrtc.so.12");
        environment.put("CUDA_PATH", root.resolve("path").toString());
        assertFound(path, 12, find(Library.NVRTC));
        String home = file("home/lib/libnvrtc.so.12");
        environment.put("CUDA_HOME", root.resolve("home").toString());
        assertFound(home, 12, find(Library.NVRTC));
        loaded.add("libnvrtc.so.11.2");
        assertFound("libnvrtc.so.11.2", 11, find(Library.NVRTC));
        loaded.add("libnvrtc.so.12");
        assertFound("libnvrtc.so.12", 12, find(Library.NVRTC));
        String set = file("set/libnvrtc.so.12");
        properties.put("ondol.cuda.nvrtc", root.resolve("set").toString());
        assertFound(set, 12, find(Library.NVRTC));
    }

    @Test
    void versionsAtOnePlace() {
        environment.put("CUDA_HOME", root.resolve("home").toString());
        for (String name : List.of("libnvrtc.so.11.2", "libnvrtc.so.12", "libnvrtc.so.13")) {
            file("home/lib64/" + name);
        }
        for (String name : List.of("libcublas.so.11", "libcublas.so.12", "libcublas.so.13")) {
            file("home/lib64/" + name);
        }
        assertEquals(13, find(Library.NVRTC).major());
        assertEquals(12, find(Library.NVRTC, 12).major());
        assertEquals(11, find(Library.NVRTC, 11).major());
        assertEquals(12, find(Library.CUBLAS).major());
        broken.add(root.resolve("home/lib64/libcublas.so.12").toString());
        assertEquals(13, find(Library.CUBLAS).major());
        assertEquals(11, find(Library.CUBLAS, 12).major());
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links are not for everybody there")
    void settingOfAFile() throws IOException {
        String file = file("some/libnvrtc.so.12.6.85");
        properties.put("ondol.cuda.nvrtc", file);
        assertFound(file, 12, find(Library.NVRTC, 11)); // the user knows better
        Path link = Files.createSymbolicLink(root.resolve("libnvrtc.so"), Path.of(file));
        properties.put("ondol.cuda.nvrtc", link.toString());
        assertFound(link.toString(), 12, find(Library.NVRTC));
        String other = file("some/compiler.so");
        properties.put("ondol.cuda.nvrtc", other);
        assertFound(other, 0, find(Library.NVRTC));
    }

    @Test
    void uselessSettingIsPassedOver() {
        properties.put("ondol.cuda.cublas", root.resolve("nowhere").toString());
        known.add("libcublas.so.12");
        assertFound("libcublas.so.12", 12, find(Library.CUBLAS));
    }

    @Test
    void whatCannotBeUsedIsPassedOver() {
        environment.put("CUDA_HOME", root.resolve("home").toString());
        String newer = file("home/lib64/libnvrtc.so.13");
        String older = file("home/lib64/libnvrtc.so.12");
        NativeLocator locator = new NativeLocator(
                new NativeLocator.Surroundings(
                        windows, architecture, environment::get, properties::get, root.resolve("local")),
                loader);
        assertFound(older, 12, locator.find(Library.NVRTC, NativeLocator.ANY, found -> {
            if (found.major() == 13) {
                throw new UnsatisfiedLinkError("too new");
            }
            return found;
        }));
        UnsatisfiedLinkError e = assertThrows(
                UnsatisfiedLinkError.class,
                () -> locator.find(Library.NVRTC, NativeLocator.ANY, found -> {
                    throw new CudaException("nvrtcVersion", "NVRTC_ERROR_INTERNAL_ERROR", 11, "");
                }));
        String why = ": nvrtcVersion failed with NVRTC_ERROR_INTERNAL_ERROR (11)";
        assertEquals(
                "NVRTC, CUDA's run-time compiler, cannot be used: " + newer + why + ". Tried:",
                e.getMessage().lines().findFirst().orElseThrow());
        assertTrue(e.getMessage().contains("\n  " + newer + why + "\n  " + older + why + "\n"), e.getMessage());
    }

    @Test
    void companionsAreLoadedFirst() {
        environment.put("CUDA_HOME", root.resolve("home").toString());
        String nvrtc = file("home/lib64/libnvrtc.so.13");
        String builtins = file("home/lib64/libnvrtc-builtins.so.13.0");
        file("home/lib64/libnvrtc-builtins.so.12.6");
        file("home/lib64/libnvrtc-builtins.alt.so.13.0");
        String cublas = file("home/lib64/libcublas.so.13");
        String cublasLt = file("home/lib64/libcublasLt.so.13");
        file("home/lib64/libcublasLt_static.a");
        find(Library.NVRTC);
        assertEquals(List.of(builtins, nvrtc), opened.subList(opened.size() - 2, opened.size()));
        opened.clear();
        broken.add(cublasLt); // cuBLAS itself has to say what that means
        assertFound(cublas, 13, find(Library.CUBLAS));
        assertEquals(List.of(cublasLt, cublas), opened.subList(opened.size() - 2, opened.size()));
    }

    @Test
    void namesOnWindows() {
        windows = true;
        environment.put("CUDA_PATH", root.resolve("v13").toString());
        properties.put("ondol.cuda.wheels", root.resolve("site").toString());
        String cuda13Wheel = file("site/nvidia/cu13/bin/x86_64/cublas64_13.dll");
        assertFound(cuda13Wheel, 13, find(Library.CUBLAS));
        String wheel = file("site/nvidia/cublas/bin/cublas64_12.dll");
        assertFound(wheel, 12, find(Library.CUBLAS));
        String before13 = file("v13/bin/nvrtc64_120_0.dll");
        assertFound(before13, 12, find(Library.NVRTC));
        String since13 = file("v13/bin/x64/nvrtc64_130_0.dll");
        assertFound(since13, 13, find(Library.NVRTC));
        String builtins = file("v13/bin/x64/nvrtc-builtins64_130.dll");
        opened.clear();
        find(Library.NVRTC);
        assertEquals(List.of(builtins, since13), opened);
    }

    @Test
    void namesOnArm() {
        architecture = "aarch64";
        String file = file("local/cuda/targets/sbsa-linux/lib/libcublas.so.12");
        assertFound(file, 12, find(Library.CUBLAS));
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links are not for everybody there")
    void failureListsEverything() throws IOException {
        properties.put("ondol.cuda.nvrtc", root.resolve("nowhere").toString());
        properties.put("ondol.cuda.wheels", root.resolve("site").toString());
        environment.put("CUDA_HOME", root.resolve("home").toString());
        Files.createDirectories(root.resolve("home/lib64"));
        Files.createDirectories(root.resolve("site"));
        file("local/cuda-12.6/lib64/libnvrtc.so.12");
        broken.add(root.resolve("local/cuda/lib64/libnvrtc.so.12").toString());
        Files.createSymbolicLink(root.resolve("local/cuda-12.6/lib"), root.resolve("local/cuda-12.6/lib64"));
        Files.createSymbolicLink(root.resolve("local/cuda"), root.resolve("local/cuda-12.6")); // the same once more
        String message = assertThrows(UnsatisfiedLinkError.class, () -> find(Library.NVRTC, 12))
                .getMessage();
        assertEquals("""
                NVRTC, CUDA's run-time compiler, was not found. Tried:
                  libnvrtc.so.13: not tried, of use here are CUDA 12 and older
                  -Dondol.cuda.nvrtc=ROOT/nowhere: no such file or folder
                  ROOT/home/lib64: no libnvrtc.so.12 or libnvrtc.so.11.2 there
                  CUDA_PATH: not set
                  libnvrtc.so.12, where the system looks: not known
                  libnvrtc.so.11.2, where the system looks: not known
                  ROOT/local/cuda/lib64/libnvrtc.so.12: not a library
                  -Dondol.cuda.wheels=ROOT/site: no folder nvidia/cuda_nvrtc/lib or nvidia/cu13/lib there
                Install the CUDA toolkit 12 or older (https://developer.nvidia.com/cuda-downloads). If it is there, set \
                -Dondol.cuda.nvrtc to the file libnvrtc.so.12 or its folder; or, if NVIDIA's Python wheels are, \
                -Dondol.cuda.wheels to their site-packages folder.""", message.replace(root.toString(), "ROOT").replace('\\', '/'));
    }

    @Test
    void failureOnABareMachine() {
        String message = assertThrows(UnsatisfiedLinkError.class, () -> find(Library.CUBLAS))
                .getMessage();
        assertEquals("""
                cuBLAS, CUDA's matrix products, was not found. Tried:
                  -Dondol.cuda.cublas: not set
                  CUDA_HOME: not set
                  CUDA_PATH: not set
                  libcublas.so.12, where the system looks: not known
                  libcublas.so.13, where the system looks: not known
                  libcublas.so.11, where the system looks: not known
                  ROOT/local/cuda: no such folder
                  -Dondol.cuda.wheels: not set
                Install the CUDA toolkit (https://developer.nvidia.com/cuda-downloads). If it is there, set \
                -Dondol.cuda.cublas to the file libcublas.so.12 or its folder; or, if NVIDIA's Python wheels are, \
                -Dondol.cuda.wheels to their site-packages folder.""", message.replace(root.toString(), "ROOT").replace('\\', '/'));
    }

    @Test
    void theRealLoaderSaysWhy() {
        String why = assertThrows(UnsatisfiedLinkError.class, () -> Foreign.LOADER.open("libondol-nowhere.so.1"))
                .getMessage();
        assertFalse(why.isBlank());
        assertFalse(why.startsWith("libondol-nowhere.so.1"), why); // the list above says that already
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theRealLoaderKnowsWhatIsLoaded() {
        assertFalse(Foreign.LOADER.isLoaded("libondol-nowhere.so.1"));
        assertTrue(Foreign.LOADER.isLoaded("libc.so.6"));
    }
}
