"""The PyTorch text of a network, run: the oracle of the catalogue's arithmetic."""

import contextlib
import io

import torch
from torch import nn

from app.catalog.code import code_of
from app.catalog.network import Network


def built(network: Network, side: int | None = None, device: str = "meta") -> nn.Module:
    """The ``nn.Module`` that the text of a network defines, in evaluation mode."""
    names: dict[str, nn.Module] = {}
    with torch.device(device), contextlib.redirect_stdout(io.StringIO()):
        exec(code_of(network, network.unroll(side)), names)
    return names["network"].eval()
