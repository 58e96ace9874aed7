"""Which kernels PyTorch uses in this process, in its own words."""

import os
import re
import sys

import torch


def blas(built):
    """The BLAS that is loaded, where the system says so; what PyTorch was built with says little about it."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as lines:
            files = {os.path.basename(line.split()[-1]) for line in lines if "/" in line}
    except OSError:
        return built
    fast = sorted(f for f in files if re.match(r"lib(openblas|mkl_rt|mkl_core|blis|atlas)", f))
    if fast:
        return fast[0]
    if any(f.startswith("libblas.so") for f in files):
        return "reference (slow: on Debian, install libopenblas0-pthread)"
    return built


def describe():
    config = torch.__config__.show()

    def after(start):
        return config.split(start, 1)[1].replace(",", " ").split()[0] if start in config else "unknown"

    return (f"Python {sys.version.split()[0]}, PyTorch {torch.__version__}, CPU capability {after('CPU capability usage:')}, "
            f"BLAS {blas(after('BLAS_INFO='))}, {torch.get_num_threads()} threads")
