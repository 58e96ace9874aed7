"""The benchmarks' work in PyTorch, on a GPU: run it on the machine on which Ondol's rows were taken.

    python3 benchmarks/pytorch/bench.py [--device cuda] [--quick]

Prints a Markdown table: microseconds for each piece of work, the least of five rounds of as many repetitions as fit 0.2
seconds. As in Ondol's rows, each repetition ends with a synchronisation. Needs PyTorch 2 or later and nothing else.
"""

import argparse
import time

import unpinned  # noqa: F401, before torch

import kernels
import torch

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
parser.add_argument("--quick", action="store_true", help="small sizes only")
args = parser.parse_args()
device = torch.device(args.device)
is_cuda = device.type == "cuda"


def synchronize():
    if is_cuda:
        torch.cuda.synchronize()


def microseconds(work):
    """The time of one call, until the device has done it."""
    for _ in range(3):
        work()
        synchronize()
    start = time.perf_counter()
    work()
    synchronize()
    repetitions = max(1, int(0.2 / max(time.perf_counter() - start, 1e-6)))
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(repetitions):
            work()
            synchronize()
        best = min(best, (time.perf_counter() - start) / repetitions)
    return best * 1e6


def row(name, time_us, note=""):
    print(f"| {name} | {time_us:.2f} | {note} |", flush=True)


def matmul():
    sizes = [256, 512, 1024, 2048] if args.quick else [256, 512, 1024, 2048, 4096, 8192]
    for precision, allowed in (("FLOAT32", False), ("TF32", True)):
        torch.backends.cuda.matmul.allow_tf32 = allowed
        for n in sizes:
            a = torch.randn(n, n, device=device)
            b = torch.randn(n, n, device=device)
            t = microseconds(lambda: a @ b)
            row(f"matmul {n}, {precision}", t, f"{2 * n**3 / t / 1e6:.2f} TFLOP/s")
    torch.backends.cuda.matmul.allow_tf32 = False


def pointwise():
    for n in [1_000, 100_000] if args.quick else [1_000, 100_000, 10_000_000, 100_000_000]:
        x = torch.randn(n, device=device)
        copy = microseconds(lambda: x.clone())
        row(f"copy {n}", copy, f"{8 * n / copy / 1e3:.1f} GB/s")
        works = {
            "relu": lambda: torch.relu(x),
            "sigmoid": lambda: torch.sigmoid(x),
            "exp": lambda: torch.exp(x),
            "dropout": lambda: torch.nn.functional.dropout(x, 0.5, True),
        }
        for name, work in works.items():
            t = microseconds(work)
            row(f"{name} {n}", t, f"{t / copy:.2f} copies")
        for fused in (False, True) if is_cuda else (False,):
            parameter = torch.nn.Parameter(x.clone())
            parameter.grad = torch.randn(n, device=device)
            optimizer = torch.optim.Adam([parameter], fused=fused)
            t = microseconds(optimizer.step)
            row(f"Adam {n}{', fused' if fused else ''}", t, f"{t / copy:.2f} copies")


def reductions():
    for n in [100_000] if args.quick else [100_000, 10_000_000]:
        x = torch.randn(n // 1000, 1000, device=device)
        row(f"sum {n}", microseconds(lambda: x.sum()))
        row(f"sum over rows' elements {n}", microseconds(lambda: x.sum(1)))
        row(f"sum over rows {n}", microseconds(lambda: x.sum(0)))
        row(f"softmax {n}", microseconds(lambda: torch.softmax(x, 1)))


def convolutions():
    shapes = [(8, 64, 64, 56, 3, 1, 1), (4, 3, 64, 224, 7, 2, 1), (8, 256, 64, 56, 1, 1, 1), (8, 64, 64, 56, 3, 1, 64), (32, 16, 32, 32, 3, 1, 1)]
    for samples, channels, out, size, kernel, stride, groups in shapes:
        x = torch.randn(samples, channels, size, size, device=device, requires_grad=True)
        w = torch.randn(out, channels // groups, kernel, kernel, device=device, requires_grad=True)

        def forward():
            return torch.nn.functional.conv2d(x, w, None, stride, kernel // 2, 1, groups)

        name = f"conv {samples}x{channels}x{out}x{size}x{kernel}x{stride}x{groups}"
        with torch.no_grad():
            t = microseconds(forward)
        y = forward()
        flops = 2 * y.numel() * (channels // groups) * kernel**2
        row(f"{name}, forward", t, f"{flops / t / 1e3:.0f} GFLOP/s")
        g = torch.randn_like(y)
        t = microseconds(lambda: torch.autograd.grad(y, (w, x), g, retain_graph=True))
        row(f"{name}, backward", t, f"{2 * flops / t / 1e3:.0f} GFLOP/s")


def training_step(points, hidden, dropout, bias, **adam):
    """A step of a new network with a new optimizer."""
    x = torch.linspace(0, 1, points, device=device).reshape(points, 1)
    y = torch.randn(points, 1, device=device) * 0.01
    layers = [torch.nn.Linear(1, hidden), torch.nn.ReLU()]
    if dropout > 0:
        layers.append(torch.nn.Dropout(dropout))
    net = torch.nn.Sequential(*layers, torch.nn.Linear(hidden, 1, bias=bias)).to(device)
    loss_function = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(net.parameters(), **adam)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()

    return step


def lecture():
    nets = {"OVERFITTING": (80, 512, 0.0, True), "DROPOUT": (80, 512, 0.8, True), "THOUSAND_RELUS": (300, 1000, 0.1, False)}
    for name, net in nets.items():
        row(f"step {name}, eager", microseconds(training_step(*net)))
        if is_cuda:
            row(f"step {name}, eager, fused Adam", microseconds(training_step(*net, fused=True)))
            step = training_step(*net, capturable=True)  # a graph needs it; eager steps are slower with it
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(3):
                    step()
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                step()
            row(f"step {name}, CUDA graph", microseconds(graph.replay))


name = torch.cuda.get_device_name(device) if is_cuda else "CPU"
print(f"{kernels.describe()}, CUDA {torch.version.cuda}, {name}\n")
print("| work | us | |\n|---|---|---|")
matmul()
convolutions()
pointwise()
reductions()
lecture()
