package ondol.backend.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import ondol.backend.OutOfDeviceMemoryException;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_platform_id;

/** Small help with OpenCL's C interface. */
final class Cl {
    private Cl() {}

    /**
     * Throws unless a call succeeded.
     *
     * @throws OutOfDeviceMemoryException if there was no memory for it: drivers may look for a buffer's when it is first used
     */
    static void check(int code, String call) {
        switch (code) {
            case CL.CL_SUCCESS -> {}
            case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE ->
                throw new OutOfDeviceMemoryException(call + " failed with CL_MEM_OBJECT_ALLOCATION_FAILURE: the device"
                        + " has no memory left; use smaller tensors or batches, or a lower -Dondol.memory.limit");
            case CL.CL_OUT_OF_RESOURCES, CL.CL_OUT_OF_HOST_MEMORY ->
                throw new OpenClException(call, code, ": memory is full, or an earlier kernel failed");
            default -> throw new OpenClException(call, code, "");
        }
    }

    /** How far a command is: below 0 is what it failed with. */
    static int status(cl_event event) {
        int[] status = new int[1];
        check(
                CL.clGetEventInfo(event, CL.CL_EVENT_COMMAND_EXECUTION_STATUS, Sizeof.cl_int, Pointer.to(status), null),
                "clGetEventInfo");
        return status[0];
    }

    /** Throws if a command was taken, but failed when it ran. */
    static void checkRun(int status, String call) {
        if (status < CL.CL_COMPLETE) {
            check(status, call + ", when it ran,");
        }
    }

    /** Throws unless a call that returns its code in an array succeeded. */
    static void check(int[] code, String call) {
        check(code[0], call);
    }

    /** How long an array is for what a call has to tell. */
    static int length(long size, String call) {
        if (size < 0 || size > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException(call + " wants to tell " + Long.toUnsignedString(size)
                    + " bytes, more than an array has: the OpenCL driver does not work");
        }
        return (int) size;
    }

    static byte[] bytes(cl_device_id device, int what) {
        long[] size = new long[1];
        check(CL.clGetDeviceInfo(device, what, 0, null, size), "clGetDeviceInfo");
        byte[] bytes = new byte[length(size[0], "clGetDeviceInfo")];
        check(CL.clGetDeviceInfo(device, what, bytes.length, Pointer.to(bytes), null), "clGetDeviceInfo");
        return bytes;
    }

    static String string(cl_device_id device, int what) {
        return text(bytes(device, what));
    }

    static String string(cl_platform_id platform, int what) {
        long[] size = new long[1];
        check(CL.clGetPlatformInfo(platform, what, 0, null, size), "clGetPlatformInfo");
        byte[] bytes = new byte[length(size[0], "clGetPlatformInfo")];
        check(CL.clGetPlatformInfo(platform, what, bytes.length, Pointer.to(bytes), null), "clGetPlatformInfo");
        return text(bytes);
    }

    /** An integer of 4 or 8 bytes. */
    static long number(cl_device_id device, int what) {
        byte[] bytes = bytes(device, what);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        return bytes.length == Integer.BYTES ? buffer.getInt() : buffer.getLong();
    }

    private static String text(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8).strip();
    }
}
