"""``make bench``: prints the tables of ``docs/performance.md`` and draws its picture.

``ARGS`` picks parts (``engine``, ``families``, ``analyses``, ``page``); ``quick`` takes few steps, to see that all
runs.
The picture is drawn when the first two were measured in full.
"""

import sys
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from app.analyses import desk
from app.learning.training import warm_up
from benchmarks import analyses, engine, families, page, plot

PARTS = ("engine", "families", "analyses", "page")
PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "bench.svg"
OURS, BARE, TFJS = plot.COLOURS


def show_engine(console: Console, quick: bool) -> list[plot.Panel]:
    """The stacked engine against the bare loop and TensorFlow.js, one thread."""
    warm_up(1)
    peak = engine.matmul_peak()
    console.print(f"torch {torch.__version__}, 1 thread, matmul peak {peak:.0f} GFLOP/s (1024³ float32)")
    table = Table(title="Engine against its rivals (medians; thousand layer-steps a second)")
    for heading in (
        "networks", "TF.js WASM", "bare loop", "whole run, stream on", "× TF.js", "× bare", "training steps only",
        "× bare", "of peak", "frames cost",
    ):  # fmt: skip
        table.add_column(heading, justify="right" if heading != "networks" else "left")
    groups = []
    for row in engine.compare(rounds=1, steps=20, bare_steps=3) if quick else engine.compare():
        groups.append((row.title, {OURS: row.whole, BARE: row.bare, TFJS: row.tfjs}))
        table.add_row(
            row.title, f"{row.tfjs:.1f}", f"{row.bare:.1f}", f"{row.whole:.1f}", f"{row.ratio_tfjs:.1f}×",
            f"{row.ratio:.2f}×", f"{row.steps_only:.1f}", f"{row.ratio_steps:.2f}×",
            f"{100 * row.gflops / peak:.0f} %", f"{100 * row.measuring_share:+.1f} %",
        )  # fmt: skip
    console.print(table)
    return [plot.Panel("Default sweep, 30 networks, whole run with the stream on", groups)]


def show_families(console: Console, quick: bool) -> list[plot.Panel]:
    """Every connection, and the deep convolutional pair."""
    warm_up(1)
    panels = []
    parts = {
        "Connections: depths 8, 20, 32, 2 seeds, training steps": families.connections,
        "Convolutions: plain and residual, widths 8/16/32, training steps": families.deep_pair,
    }
    for title, measure in parts.items():
        table = Table(title=f"{title} (medians; thousand layer-steps a second)")
        for heading in ("networks", "threads", "bare loop", "engine", "ratio"):
            table.add_column(heading, justify="right" if heading != "networks" else "left")
        groups, rates = [], []
        for row in measure(1, 2) if quick else measure():
            groups.append((row.title, {OURS: row.engine, BARE: row.bare}))
            rates.append(row.engine)
            table.add_row(row.title, str(row.threads), f"{row.bare:.1f}", f"{row.engine:.1f}", f"{row.ratio:.2f}×")
        console.print(table)
        panels.append(plot.Panel(title, groups))
    console.print(f"The pair on two threads: {rates[1] / rates[0]:.2f}× one thread")
    return panels


def show_analyses(console: Console, quick: bool) -> list[plot.Panel]:
    """How soon every analysis answers."""
    desk.warm_up(1)
    table = Table(title="Analyses: seconds to the first finding, and to the whole")
    for heading in ("what", "threads", "first", "whole"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for answer in analyses.answers(analyses.CASES[:2] if quick else analyses.CASES):
        table.add_row(answer.title, str(answer.threads), f"{answer.first:.2f}", f"{answer.whole:.2f}")
    console.print(table)
    return []


def show_page(console: Console, quick: bool) -> list[plot.Panel]:
    """The server and the page as a person meets them."""
    figures = page.measure(1, 2) if quick else page.measure()
    table = Table(title="Server and page (real server, real headless browser with software rendering, default preset)")
    for heading in ("what", "measured"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, measured in (
        ("process start until the server listens", f"{figures.listening:.0f} ms"),
        ("click on Train until the first point is drawn", f"{figures.first_point:.0f} ms (step {figures.first_step})"),
        ("depth slider until all numbers and charts are redrawn, median", f"{figures.slider_median:.0f} ms"),
        ("the same, slowest of 12", f"{figures.slider_worst:.0f} ms"),
        ("longest task of the page while training (0: none over 50 ms)", f"{figures.longest_task:.0f} ms"),
        ("tasks over 100 ms", str(figures.long_tasks)),
        ("redraws of the loss chart a second", f"{figures.updates:.1f}"),
        ("training steps a second meanwhile", f"{figures.steps:.0f}"),
    ):
        table.add_row(what, measured)
    console.print(table)
    return []


def main() -> None:
    """Print what was asked for, or everything."""
    console = Console(width=130)
    quick = "quick" in sys.argv
    wanted = [part for part in PARTS if part in sys.argv] or PARTS
    shows = {"engine": show_engine, "families": show_families, "analyses": show_analyses, "page": show_page}
    panels = [panel for part in wanted for panel in shows[part](console, quick)]
    if not quick and {"engine", "families"} <= set(wanted):
        footer = f"Thousand layer-steps a second, medians of three rounds in turn. torch {torch.__version__}, CPU."
        plot.save(panels, footer, PICTURE)
        console.print("The picture is docs/images/bench.svg")


if __name__ == "__main__":
    main()
