"""The first seconds of a training in PyTorch, as Python programs write it: what `./ondol bench --cold --peers` starts.

    python3 benchmarks/pytorch/cold.py THREADS NET STARTED MARK...

NET is a network of the lecture, STARTED the time at which the process was started, in seconds since 1970, and the marks are in
seconds. Prints when the first step was done, counted from STARTED, then the steps done by each mark, counted from the
beginning of the training, then those counted from STARTED. ColdTraining is the same for the engines in Java.
"""

import sys
import time

import unpinned  # noqa: F401, before torch

import kernels
import torch

NETS = {"OVERFITTING": (80, 512, 0.0, True), "DROPOUT": (80, 512, 0.8, True), "THOUSAND_RELUS": (300, 1000, 0.1, False)}


def network(hidden, dropout, bias):
    torch.manual_seed(1)
    layers = [torch.nn.Linear(1, hidden), torch.nn.ReLU()]
    if dropout > 0:
        layers.append(torch.nn.Dropout(dropout))
    return torch.nn.Sequential(*layers, torch.nn.Linear(hidden, 1, bias=bias))


def loss_of(net, x, y):
    net.eval()
    with torch.no_grad():
        return torch.nn.functional.mse_loss(net(x), y).item()


def main():
    threads, name, started = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    marks = [float(mark) for mark in sys.argv[4:]]
    torch.set_num_threads(threads)
    points, hidden, dropout, bias = NETS[name]
    net = network(hidden, dropout, bias)
    x = torch.linspace(0, 1, points).reshape(points, 1)
    y = torch.randn(points, 1) * 0.01
    loss_function = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(net.parameters())

    done = []
    began = time.time() - started
    begin = time.perf_counter()
    while not done or done[-1] < marks[-1]:
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        done.append(time.perf_counter() - begin)

    before = loss_of(network(hidden, dropout, bias), x, y)
    after = loss_of(net, x, y)
    if not after < before / 2:
        sys.exit(f"the training of {name} is wrong, so it is not timed: its loss is {after}, and was {before}")
    print("[kernels] " + kernels.describe())
    counts = [sum(t <= mark for t in done) for mark in marks] + [sum(began + t <= mark for t in done) for mark in marks]
    print(f"[cold] {began + done[0]:.6f}", *counts)


main()
