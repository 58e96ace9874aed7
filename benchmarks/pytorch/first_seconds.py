"""A small training from beginning to end in PyTorch: what `./ondol bench --first-seconds --peers` starts.

    python3 benchmarks/pytorch/first_seconds.py THREADS SECONDS

Trains on for at least so many seconds; 0 for the 55 epochs alone. Prints what ondol.benchmarks.FirstSeconds prints.
"""

import sys

import unpinned  # noqa: F401, before torch

import gzip
import os
import resource
import time

import torch

EPOCHS, BATCH, LEAST_ACCURACY = 55, 64, 0.9
DIGITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/main/resources/ondol/benchmarks/digits.csv.gz")


def main():
    threads, least = int(sys.argv[1]), float(sys.argv[2])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    shuffler = torch.Generator().manual_seed(1)
    with gzip.open(DIGITS, "rt", encoding="ascii") as lines:
        rows = torch.tensor([[int(value) for value in line.split(",")] for line in lines])
    aside = torch.arange(len(rows)) % 5 == 0
    x, y = rows[~aside, :64].float(), rows[~aside, 64]

    net = torch.nn.Sequential(
        torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    loss_function = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    done = []
    begin = time.perf_counter()
    epoch = 0
    while epoch < EPOCHS or done[-1] < least:
        order = torch.randperm(len(x), generator=shuffler)
        for batch in order.split(BATCH):
            loss = loss_function(net(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            done.append(time.perf_counter() - begin)
        epoch += 1

    net.eval()
    with torch.no_grad():
        accuracy = (net(rows[aside, :64].float()).argmax(1) == rows[aside, 64]).float().mean().item()
    if not accuracy >= LEAST_ACCURACY:
        sys.exit(f"the training is wrong, so it is not timed: {accuracy} of the digits are recognised")

    def step(start, end):
        count = sum(start < t <= end for t in done)
        return (end - start) / count * 1e6 if start >= 0 and end <= done[-1] else float("nan")

    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps = [step(0, 0.5), step(0, 1), step(1, 2), step(2, 3), step(done[-1] - 1, done[-1])]
    print("[first]", *["NaN" if value != value else value for value in steps], accuracy, memory)


main()
