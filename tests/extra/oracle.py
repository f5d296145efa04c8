"""``python -m tests.extra.oracle``: dense by addition equals its equation in plain PyTorch, in float64."""

import torch
from torch import nn

import tests.extra.program  # noqa: F401  registers the connection
from app.contract.arms import Arm
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import Stage, Structure

DEPTH, WIDTH, GAIN = 7, 8, 0.5


class Reference(nn.Module):
    """First layer, blocks x + g W ReLU(N(x)), norm, ReLU, last layer, as anyone would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(5, WIDTH, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) for _ in range(DEPTH - 2))
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(DEPTH - 2))
        self.last_norm, self.head = nn.BatchNorm1d(WIDTH), nn.Linear(WIDTH, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.stem(x)
        for norm, layer in zip(self.norms, self.layers, strict=True):
            h = h + GAIN * layer(torch.relu(norm(h)))
        logits: torch.Tensor = self.head(torch.relu(self.last_norm(h)))
        return logits


def main() -> None:
    arm = Arm(connection="additive", gain=GAIN)
    stack = Stack(Structure(5, (Stage(WIDTH),), 3, False), [NetworkSpec(DEPTH, 0, arm, 0.1)], dtype=torch.float64)
    reference = Reference().double()
    with torch.no_grad():
        for layer, weight in zip([reference.stem, *reference.layers], stack.weights, strict=True):
            layer.weight.copy_(weight.value.value[0])
        reference.head.weight.copy_(stack.head.value[0])
        reference.head.bias.copy_(stack.head_bias.value[0, :, 0])
    x = torch.randn(16, 5, dtype=torch.float64)
    ours, theirs = stack.forward(x)[0].t(), reference(x)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)
    gradients = torch.autograd.grad(ours.square().sum(), [weight.value.value for weight in stack.weights])
    theirs.square().sum().backward()
    for layer, gradient in zip([reference.stem, *reference.layers], gradients, strict=True):
        torch.testing.assert_close(gradient[0], layer.weight.grad, rtol=0, atol=1e-9)


if __name__ == "__main__":
    main()
