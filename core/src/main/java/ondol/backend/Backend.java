package ondol.backend;

import java.lang.foreign.MemorySegment;
import java.util.List;
import ondol.kernel.Type;

/**
 * One open device: allocate, copy, run.
 *
 * <p>The strict contract: a result is a function of its inputs alone, not of the backend, the thread count or the vector
 * width. Primitives are IEEE-754 binary32, rounded to nearest even, subnormals kept, fma only where the expression says
 * so; sums and products follow {@link ondol.kernel.ReduceOp}, matrix products {@link ondol.kernel.Kernel.MatMul}. A
 * device that cannot keep it says so in its {@link DeviceInfo}.
 *
 * <p>Calls may come from several threads. Kernels and copies take effect in the order of the calls; {@code run} may
 * return before the kernel has finished, {@code download} not before its data are there.
 */
public interface Backend extends AutoCloseable {
    /** {@return what the device is} */
    DeviceInfo info();

    /**
     * {@return the memory that tensors can use, in bytes; {@link DeviceInfo#memoryBytes} without what else a full answer may
     * open}
     */
    default long memoryBytes() {
        return info().memoryBytes();
    }

    /**
     * Takes memory for {@code length} elements, with arbitrary content.
     *
     * @param type the elements' type
     * @param length how many elements, 0 or more
     * @return a new buffer
     * @throws OutOfDeviceMemoryException if the device has not that much left
     */
    Buffer allocate(Type type, long length);

    /**
     * Gives a buffer's memory back. The buffer is not used again; kernels that were run before may still use it.
     *
     * @param buffer a buffer of this backend
     */
    void free(Buffer buffer);

    /**
     * Gives the memory of several buffers back, as {@link #free} does: a device that has to wait before it can, waits once.
     *
     * @param buffers buffers of this backend
     */
    default void freeAll(List<Buffer> buffers) {
        buffers.forEach(this::free);
    }

    /**
     * {@return whether buffers are Java objects, which the garbage collector takes when nobody holds them} Buffers that are
     * kept for reuse are then held so that it may take them too before the heap is full, without {@link #free}, and {@link
     * DeviceInfo#memoryBytes} is the Java heap's size.
     */
    default boolean isJavaMemory() {
        return false;
    }

    /**
     * {@return the number of bytes below which buffers are left to the Java garbage collector instead of being pooled and
     * freed: only for backends whose buffers are Java objects ({@link #isJavaMemory})}
     */
    default long smallestPooledBytes() {
        return 0;
    }

    /**
     * Copies host memory into a buffer. The source may be overwritten as soon as this returns; it may be a segment over any
     * array, a byte[] too.
     *
     * @param source the elements in native byte order, BOOL as bytes 0 and 1; on the heap or not
     * @param target where to
     * @param offset the first element of {@code target} written
     */
    void upload(MemorySegment source, Buffer target, long offset);

    /**
     * Copies from a buffer to host memory, when all earlier kernels are done.
     *
     * @param source where from
     * @param offset the first element of {@code source} read
     * @param target room for the elements wanted
     */
    void download(Buffer source, long offset, MemorySegment target);

    /**
     * Says where this backend gets the memory that it needs during a launch, so that it is counted and pooled with the
     * tensors' own. Called once, before a device's first launch; a backend that needs none does not care.
     *
     * @param workspace the source of that memory
     */
    default void workspace(Workspace workspace) {}

    /**
     * Says how inexact matrix products may be. A backend may always be more exact.
     *
     * @param allowed the least exact way that may be taken
     * @return what is in force from now on
     */
    default MatmulPrecision matmulPrecision(MatmulPrecision allowed) {
        return MatmulPrecision.STRICT;
    }

    /**
     * Runs a kernel.
     *
     * @param launch the kernel, its views and scalars, all checked
     */
    void run(Launch launch);

    /**
     * Runs kernels one after the other: Maps, and Reduces over {@code reducedAxes}. All shapes have the same sizes on the other
     * axes, no Map has a dropout mask, and what one kernel writes for an index on the other axes, the others read for that index
     * alone. So a backend may run all of them for some indices before it goes on to the next ones, while what they share is
     * in its cache. That changes no result.
     *
     * @param launches the launches, in order
     * @param reducedAxes bit a is set when axis a is reduced
     */
    default void runRows(List<Launch> launches, long reducedAxes) {
        launches.forEach(this::run);
    }

    /**
     * {@return whether {@link #runRows} finds what it wrote for some rows in a cache, so that reading it once more costs less
     * than computing it once more}
     */
    default boolean cachesRows() {
        return false;
    }

    /** Waits until all earlier kernels and copies are done. */
    void synchronize();

    /** Gives everything back. No other method is called afterwards; this one may be, and then does nothing. */
    @Override
    void close();
}
