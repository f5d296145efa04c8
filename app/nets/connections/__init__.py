"""The connections: how a block joins its input to its output. One file each; this is their registry."""

from app.nets.block import Block
from app.nets.connections.bottleneck import Bottleneck, ResNeXt
from app.nets.connections.dense import Dense
from app.nets.connections.highway import Highway
from app.nets.connections.preact import PreActivation
from app.nets.connections.residual import Residual
from app.nets.connections.skipinit import SkipInit
from app.nets.connections.stochastic import StochasticDepth
from app.nets.connections.wide import Wide

#: each connection's block, and the factor by which it multiplies an arm's ``skip_scale``
CONNECTIONS: dict[str, tuple[type[Block], float]] = {
    "plain": (Residual, 0.0),
    "residual": (Residual, 1.0),
    "preact": (PreActivation, 1.0),
    "bottleneck": (Bottleneck, 1.0),
    "resnext": (ResNeXt, 1.0),
    "wide": (Wide, 1.0),
    "highway": (Highway, 1.0),
    "dense": (Dense, 1.0),
    "skipinit": (SkipInit, 1.0),
    "stochastic": (StochasticDepth, 1.0),
}
