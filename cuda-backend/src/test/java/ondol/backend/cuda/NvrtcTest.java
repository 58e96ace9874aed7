package ondol.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The compiler's functions, as a library written in Java sees their arguments; and the compiler itself where it is. */
class NvrtcTest {
    private static final long PROGRAM = 0x1234_5678_9abcL;
    private static final byte[] CUBIN = {0x7f, 'E', 'L', 'F', 0, 1};
    private static final byte[] PTX = ".version 8.0\0".getBytes(StandardCharsets.UTF_8);

    private final FakeLibrary library = new FakeLibrary();
    private final MemorySegment errorName = Arena.ofAuto().allocateFrom("NVRTC_ERROR_COMPILATION");
    private final List<String> compiled = new ArrayList<>();
    private int compileResult;
    private byte[] cubin = CUBIN;

    NvrtcTest() {
        library.add("nvrtcGetErrorString", a -> errorName, FunctionDescriptor.of(ADDRESS, JAVA_INT));
        library.add(
                "nvrtcVersion",
                a -> {
                    FakeLibrary.memory(a[0]).set(JAVA_INT, 0, 12);
                    FakeLibrary.memory(a[1]).set(JAVA_INT, 0, 6);
                    return 0;
                },
                ADDRESS,
                ADDRESS);
        library.add(
                "nvrtcGetNumSupportedArchs",
                a -> {
                    FakeLibrary.memory(a[0]).set(JAVA_INT, 0, 3);
                    return 0;
                },
                ADDRESS);
        library.add(
                "nvrtcGetSupportedArchs",
                a -> {
                    MemorySegment list = FakeLibrary.memory(a[0]);
                    list.setAtIndex(JAVA_INT, 0, 75);
                    list.setAtIndex(JAVA_INT, 1, 90);
                    list.setAtIndex(JAVA_INT, 2, 100);
                    return 0;
                },
                ADDRESS);
        library.add(
                "nvrtcCreateProgram",
                a -> {
                    FakeLibrary.memory(a[0]).set(JAVA_LONG, 0, PROGRAM);
                    compiled.add(FakeLibrary.string(a[1]));
                    compiled.add(FakeLibrary.string(a[2]));
                    compiled.add(
                            a[3] + " headers " + a[4].equals(MemorySegment.NULL) + a[5].equals(MemorySegment.NULL));
                    return 0;
                },
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_INT,
                ADDRESS,
                ADDRESS);
        library.add(
                "nvrtcCompileProgram",
                a -> {
                    compiled.add("program " + (((MemorySegment) a[0]).address() == PROGRAM));
                    for (int i = 0; i < (int) a[1]; i++) {
                        compiled.add(FakeLibrary.string(
                                MemorySegment.ofAddress(FakeLibrary.memory(a[2]).getAtIndex(JAVA_LONG, i))));
                    }
                    return compileResult;
                },
                ADDRESS,
                JAVA_INT,
                ADDRESS);
        library.add(
                "nvrtcDestroyProgram",
                a -> {
                    compiled.add("destroyed " + (FakeLibrary.memory(a[0]).get(JAVA_LONG, 0) == PROGRAM));
                    return 0;
                },
                ADDRESS);
        getter("nvrtcGetCUBIN", () -> cubin);
        getter("nvrtcGetPTX", () -> PTX);
        getter("nvrtcGetProgramLog", () -> "k.cu(1): error: no\n\0".getBytes(StandardCharsets.UTF_8));
    }

    private void getter(String name, Supplier<byte[]> bytes) {
        library.add(
                name + "Size",
                a -> {
                    FakeLibrary.memory(a[1]).set(JAVA_LONG, 0, bytes.get().length);
                    return ((MemorySegment) a[0]).address() == PROGRAM ? 0 : 4;
                },
                ADDRESS,
                ADDRESS);
        library.add(
                name,
                a -> {
                    FakeLibrary.memory(a[1]).copyFrom(MemorySegment.ofArray(bytes.get()));
                    return ((MemorySegment) a[0]).address() == PROGRAM ? 0 : 4;
                },
                ADDRESS,
                ADDRESS);
    }

    private Nvrtc load() {
        return Nvrtc.load(library.found(NativeLocator.Library.NVRTC, 12));
    }

    @Test
    void versionAndArchitectures() {
        Nvrtc nvrtc = load();
        assertEquals("12.6", nvrtc.version());
        assertEquals(12, nvrtc.major());
    }

    /** Its own code, PTX of the newest that is older, or nothing. */
    @Test
    void whatToCompileForADevice() {
        Nvrtc nvrtc = load();
        assertEquals("sm_75", nvrtc.target(75));
        assertEquals("sm_90", nvrtc.target(90));
        assertEquals("compute_75", nvrtc.target(89));
        assertEquals("compute_90", nvrtc.target(91));
        assertEquals("compute_100", nvrtc.target(103));
        assertEquals("compute_100", nvrtc.target(121));
        assertNull(nvrtc.target(70));
    }

    @Test
    void aDeviceThatIsTooOldForIt() {
        var found = library.found(NativeLocator.Library.NVRTC, 12);
        assertEquals("12.6", Nvrtc.load(found, 75).version());
        assertEquals(
                "NVRTC 12.6 compiles for compute capability 7.5 and above, the device has 6.1, for which there is CUDA"
                        + " 12's NVRTC",
                assertThrows(UnsatisfiedLinkError.class, () -> Nvrtc.load(found, 61))
                        .getMessage());
    }

    @Test
    void argumentsArriveAndTheProgramIsDestroyed() {
        assertArrayEquals(CUBIN, load().cubin("text \u00e9", "k.cu", List.of("-a", "--gpu-architecture=sm_90")));
        assertEquals(
                List.of(
                        "text \u00e9",
                        "k.cu",
                        "0 headers truetrue",
                        "program true",
                        "-a",
                        "--gpu-architecture=sm_90",
                        "destroyed true"),
                compiled);
    }

    @Test
    void ptxEndsWithZero() {
        assertArrayEquals(PTX, load().ptx("text", "k.cu", List.of()));
        assertEquals("destroyed true", compiled.getLast());
    }

    @Test
    void refusalHasTheLog() {
        compileResult = 6;
        Nvrtc nvrtc = load();
        CudaException e = assertThrows(CudaException.class, () -> nvrtc.cubin("text", "k.cu", List.of()));
        assertEquals(6, e.code());
        assertEquals(
                "nvrtcCompileProgram failed with NVRTC_ERROR_COMPILATION (6) of k.cu:\nk.cu(1): error: no\nof\ntext",
                e.getMessage());
        assertEquals("destroyed true", compiled.getLast());
        assertEquals(1, Collections.frequency(library.calls, "nvrtcDestroyProgram"));
    }

    @Test
    void noCodeOfADevice() {
        cubin = new byte[0];
        Nvrtc nvrtc = load();
        List<String> options = List.of("--gpu-architecture=compute_90");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> nvrtc.cubin("text", "k.cu", options))
                .getMessage()
                .contains("compute_90"));
        assertEquals("destroyed true", compiled.getLast());
        assertFalse(library.calls.contains("nvrtcGetCUBIN"));
    }

    @Test
    void missingFunctionIsNamed() {
        library.remove("nvrtcGetCUBINSize");
        assertEquals(
                "fake.so has no function nvrtcGetCUBINSize",
                assertThrows(UnsatisfiedLinkError.class, this::load).getMessage());
    }

    @Test
    void theCompilerItself() {
        Nvrtc nvrtc;
        try {
            nvrtc = Nvrtc.load(new NativeLocator().find(NativeLocator.Library.NVRTC, NativeLocator.ANY));
        } catch (UnsatisfiedLinkError e) {
            abort(e.getMessage());
            return;
        }
        String text = "extern \"C\" __global__ void twice(float* x) { x[threadIdx.x] *= 2.0f; }";
        byte[] code = nvrtc.cubin(text, "twice.cu", List.of("--gpu-architecture=sm_90"));
        assertEquals("ELF", new String(code, 1, 3, StandardCharsets.US_ASCII));
        byte[] ptx = nvrtc.ptx(text, "twice.cu", List.of("--gpu-architecture=" + nvrtc.target(91)));
        assertEquals(0, ptx[ptx.length - 1]);
        assertTrue(new String(ptx, StandardCharsets.US_ASCII).contains(".entry twice"));
        CudaException e = assertThrows(CudaException.class, () -> nvrtc.ptx("wrong", "wrong.cu", List.of()));
        assertTrue(e.getMessage().contains("NVRTC_ERROR_COMPILATION"), e.getMessage());
        assertTrue(e.getMessage().contains("wrong.cu(1): error"), e.getMessage());
    }
}
