"""The other side of PythonPeersTest: python3 peer.py ACTION FOLDER, where ACTION is write or check, _ and torch, numpy or safetensors.

`write` makes files that Ondol reads, and prints what they hold, one line a tensor: name, type, shape, elements as Ondol has
them. `check` reads files that Ondol wrote, and prints the same of them."""
import sys
from pathlib import Path

import numpy as np

EXACT = ["float32", "int64", "bool"]
WIDENED = ["float16", "int8", "uint8", "int16", "int32"]
SHAPES = {"single": (), "empty": (2, 0, 3), "vector": (5,), "matrix": (3, 4), "cube": (2, 3, 4)}


def line(name, a):
    a = np.asarray(a)
    kind = "BOOL" if a.dtype == bool else "FLOAT32" if a.dtype.kind == "f" else "INT64"
    if kind == "FLOAT32":
        numbers = ["%08x" % n for n in a.astype(np.float32).view(np.uint32).ravel()] if a.ndim else [
            "%08x" % a.astype(np.float32).reshape(1).view(np.uint32)[0]]
    else:
        numbers = [str(int(n)) for n in a.ravel()]
    print(name, kind, list(a.shape), " ".join(numbers), sep="|")


def array(dtype, shape, rng):
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype.startswith("float"):
        a = np.asarray(rng.standard_normal(shape), dtype=dtype)
        if a.size > 2:
            a.ravel()[:3] = [np.inf, -0.0, np.finfo(dtype).tiny / 4]
        return a
    info = np.iinfo(dtype)
    return np.asarray(rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True))


def arrays(dtypes):
    rng = np.random.default_rng(1)
    return {d + "." + s: array(d, shape, rng) for d in dtypes for s, shape in SHAPES.items()}


def write_numpy(folder):
    all_arrays = arrays(EXACT + WIDENED + ["uint16", "uint32"])
    for name, a in all_arrays.items():
        for order in "<>":
            for fortran in (False, True):
                b = a.astype(a.dtype.newbyteorder(order))
                b = np.asfortranarray(b) if fortran and b.ndim else b
                full = "%s.%s.%d" % (name, "big" if order == ">" else "little", fortran)
                np.save(folder / (full + ".npy"), b)
                line(full, a)
    np.savez(folder / "all.npz", **all_arrays)
    np.savez_compressed(folder / "small.npz", **all_arrays)


def check_numpy(folder):
    for path in sorted(folder.glob("*.npy")):
        line(path.name[:-4], np.load(path, allow_pickle=False))
    for name, a in np.load(folder / "all.npz", allow_pickle=False).items():
        line(name, a)


def write_safetensors(folder):
    from safetensors.numpy import save_file

    all_arrays = arrays(EXACT + WIDENED + ["uint16", "uint32"])
    save_file({k: np.ascontiguousarray(a).reshape(a.shape) for k, a in all_arrays.items()}, folder / "all.safetensors",
              {"who": "peer"})
    for name, a in all_arrays.items():
        line(name, a)


def check_safetensors(folder):
    from safetensors import safe_open

    with safe_open(folder / "all.safetensors", "np") as f:
        assert f.metadata() == {"who": "ondol"}, f.metadata()
        for name in f.keys():
            line(name, f.get_tensor(name))


def flat(name, value, torch):
    if isinstance(value, torch.Tensor):
        v = value.detach()
        line(name, (v.float() if v.dtype == torch.bfloat16 else v).numpy())
    elif isinstance(value, dict):
        for k, v in value.items():
            flat(name + "." + str(k) if name else str(k), v, torch)
    elif isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            flat("%s.%d" % (name, i), v, torch)
    else:
        print(name, "value", repr(value), "", sep="|")


def write_torch(folder):
    import torch

    torch.manual_seed(1)
    tensors = {k: torch.from_numpy(np.array(a)) for k, a in arrays(EXACT + WIDENED).items()}
    tensors["bfloat16"] = torch.randn(3, 4).to(torch.bfloat16)
    x = torch.randn(4, 6, 5)
    views = [x, x.transpose(0, 2), x.permute(1, 2, 0), x[1:3, ::2, 1::3], x[2], x[:, 3, :], x.diagonal(0, 0, 1),
             x[0, 0, :1].expand(4, 3), x.unfold(1, 3, 2), x.reshape(24, 5), x[:, :0], x[3, 5, 4]]
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(2, 3))
    optimizers = []
    for make in (lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
                 lambda p: torch.optim.RMSprop(p)):
        optimizer = make(net.parameters())
        optimizer.zero_grad()
        net(torch.randn(5, 1, 3, 3)).square().sum().backward()
        optimizer.step()
        optimizers.append(optimizer.state_dict())
    value = {"tensors": tensors, "views": views, "net": net.state_dict(), "parameters": list(net.parameters()),
             "optimizers": optimizers}
    torch.save(value, folder / "all.pt")
    flat("", value, torch)


def check_torch(folder):
    import torch

    safe = {"weights_only": True} if torch.__version__ >= "2" else {}  # that of 1.13 knows no floating-point numbers
    value = torch.load(folder / "all.pt", **safe)
    flat("", value, torch)
    assert isinstance(value["parameter"], torch.nn.Parameter) and value["parameter"].requires_grad
    assert value["leaf"].requires_grad and not value["x"].requires_grad
    before = value["row"].clone()
    value["x"] += 1
    assert torch.equal(value["row"], before + 1) and torch.equal(value["transposed"], value["x"].t())
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    print(net.load_state_dict(value["net"]), "", "", "", sep="|")


globals()[sys.argv[1]](Path(sys.argv[2]))
