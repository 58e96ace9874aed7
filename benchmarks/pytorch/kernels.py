"""Which kernels PyTorch uses in this process, in its own words."""

import sys

import torch


def describe():
    config = torch.__config__.show()

    def after(start):
        return config.split(start, 1)[1].replace(",", " ").split()[0] if start in config else "unknown"

    return (f"Python {sys.version.split()[0]}, PyTorch {torch.__version__}, CPU capability {after('CPU capability usage:')}, "
            f"BLAS {after('BLAS_INFO=')}, {torch.get_num_threads()} threads")
