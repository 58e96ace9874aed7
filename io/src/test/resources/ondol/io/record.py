#!/usr/bin/env python3
"""Makes the files beside this one: python3 record.py (PyTorch 1.13.1, NumPy 1.24.2); python3 record.py safetensors
(safetensors 0.8.0, NumPy 2.4.6). The tests know what is in them."""
import sys

import numpy as np


def with_safetensors():
    from safetensors.numpy import save_file

    arrays = {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "labels": np.array([-1, 2**40], dtype=np.int64),
        "mask": np.array([True, False, True]),
        "half": np.array([1.5, -0.0, 65504], dtype=np.float16),
        "bytes": np.array([0, 255], dtype=np.uint8),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "single": np.array(7, dtype=np.int32),
    }
    save_file(arrays, "kinds.safetensors", {"format": "np"})
    save_file({k: arrays[k] for k in ("weight", "labels", "mask")}, "plain.safetensors", {"format": "np"})


def with_torch():
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(torch.arange(p.numel()).reshape(p.shape) + 10.0 * i)
    net.eval()
    torch.save(net.state_dict(), "state_dict.pt")

    x = torch.arange(12.0).reshape(3, 4)
    torch.save(
        {
            "types": {
                str(t): torch.tensor([1, 0, 3]).to(t)
                for t in (torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
                          torch.int8, torch.uint8, torch.bool)
            },
            "negative": [torch.tensor([-1, -2], dtype=t) for t in (torch.int8, torch.int16, torch.int32, torch.float16)],
            "views": [x, x.t(), x[1:, ::2], x[:, 3], x[0, :1].expand(2, 3), x.diagonal()],
            "single": torch.tensor(2.5),
            "empty": torch.zeros(0, 3),
            "parameter": torch.nn.Parameter(torch.tensor([1.0, 2.0])),
            "frozen": torch.nn.Parameter(torch.tensor([3.0]), requires_grad=False),
            "leaf": torch.tensor([4.0], requires_grad=True),
            "values": [1, -3, 300, 70000, 2**40, -(2**62), 2.5, True, False, None, "x\u00e9\U0001f600", (1, (2,)), [], {}, ()],
            "python": [torch.Size([2, 3]), torch.float32, torch.device("cuda:1"), torch.device("cpu")],
            3: "three",
            "again": x,
        },
        "kinds.pt",
    )
    torch.save({"d": torch.tensor([0.1, 1e-300], dtype=torch.float64)}, "float64.pt")
    torch.save({"c": torch.tensor([1j])}, "complex.pt")

    layer = torch.nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.bias.fill_(0)
    adam = torch.optim.Adam(layer.parameters(), lr=0.5)
    layer(torch.tensor([[1.0, 2.0]])).sum().backward()
    adam.step()
    torch.save({"model": layer.state_dict(), "optimizer": adam.state_dict(), "epoch": 1}, "checkpoint.pt")

    torch.save(layer, "module.pt")
    torch.save(layer.state_dict(), "legacy.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(layer).save("script.pt")
    torch.save({"n": np.float64(1.5)}, "numpy_scalar.pt")
    torch.save({"s": torch.eye(2).to_sparse()}, "sparse.pt")

    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.save("plain.npy", a)
    np.save("big_endian.npy", a.astype(">f4"))
    np.save("fortran.npy", a.T)
    np.save("single.npy", np.array(-5, dtype=np.int8))
    np.save("objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save("records.npy", np.zeros(2, dtype=[("a", "<f4")]))
    for version in ((2, 0), (3, 0)):
        with open("version%d.npy" % version[0], "wb") as f:
            np.lib.format.write_array(f, a, version=version)
    np.savez("arrays.npz", a, named=np.array([True, False]), u=np.array([2**32 - 1], dtype=np.uint32))
    np.savez_compressed("compressed.npz", zeros=np.zeros(100000, dtype=np.int16))


with_safetensors() if sys.argv[1:] == ["safetensors"] else with_torch()
