"""Writes swa.txt: what PyTorch's AveragedModel and update_bn do, for AveragedModelTest.

Made with Debian's python3-torch 1.13.1 on x86-64:

    python3 swa.py > swa.txt

A line is a name and a tensor's elements, floats as hexadecimal doubles.
"""

import torch
from torch.optim.swa_utils import AveragedModel, update_bn


def show(name, tensor):
    values = tensor.flatten().tolist()
    print(name, *[v.hex() if isinstance(v, float) else v for v in values])


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 4)
        self.norm = torch.nn.BatchNorm1d(4)

    def forward(self, x):
        return self.norm(self.linear(x))


for use_buffers in [False, True]:
    torch.manual_seed(7)
    net = Net()
    averaged = AveragedModel(net, use_buffers=use_buffers)
    for step in range(5):
        with torch.no_grad():
            net.linear.weight.copy_(torch.rand(4, 3))
            net.linear.bias.copy_(torch.rand(4))
            net.norm.running_mean.copy_(torch.rand(4))
            net.norm.num_batches_tracked.fill_(step * step)
        averaged.update_parameters(net)
    prefix = "buffers" if use_buffers else "parameters"
    for name, tensor in averaged.state_dict().items():
        if use_buffers or "running" not in name and "tracked" not in name:  # later versions take the last ones
            show(prefix + "." + name, tensor)

torch.manual_seed(8)
net = Net()
net.train()
net(torch.rand(5, 3))
net.eval()
batches = [torch.rand(6, 3), torch.rand(6, 3), torch.rand(2, 3)]
update_bn(batches, net)
for name in ["running_mean", "running_var", "num_batches_tracked"]:
    show("updateBn." + name, getattr(net.norm, name))
