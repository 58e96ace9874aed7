#!/usr/bin/env bash
# PyTorch 1.13.1 (Debian's python3-torch, x86-64).
#
# A file of torch.save is a zip archive with a checksum (CRC-32) of every entry, but torch.load does not look at them: a weight
# in which a bit of the file has changed is loaded as another number, and a changed letter of the pickle as another name, without
# a word. Python's own zipfile finds both. Who reads such files should check, and who downloads them cannot leave that to
# torch.load.
#
# Output seen: "loaded 1.7014118346046923e+38 where 0 was saved; zipfile says data/0 is damaged".
# Ends with an error where torch.load refuses the file.
set -euo pipefail
python=
for command in python3 /usr/bin/python3; do
  if "$command" -c 'import torch' 2>/dev/null; then python=$command && break; fi
done
[ -n "$python" ] || { echo 'A Python with PyTorch is needed (apt install python3-torch).' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$python" - <<'PYTHON'
import zipfile

import torch

torch.save({"w": torch.zeros(4)}, "net.pt")
with zipfile.ZipFile("net.pt") as archive:
    entry = next(e for e in archive.infolist() if e.filename.endswith("data/0"))
data = bytearray(open("net.pt", "rb").read())
header = entry.header_offset
start = header + 30 + int.from_bytes(data[header + 26:header + 28], "little") + int.from_bytes(
    data[header + 28:header + 30], "little")
data[start + 3] ^= 0x7F
open("net.pt", "wb").write(data)
loaded = torch.load("net.pt")["w"][0].item()
damaged = zipfile.ZipFile("net.pt").testzip()
print("loaded %r where 0 was saved; zipfile says %s is damaged" % (loaded, damaged.split("/", 1)[1]))
raise SystemExit(0 if loaded != 0 and damaged else 1)
PYTHON
