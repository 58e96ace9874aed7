/* CUDA C++ as g++ takes it: comes before every kernel that the emulated NVRTC compiles. One thread runs at a time. */
extern "C" {
struct EmulatedIndex {
    unsigned x, y;
};
EmulatedIndex threadIdx, blockIdx, gridDim;
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(16) int4 {
    int x, y, z, w;
};
struct alignas(4) uchar4 {
    unsigned char x, y, z, w;
};
void (*emulated_barrier)();
}

#define __global__
#define __device__ static
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(n)
#define __syncthreads() emulated_barrier()

#define floorf __builtin_floorf
#define fabsf __builtin_fabsf
#define __fsqrt_rn __builtin_sqrtf

static inline float __fmaf_rn(float a, float b, float c) {
    float result = __builtin_fmaf(a, b, c);
    __asm__("" : "+x"(result)); /* g++ 12 makes -fma(a, b, c) into fma(-a, b, -c), another zero */
    return result;
}

static inline float __fdiv_rn(float a, float b) {
    return a / b;
}

static inline int __float_as_int(float x) {
    return __builtin_bit_cast(int, x);
}

static inline float __int_as_float(int x) {
    return __builtin_bit_cast(float, x);
}
