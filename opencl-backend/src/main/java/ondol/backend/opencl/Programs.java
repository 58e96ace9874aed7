package ondol.backend.opencl;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import ondol.backend.Log;
import ondol.backend.c.Dialect;
import ondol.backend.c.KernelCache;
import ondol.backend.c.KernelDump;
import ondol.backend.c.Source;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_program;
import org.jspecify.annotations.Nullable;

/** The compiled kernels of one device: in memory by their text, and as binaries in the user's cache folder. */
final class Programs {
    private static final System.Logger LOG = Log.of("ondol.opencl");

    private final cl_context context;
    private final cl_device_id device;
    private final String options;
    private final KernelCache cache;
    private final Map<Source, cl_kernel> kernels = new HashMap<>();

    Programs(cl_context context, cl_device_id device, String options, KernelCache cache) {
        this.context = context;
        this.device = device;
        this.options = options;
        this.cache = cache;
    }

    /** The compiled kernel of a text. */
    cl_kernel kernel(Source source) {
        cl_kernel kernel = kernels.get(source);
        if (kernel == null) {
            kernel = Signals.keep(() -> create(source));
            try {
                checkGroup(source, groupSize(kernel), Cl.string(device, CL.CL_DEVICE_NAME));
            } catch (RuntimeException e) {
                CL.clReleaseKernel(kernel);
                throw e;
            }
            kernels.put(source, kernel);
        }
        return kernel;
    }

    /** How many work items a group of this kernel may have: registers or local memory may not be enough for more. */
    private long groupSize(cl_kernel kernel) {
        long[] size = new long[1];
        Cl.check(
                CL.clGetKernelWorkGroupInfo(
                        kernel, device, CL.CL_KERNEL_WORK_GROUP_SIZE, Sizeof.size_t, Pointer.to(size), null),
                "clGetKernelWorkGroupInfo");
        return size[0];
    }

    /**
     * Refuses a kernel whose groups the device cannot run.
     *
     * @param most how many work items a group may have
     */
    static void checkGroup(Source source, long most, String device) {
        if (most < source.groupSize()) {
            throw new IllegalStateException("kernel '" + source.name() + "' needs groups of " + source.groupSize()
                    + " work items, and " + device + " runs it in groups of at most " + most
                    + ": its registers or local memory do not suffice; use another device or driver");
        }
    }

    private cl_kernel create(Source source) {
        String text = source.in(Dialect.OPENCL);
        KernelDump.write(source, Dialect.OPENCL);
        String key = cache.key(text, options);
        byte[] binary = cache.read(key);
        cl_kernel kernel = binary == null ? null : fromBinary(binary, source.name());
        if (kernel != null) {
            return kernel;
        }
        cl_program program = compile(text);
        try {
            byte[] compiled = cache.writes() ? binary(program) : null;
            if (compiled != null) {
                cache.write(key, compiled);
            }
            int[] code = new int[1];
            kernel = CL.clCreateKernel(program, source.name(), code);
            Cl.check(code, "clCreateKernel");
            return kernel;
        } finally {
            // The kernel holds the program.
            Cl.check(CL.clReleaseProgram(program), "clReleaseProgram");
        }
    }

    /** A kernel from the cache; null if the driver does not take it any more. */
    private @Nullable cl_kernel fromBinary(byte[] binary, String name) {
        int[] status = new int[1];
        int[] code = new int[1];
        cl_device_id[] devices = {device};
        long[] lengths = {binary.length};
        cl_program program =
                CL.clCreateProgramWithBinary(context, 1, devices, lengths, new byte[][] {binary}, status, code);
        if (code[0] != CL.CL_SUCCESS) {
            return null;
        }
        try {
            if (status[0] != CL.CL_SUCCESS
                    || CL.clBuildProgram(program, 1, devices, options, null, null) != CL.CL_SUCCESS) {
                return null;
            }
            cl_kernel kernel = CL.clCreateKernel(program, name, code);
            return code[0] == CL.CL_SUCCESS ? kernel : null;
        } finally {
            CL.clReleaseProgram(program);
        }
    }

    private cl_program compile(String text) {
        int[] code = new int[1];
        cl_program program = CL.clCreateProgramWithSource(context, 1, new String[] {text}, null, code);
        Cl.check(code, "clCreateProgramWithSource");
        int built = CL.clBuildProgram(program, 1, new cl_device_id[] {device}, options, null, null);
        if (built != CL.CL_SUCCESS) {
            String log = log(program);
            CL.clReleaseProgram(program);
            throw new OpenClException("clBuildProgram", built, ":\n" + log + "\nof\n" + text);
        }
        if (LOG.isLoggable(System.Logger.Level.DEBUG)) {
            LOG.log(System.Logger.Level.DEBUG, "compiled:\n{0}\n{1}", text, log(program));
        }
        return program;
    }

    private String log(cl_program program) {
        long[] size = new long[1];
        if (CL.clGetProgramBuildInfo(program, device, CL.CL_PROGRAM_BUILD_LOG, 0, null, size) != CL.CL_SUCCESS) {
            return "no build log";
        }
        byte[] log = new byte[Cl.length(size[0], "clGetProgramBuildInfo")];
        CL.clGetProgramBuildInfo(program, device, CL.CL_PROGRAM_BUILD_LOG, log.length, Pointer.to(log), null);
        return new String(log, StandardCharsets.UTF_8).replace("\0", "").strip();
    }

    private static byte @Nullable [] binary(cl_program program) {
        long[] size = new long[1];
        if (CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null)
                        != CL.CL_SUCCESS
                || size[0] <= 0) {
            return null;
        }
        byte[] binary = new byte[Cl.length(size[0], "clGetProgramInfo")];
        Pointer pointers = Pointer.to(Pointer.to(binary));
        int code = CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, pointers, null);
        return code == CL.CL_SUCCESS ? binary : null;
    }

    void close() {
        Releases.each(kernels.values(), kernel -> Cl.check(CL.clReleaseKernel(kernel), "clReleaseKernel"));
    }
}
