package ondol.backend.opencl;

import org.jocl.CL;

/** An OpenCL call failed. The message names the call and the code. */
public final class OpenClException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The call's error code. */
    private final int code;

    OpenClException(String call, int code, String more) {
        super(call + " failed with " + CL.stringFor_errorCode(code) + " (" + code + ")" + more);
        this.code = code;
    }

    /** {@return OpenCL's error code, a negative number} */
    public int code() {
        return code;
    }
}
