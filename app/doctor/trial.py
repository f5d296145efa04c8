"""Loads PyTorch and trains small networks: ``python -m app.doctor.trial THREADS DEVICE``. Prints one JSON object."""

import json
import sys

import torch

from app.errors import Refused
from app.learning.devices import choose
from app.workers.training import TrainingWorker


def main(threads: str, device: str) -> None:
    """Do it, and tell where, and which GPUs there are."""
    try:
        chosen, refused = str(choose(device)), None
        TrainingWorker().warm_up(int(threads))
    except Refused as error:
        chosen, refused = device, str(error)
    gpus = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    print(json.dumps({"device": chosen, "gpus": gpus, "refused": refused}))


if __name__ == "__main__":
    main(*sys.argv[1:])
