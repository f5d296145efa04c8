"""What a pass frees is kept for the next one."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import torch
from app.contract.experiment import Experiment
from app.learning.memory import keep_freed_memory
from app.learning.sweep import Sweep

if sys.argv[1] == "kept":
    keep_freed_memory()
torch.set_num_threads(1)
sweep = Sweep(Experiment(seeds=3))
x, y = torch.randn(3, 64, 64), torch.zeros(3, 64, dtype=torch.long)
for count in (5, 20):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(count):
        sweep.backward(x, y, measure=False)
        sweep.update()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that gives memory back")
def test_a_training_step_pays_fewer_page_faults_when_freed_memory_is_kept() -> None:
    given_back, kept = (
        float(subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True).stdout)
        for how in ("given back", "kept")
    )
    assert kept < 20 < given_back
