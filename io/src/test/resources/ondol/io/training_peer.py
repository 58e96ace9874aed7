"""The other side of PythonTrainingPeersTest: python3 training_peer.py ACTION FOLDER.

`write_...` begins trainings, saves what Ondol goes on from, and with it where PyTorch gets. `go_on_...` reads what Ondol saved,
and writes where PyTorch gets from there beside it."""
import copy
import sys
from pathlib import Path

import torch
from torch import nn

BEGIN, END = 5, 15
OPTIMIZERS = {
    "sgd": ("SGD", [{"lr": 0.05}]),
    "sgd-momentum": ("SGD", [{"lr": 0.05, "momentum": 0.9}]),
    "sgd-dampening": ("SGD", [{"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 1e-3}]),
    "sgd-nesterov": ("SGD", [{"lr": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}]),
    "sgd-groups": ("SGD", [{"lr": 0.05, "momentum": 0.9, "nesterov": True}, {"lr": 0.1}]),
    "adam": ("Adam", [{"lr": 0.01}]),
    "adam-betas": ("Adam", [{"lr": 0.01, "betas": (0.4, 0.99), "eps": 1e-6, "weight_decay": 0.01}]),
    "adam-groups": ("Adam", [{"lr": 0.01, "weight_decay": 0.1}, {"lr": 0.003, "betas": (0.5, 0.9)}]),
    "adam-late": ("Adam", [{"lr": 0.01}]),
    "adamw": ("AdamW", [{"lr": 0.01}]),
    "adamw-decay": ("AdamW", [{"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": 0.3}]),
    "adamw-groups": ("AdamW", [{"lr": 0.01, "weight_decay": 0}, {"lr": 0.002, "eps": 1e-4}]),
}


def optimizer_net():
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 3))


def in_groups(net, count):
    parameters = list(net.parameters())
    return [parameters] if count == 1 else [parameters[:1], parameters[1:]]


def train(net, optimizer, x, y, begin, end):
    for i in range(begin, end):
        optimizer.zero_grad(set_to_none=True)
        (net(x[i]) - y[i]).square().mean().backward()
        optimizer.step()


def write_optimizers(folder):
    for name, (kind, settings) in OPTIMIZERS.items():
        torch.manual_seed(len(name))
        net = optimizer_net()
        groups = [dict(s, params=p) for s, p in zip(settings, in_groups(net, len(settings)))]
        optimizer = getattr(torch.optim, kind)(groups, lr=1.0)
        x, y = torch.randn(END, 20, 6), torch.randn(END, 20, 3)
        if name.endswith("-late"):
            net[2].bias.requires_grad_(False)
        train(net, optimizer, x, y, 0, BEGIN)
        net.requires_grad_(True)
        begun = copy.deepcopy({"model": net.state_dict(), "optimizer": optimizer.state_dict()})
        train(net, optimizer, x, y, BEGIN, END)
        torch.save({"kind": kind, "groups": len(groups), "x": x, "y": y, "after": net.state_dict(), **begun},
                   folder / (name + ".pt"))


def go_on_optimizers(folder):
    for path in sorted(folder.glob("*.pt")):
        all = torch.load(path)
        net = optimizer_net()
        net.load_state_dict(all["model"])
        groups = in_groups(net, all["groups"])
        optimizer = getattr(torch.optim, all["kind"])([{"params": p} for p in groups], lr=1.0)
        optimizer.load_state_dict(all["optimizer"])
        train(net, optimizer, all["x"], all["y"], BEGIN, END)
        torch.save(net.state_dict(), path.with_suffix(".pth"))


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 12, num_layers=2, batch_first=True)
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


MODELS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 5)), (10,), (5,)),
    "cnn": (lambda: nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                                  nn.Linear(64, 5)), (1, 8, 8), (5,)),
    "lstm": (Sequence, (7, 6), (3,)),
    "transformer": (lambda: nn.TransformerEncoderLayer(16, 4, dim_feedforward=32, batch_first=True), (7, 16), (7, 16)),
}


def predict(net, x):
    net.eval()
    with torch.no_grad():
        return net(x)


def write_models(folder):
    for name, (make, inputs, outputs) in MODELS.items():
        torch.manual_seed(3)
        net = make()
        x, y = torch.randn(END, 12, *inputs), torch.randn(END, 12, *outputs)
        train(net, torch.optim.Adam(net.parameters(), 0.01), x, y, 0, END)
        torch.save({"model": net.state_dict(), "x": x, "y": y, "output": predict(net, x[0])}, folder / (name + ".pt"))


def go_on_models(folder):
    for name, (make, _, _) in MODELS.items():
        all = torch.load(folder / (name + ".pt"))
        net = make()
        net.load_state_dict(all["model"])
        torch.save(predict(net, all["x"][0]), folder / (name + ".pth"))


globals()[sys.argv[1]](Path(sys.argv[2]))
