package ondol.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import ondol.backend.Log;
import org.jspecify.annotations.Nullable;

/** CUDA's run-time compiler. It needs neither a driver nor a device. */
final class Nvrtc {
    private static final System.Logger LOG = Log.of("ondol.cuda");

    /** How large a result is, and the result itself. */
    private record Getter(Function size, Function bytes) {}

    /** A function that returns a code. */
    private record Function(String name, MethodHandle handle) {}

    private final MethodHandle errorString;
    private final Function create;
    private final Function compile;
    private final Function destroy;
    private final Getter cubin;
    private final Getter ptx;
    private final Getter log;
    private final int major;
    private final int minor;
    private final int[] architectures;

    private Nvrtc(NativeLocator.Found library) {
        errorString = Foreign.function(library, "nvrtcGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
        create = function(library, "nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        compile = function(library, "nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
        destroy = function(library, "nvrtcDestroyProgram", ADDRESS);
        cubin = getter(library, "nvrtcGetCUBIN");
        ptx = getter(library, "nvrtcGetPTX");
        log = getter(library, "nvrtcGetProgramLog");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(JAVA_INT, 2);
            Function version = function(library, "nvrtcVersion", ADDRESS, ADDRESS);
            check(version, numbers, numbers.asSlice(JAVA_INT.byteSize()));
            major = numbers.getAtIndex(JAVA_INT, 0);
            minor = numbers.getAtIndex(JAVA_INT, 1);
            check(function(library, "nvrtcGetNumSupportedArchs", ADDRESS), numbers);
            MemorySegment list = arena.allocate(JAVA_INT, numbers.get(JAVA_INT, 0));
            check(function(library, "nvrtcGetSupportedArchs", ADDRESS), list);
            architectures = list.toArray(JAVA_INT);
            Arrays.sort(architectures);
        }
    }

    /**
     * Binds the compiler.
     *
     * @throws UnsatisfiedLinkError if the library lacks a function
     */
    static Nvrtc load(NativeLocator.Found library) {
        return new Nvrtc(library);
    }

    /**
     * Binds the compiler for devices of a compute capability.
     *
     * @param capability 90 for 9.0
     * @throws UnsatisfiedLinkError if it has no code for them, or the library lacks a function
     */
    static Nvrtc load(NativeLocator.Found library, int capability) {
        Nvrtc nvrtc = load(library);
        if (nvrtc.target(capability) == null) {
            int oldest = nvrtc.architectures[0];
            throw new UnsatisfiedLinkError("NVRTC " + nvrtc.version() + " compiles for compute capability "
                    + oldest / 10 + "." + oldest % 10 + " and above, the device has " + capability / 10 + "."
                    + capability % 10 + ", for which there is CUDA 12's NVRTC");
        }
        return nvrtc;
    }

    private static Function function(NativeLocator.Found library, String name, MemoryLayout... arguments) {
        return new Function(name, Foreign.function(library, name, FunctionDescriptor.of(JAVA_INT, arguments)));
    }

    private static Getter getter(NativeLocator.Found library, String name) {
        return new Getter(
                function(library, name + "Size", ADDRESS, ADDRESS), function(library, name, ADDRESS, ADDRESS));
    }

    /** CUDA's version, as {@code 12.6}. */
    String version() {
        return major + "." + minor;
    }

    int major() {
        return major;
    }

    /**
     * For what to compile for devices of a compute capability: {@code sm_90}, their own code, if it can be made; otherwise
     * {@code compute_80}, PTX of the newest older one, which the driver compiles for the device. Null if all it knows is
     * newer.
     *
     * @param capability 90 for 9.0
     */
    @Nullable
    String target(int capability) {
        OptionalInt best =
                Arrays.stream(architectures).filter(a -> a <= capability).max();
        return best.isEmpty() ? null : (best.getAsInt() == capability ? "sm_" : "compute_") + best.getAsInt();
    }

    /**
     * Compiles to a device's own code.
     *
     * @param fileName what the text is called in the compiler's messages
     * @param options among them {@code --gpu-architecture=sm_90}
     * @throws CudaException if the compiler refuses; the message has its log
     */
    byte[] cubin(String text, String fileName, List<String> options) {
        byte[] code = compile(text, fileName, options, cubin);
        if (code.length == 0) {
            throw new IllegalArgumentException("no device's own architecture in " + options);
        }
        return code;
    }

    /**
     * Compiles to PTX, which the driver compiles for whatever device there is. The last byte is 0, as the driver wants it.
     *
     * @param options among them {@code --gpu-architecture=compute_90}
     * @throws CudaException if the compiler refuses; the message has its log
     */
    byte[] ptx(String text, String fileName, List<String> options) {
        return compile(text, fileName, options, ptx);
    }

    private byte[] compile(String text, String fileName, List<String> options, Getter result) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(ADDRESS);
            check(
                    create,
                    program,
                    arena.allocateFrom(text),
                    arena.allocateFrom(fileName),
                    0,
                    MemorySegment.NULL,
                    MemorySegment.NULL);
            try {
                MemorySegment handle = program.get(ADDRESS, 0);
                int code = call(compile, handle, options.size(), strings(arena, options));
                if (code != 0) {
                    throw new CudaException(
                            compile.name(),
                            name(code),
                            code,
                            " of " + fileName + ":\n" + log(handle) + "\nof\n" + text);
                }
                if (LOG.isLoggable(System.Logger.Level.DEBUG)) {
                    LOG.log(System.Logger.Level.DEBUG, "compiled:\n{0}\n{1}", text, log(handle));
                }
                return get(result, handle);
            } finally {
                check(destroy, program);
            }
        }
    }

    private static MemorySegment strings(Arena arena, List<String> strings) {
        MemorySegment array = arena.allocate(ADDRESS, Math.max(1, strings.size()));
        for (int i = 0; i < strings.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(strings.get(i)));
        }
        return array;
    }

    private String log(MemorySegment program) {
        try {
            return new String(get(log, program), StandardCharsets.UTF_8)
                    .replace("\0", "")
                    .strip();
        } catch (CudaException e) {
            return "no log: " + e.getMessage(); // why there is none says less than why it was asked for
        }
    }

    private byte[] get(Getter getter, MemorySegment program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            check(getter.size(), program, size);
            MemorySegment bytes = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
            if (size.get(JAVA_LONG, 0) == 0) {
                return new byte[0];
            }
            check(getter.bytes(), program, bytes);
            return bytes.toArray(JAVA_BYTE);
        }
    }

    private void check(Function function, Object... arguments) {
        int code = call(function, arguments);
        if (code != 0) {
            throw new CudaException(function.name(), name(code), code, "");
        }
    }

    private String name(int code) {
        try {
            return Foreign.string((MemorySegment) errorString.invokeExact(code));
        } catch (Throwable thrown) {
            throw Foreign.unexpected(thrown);
        }
    }

    private static int call(Function function, Object... arguments) {
        try {
            return (int) function.handle().invokeWithArguments(arguments);
        } catch (Throwable thrown) {
            throw Foreign.unexpected(thrown);
        }
    }
}
