#!/usr/bin/env bash
# PyTorch 1.13.1 (Debian 12's python3-torch 1.13.1+dfsg-4, x86-64) with libblas3 3.11.0-2 and with libopenblas0-pthread 0.3.21+ds-4.
#
# Unlike the wheels, Debian's PyTorch has no BLAS of its own: it calls whatever libblas.so.3 is, and its dependency is met by libblas3,
# the Fortran reference implementation on one thread. That is what a minimal installation gets. Products and whatever is made of
# them, linear layers and their gradients too, then take twenty to seventy times as long as with libopenblas0-pthread; elementwise work and
# oneDNN's convolutions do not. torch.__config__ says BLAS_INFO=generic in both cases. Who compares with this PyTorch should look
# which library is loaded.
#
# Output seen: "512 x 512 in 36.21 ms by the reference and 1.13 ms by OpenBLAS, one thread each".
# Ends with an error where the reference is less than three times as slow.
set -euo pipefail
python=
for command in python3 /usr/bin/python3; do
  if "$command" -c 'import torch' 2>/dev/null; then python=$command && break; fi
done
[ -n "$python" ] || { echo 'A Python with Debian'"'"'s PyTorch is needed (apt install python3-torch).' >&2; exit 2; }
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OPENBLAS_NUM_THREADS=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download libblas3=3.11.0-2 libopenblas0-pthread=0.3.21+ds-4 >/dev/null
for package in *.deb; do dpkg -x "$package" "${package%%_*}"; done
cat >time.py <<'PYTHON'
import time

import torch

torch.set_num_threads(1)
a = torch.randn(512, 512)
best = 1e9
for _ in range(20):
    begin = time.perf_counter()
    a @ a
    best = min(best, time.perf_counter() - begin)
print(best * 1e3)
PYTHON
run() { LD_LIBRARY_PATH=$folder/$1/usr/lib/x86_64-linux-gnu/$2 "$python" time.py; }
reference=$(run libblas3 blas)
openblas=$(run libopenblas0-pthread openblas-pthread)
printf '512 x 512 in %.2f ms by the reference and %.2f ms by OpenBLAS, one thread each\n' "$reference" "$openblas"
"$python" -c "raise SystemExit(0 if $reference > 3 * $openblas else 1)"
