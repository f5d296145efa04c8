"""``make bench``: prints the tables of ``docs/performance.md``. ``ARGS=engine`` or ``ARGS=page`` prints one of them."""

import sys

import torch
from rich.console import Console
from rich.table import Table

from app.learning.training import warm_up
from benchmarks import engine, page


def show_engine(console: Console) -> None:
    """The stacked engine against the bare loop, one thread."""
    warm_up(1)
    peak = engine.matmul_peak()
    console.print(f"torch {torch.__version__}, 1 thread, matmul peak {peak:.0f} GFLOP/s (1024³ float32)")
    table = Table(title="Engine against the bare PyTorch loop (medians; thousand layer-steps a second)")
    for heading in (
        "networks", "bare loop", "whole run, stream on", "ratio", "training steps only", "ratio", "of peak",
        "frames cost",
    ):  # fmt: skip
        table.add_column(heading, justify="right" if heading != "networks" else "left")
    for row in engine.compare():
        table.add_row(
            row.title, f"{row.bare:.1f}", f"{row.whole:.1f}", f"{row.ratio:.2f}×", f"{row.steps_only:.1f}",
            f"{row.ratio_steps:.2f}×", f"{100 * row.gflops / peak:.0f} %", f"{100 * row.measuring_share:+.1f} %",
        )  # fmt: skip
    console.print(table)


def show_page(console: Console) -> None:
    """The server and the page as a person meets them."""
    figures = page.measure()
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


def main() -> None:
    """Print what was asked for, or everything."""
    console = Console(width=130)
    wanted = sys.argv[1:] or ["engine", "page"]
    for name, show in (("engine", show_engine), ("page", show_page)):
        if name in wanted:
            show(console)


if __name__ == "__main__":
    main()
