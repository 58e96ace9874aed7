package ondol.backend.opencl;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.DeviceInfo;
import ondol.backend.Launch;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.Workspace;
import ondol.backend.c.Call;
import ondol.backend.c.HostSort;
import ondol.backend.c.KernelCache;
import ondol.backend.c.MatMulTuning;
import ondol.backend.c.Planner;
import ondol.backend.c.StrictProbe;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/** One OpenCL device: one context, one queue, on which everything runs in order. */
final class OpenClBackend implements Backend, MatMulTuning.Runner {
    /** After so many launches a mark is left, and the host waits for the oldest if there are too many. */
    private static final int AHEAD = 512;

    /** After so many launches the device is told to begin, if it has not begun by itself. */
    private static final int FLUSH = 32;

    private static final int MOST_MARKS = 4;

    private volatile DeviceInfo info;

    /** Everything that is released at close. */
    private final Releases releases = new Releases();

    final cl_context context;
    final cl_command_queue queue;
    private final Programs programs;
    private final Transfers transfers;
    private final Planner planner;
    private final long largestAllocation;

    /** Bytes of arguments that a kernel may have, and how many of them a buffer takes. */
    private final long mostArguments;

    private final int pointerBytes;
    private final ArrayDeque<cl_event> marks = new ArrayDeque<>();
    private int sinceMark;

    /** The buffers that were allocated and not freed yet. */
    private final Set<ClBuffer> buffers = ConcurrentHashMap.newKeySet();

    /** The struct of the launch in hand: the driver copies it at once. */
    private ByteBuffer arguments = ByteBuffer.allocateDirect(4096);

    private Pointer argumentsPointer = Pointer.to(arguments);
    private volatile boolean closed;

    /** Until it is told otherwise, it allocates what it needs. */
    private volatile Workspace workspace = Workspace.of(this);

    /** @param cacheFolder where compiled kernels and other findings are kept; null keeps nothing */
    OpenClBackend(DeviceDiscovery.Found found, @Nullable Path cacheFolder) {
        cl_device_id device = found.device();
        DeviceInfo listed = found.info();
        info = listed;
        largestAllocation = Cl.number(device, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE);
        mostArguments = Cl.number(device, CL.CL_DEVICE_MAX_PARAMETER_SIZE);
        pointerBytes = (int) Cl.number(device, CL.CL_DEVICE_ADDRESS_BITS) / Byte.SIZE;
        cl_context_properties properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, found.platform());
        int[] code = new int[1];
        try {
            context = Signals.keep(
                    () -> CL.clCreateContext(properties, 1, new cl_device_id[] {device}, null, null, code));
            Cl.check(code, "clCreateContext");
            releases.add(() -> Cl.check(CL.clReleaseContext(context), "clReleaseContext"));
            queue = createQueue(device);
            releases.add(() -> Cl.check(CL.clReleaseCommandQueue(queue), "clReleaseCommandQueue"));
            releases.add(() -> Releases.each(buffers, this::free));
            KernelCache cache = new KernelCache(cacheFolder, identity(found, listed));
            programs = new Programs(context, device, options(device, listed.kind() != DeviceInfo.Kind.CPU), cache);
            releases.add(programs::close);
            releases.add(() -> Releases.each(marks, OpenClBackend::release));
            transfers = new Transfers(context, queue, Enqueued.find());
            releases.add(transfers::close);
            releases.add(transfers::releaseAll);
            releases.add(this::finish);
            boolean isCpu = listed.kind() == DeviceInfo.Kind.CPU;
            int units = (int) Cl.number(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS);
            MatMulTuning tiles = new MatMulTuning(this, () -> workspace, cache, isCpu, units);
            planner = isCpu ? new Planner(tiles) : Planner.ofGpu(tiles);
            info = new DeviceInfo(
                    listed.name(), listed.kind(), listed.memoryBytes(), StrictProbe.failure(this), listed.details());
        } catch (RuntimeException | Error e) {
            closed = true;
            releases.runAfter(e);
            throw e;
        }
    }

    private cl_command_queue createQueue(cl_device_id device) {
        int[] code = new int[1];
        @SuppressWarnings("deprecation") // the call that every version of OpenCL has
        cl_command_queue q = CL.clCreateCommandQueue(context, device, 0, code);
        Cl.check(code, "clCreateCommandQueue");
        return q;
    }

    /** @param serialTables whether work items that ask __constant memory for different places are served one by one, as on GPUs */
    private static String options(cl_device_id device, boolean serialTables) {
        long config = Cl.number(device, CL.CL_DEVICE_SINGLE_FP_CONFIG);
        boolean exact = (config & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
        return "-cl-std=CL1.2 -w" + (exact ? " -cl-fp32-correctly-rounded-divide-sqrt" : "")
                + (serialTables ? " -DSERIAL_TABLES" : "");
    }

    private static String identity(DeviceDiscovery.Found found, DeviceInfo listed) {
        return String.join(
                "\n",
                Cl.string(found.platform(), CL.CL_PLATFORM_NAME),
                Cl.string(found.platform(), CL.CL_PLATFORM_VERSION),
                listed.name(),
                Cl.string(found.device(), CL.CL_DEVICE_VERSION),
                Cl.string(found.device(), CL.CL_DRIVER_VERSION));
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public ClBuffer allocate(Type type, long length) {
        checkOpen();
        long bytes = Math.max(1, length) * type.bytes();
        if (length > largestAllocation || bytes > largestAllocation) {
            throw new OutOfDeviceMemoryException(info.name() + " gives at most " + largestAllocation
                    + " bytes at once, not " + length + " elements of " + type);
        }
        cl_mem memory;
        try {
            memory = create(bytes);
        } catch (OutOfDeviceMemoryException e) {
            finish(); // what was released meanwhile is free when the commands that use it are done
            memory = create(bytes);
        }
        ClBuffer buffer = new ClBuffer(memory, type, length);
        buffers.add(buffer);
        return buffer;
    }

    private cl_mem create(long bytes) {
        int[] code = new int[1];
        cl_mem memory = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, code);
        checkMemory(code[0], bytes);
        Cl.check(code, "clCreateBuffer");
        // Drivers look for the memory when it is first used: now there is still something that can be done about it.
        int touched = CL.clEnqueueMigrateMemObjects(
                queue, 1, new cl_mem[] {memory}, CL.CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED, 0, null, null);
        try {
            checkMemory(touched, bytes);
        } catch (OutOfDeviceMemoryException e) {
            CL.clReleaseMemObject(memory);
            throw e;
        }
        return memory; // a driver that does not care to be asked finds it later
    }

    private void checkMemory(int code, long bytes) {
        switch (code) {
            case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE,
                    CL.CL_OUT_OF_RESOURCES,
                    CL.CL_OUT_OF_HOST_MEMORY,
                    CL.CL_INVALID_BUFFER_SIZE ->
                throw new OutOfDeviceMemoryException(
                        info.name() + " has no " + bytes + " bytes: " + CL.stringFor_errorCode(code));
            default -> {}
        }
    }

    @Override
    public void workspace(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void free(Buffer buffer) {
        ClBuffer b = (ClBuffer) buffer;
        if (b.release()) {
            buffers.remove(b);
            Cl.check(CL.clReleaseMemObject(b.memory), "clReleaseMemObject");
        }
    }

    @Override
    public synchronized void upload(MemorySegment source, Buffer target, long offset) {
        checkOpen();
        transfers.upload(source, (ClBuffer) target, offset * target.type().bytes());
    }

    @Override
    public synchronized void download(Buffer source, long offset, MemorySegment target) {
        checkOpen();
        transfers.download((ClBuffer) source, offset * source.type().bytes(), target);
    }

    @Override
    public synchronized void run(Launch launch) {
        checkOpen();
        if (launch.kernel() instanceof Kernel.Sort sort && !planner.sorts(launch)) {
            new HostSort(this, workspace).run(sort, launch);
        } else {
            planner.plan(launch, workspace, this::start);
        }
        started();
    }

    @Override
    public synchronized void runRows(List<Launch> launches, long reducedAxes) {
        checkOpen();
        if (planner.planRows(launches, reducedAxes, this::start)) {
            started();
        } else {
            launches.forEach(this::run);
        }
    }

    private void started() {
        sinceMark++;
        if (sinceMark >= AHEAD) {
            mark();
        } else if (sinceMark % FLUSH == 0) {
            Cl.check(CL.clFlush(queue), "clFlush");
        }
    }

    /** Starts a call; only within {@link #run}. */
    @Override
    public void start(Call call) {
        if (call.groups() == 0) {
            return;
        }
        Buffer[] buffers = call.buffers();
        checkSizes(call, pointerBytes, mostArguments, info.name());
        cl_kernel kernel = programs.kernel(call.source());
        for (int i = 0; i < buffers.length; i++) {
            Cl.check(CL.clSetKernelArg(kernel, i, Sizeof.cl_mem, ((ClBuffer) buffers[i]).argument), "clSetKernelArg");
        }
        if (call.arguments().remaining() > arguments.capacity()) { // many views of many axes
            arguments = ByteBuffer.allocateDirect(call.arguments().remaining());
            argumentsPointer = Pointer.to(arguments);
        }
        arguments.clear().put(call.arguments().duplicate());
        Cl.check(CL.clSetKernelArg(kernel, buffers.length, arguments.position(), argumentsPointer), "clSetKernelArg");
        long[] local = {call.source().groupSize()};
        long[] global = {call.groups() * local[0]};
        Cl.check(
                CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, global, local, 0, null, null),
                "clEnqueueNDRangeKernel");
    }

    /**
     * Refuses, before a driver does it in its own words, what a device cannot start.
     *
     * @param most how many bytes of arguments the device takes
     */
    static void checkSizes(Call call, int pointerBytes, long most, String device) {
        int buffers = call.buffers().length;
        long bytes = (long) buffers * pointerBytes + call.arguments().remaining();
        if (bytes > most) {
            throw new IllegalArgumentException(
                    "kernel '" + call.source().name() + "' of " + buffers + " buffers takes " + bytes
                            + " bytes of arguments, and " + device + " has room for " + most
                            + ": use fewer tensors in one operation, or make strided ones contiguous");
        }
        if (call.groups() > Long.MAX_VALUE / call.source().groupSize()) {
            throw new IllegalArgumentException("kernel '" + call.source().name() + "' of " + call.groups()
                    + " groups of " + call.source().groupSize()
                    + " work items: that many cannot be counted; use smaller tensors");
        }
    }

    /** Keeps the host from running ahead without end, and the device from waiting for more. */
    private void mark() {
        sinceMark = 0;
        cl_event event = new cl_event();
        Cl.check(CL.clEnqueueMarkerWithWaitList(queue, 0, null, event), "clEnqueueMarkerWithWaitList");
        marks.add(event);
        Cl.check(CL.clFlush(queue), "clFlush");
        if (marks.size() > MOST_MARKS) {
            cl_event oldest = marks.remove();
            try {
                Cl.check(CL.clWaitForEvents(1, new cl_event[] {oldest}), "clWaitForEvents");
            } finally {
                release(oldest);
            }
        }
    }

    private static void release(cl_event event) {
        Cl.check(CL.clReleaseEvent(event), "clReleaseEvent");
    }

    @Override
    public synchronized void synchronize() {
        checkOpen();
        finish();
        transfers.releaseAll();
    }

    /** Everything on the queue. */
    @Override
    public void finish() {
        Cl.check(CL.clFinish(queue), "clFinish");
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(info.name() + " is closed");
        }
    }

    /** Releases everything, also after a fault of the device; what went wrong is thrown at the end. */
    @Override
    public synchronized void close() {
        closed = true;
        releases.run();
    }
}
