"""``make bench``: prints the tables of ``docs/performance.md`` and draws its picture.

``ARGS`` picks parts (``engine``, ``families``, ``analyses``, ``trace``, ``page``, ``atlas``, ``roofline``, ``gpu``);
``quick`` takes few steps and small networks, to see that all runs; ``cpu`` takes the GPU's path where there is none.
The picture is drawn when the first two were measured in full.
"""

import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from app.learning.training import warm_up
from app.workers.analysis import AnalysisWorker
from app.workers.tracing import TracingWorker
from benchmarks import analyses, atlas, engine, families, gpu, page, plot, rivals, roofline, trace

PARTS = ("engine", "families", "analyses", "trace", "page", "atlas", "roofline", "gpu")
PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "bench.svg"
WITHOUT_GPU = (
    "There is no CUDA device here, so nothing was measured of a GPU. The same path on the CPU, to see that all of it "
    'works: make bench ARGS="gpu cpu quick"'
)


def table_of(title: str, *headings: str) -> Table:
    """An empty table; numbers stand on the right, the first column names what they are of."""
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


def show_engine(console: Console, quick: bool) -> list[plot.Panel]:
    """The stacked engine against its rivals, the strongest first, one thread."""
    warm_up(1)
    peak = roofline.matmul_peak()
    console.print(f"torch {torch.__version__}, 1 thread, matmul peak {peak:.0f} GFLOP/s (1024³ float32)")
    if not rivals.with_jax():
        console.print(rivals.WITHOUT_JAX)
    groups = []
    for found in engine.compare(1, 3, steps=20, depths=(4, 8)) if quick else engine.compare():
        table = table_of(
            f"{found.title}: thousand layer-steps a second, medians",
            "who", "rate", "our whole run", "our steps alone", "before its first step", "cores used",
        )  # fmt: skip
        for one in found.rivals:
            table.add_row(
                one.name, f"{one.rate:.1f}", f"{one.whole:.2f}×", f"{one.steps_only:.2f}×",
                f"{one.prepared:.1f} s" if one.prepared else "",
                "" if one.cores is None else f"{one.cores:.2f}",
            )  # fmt: skip
        table.add_section()
        table.add_row(f"{plot.OURS}, whole run, stream on", f"{found.whole:.1f}", "", "", "", f"{found.cores:.2f}")
        table.add_row(f"{plot.OURS}, training steps alone", f"{found.steps_only:.1f}", "", "", "", "")
        console.print(table)
        if min([found.cores, *(one.cores for one in found.rivals if one.cores is not None)]) < 0.9:
            console.print("Other programs were at work on this core meanwhile: these ratios are not worth noting.")
        console.print(
            f"Training steps reach {100 * found.gflops / peak:.0f} % of the matmul peak; "
            f"frames cost {100 * found.measuring_share:+.1f} %\n"
        )
        drawn = {one.name: one.rate for one in found.rivals if one.name in plot.COLOURS}
        groups.append((found.title, {plot.OURS: found.whole} | drawn))
    return [plot.Panel("Default sweep, 30 networks, whole run with the stream on", groups)]


def show_families(console: Console, quick: bool) -> list[plot.Panel]:
    """Every connection, and the deep convolutional pair."""
    warm_up(1)
    panels = []
    parts = {
        "Connections: depths 8, 20, 32, 2 seeds, training steps": families.connections,
        "Convolutions: plain and residual, widths 8/16/32, training steps": families.deep_pair,
    }
    for name, measure in parts.items():
        table = table_of(
            f"{name} (medians; thousand layer-steps a second)", "networks", "threads", "bare loop", "engine", "ratio"
        )
        groups, rates = [], []
        for row in measure(1, 2) if quick else measure():
            groups.append((row.title, {plot.OURS: row.engine, rivals.BARE: row.bare}))
            rates.append(row.engine)
            table.add_row(row.title, str(row.threads), f"{row.bare:.1f}", f"{row.engine:.1f}", f"{row.ratio:.2f}×")
        console.print(table)
        panels.append(plot.Panel(name, groups))
    console.print(f"The pair on two threads: {rates[1] / rates[0]:.2f}× one thread")
    return panels


def show_analyses(console: Console, quick: bool) -> list[plot.Panel]:
    """How soon every analysis answers."""
    AnalysisWorker().warm_up(1)
    table = table_of("Analyses: seconds to the first finding, and to the whole", "what", "threads", "first", "whole")
    for answer in analyses.answers(analyses.CASES[:2] if quick else analyses.CASES):
        table.add_row(answer.title, str(answer.threads), f"{answer.first:.2f}", f"{answer.whole:.2f}")
    console.print(table)
    return []


def show_trace(console: Console, quick: bool) -> list[plot.Panel]:
    """How soon an image is traced, one thread."""
    TracingWorker().warm_up(1)
    table = table_of("Traces: an image forward and back through a network of each arm, one thread", "networks",
                     "median", "slowest", "answer")  # fmt: skip
    for one in trace.measure(images=3) if quick else trace.measure():
        table.add_row(one.title, f"{one.median:.0f} ms", f"{one.slowest:.0f} ms", f"{one.size / 1000:.0f} kB")
    console.print(table)
    waits = trace.from_pen(3 if quick else 20)
    middle, slowest = statistics.median(waits), max(waits)
    console.print(f"From lifting the pen until the trace is painted: {middle:.0f} ms, slowest {slowest:.0f} ms")
    return []


def show_page(console: Console, quick: bool) -> list[plot.Panel]:
    """The server and the page as a person meets them."""
    figures = page.measure(1, 2) if quick else page.measure()
    title = "Server and page (real server, real headless browser with software rendering, default preset)"
    table = table_of(title, "what", "measured")
    for what, measured in (
        ("process start until the server listens", f"{figures.listening:.0f} ms"),
        ("first view: until its pictures are there, nothing in the cache", f"{figures.first_view:.0f} ms"),
        ("first sign of a person until Plotly has drawn them", f"{figures.taken_over:.0f} ms"),
        ("first view: requests", str(figures.requests)),
        ("first view: compressed size of all answers", f"{figures.kilobytes:.0f} kB"),
        ("click on Train until the first point is drawn", f"{figures.first_point:.0f} ms (step {figures.first_step})"),
        ("depth slider until all numbers and charts are redrawn, median", f"{figures.slider_median:.0f} ms"),
        ("the same, 95th percentile of 40", f"{figures.slider_95:.0f} ms"),
        ("longest task of the page while training (0: none over 50 ms)", f"{figures.longest_task:.0f} ms"),
        ("tasks over 100 ms", str(figures.long_tasks)),
        ("redraws of the loss chart a second", f"{figures.updates:.1f}"),
        ("training steps a second meanwhile", f"{figures.steps:.0f}"),
    ):
        table.add_row(what, measured)
    console.print(table)
    return []


def show_atlas(console: Console, quick: bool) -> list[plot.Panel]:
    """How soon the views of the Atlas are there, and how its diagrams move."""
    opened, moved = atlas.measure(1 if quick else 5)
    table = table_of("Views of the Atlas: milliseconds, medians", "view", "until it is there", "the page worked")
    for view in opened:
        table.add_row(view.name, f"{view.shown:.0f}", f"{view.worked:.0f}")
    console.print(table)
    table = table_of(
        "Moving a diagram", "diagram", "by", "frames a second", "between frames, 95 %", "worked for a move, ms"
    )
    for one in moved:
        table.add_row(one.name, one.how, f"{one.rate:.0f}", f"{one.high:.0f} ms", f"{one.worked:.1f}")
    console.print(table)
    return []


def show_roofline(console: Console, quick: bool) -> list[plot.Panel]:
    """What this machine could do at best, and how far a training step is from it."""
    warm_up(1)
    table = table_of("Roofline, 1 thread", "kernel", "working set", "rate", "unit")
    measured = list(roofline.kernels(engine.CASES["default sweep, no norm"]))
    for kernel in measured:
        size = f"{kernel.bytes / roofline.MIB:.1f} MiB"
        table.add_row(kernel.what, size, f"{kernel.rate:.0f}", kernel.unit)
    console.print(table)
    table = table_of(
        "A training step of the default sweep, milliseconds",
        "networks", "Mflop", "MB moved", "at the peak", "small products", "streamed", "traffic", "bound", "measured",
        "of bound",
    )  # fmt: skip
    for one in roofline.bounds(engine.CASES, measured, 3 if quick else 50):
        times = (one.at_peak, one.at_products, one.at_streaming, one.at_bandwidth, one.bound, one.measured)
        table.add_row(
            one.title, f"{one.mflop:.0f}", f"{one.moved:.0f}", *(f"{time:.1f}" for time in times),
            f"{100 * one.bound / one.measured:.0f} %",
        )  # fmt: skip
    console.print(table)
    return []


def show_gpu(console: Console, quick: bool, on_cpu: bool = False) -> list[plot.Panel]:
    """The engine on a GPU, or its path on the CPU when that is asked for."""
    if not torch.cuda.is_available() and not on_cpu:
        console.print(WITHOUT_GPU)
        return []
    device = "cpu" if on_cpu else "cuda"
    if on_cpu:
        console.print("On the CPU, where no step is captured: this shows that the path works, and nothing of a GPU.")
    look: dict[str, Any] = {"rounds": 1, "timed_steps": 2, "bare_steps": 1, "steps": 8, "depths": (8,)} if quick else {}
    on = gpu.device_name(device) + (", a quick look at depth 8" if quick else "")
    table = table_of(
        f"{on}: milliseconds a step, and thousand layer-steps a second",
        "what", "networks", "layers", "graph, ms", "launched, ms", "graph", "launched", "whole run", "bare loop", "MiB",
    )  # fmt: skip
    for row in gpu.compare(device, **look):
        table.add_row(
            row.title, f"{row.networks:,}", f"{row.layers:,}", f"{row.graph:.2f}", f"{row.launched:.2f}",
            *(f"{rate:.1f}" for rate in (row.rate(row.graph), row.rate(row.launched), row.whole, row.bare)),
            "–" if row.memory is None else f"{row.memory:.0f}",
        )  # fmt: skip
    console.print(table)
    return []


def main() -> None:
    """Print what was asked for, or everything."""
    console = Console(width=130)
    asked = [word for argument in sys.argv[1:] for word in argument.split()]
    if unknown := sorted(set(asked) - {*PARTS, "quick", "cpu"}):
        sys.exit(f"there is no {', '.join(unknown)} to measure; the parts are {', '.join(PARTS)}, beside quick and cpu")
    quick = "quick" in asked
    wanted = [part for part in PARTS if part in asked] or PARTS
    shows: dict[str, Callable[[Console, bool], list[plot.Panel]]] = {
        "engine": show_engine, "families": show_families, "analyses": show_analyses, "trace": show_trace,
        "page": show_page, "atlas": show_atlas, "roofline": show_roofline,
        "gpu": partial(show_gpu, on_cpu="cpu" in asked),
    }  # fmt: skip
    panels = [panel for part in wanted for panel in shows[part](console, quick)]
    if not quick and {"engine", "families"} <= set(wanted):
        footer = f"Thousand layer-steps a second, medians of three rounds in turn. torch {torch.__version__}, CPU."
        plot.save(panels, footer, PICTURE)
        console.print("The picture is docs/images/bench.svg")


if __name__ == "__main__":
    main()
