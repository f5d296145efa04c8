"""``make figures``: trains the default preset, asks what ``docs/analyses.md`` tells of, and writes its figures again.

What was found goes to ``docs/figures.json`` and from there between the marks of the page, so no number of the page is
written by hand. A test holds page and file together, and some of the file to networks that it trains anew.
"""

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from app.analyses.analyse import analyse
from app.analyses.evaluations import Evaluations
from app.analyses.kinds.convergence import Convergence, convergence
from app.analyses.kinds.flow import Flow
from app.analyses.kinds.landscape import Landscape, Surface
from app.analyses.kinds.lesion import Lesions
from app.analyses.kinds.paths import Paths
from app.analyses.kinds.refinement import Refinement
from app.analyses.kinds.shattering import Shattering
from app.analyses.kinds.signal import Signal
from app.analyses.kinds.similarity import Similarity
from app.analyses.subject import Subject
from app.analyses.valleys import valley
from app.analyses.words import arm_name, number, share, signed
from app.contract.checkpoints import checkpoints_in
from app.contract.experiment import Experiment
from app.contract.findings import rounded
from app.contract.measurements import Measurement
from app.contract.presets import PRESETS
from app.contract.questions import Question
from app.learning.training import train, warm_up

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, STORED = DOCS / "analyses.md", DOCS / "figures.json"
EXPERIMENT = PRESETS["degradation"].experiment
#: depths of the lesions and of the landscape, of the paths, of the flow, and of what is asked state by state
SHALLOW, PATHS, FLOW, STATES = (16, 32), (16, 32, 64), 64, (16, 64)
SEEDS, DRAWS = (5, 20), range(5)
TARGET = 0.9
#: significant digits of a stored figure: further ones are those of this machine
DIGITS = 4

Figures = dict[str, Any]


def trained(experiment: Experiment, folder: Path) -> tuple[Subject, list[Measurement]]:
    """A run's last weights, read from the files that it keeps, and what it measured on the way."""
    measured = list(train(experiment, checkpoints=folder))
    trajectory = checkpoints_in(folder)
    subject = Subject(experiment, trajectory[-1][0])
    subject.trajectory = trajectory
    subject.load(trajectory[-1][1])
    return subject, measured


def measure(experiment: Experiment = EXPERIMENT) -> Figures:
    """All figures of the page, about a minute's work. Torch is set up as in the processes of the server."""
    warm_up(1)
    with tempfile.TemporaryDirectory() as folder:
        subject, measured = trained(experiment, Path(folder))
    evaluations = Evaluations.of(experiment, measured)
    [speed] = convergence(evaluations, Convergence(target=TARGET))
    return {
        "lesions": lesions(subject, SHALLOW),
        "paths": paths(subject, PATHS),
        "flow": {"words": words_of(subject, Flow(depth=FLOW))},
        "shattering": [shattering(subject, seeds) for seeds in SEEDS],
        "landscape": landscape(subject, SHALLOW[0], DRAWS),
        "speed": {"step": evaluations.step, "words": speed.words},
        **states(subject),
    }


def ask(subject: Subject, question: Question) -> Any:
    """The whole finding."""
    *_, found = analyse(subject, question)
    return found


def states(subject: Subject) -> Figures:
    """Of refinement, signal and similarity."""
    return {
        "refinement": {"words": words_of(subject, *(Refinement(depth=depth) for depth in STATES))},
        "signal": {"networks": signals(subject, STATES), "words": words_of(subject, Signal(depth=STATES[-1]))},
        "similarity": {"words": words_of(subject, *(Similarity(depth=depth) for depth in STATES))},
    }


def signals(subject: Subject, depths: Sequence[int]) -> list[Figures]:
    """Behind the last block and at the last ⊕ of every arm what theory predicts, before training and after."""
    found = []
    for depth in depths:
        for arm in ask(subject, Signal(depth=depth)).arms:
            row: Figures = {"network": arm_name(subject.experiment, arm)}
            for name in ("correlation", "mean_square", "branch_share"):
                measured = [getattr(passage, name)[0] for passage in (arm.before, arm.after)]
                row[name] = [column[-1] if column else None for column in (getattr(arm.expected, name), *measured)]
            found.append(row)
    return found


def words_of(subject: Subject, *questions: Question) -> list[str]:
    """What the program says."""
    return [sentence for question in questions for sentence in ask(subject, question).words]


def lesions(subject: Subject, depths: Sequence[int]) -> list[Figures]:
    """Of every arm at each depth the accuracy whole and without one block, medians over the seeds."""
    found = []
    for depth in depths:
        for arm in ask(subject, Lesions(depth=depth)).arms:
            without = arm.accuracy[0]
            worst = min(range(len(without)), key=lambda place: without[place])
            found.append(
                {
                    "network": arm_name(subject.experiment, arm),
                    "whole": arm.accuracy_before[0],
                    "without_one": sorted(without)[len(without) // 2],
                    "worst": without[worst],
                    "worst_block": arm.at[worst],
                }
            )
    return found


def paths(subject: Subject, depths: Sequence[int]) -> Figures:
    """Mean lengths of the arms that have more than one path, by both measures, and the words about the deepest."""
    found: list[Figures] = []
    for depth in depths:
        finding = ask(subject, Paths(depth=depth))
        for arm in finding.arms:
            if arm.paths[-1] < 1:
                lengths = {"by_share": arm.mean_length[0], "by_product": arm.product_length[0]}
                found.append({"network": arm_name(subject.experiment, arm), "blocks": len(arm.lengths) - 1} | lengths)
    return {"networks": found, "words": finding.words}


def shattering(subject: Subject, seeds: int, depths: tuple[int, ...] = ()) -> Figures:
    """The autocorrelation at the lag that the words tell of, by arm and layers, and the words themselves."""
    finding = ask(subject, Shattering(seeds=seeds, depths=depths))
    arms: dict[str, dict[str, float | None]] = {}
    for line in finding.lines:
        arms.setdefault(subject.experiment.arm_names()[line.arm], {})[str(line.layers)] = line.autocorrelation[0][10]
    return {"seeds": seeds, "distance": 10 * finding.spacing, "arms": arms, "words": finding.words}


def landscape(subject: Subject, depth: int, draws: Sequence[int]) -> Figures:
    """How much of the plane each arm's valley takes at the common level, for several draws of the directions."""
    planes = [draw(subject, depth, seed, 21) for seed in draws]
    whole = ask(subject, Landscape(depth=depth))
    return {"level": whole.level, "draws": planes, "words": whole.words}


def draw(subject: Subject, depth: int, seed: int, side: int) -> dict[str, float]:
    """For one draw of the directions the share of each arm."""
    finding = ask(subject, Landscape(depth=depth, side=side, seed=seed))
    return {arm_name(subject.experiment, one): share_of(one, finding.level) for one in finding.surfaces}


def share_of(surface: Surface, level: float) -> float:
    """The part of the plane that a surface's valley takes."""
    return float(valley(np.array(surface.loss, dtype=np.float64), level).mean())


# The page


def bullets(words: Sequence[str]) -> list[str]:
    """What the program says, a sentence a line."""
    return [f"- {sentence[:1].upper()}{sentence[1:]}." for sentence in words]


def rows(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """A table."""
    lines = [list(heads), ["---"] * len(heads), *map(list, cells)]
    return [f"| {' | '.join(line)} |" if line[0] != "---" else f"|{'|'.join(line)}|" for line in lines]


def show_lesions(found: Sequence[Figures]) -> list[str]:
    """Whole, without one block, without the worst."""
    heads = ("network", "whole", "without one block, median", "worst block")
    return rows(
        heads,
        [
            (
                one["network"],
                share(one["whole"]),
                share(one["without_one"]),
                f"{one['worst_block']}: {share(one['worst'])}",
            )
            for one in found
        ],
    )


def show_paths(found: Figures) -> list[str]:
    """A row a network, and what the program says of the deepest."""
    heads = ("network", "blocks", "mean length by share, weight layers, median over the seeds", "by norm × number")
    cells = [
        (one["network"], str(one["blocks"]), f"{one['by_share']:.1f}", f"{one['by_product']:.1f}")
        for one in found["networks"]
    ]
    return [*rows(heads, cells), "", *bullets(found["words"])]


def show_shattering(found: Sequence[Figures]) -> list[str]:
    """A row an arm and number of seeds, a column a depth, and what the program says of the first."""
    layers = list(next(iter(found[0]["arms"].values())))
    heads = (f"autocorrelation {found[0]['distance']:.2f} of the input away, median", *(f"{n} layers" for n in layers))
    cells = [
        (f"{arm}, {one['seeds']} seeds", *("–" if value is None else signed(value) for value in values.values()))
        for one in found
        for arm, values in one["arms"].items()
    ]
    return [*rows(heads, cells), "", *bullets(found[0]["words"])]


def show_landscape(found: Figures) -> list[str]:
    """A row an arm, a column a draw of the directions, and what the program says of the first."""
    heads = (f"valley below a loss of {found['level']:.2f}", *(f"draw {n}" for n in range(len(found["draws"]))))
    cells = [(arm, *(share(draw[arm]) for draw in found["draws"])) for arm in found["draws"][0]]
    return [*rows(heads, cells), "", *bullets(found["words"])]


def show_signal(found: Figures) -> list[str]:
    """A row a network, theory and both states of training, and what the program says of the deepest."""
    names = ("cosine of two inputs", "mean square singular value", "branch's share at the last ⊕")
    heads = ("network", *(f"{name}: theory, before, after" for name in names))
    cells = [
        (
            one["network"],
            ", ".join(map(signed, one["correlation"])),
            ", ".join(map(number, one["mean_square"])),
            "–" if None in one["branch_share"] else ", ".join(map(share, one["branch_share"])),
        )
        for one in found["networks"]
    ]
    return [*rows(heads, cells), "", *bullets(found["words"])]


def show_words(found: Figures) -> list[str]:
    """What the program says."""
    return bullets(found["words"])


SHOWS: dict[str, Callable[[Any], list[str]]] = {
    "lesions": show_lesions,
    "paths": show_paths,
    "flow": show_words,
    "shattering": show_shattering,
    "landscape": show_landscape,
    "speed": show_words,
    "refinement": show_words,
    "signal": show_signal,
    "similarity": show_words,
}
BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, figures: Figures) -> str:
    """The page with these figures between its marks."""
    return BLOCK.sub(lambda found: "\n".join((found[1], *SHOWS[found[2]](figures[found[2]]), "", found[3])), page)


def main() -> None:
    """Measure and write."""
    STORED.write_bytes(orjson.dumps(rounded(measure(), DIGITS), option=orjson.OPT_INDENT_2) + b"\n")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), orjson.loads(STORED.read_bytes())), encoding="utf-8")


if __name__ == "__main__":
    main()
