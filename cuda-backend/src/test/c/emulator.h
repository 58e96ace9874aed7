/* What the emulated cuBLAS needs of the emulated driver. */
#pragma once

/* The code with which every call fails now, 0 if calls succeed: no context is current, or a kernel has failed. */
int emulated_refusal(void);

/* Puts work into a stream. run(data) is called when a later call waits for it; then data is freed. Returns a CUresult. */
int emulated_start(void* stream, void (*run)(void* data), void* data);
