package ondol.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Calls of C functions. */
final class Foreign {
    private static final Linker LINKER = Linker.nativeLinker();

    /** The operating system's. */
    static final NativeLocator.Loader LOADER = new NativeLocator.Loader() {
        @Override
        public boolean isLoaded(String name) {
            return Foreign.isLoaded(name);
        }

        @Override
        public SymbolLookup open(String file) {
            return Foreign.open(file);
        }
    };

    private Foreign() {}

    /**
     * A function of a library.
     *
     * @throws UnsatisfiedLinkError if the library does not have it
     */
    static MethodHandle function(NativeLocator.Found library, String name, FunctionDescriptor type) {
        MemorySegment symbol = library.symbols()
                .find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError(library.file() + " has no function " + name));
        return function(symbol, type);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(MemorySegment symbol, FunctionDescriptor type) {
        return LINKER.downcallHandle(symbol, type);
    }

    /** The exception for an error that a method handle threw; C functions throw nothing. */
    static RuntimeException unexpected(Throwable thrown) {
        return switch (thrown) {
            case Error e -> throw e;
            case RuntimeException e -> e;
            default -> new IllegalStateException(thrown);
        };
    }

    /** The operating system's loader. What it has loaded stays. */
    @SuppressWarnings("restricted")
    static SymbolLookup open(String file) {
        String refusal = refusal(file);
        if (refusal != null) {
            throw new UnsatisfiedLinkError(refusal);
        }
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new UnsatisfiedLinkError("not there, or not a library that can be loaded");
        }
    }

    /** Whether the process has loaded a library of this name, from wherever. */
    @SuppressWarnings("restricted")
    private static boolean isLoaded(String name) {
        FunctionDescriptor dlopen =
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        Optional<MemorySegment> linux = LINKER.defaultLookup().find("dlopen");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            if (linux.isPresent()) {
                int lazilyIfLoaded = 1 | 4;
                return ((MemorySegment) function(linux.get(), dlopen).invokeExact(text, lazilyIfLoaded)).address() != 0;
            }
            MemorySegment windows = SymbolLookup.libraryLookup("kernel32", Arena.global())
                    .find("GetModuleHandleA")
                    .orElseThrow();
            FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS);
            return ((MemorySegment) function(windows, type).invokeExact(text)).address() != 0;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Why a library cannot be loaded, which Java does not tell; null if it can, or if nobody tells. */
    @SuppressWarnings("restricted")
    private static @Nullable String refusal(String file) {
        Optional<MemorySegment> dlopen = LINKER.defaultLookup().find("dlopen");
        Optional<MemorySegment> dlerror = LINKER.defaultLookup().find("dlerror");
        if (dlopen.isEmpty() || dlerror.isEmpty()) {
            return null; // Windows
        }
        MethodHandle open = function(
                dlopen.get(), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        MethodHandle error = function(dlerror.get(), FunctionDescriptor.of(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            int lazily = 1;
            MemorySegment library = (MemorySegment) open.invokeExact(arena.allocateFrom(file), lazily);
            if (library.address() != 0) {
                return null;
            }
            MemorySegment reason = (MemorySegment) error.invokeExact();
            String text = reason.address() == 0 ? "no reason given" : string(reason);
            return text.startsWith(file + ": ") ? text.substring(file.length() + 2) : text;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** A text that a C function returned. */
    @SuppressWarnings("restricted")
    static String string(MemorySegment address) {
        return address.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
