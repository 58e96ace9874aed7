package ondol.backend;

/** How exactly a device multiplies matrices of FLOAT32; the more exact ways come first. */
public enum MatmulPrecision {
    /** Each element one chain of fma over ascending k: the same bits on every device, see {@link ondol.kernel.Kernel.MatMul}. */
    STRICT,
    /** FLOAT32 throughout, in whatever order the vendor's library finds fastest. */
    FLOAT32,
    /** Operands rounded to TF32, 10 bits of mantissa, where that is faster; sums in FLOAT32. */
    TF32
}
