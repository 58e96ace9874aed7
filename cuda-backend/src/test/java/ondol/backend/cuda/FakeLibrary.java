package ondol.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A C library whose functions are written in Java. */
@SuppressWarnings("restricted")
final class FakeLibrary implements SymbolLookup {
    /** A function. What it throws would end the process. */
    interface Body {
        Object call(Object... arguments);
    }

    /** The names of the functions that were called. */
    final List<String> calls = new ArrayList<>();

    private final Map<String, MemorySegment> symbols = new HashMap<>();
    private final Arena arena = Arena.ofAuto();

    /** Adds a function that returns an int. */
    void add(String name, Body body, MemoryLayout... arguments) {
        add(name, body, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    void add(String name, Body body, FunctionDescriptor type) {
        try {
            Body counted = arguments -> {
                calls.add(name);
                return body.call(arguments);
            };
            MethodHandle handle = MethodHandles.lookup()
                    .findVirtual(Body.class, "call", MethodType.methodType(Object.class, Object[].class))
                    .bindTo(counted)
                    .asCollector(Object[].class, type.argumentLayouts().size())
                    .asType(type.toMethodType());
            symbols.put(name, Linker.nativeLinker().upcallStub(handle, type, arena));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    void remove(String name) {
        symbols.remove(name);
    }

    @Override
    public Optional<MemorySegment> find(String name) {
        return Optional.ofNullable(symbols.get(name));
    }

    /** The library as if it had been found. */
    NativeLocator.Found found(NativeLocator.Library library, int major) {
        return new NativeLocator.Found(library, major, "fake.so", this);
    }

    /** The memory behind an argument. */
    static MemorySegment memory(Object address) {
        return ((MemorySegment) address).reinterpret(1 << 20);
    }

    static String string(Object address) {
        return memory(address).getString(0);
    }
}
