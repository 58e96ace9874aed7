package ondol.backend.cuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamQuery;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.DeviceInfo;
import ondol.backend.Launch;
import ondol.backend.MatmulPrecision;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.Settings;
import ondol.backend.Workspace;
import ondol.backend.c.Call;
import ondol.backend.c.CallQueue;
import ondol.backend.c.HostSort;
import ondol.backend.c.KernelCache;
import ondol.backend.c.MatMulTuning;
import ondol.backend.c.Planner;
import ondol.backend.c.Source;
import ondol.backend.c.StrictProbe;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** One NVIDIA GPU: its primary context, and one stream, on which everything runs in order. */
final class CudaBackend implements Backend, MatMulTuning.Runner {
    /** Room for a kernel's parameters: every driver and device takes 4 KB, ours are mostly far below. */
    private static final int PARAMETERS = 4096;

    /** So many free bytes suffice for the code of what is compiled at a time. */
    private static final long ROOM_FOR_CODE = 256 << 20;

    /** Newer than JCuda's list: an exception on the device, and memory of a kernel's that it did not give back. */
    private static final int CONTAINED = 226;

    private static final int TENSOR_MEMORY_LEAK = 721;

    private static final long BUFFER_POINTER = 1;
    private static final long BUFFER_SIZE = 2;
    private static final long END = 0;

    private final CUdevice device;
    private final CUcontext context = new CUcontext();
    private final CUstream stream = new CUstream();
    private final Staging staging;
    private final Modules modules;
    private final Planner planner;
    private final VendorOnDemand vendor;
    private final DeviceInfo listed;
    private final String compiler;

    /** How many groups a row of them has at most, and how many rows there are. */
    private final int widest;

    private final int highest;

    /** The parameters of the launch in hand, their size, and the list by which the driver finds both. */
    private final ByteBuffer parameters = ByteBuffer.allocateDirect(PARAMETERS).order(ByteOrder.nativeOrder());

    private final ByteBuffer size = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    private final ByteBuffer list = ByteBuffer.allocateDirect(5 * Long.BYTES).order(ByteOrder.nativeOrder());
    private final Pointer extra = Pointer.to(list);

    /** Calls of kernels that are still compiled. */
    private final CallQueue calls;

    private @Nullable String notStrictBecause;
    private MatmulPrecision allowed = MatmulPrecision.STRICT;
    private volatile boolean closed;

    /** Why nothing can be computed any more. */
    private volatile @Nullable String broken;

    /** Until it is told otherwise, it allocates what it needs. */
    private volatile Workspace workspace = Workspace.of(this);

    /**
     * @param nvrtc one that has code for the device
     * @param locator finds NVIDIA's own matrix products
     * @param cacheFolder where compiled kernels and other findings are kept; null keeps nothing
     */
    CudaBackend(Driver.Found found, Nvrtc nvrtc, NativeLocator locator, @Nullable Path cacheFolder) {
        device = found.device();
        listed = found.info();
        compiler = "NVRTC " + nvrtc.version();
        widest = Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X);
        highest = Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y);
        check("cuDevicePrimaryCtxRetain", cuDevicePrimaryCtxRetain(context, device));
        try {
            enter();
            // Not tied to the default stream, which other libraries in the process may use.
            check("cuStreamCreate", cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        } catch (RuntimeException | Error e) {
            cuDevicePrimaryCtxRelease(device);
            throw e;
        }
        staging = new Staging(stream, this::check);
        KernelCache cache =
                new KernelCache(cacheFolder, listed.name() + "\n" + found.capability() + "\n" + found.driver());
        modules = new Modules(nvrtc, found.capability(), cache, this::enter, this::check);
        calls = new CallQueue(modules::isReady, modules::compile, this::launch);
        int processors = Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        planner = Planner.ofGpuWithLargeGroups(new MatMulTuning(this, () -> workspace, cache, false, processors));
        list.putLong(BUFFER_POINTER)
                .putLong(MemorySegment.ofBuffer(parameters).address())
                .putLong(BUFFER_SIZE)
                .putLong(MemorySegment.ofBuffer(size).address())
                .putLong(END);
        vendor = new VendorOnDemand(() -> vendor(locator, found.newest()));
        try {
            notStrictBecause = StrictProbe.failure(this);
            allowed = Settings.matmul();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * NVIDIA's matrix products.
     *
     * @throws UnsatisfiedLinkError if there are none that can be used here; the message says why
     */
    private VendorMatMul vendor(NativeLocator locator, int newest) {
        return locator.find(NativeLocator.Library.CUBLAS, newest, library -> {
            enter();
            try {
                return new VendorMatMul(Blas.open(library, stream));
            } catch (CudaException e) {
                checkStream(e);
                throw e;
            }
        });
    }

    @Override
    public synchronized DeviceInfo info() {
        String reason = notStrictBecause;
        MatmulPrecision precision = precision();
        if (reason == null && precision != MatmulPrecision.STRICT) {
            reason = "matrix products of more than " + VendorProduct.SMALL + " multiplications are cuBLAS's, "
                    + precision + "; Device.matmulPrecision(STRICT) or -Dondol.matmul=strict makes them strict";
        }
        String matMul = allowed == MatmulPrecision.STRICT ? "" : vendor.description();
        String details = listed.details() + ", " + compiler + ", matmul " + precision + matMul;
        return new DeviceInfo(listed.name(), listed.kind(), listed.memoryBytes(), reason, details);
    }

    @Override
    public long memoryBytes() {
        return listed.memoryBytes();
    }

    @Override
    public synchronized MatmulPrecision matmulPrecision(MatmulPrecision allowed) {
        this.allowed = allowed;
        return precision();
    }

    /** The precision in force; opens the vendor's library where the answer depends on it. */
    private MatmulPrecision precision() {
        return allowed == MatmulPrecision.STRICT || vendor.get() == null ? MatmulPrecision.STRICT : allowed;
    }

    /** Makes the context the calling thread's. */
    private void enter() {
        check("cuCtxSetCurrent", cuCtxSetCurrent(context));
    }

    private void enterOpen() {
        if (closed) {
            throw new IllegalStateException(listed.name() + " is closed");
        }
        if (broken != null) {
            throw new IllegalStateException(
                    listed.name() + " computes nothing any more, because an earlier kernel failed: " + broken
                            + "; start the program again");
        }
        enter();
    }

    /** Throws unless a call succeeded; remembers failures after which CUDA lets nothing run in this process. */
    private void check(String call, int code) {
        if (code == CUresult.CUDA_SUCCESS) {
            return;
        }
        CudaException e = new CudaException(call, code, "");
        switch (code) {
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
                throw new OutOfDeviceMemoryException(listed.name() + " has not the memory: " + e.getMessage());
            case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED,
                    CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
                    CUresult.CUDA_ERROR_EXTERNAL_DEVICE,
                    CUresult.CUDA_ERROR_UNKNOWN, // nobody knows what can still be trusted
                    CONTAINED,
                    TENSOR_MEMORY_LEAK -> broken = e.getMessage();
            default -> {}
        }
        throw e;
    }

    /** After a library's failure: throws the driver's reason instead, if it was a kernel that failed. */
    private void checkStream(RuntimeException failure) {
        int code = cuStreamQuery(stream);
        if (code != CUresult.CUDA_ERROR_NOT_READY) {
            check(failure.getMessage() + ", after which cuStreamQuery", code);
        }
    }

    @Override
    public CudaBuffer allocate(Type type, long length) {
        enterOpen();
        long bytes = Math.max(1, length) * type.bytes();
        if (length > listed.memoryBytes() || bytes > listed.memoryBytes()) {
            throw new OutOfDeviceMemoryException(listed.name() + " has " + listed.memoryBytes()
                    + " bytes, not room for " + length + " elements of " + type);
        }
        CUdeviceptr pointer = new CUdeviceptr();
        int code = cuMemAlloc(pointer, bytes);
        if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw new OutOfDeviceMemoryException(listed.name() + " has no " + bytes + " bytes: "
                    + new CudaException("cuMemAlloc", code, "").getMessage());
        }
        check("cuMemAlloc", code);
        return new CudaBuffer(pointer, type, length);
    }

    @Override
    public void workspace(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void free(Buffer buffer) {
        freeAll(List.of(buffer));
    }

    /**
     * Waits until the device is done with them, once: the driver gives memory to others while kernels may still use it, and
     * cuMemFree promises no wait. Closing the device frees no buffer in use: those have owners.
     */
    @Override
    public void freeAll(List<Buffer> buffers) {
        if (closed || broken != null) {
            return;
        }
        calls.settle(); // what failed is told where it was asked for
        waitForStream();
        for (Buffer buffer : buffers) {
            CudaBuffer b = (CudaBuffer) buffer;
            if (b.release()) {
                check("cuMemFree", cuMemFree(b.pointer));
            }
        }
    }

    @Override
    public synchronized void upload(MemorySegment source, Buffer target, long offset) {
        enterOpen();
        calls.await();
        staging.upload(source, (CudaBuffer) target, offset * target.type().bytes());
    }

    @Override
    public synchronized void download(Buffer source, long offset, MemorySegment target) {
        enterOpen();
        calls.await();
        staging.download((CudaBuffer) source, offset * source.type().bytes(), target);
    }

    @Override
    public synchronized void run(Launch launch) {
        enterOpen();
        switch (launch.kernel()) {
            case Kernel.Sort sort when !planner.sorts(launch) -> new HostSort(this, workspace).run(sort, launch);
            case Kernel.MatMul matMul -> {
                if (allowed == MatmulPrecision.STRICT || !byVendor(matMul, launch)) {
                    planner.plan(launch, workspace, this::startInTurn);
                }
            }
            default -> planner.plan(launch, workspace, this::startInTurn);
        }
    }

    @Override
    public synchronized void runRows(List<Launch> launches, long reducedAxes) {
        enterOpen();
        if (!planner.planRows(launches, reducedAxes, this::startInTurn)) {
            launches.forEach(this::run);
        }
    }

    /** Runs a matrix product by the vendor's library; false if it is not one for it. */
    private boolean byVendor(Kernel.MatMul matMul, Launch launch) {
        VendorProduct product = VendorProduct.of(matMul, launch);
        if (product == null) {
            return false;
        }
        try {
            return byVendor(product);
        } catch (OutOfDeviceMemoryException e) {
            workspace.trim();
            enter();
            return byVendor(product); // from the beginning: nothing is added to what C holds
        } catch (CudaException e) {
            checkStream(e);
            throw e;
        }
    }

    private boolean byVendor(VendorProduct product) {
        VendorMatMul by = vendor.get();
        if (by == null) {
            return false;
        }
        calls.await();
        by.run(product, allowed == MatmulPrecision.TF32, this::run);
        return true;
    }

    /** Starts a call, or leaves it to others, if its kernel is not compiled yet; only within {@link #run}. */
    void startInTurn(Call call) {
        checkSize(call);
        if (call.groups() == 0) {
            return;
        }
        if (calls.mustWait(call)) {
            if (hasRoomForCode()) {
                calls.add(call);
                return;
            }
            calls.await();
        }
        startNow(call);
    }

    /** Whether kernels find room for their code without what the pool keeps: only this thread may give that back. */
    private boolean hasRoomForCode() {
        enter();
        long[] free = new long[1];
        check("cuMemGetInfo", cuMemGetInfo(free, new long[1]));
        return free[0] >= ROOM_FOR_CODE;
    }

    /** Starts a call at once; only within {@link #run}. */
    @Override
    public void start(Call call) {
        checkSize(call);
        calls.await();
        if (call.groups() > 0) {
            startNow(call);
        }
    }

    private void startNow(Call call) {
        try {
            launch(call);
        } catch (OutOfDeviceMemoryException e) {
            // The driver needs memory too, for code and for the threads' stacks.
            workspace.trim();
            launch(call);
        }
    }

    private static void checkSize(Call call) {
        int bytes = call.buffers().length * Long.BYTES + call.arguments().remaining();
        if (bytes > PARAMETERS) {
            throw new IllegalArgumentException("a kernel of " + call.buffers().length + " buffers takes " + bytes
                    + " bytes of parameters, CUDA has room for " + PARAMETERS + "; use fewer tensors in one operation,"
                    + " or make strided ones contiguous");
        }
    }

    private void launch(Call call) {
        Grid grid = Grid.of(call.groups(), widest, highest);
        var function = modules.function(call.source());
        parameters.clear();
        for (Buffer buffer : call.buffers()) {
            parameters.putLong(((CudaBuffer) buffer).address);
        }
        parameters.put(call.arguments().duplicate());
        size.putLong(0, parameters.position());
        enter(); // a virtual thread that waited for memory or the compiler may be back on another carrier
        check(
                "cuLaunchKernel",
                cuLaunchKernel(
                        function,
                        grid.width(),
                        grid.height(),
                        1,
                        call.source().groupSize(),
                        1,
                        1,
                        0,
                        stream,
                        null,
                        extra));
    }

    @Override
    public void finish() {
        calls.await();
        waitForStream();
    }

    private void waitForStream() {
        enter();
        check("cuStreamSynchronize", cuStreamSynchronize(stream));
    }

    /** Between two events on the stream: without the way to the device and back. */
    @Override
    public long time(Runnable starts) {
        calls.await();
        CUevent begin = event();
        try {
            CUevent end = event();
            try {
                check("cuEventRecord", cuEventRecord(begin, stream));
                starts.run();
                enter();
                check("cuEventRecord", cuEventRecord(end, stream));
                check("cuEventSynchronize", cuEventSynchronize(end));
                float[] milliseconds = new float[1];
                check("cuEventElapsedTime", cuEventElapsedTime(milliseconds, begin, end));
                return (long) (milliseconds[0] * 1e6);
            } finally {
                cuEventDestroy(end);
            }
        } finally {
            cuEventDestroy(begin);
        }
    }

    private CUevent event() {
        CUevent event = new CUevent();
        check("cuEventCreate", cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT));
        return event;
    }

    @Override
    public void compile(List<Source> sources) {
        calls.compile(sources);
    }

    @Override
    public synchronized void synchronize() {
        enterOpen();
        finish();
    }

    /** Gives everything back. The calls' error codes are not looked at: nobody could act on them. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        calls.close();
        cuCtxSetCurrent(context);
        if (cuStreamSynchronize(stream) == CUresult.CUDA_SUCCESS) {
            workspace.trim(); // others may use the context
        }
        closed = true;
        vendor.close();
        staging.close();
        modules.close();
        cuStreamDestroy(stream);
        cuDevicePrimaryCtxRelease(device);
    }
}
