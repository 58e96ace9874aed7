#!/usr/bin/env bash
# safetensors 0.8.0 with NumPy 2.4.6 (CPython 3.11, x86-64).
#
# safetensors.numpy.save_file of an array that does not lie row after row, such as a.T, writes the elements as they lie in memory
# under the transposed shape: what load_file gives back has the right shape and the elements in another order, without a
# warning. numpy.save notes the order and gives back what it was given. numpy.ascontiguousarray(a.T) is what to save.
#
# Output seen: "saved [[0, 3], [1, 4], [2, 5]], loaded [[0, 1], [2, 3], [4, 5]]".
# Ends with an error where the two are the same, or such an array is refused.
set -euo pipefail
command -v python3 >/dev/null || { echo 'Python 3 is needed.' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q install safetensors==0.8.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy
from safetensors.numpy import load_file, save_file

saved = numpy.arange(6, dtype=numpy.float32).reshape(2, 3).T
save_file({"x": saved}, "x.safetensors")
loaded = load_file("x.safetensors")["x"]
print("saved %s, loaded %s" % (saved.astype(int).tolist(), loaded.astype(int).tolist()))
raise SystemExit(0 if saved.shape == loaded.shape and not (saved == loaded).all() else 1)
PYTHON
