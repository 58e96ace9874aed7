/*
 * NVIDIA's matrix products (libcublas.so.MAJOR) on the emulated driver: single precision, column-major, each element summed
 * in double and rounded once; operands rounded to TF32 where that is allowed. Arguments are checked as cuBLAS checks them.
 * EMULATED_CUBLAS in the environment is what cublasCreate returns instead.
 * Not emulated: all other functions and types.
 */
#include "emulator.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, INTERNAL_ERROR = 14, NOT_SUPPORTED = 15 };
enum { R_32F = 0, COMPUTE_32F = 68, COMPUTE_32F_FAST_TF32 = 77 };

typedef struct {
    void* stream;
} Handle;

typedef struct {
    const float* at;
    int64_t leading, stride;
    int transposed;
} Matrix;

typedef struct {
    Matrix a, b, c;
    int64_t m, n, k, batch;
    float alpha, beta;
    int tf32;
} Gemm;

int cublasCreate_v2(Handle** handle) {
    const char* refusal = getenv("EMULATED_CUBLAS");
    if (emulated_refusal() || refusal) {
        return refusal ? atoi(refusal) : NOT_INITIALIZED;
    }
    *handle = calloc(1, sizeof(Handle));
    return SUCCESS;
}

int cublasDestroy_v2(Handle* handle) {
    free(handle);
    return emulated_refusal() ? INTERNAL_ERROR : SUCCESS;
}

int cublasSetStream_v2(Handle* handle, void* stream) {
    handle->stream = stream;
    return SUCCESS;
}

int cublasSetMathMode(Handle* handle, int mode) {
    return !handle ? NOT_INITIALIZED : mode == 0 ? SUCCESS : NOT_SUPPORTED;
}

int cublasGetVersion_v2(Handle* handle, int* version) {
    *version = MAJOR * 10000;
    return handle ? SUCCESS : NOT_INITIALIZED;
}

static float element(const Matrix* x, int64_t p, int64_t row, int64_t column, int tf32) {
    float value = x->at[p * x->stride + (x->transposed ? row * x->leading + column : column * x->leading + row)];
    if (tf32) {
        uint32_t bits;
        memcpy(&bits, &value, 4);
        bits = (bits + 0x1000) & ~0x1fffu;
        memcpy(&value, &bits, 4);
    }
    return value;
}

static void run(void* data) {
    Gemm* g = data;
    for (int64_t p = 0; p < g->batch; p++) {
        for (int64_t j = 0; j < g->n; j++) {
            for (int64_t i = 0; i < g->m; i++) {
                double sum = 0;
                for (int64_t k = 0; k < g->k; k++) {
                    sum += (double) element(&g->a, p, i, k, g->tf32) * element(&g->b, p, k, j, g->tf32);
                }
                float* c = (float*) g->c.at + p * g->c.stride + j * g->c.leading + i;
                *c = (float) (g->alpha * sum + (g->beta == 0 ? 0 : g->beta * *c));
            }
        }
    }
}

static int enough(const Matrix* x, int64_t rows, int64_t columns) {
    int64_t least = x->transposed ? columns : rows;
    return x->leading >= (least > 1 ? least : 1);
}

int cublasGemmStridedBatchedEx_64(
        Handle* handle, int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, const float* alpha,
        const float* a, int type_a, int64_t lda, int64_t stride_a, const float* b, int type_b, int64_t ldb,
        int64_t stride_b, const float* beta, float* c, int type_c, int64_t ldc, int64_t stride_c, int64_t batch,
        int compute, int algorithm) {
    Gemm g = {
        {a, lda, stride_a, transpose_a == 1}, {b, ldb, stride_b, transpose_b == 1}, {c, ldc, stride_c, 0},
        m, n, k, batch, *alpha, *beta, compute == COMPUTE_32F_FAST_TF32};
    if (type_a != R_32F || type_b != R_32F || type_c != R_32F || (compute != COMPUTE_32F && !g.tf32)) {
        return NOT_SUPPORTED;
    }
    if (m < 0 || n < 0 || k < 0 || batch < 0 || !enough(&g.a, m, k) || !enough(&g.b, k, n) || !enough(&g.c, m, n)
        || transpose_a >> 1 || transpose_b >> 1 || algorithm != -1) {
        return INVALID_VALUE;
    }
    Gemm* copy = malloc(sizeof(Gemm));
    *copy = g;
    return emulated_start(handle->stream, run, copy) ? EXECUTION_FAILED : SUCCESS;
}

int cublasGemmStridedBatchedEx(
        Handle* handle, int transpose_a, int transpose_b, int m, int n, int k, const float* alpha, const float* a,
        int type_a, int lda, long long stride_a, const float* b, int type_b, int ldb, long long stride_b,
        const float* beta, float* c, int type_c, int ldc, long long stride_c, int batch, int compute, int algorithm) {
    return cublasGemmStridedBatchedEx_64(
            handle, transpose_a, transpose_b, m, n, k, alpha, a, type_a, lda, stride_a, b, type_b, ldb, stride_b, beta, c,
            type_c, ldc, stride_c, batch, compute, algorithm);
}
