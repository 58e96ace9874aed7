package ondol.backend.c;

/** The words in which the C of OpenCL and of CUDA differ. */
public enum Dialect {
    /** OpenCL C 1.2. */
    OPENCL("cl", """
            #pragma OPENCL FP_CONTRACT OFF
            typedef float f32;
            typedef int i32;
            typedef uint u32;
            typedef long i64;
            typedef ulong u64;
            typedef uchar u8;
            typedef float4 f32x4;
            typedef int4 i32x4;
            typedef long4 i64x4;
            typedef uchar4 u8x4;
            #define KERNEL __kernel
            #define GROUP_SIZE(n) __attribute__((reqd_work_group_size(n, 1, 1)))
            #define GLOBAL __global
            #define LOCAL __local
            #define TABLE __constant
            #define ALIGNED(bytes) __attribute__((aligned(bytes)))
            #define LOCAL_FOUR(p) (*(__local f32x4*) (p))
            #define FUNCTION static inline
            #define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
            #define LOCAL_ID ((i32) get_local_id(0))
            #define GROUP_ID get_group_id(0)
            #define LEAVE_IF(beyond)
            #define BITS(x) as_int(x)
            #define FROM_BITS(x) as_float(x)
            #define FMA(a, b, c) fma(a, b, c)
            #define DIVIDE(a, b) ((a) / (b))
            #define SQRT(x) sqrt(x)
            // PoCL 3.1 folds the floor of a constant NaN to a value that is never stored.
            #define FLOOR(x) ((x) == (x) ? floor(x) : (x))
            #define FABS(x) fabs(x)
            """),

    /** CUDA C++, as NVRTC takes it. */
    CUDA("cu", """
            typedef float f32;
            typedef int i32;
            typedef unsigned int u32;
            typedef long long i64;
            typedef unsigned long long u64;
            typedef unsigned char u8;
            typedef float4 f32x4;
            typedef int4 i32x4;
            struct alignas(16) i64x4 { i64 x, y, z, w; };
            typedef uchar4 u8x4;
            #define KERNEL extern "C" __global__
            #define GROUP_SIZE(n) __launch_bounds__(n)
            #define GLOBAL
            #define LOCAL __shared__
            #define TABLE __device__
            #define ALIGNED(bytes) __attribute__((aligned(bytes)))
            #define LOCAL_FOUR(p) (*(f32x4*) (p))
            #define FUNCTION __device__ __forceinline__
            #define BARRIER() __syncthreads()
            #define LOCAL_ID ((i32) threadIdx.x)
            // A row of groups has less than 2^31; more are in rows, the last of which may be too long.
            #define GROUP_ID ((u64) blockIdx.y * gridDim.x + blockIdx.x)
            #define LEAVE_IF(beyond) if (beyond) return;
            #define BITS(x) __float_as_int(x)
            #define FROM_BITS(x) __int_as_float(x)
            #define FMA(a, b, c) __fmaf_rn(a, b, c)
            #define DIVIDE(a, b) __fdiv_rn(a, b)
            #define SQRT(x) __fsqrt_rn(x)
            #define FLOOR(x) floorf(x)
            #define FABS(x) fabsf(x)
            #if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
            #define EXTREME(name, result, a, b) asm(name ".NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b))
            #endif
            """);

    /** The common part of both dialects: conversions that never depend on undefined behaviour, division, minimum and maximum. */
    private static final String COMMON = """

            // Four neighbours, which begin where four of them may.
            #define FOUR(type) \\
                FUNCTION void load4_##type(GLOBAL const type* p, type* x) { \\
                    const type##x4 v = *(GLOBAL const type##x4*) p; \\
                    x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w; \\
                } \\
                FUNCTION void store4_##type(GLOBAL type* p, const type* x) { \\
                    type##x4 v; \\
                    v.x = x[0], v.y = x[1], v.z = x[2], v.w = x[3]; \\
                    *(GLOBAL type##x4*) p = v; \\
                }
            #define READ_LOCAL4(to, p) { const f32x4 v = LOCAL_FOUR(p); (to)[0] = v.x, (to)[1] = v.y, (to)[2] = v.z, (to)[3] = v.w; }
            #define WRITE_LOCAL4(p, from) { f32x4 v; v.x = (from)[0], v.y = (from)[1], v.z = (from)[2], v.w = (from)[3]; LOCAL_FOUR(p) = v; }
            FOUR(f32)
            FOUR(i32)
            FOUR(i64)
            FOUR(u8)
            // Towards zero, saturating; NaN gives 0.
            FUNCTION i32 f32_to_i32(f32 x) {
                return x != x ? 0
                        : x >= 2147483648.0f ? 0x7fffffff
                        : x < -2147483648.0f ? (-0x7fffffff - 1)
                        : (i32) x;
            }
            FUNCTION i64 f32_to_i64(f32 x) {
                return x != x ? 0
                        : x >= 9223372036854775808.0f ? (i64) 0x7fffffffffffffff
                        : x < -9223372036854775808.0f ? (-(i64) 0x7fffffffffffffff - 1)
                        : (i64) x;
            }
            // n / d for 0 <= n < 2^31, with the magic number and the shift of d.
            FUNCTION i32 quotient(i32 n, u32 magic, u32 shift) {
                return (i32) (((u32) (((u64) (u32) n * magic) >> 32) + (u32) n) >> shift);
            }
            // NaN if either is NaN; -0 is below +0. One instruction, or selections without a branch.
            FUNCTION f32 f32_max(f32 a, f32 b) {
                f32 m;
            #ifdef EXTREME
                EXTREME("max", m, a, b);
            #else
                m = a > b ? a : b;
                m = a == b ? FROM_BITS(BITS(a) & BITS(b)) : m;
                m = a != a ? a : m;
            #endif
                return m;
            }
            FUNCTION f32 f32_min(f32 a, f32 b) {
                f32 m;
            #ifdef EXTREME
                EXTREME("min", m, a, b);
            #else
                m = a < b ? a : b;
                m = a == b ? FROM_BITS(BITS(a) | BITS(b)) : m;
                m = a != a ? a : m;
            #endif
                return m;
            }
            """;

    private final String extension;
    private final String words;

    Dialect(String extension, String words) {
        this.extension = extension;
        this.words = words;
    }

    /** {@return how the names of files in this dialect end} */
    public String extension() {
        return extension;
    }

    /** {@return the text that comes before every {@link Source#text}} */
    public String prelude() {
        return words + COMMON;
    }
}
