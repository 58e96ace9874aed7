package ondol.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The descriptions that loaded native libraries give of themselves: which kernels they chose for this processor.
 * Their Java bindings do not ask them all, so they are asked directly.
 */
@SuppressWarnings("restricted") // the benchmarks run with --enable-native-access
public final class NativeLibraries {
    /** A {@code std::string} of the GNU C++ library: the characters' address, how many they are, and room for short ones. */
    private static final StructLayout STRING = MemoryLayout.structLayout(
            ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

    private NativeLibraries() {}

    /** OpenBLAS's version and options with the name of the processor's kernels, such as {@code Haswell}. */
    public static String openBlas() {
        return call("openblas_get_config", FunctionDescriptor.of(ValueLayout.ADDRESS))
                .map(text -> ((MemorySegment) text).reinterpret(Long.MAX_VALUE).getString(0))
                .orElse("OpenBLAS, which does not say what it uses");
    }

    /** PyTorch's version, the instructions of its own kernels, its BLAS, and its threads. */
    public static String pyTorch() {
        Optional<Object> threads =
                call("_ZN2at15get_num_threadsEv", FunctionDescriptor.of(ValueLayout.JAVA_INT)); // at::get_num_threads
        Optional<Object> config =
                call("_ZN2at11show_configB5cxx11Ev", FunctionDescriptor.of(STRING)); // at::show_config
        String known = config.map(text -> summary(string((MemorySegment) text)))
                .orElse("PyTorch, which does not say what it uses");
        return known + threads.map(count -> ", " + count + " threads").orElse("");
    }

    private static String string(MemorySegment string) {
        long length = string.get(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS.byteSize());
        MemorySegment characters = string.get(ValueLayout.ADDRESS, 0).reinterpret(length);
        return new String(characters.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** Of the thirty lines of {@code torch.__config__.show()} what decides about speed. */
    private static String summary(String config) {
        List<String> parts = new ArrayList<>();
        parts.add("PyTorch " + find(config, "TORCH_VERSION=([^, ]+)"));
        parts.add("CPU capability " + find(config, "CPU capability usage: (\\S+)"));
        parts.add("BLAS " + find(config, "BLAS_INFO=([^, ]+)"));
        if (config.contains("Math Kernel Library")) {
            parts.add("MKL " + find(config, "Math Kernel Library Version ([^ ]+)"));
        }
        parts.add("oneDNN " + find(config, "MKL-DNN (\\S+)"));
        return String.join(", ", parts);
    }

    private static String find(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1) : "unknown";
    }

    /** The result of a function without arguments; nothing where no library has it. */
    private static Optional<Object> call(String function, FunctionDescriptor type) {
        return SymbolLookup.loaderLookup().find(function).map(address -> {
            try {
                var handle = Linker.nativeLinker().downcallHandle(address, type);
                // A structure is written into memory that stays: its string may point into itself.
                return type.returnLayout().orElseThrow() == STRING
                        ? handle.invoke((SegmentAllocator) Arena.global())
                        : handle.invoke();
            } catch (Throwable e) {
                throw new IllegalStateException(function + " cannot be called", e);
            }
        });
    }
}
