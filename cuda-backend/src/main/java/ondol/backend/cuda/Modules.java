package ondol.backend.cuda;

import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjIntConsumer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import ondol.backend.c.Dialect;
import ondol.backend.c.KernelCache;
import ondol.backend.c.KernelDump;
import ondol.backend.c.Source;
import org.jspecify.annotations.Nullable;

/** The compiled kernels of one device: in memory by their text, and as cubins in the user's cache folder. */
final class Modules {
    /**
     * The compiler options of the strict contract: no contraction, divide and square root rounded to nearest, subnormals
     * kept.
     */
    static final List<String> STRICT = List.of("--fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false");

    private final Nvrtc nvrtc;
    private final List<String> options = new ArrayList<>(STRICT);
    private final boolean cubin;
    private final KernelCache cache;
    private final Runnable enter;
    private final ObjIntConsumer<String> check;
    private final Map<Source, CUfunction> functions = new ConcurrentHashMap<>();
    private final List<CUmodule> modules = new ArrayList<>();

    /** Code of a kernel: compiled now, or kept in the cache, so that the driver may refuse it. */
    private record Code(byte[] bytes, boolean kept) {}

    /** The codes that were compiled, or read from the cache, before they were asked for. */
    private final Map<Source, Code> ready = new ConcurrentHashMap<>();

    /**
     * @param capability the device's compute capability, 90 for 9.0
     * @param nvrtc one that has code for the device
     * @param enter makes the context the thread's
     * @param check throws unless the code that a call returned is success
     */
    Modules(Nvrtc nvrtc, int capability, KernelCache cache, Runnable enter, ObjIntConsumer<String> check) {
        this.nvrtc = nvrtc;
        this.cache = cache;
        this.enter = enter;
        this.check = check;
        String target = Objects.requireNonNull(nvrtc.target(capability));
        cubin = target.startsWith("sm_");
        options.add("--gpu-architecture=" + target);
    }

    /** The compiled kernel of a text. */
    CUfunction function(Source source) {
        CUfunction function = functions.get(source);
        if (function == null) {
            function = create(source);
            functions.put(source, function);
        }
        return function;
    }

    /** Compiles a text, unless it is in the cache; on any thread. */
    void compile(Source source) {
        ready.put(source, code(source));
    }

    /** Whether a text needs no compiling. */
    boolean isReady(Source source) {
        return functions.containsKey(source) || ready.containsKey(source);
    }

    private String key(Source source) {
        return cache.key(source.in(Dialect.CUDA), nvrtc.version() + " " + options);
    }

    private Code code(Source source) {
        byte[] kept = cache.read(key(source));
        return kept == null ? new Code(compiled(source), false) : new Code(kept, true);
    }

    private byte[] compiled(Source source) {
        String text = source.in(Dialect.CUDA);
        String file = source.name() + ".cu";
        return cubin ? nvrtc.cubin(text, file, options) : nvrtc.ptx(text, file, options);
    }

    private CUfunction create(Source source) {
        KernelDump.write(source, Dialect.CUDA);
        Code known = ready.remove(source);
        if (known == null) {
            known = code(source);
        }
        byte[] code = known.bytes;
        if (known.kept) {
            enter.run(); // a virtual thread may have changed its carrier since
            CUfunction function = fromCache(code, source.name());
            if (function != null) {
                return function;
            }
            code = compiled(source);
        }
        cache.write(key(source), code);
        enter.run();
        CUmodule module = new CUmodule();
        check.accept("cuModuleLoadData", cuModuleLoadData(module, code));
        modules.add(module);
        CUfunction function = new CUfunction();
        check.accept("cuModuleGetFunction", cuModuleGetFunction(function, module, source.name()));
        return function;
    }

    /** A kernel from the cache; null if the driver does not take it. */
    private @Nullable CUfunction fromCache(byte[] kept, String name) {
        CUmodule module = new CUmodule();
        if (cuModuleLoadData(module, kept) != 0) {
            return null;
        }
        CUfunction function = new CUfunction();
        if (cuModuleGetFunction(function, module, name) != 0) {
            cuModuleUnload(module);
            return null;
        }
        modules.add(module);
        return function;
    }

    /** Unloads everything; what the calls return no longer matters. */
    void close() {
        modules.forEach(module -> cuModuleUnload(module));
        modules.clear();
        functions.clear();
    }
}
