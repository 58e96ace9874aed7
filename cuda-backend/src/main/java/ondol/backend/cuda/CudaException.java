package ondol.backend.cuda;

import jcuda.driver.CUresult;

/** A call of CUDA's driver or of one of its libraries failed. The message names the call and the code. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The code of the driver or of the library. */
    private final int code;

    /** For a call of the driver. */
    CudaException(String call, int code, String more) {
        this(call, CUresult.stringFor(code), code, more);
    }

    /**
     * For a call of a library, whose codes have other meanings than the driver's.
     *
     * @param name what the code is called
     */
    CudaException(String call, String name, int code, String more) {
        super(call + " failed with " + name + " (" + code + ")" + more);
        this.code = code;
    }

    /** {@return the error code of the driver or of the library, whichever failed} */
    public int code() {
        return code;
    }
}
