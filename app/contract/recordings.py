"""What comes with the program as a recorded run: every preset, and the pair of the traces."""

from dataclasses import dataclass

from app.contract.experiment import Experiment
from app.contract.presets import PRESETS, pair
from app.errors import Refused


@dataclass(frozen=True, slots=True)
class Recording:
    """An experiment whose run comes with the program.

    Attributes:
        name: of its folder; its run has the id ``recorded-NAME``.
        kept: steps on the way whose weights come too, beside the first and the last.
        frame_interval: seconds between two frames, in training that takes long.
    """

    name: str
    experiment: Experiment
    kept: tuple[int, ...] = ()
    frame_interval: float = 0.1


#: plain-20 and ResNet-20 as He et al. (2015, section 4.2) built them, on all of Fashion-MNIST. No preset: training it
#: takes long and needs files. Two passes of the 60,000 images; of the weights those after an eighth of a pass, half a
#: pass, one pass and two come with it
TRACE_PAIR = Recording(
    "trace-pair",
    Experiment(
        dataset="fashion-mnist",
        family="conv6n2",
        width=16,
        depths=(20,),
        arms=pair(),
        optimiser="nesterov",
        learning_rate=0.05,
        schedule="cosine",
        warm_up=100,
        batch_size=64,
        steps=1880,
        evaluate_every=470,
    ),
    kept=(117, 470, 940),
    frame_interval=10.0,
)

RECORDINGS: dict[str, Recording] = {
    recording.name: recording
    for recording in (*(Recording(one.name, one.experiment, one.kept) for one in PRESETS.values()), TRACE_PAIR)
}


def recording(name: str) -> Recording:
    """The recording of that name. Raises ``Refused`` with the names there are."""
    try:
        return RECORDINGS[name]
    except KeyError:
        raise Refused(f"recording: {name!r} is not one of {', '.join(RECORDINGS)}", "recording") from None
