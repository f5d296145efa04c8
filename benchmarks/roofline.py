"""The roofline (Williams et al. 2009) of a training step: what this machine could do at best, by small kernels.

Three numbers bound a step: the arithmetic of one large product, the arithmetic of products as small as ours, and the
bandwidth with which activations and weights come from the caches or from memory. All on one thread, in seconds of the
CPU, so that another program's turns on the core are not counted.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.contract.experiment import Experiment
from app.learning.training import Training

MIB = 2**20
#: bytes that fit into a core's second-level cache, that only the last level holds, and that no cache holds
NEAR, MIDDLE, FAR = MIB // 2, 12 * MIB, 512 * MIB
SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel: ``rate`` in GFLOP/s or GB/s."""

    what: str
    bytes: int
    rate: float
    unit: str


@dataclass(frozen=True, slots=True)
class Bound:
    """What a step of an experiment needs, and how long it takes.

    Attributes:
        mflop: of the weight layers, forward and backward.
        moved: MB that have to come from behind the second-level cache and go back, were each layer one fused loop.
        at_peak: milliseconds of the arithmetic at the rate of the one large product.
        at_products: the same at the rate of products like ours with their operands at hand.
        at_streaming: the same with operands from the last level, as when products are operations of their own.
        at_bandwidth: milliseconds for what is moved, at the bandwidth of the last level.
        measured: milliseconds of our training step.
    """

    title: str
    mflop: float
    moved: float
    at_peak: float
    at_products: float
    at_streaming: float
    at_bandwidth: float
    measured: float

    @property
    def bound(self) -> float:
        """Milliseconds that no program with such products can beat: products and traffic at once, the longer counts."""
        return max(self.at_products, self.at_bandwidth)


def timed(work: Callable[[], object], seconds: float = SECONDS) -> float:
    """CPU seconds of one call, the best of many that take ``seconds`` together."""
    work()
    best, calls, end = float("inf"), 0, time.process_time() + seconds
    while calls < 3 or time.process_time() < end:
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        calls += 1
    return best


def matmul_peak() -> float:
    """GFLOP/s of one 1024³ float32 product: what a core of this machine can do at best."""
    a, b, out = torch.randn(1024, 1024), torch.randn(1024, 1024), torch.empty(1024, 1024)
    return 2 * 1024**3 / timed(lambda: torch.mm(a, b, out=out)) / 1e9


def products(networks: int, width: int, batch: int, size: int) -> float:
    """GFLOP/s of a layer's three products for so many networks, walking through ``size`` bytes of operands.

    W h forward, and backward ∂L/∂W = g hᵀ and ∂L/∂h = Wᵀ g, as the stacks compute them.
    """
    one = 4 * networks * (2 * width * width + 3 * width * batch)
    sets = [
        (
            torch.randn(networks, width, width),  # W
            torch.randn(networks, width, batch),  # h
            torch.randn(networks, width, batch),  # g
            torch.empty(networks, width, width),
            torch.empty(networks, width, batch),
        )
        for _ in range(max(1, size // one))
    ]

    def walk() -> None:
        for weight, h, g, of_weight, of_h in sets:
            torch.bmm(weight, h, out=of_h)
            torch.bmm(g, h.transpose(1, 2), out=of_weight)
            torch.bmm(weight.transpose(1, 2), g, out=of_h)

    return len(sets) * 6 * networks * width * width * batch / timed(walk) / 1e9


def copy(size: int) -> float:
    """GB/s of b ← a over ``size`` bytes of arrays, read and written bytes counted."""
    a = torch.ones(size // 8)
    b = torch.empty_like(a)
    return _streamed(lambda: b.copy_(a), [a, b])


def triad(size: int) -> float:
    """GB/s of c ← a + s b over ``size`` bytes of arrays (McCalpin's STREAM), read and written bytes counted."""
    a, b = torch.ones(size // 12), torch.ones(size // 12)
    c = torch.empty_like(a)
    return _streamed(lambda: torch.add(a, b, alpha=3.0, out=c), [a, b, c])


def _streamed(once: Callable[[], Tensor], arrays: Sequence[Tensor]) -> float:
    times = max(1, 4 * MIB // arrays[0].nbytes)  # short ones many times, or the clock would be measured

    def work() -> None:
        for _ in range(times):
            once()

    return times * sum(array.nbytes for array in arrays) / timed(work) / 1e9


def kernels(experiment: Experiment) -> Iterator[Kernel]:
    """The machine's numbers for products of an experiment's shapes."""
    networks, width, batch = len(experiment.networks()), experiment.width, experiment.batch_size
    deep = networks // len(experiment.depths)
    yield Kernel("one 1024³ product", 3 * 4 * 1024**2, matmul_peak(), "GFLOP/s")
    for count, which in ((networks, "every network"), (deep, "the deepest networks")):
        for size in (0, MIDDLE, FAR):
            one = 4 * count * (2 * width * width + 3 * width * batch)
            what = f"{count} × [{width}, {width}] [{width}, {batch}], forward and backward ({which})"
            yield Kernel(what, max(one, size), products(count, width, batch, size), "GFLOP/s")
    for size in (NEAR, MIDDLE, FAR):
        yield Kernel("copy b ← a", size, copy(size), "GB/s")
        yield Kernel("triad c ← a + s b", size, triad(size), "GB/s")


def floats_a_layer(experiment: Experiment) -> float:
    """Numbers that one layer of one network has to read or write in a step, were each layer one fused loop.

    What passes from a layer to the next stays in the second-level cache and is not counted. What is kept for the
    backward pass is written once and read once: h, and before a batch norm z. A weight is read on both ways and its
    gradient written; the optimiser reads the gradient, reads and writes weight and momentum.
    """
    normed = experiment.arms[0].normalisation != "none"
    activations = 2 * experiment.width * experiment.batch_size * (2 if normed else 1)
    return activations + 8 * experiment.width**2


def bounds(cases: dict[str, Experiment], measured: Sequence[Kernel], steps: int = 30) -> Iterator[Bound]:
    """Each case's step against the machine's numbers."""
    peak = measured[0].rate
    near, streaming = (kernel.rate for kernel in measured[1:3])
    bandwidth = statistics.mean(kernel.rate for kernel in measured if kernel.unit == "GB/s" and kernel.bytes == MIDDLE)
    for title, experiment in cases.items():
        layers = sum(network.layers for network in experiment.networks())
        flop = 6 * experiment.width**2 * experiment.batch_size * layers
        moved = 4 * floats_a_layer(experiment) * layers
        yield Bound(
            title,
            mflop=flop / 1e6,
            moved=moved / 1e6,
            at_peak=flop / peak / 1e6,
            at_products=flop / near / 1e6,
            at_streaming=flop / streaming / 1e6,
            at_bandwidth=moved / bandwidth / 1e6,
            measured=1000 * step_of(experiment, steps),
        )


def step_of(experiment: Experiment, steps: int) -> float:
    """CPU seconds of one of our training steps, the median of ``steps``."""
    run = Training(experiment, time.process_time, None, "cpu")
    seconds = []
    for _ in range(steps + 2):
        start = time.process_time()
        for _ in run.train_step(False):
            pass
        seconds.append(time.process_time() - start)
    return statistics.median(seconds[2:])
