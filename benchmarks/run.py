"""``make bench``: prints the tables of ``docs/performance.md``."""

import torch
from rich.console import Console
from rich.table import Table

from app.learning.training import warm_up
from benchmarks.engine import compare, matmul_peak


def main() -> None:
    """Measure the engine on one thread and print a table."""
    console = Console(width=130)
    warm_up(1)
    peak = matmul_peak()
    console.print(f"torch {torch.__version__}, 1 thread, matmul peak {peak:.0f} GFLOP/s (1024³ float32)")
    table = Table(title="Engine against the bare PyTorch loop (medians; thousand layer-steps a second)")
    for heading in (
        "networks", "bare loop", "whole run, stream on", "ratio", "training steps only", "ratio", "of peak",
        "frames cost",
    ):  # fmt: skip
        table.add_column(heading, justify="right" if heading != "networks" else "left")
    for row in compare():
        table.add_row(
            row.title, f"{row.bare:.1f}", f"{row.whole:.1f}", f"{row.ratio:.2f}×", f"{row.steps_only:.1f}",
            f"{row.ratio_steps:.2f}×", f"{100 * row.gflops / peak:.0f} %", f"{100 * row.measuring_share:+.1f} %",
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()
