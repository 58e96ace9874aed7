"""Writes schedules.txt.gz: what PyTorch's schedulers do, for SchedulesTest.

Made with Debian's python3-torch 1.13.1 on x86-64:

    python3 schedules.py | gzip -n -9 > schedules.txt.gz

A line is a name, the number of a parameter group, and its learning rates after 0, 1, ..., 100 steps (or as many as there are) as
hexadecimal doubles. Names that end in "momentum" have momenta, or first betas, instead. Two groups begin with 0.1 and 0.03.
"""

import sys
import warnings

import torch
from torch.optim import lr_scheduler as s
from torch.optim.swa_utils import SWALR

warnings.simplefilter("ignore")

STEPS = 100


def optimizer(kind="sgd"):
    groups = [
        {"params": [torch.zeros(1, requires_grad=True)]},
        {"params": [torch.zeros(1, requires_grad=True)], "lr": 0.03},
    ]
    if kind == "adam":
        return torch.optim.Adam(groups, lr=0.1)
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9)


def momentum(group):
    return group["betas"][0] if "betas" in group else group["momentum"]


def record(name, make, kind="sgd", steps=STEPS, momenta=False, change=None, argument=None):
    o = optimizer(kind)
    scheduler = make(o)
    rates = [[], []]
    moments = [[], []]
    for t in range(steps + 1):
        for g, group in enumerate(o.param_groups):
            rates[g].append(group["lr"])
            moments[g].append(momentum(group))
        if t == steps:
            break
        o.step()
        if change is not None:
            change(o, t)
        if argument is not None:
            scheduler.step(argument(t))
        else:
            scheduler.step()
    for g in range(2):
        print(name, g, *[float(v).hex() for v in rates[g]])
    if momenta:
        for g in range(2):
            print(name + "-momentum", g, *[float(v).hex() for v in moments[g]])


def set_in_between(o, t):
    if t == 17:
        for group in o.param_groups:
            group["lr"] = 0.25


def loss(t):
    return [5.0, 4.0, 3.0, 2.9, 2.8999, 2.95, 2.7, 2.9, 2.9, 2.9, float("nan"), 2.69999, 2.8][t % 13] * 0.99 ** (t // 26)


record("StepLR", lambda o: s.StepLR(o, 7))
record("StepLR-0.7", lambda o: s.StepLR(o, 3, 0.7))
record("StepLR-set", lambda o: s.StepLR(o, 3, 0.7), change=set_in_between)
record("MultiStepLR", lambda o: s.MultiStepLR(o, [30, 5, 80, 30], 0.3))
record("ConstantLR", lambda o: s.ConstantLR(o))
record("ConstantLR-0.7", lambda o: s.ConstantLR(o, 0.7, 40))
record("LinearLR", lambda o: s.LinearLR(o))
record("LinearLR-down", lambda o: s.LinearLR(o, 0.9, 0.1, 90))
record("LinearLR-set", lambda o: s.LinearLR(o, 0.1, 1.0, 60), change=set_in_between)
record("ExponentialLR", lambda o: s.ExponentialLR(o, 0.93))
record("ExponentialLR-set", lambda o: s.ExponentialLR(o, 0.93), change=set_in_between)
record("PolynomialLR", lambda o: s.PolynomialLR(o))
record("PolynomialLR-0.9", lambda o: s.PolynomialLR(o, 95, 0.9))
record("PolynomialLR-2.5", lambda o: s.PolynomialLR(o, 60, 2.5))
record("PolynomialLR-set", lambda o: s.PolynomialLR(o, 95, 0.9), change=set_in_between)
record("CosineAnnealingLR", lambda o: s.CosineAnnealingLR(o, 10))
record("CosineAnnealingLR-37", lambda o: s.CosineAnnealingLR(o, 37, 0.001))
record("CosineAnnealingLR-set", lambda o: s.CosineAnnealingLR(o, 37, 0.001), change=set_in_between)
record("CosineAnnealingLR-100", lambda o: s.CosineAnnealingLR(o, 100))
record("CosineAnnealingWarmRestarts", lambda o: s.CosineAnnealingWarmRestarts(o, 13))
record("CosineAnnealingWarmRestarts-2", lambda o: s.CosineAnnealingWarmRestarts(o, 9, 2, 0.002))
record("CosineAnnealingWarmRestarts-3", lambda o: s.CosineAnnealingWarmRestarts(o, 1, 3))
record("CyclicLR", lambda o: s.CyclicLR(o, 0.001, 0.1, 7), momenta=True)
record("CyclicLR-2", lambda o: s.CyclicLR(o, [0.001, 0.01], [0.1, 0.3], 5, 8, "triangular2"), momenta=True)
record("CyclicLR-exp", lambda o: s.CyclicLR(o, 0.001, 0.1, 6, 3, "exp_range", 0.97, base_momentum=0.7), momenta=True)
record("CyclicLR-fn", lambda o: s.CyclicLR(o, 0.001, 0.1, 6, scale_fn=lambda c: 1.0 / c, cycle_momentum=False))
record("CyclicLR-step", lambda o: s.CyclicLR(o, 0.001, 0.1, 6, scale_fn=lambda t: 1.0 / (1 + t), scale_mode="iterations",
                                             cycle_momentum=False))
record("OneCycleLR", lambda o: s.OneCycleLR(o, 0.1, total_steps=101), momenta=True)
record("OneCycleLR-10", lambda o: s.OneCycleLR(o, 0.1, total_steps=10), steps=9, momenta=True)
record("OneCycleLR-linear", lambda o: s.OneCycleLR(o, [0.1, 0.5], total_steps=101, pct_start=0.45, anneal_strategy="linear",
                                                   div_factor=10.0, final_div_factor=300.0), momenta=True)
record("OneCycleLR-three", lambda o: s.OneCycleLR(o, 0.2, total_steps=101, three_phase=True, base_momentum=0.8), momenta=True)
record("OneCycleLR-adam", lambda o: s.OneCycleLR(o, 0.1, total_steps=101), kind="adam", momenta=True)
record("ReduceLROnPlateau", lambda o: s.ReduceLROnPlateau(o, patience=2), argument=loss)
record("ReduceLROnPlateau-max", lambda o: s.ReduceLROnPlateau(o, mode="max", factor=0.7, patience=3, threshold=0.01,
                                                              threshold_mode="abs", cooldown=2, min_lr=[0.02, 0.001]),
       argument=loss)
record("ReduceLROnPlateau-abs", lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=1, threshold=0.05, threshold_mode="abs",
                                                              cooldown=1, min_lr=1e-6, eps=1e-4), argument=loss)
record("ReduceLROnPlateau-rel", lambda o: s.ReduceLROnPlateau(o, mode="max", factor=0.9, patience=0, threshold=0.001),
       argument=loss)
record("LambdaLR", lambda o: s.LambdaLR(o, lambda t: 0.95 * (t + 1) / (t + 3)))
record("LambdaLR-two", lambda o: s.LambdaLR(o, [lambda t: 1.0 / (t + 1), lambda t: t // 30 + 0.1]))
record("MultiplicativeLR", lambda o: s.MultiplicativeLR(o, [lambda t: 0.97, lambda t: 1.0 - 0.1 / t]))
record("SequentialLR", lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 8), s.CosineAnnealingLR(o, 40),
                                                    s.ExponentialLR(o, 0.9)], [8, 48]))
record("SequentialLR-all", lambda o: s.SequentialLR(o, [
    s.ConstantLR(o, 0.3, 4), s.StepLR(o, 2, 0.9), s.MultiStepLR(o, [0, 3], 0.5), s.PolynomialLR(o, 9, 2.0),
    s.LinearLR(o, 0.2, 0.9, 7), s.ConstantLR(o, 0.6, 3), s.CosineAnnealingWarmRestarts(o, 5, 2, 0.001),
    s.MultiplicativeLR(o, lambda t: 0.98), s.LambdaLR(o, lambda t: 1.0 / (1 + t))], [5, 11, 20, 31, 40, 50, 70, 80]))
record("SequentialLR-cycle", lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 8), s.OneCycleLR(o, 0.2, total_steps=95)], [8]),
       momenta=True)
record("ChainedScheduler", lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 12), s.ExponentialLR(o, 0.95)]))
record("ChainedScheduler-sequence", lambda o: s.ChainedScheduler([
    s.SequentialLR(o, [s.LinearLR(o), s.CosineAnnealingLR(o, 30)], [5]), s.StepLR(o, 10, 0.8)]))
record("SWALR", lambda o: SWALR(o, 0.05))
record("SWALR-linear", lambda o: SWALR(o, [0.5, 0.001], 37, "linear"))
record("SWALR-set", lambda o: SWALR(o, 0.02, 60, "cos"), change=set_in_between)
record("SWALR-0", lambda o: SWALR(o, 0.02, 0))
print(torch.__version__, file=sys.stderr)
