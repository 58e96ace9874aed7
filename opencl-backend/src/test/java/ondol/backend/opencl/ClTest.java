package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** What a driver answers is not cut. */
class ClTest {
    @Test
    void lengthsOfAnswers() {
        assertEquals(0, Cl.length(0, "clGetDeviceInfo"));
        assertEquals(1 << 30, Cl.length(1 << 30, "clGetDeviceInfo"));
        var e = assertThrows(IllegalStateException.class, () -> Cl.length((1L << 32) + 5, "clGetProgramInfo"));
        assertEquals(
                "clGetProgramInfo wants to tell 4294967301 bytes, more than an array has: the OpenCL driver does not work",
                e.getMessage());
        assertThrows(IllegalStateException.class, () -> Cl.length(-1, "clGetProgramInfo"));
    }
}
