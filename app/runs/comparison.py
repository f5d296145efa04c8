"""Words that compare the arms: who is ahead where, by how much, and how sure that is (``app.evidence``).

"Not told apart" is not "equal": a few seeds often cannot tell. Equal is said only where the interval that holds the
true difference is narrow, with its width.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from app.contract.experiment import Experiment
from app.evidence import Gap, at_chance, gap
from app.runs.phrases import counted_seeds, listed, percent, points

#: an interval that reaches no farther than this from 0 shows that two arms are equal, within its width
NARROW = 0.05


@dataclass(frozen=True, slots=True)
class Standing:
    """The arms at one depth, in pairs with the one that is ahead of all.

    Attributes:
        accuracy: mean over the seeds, by arm; arms of which every seed has diverged are not in it.
        guessing: whether no arm is better than chance, so that there is nothing to rank.
        gaps: leader − arm, by arm.
    """

    accuracy: dict[int, float]
    leader: int
    guessing: bool
    gaps: dict[int, Gap]

    @property
    def behind(self) -> list[int]:
        """The arms that are clearly behind the leader."""
        # over the seeds in which both are left, which may be others than those that made the leader
        return [arm for arm, found in self.gaps.items() if found.clear and found.difference > 0]

    @property
    def level(self) -> list[int]:
        """The arms that are not told apart from the leader."""
        return [arm for arm in self.gaps if arm not in self.behind]


class Comparison:
    """All arms of an experiment at one evaluation.

    Args:
        experiment: whose networks they are.
        examples: size of the test set.
        accuracy: [arms, depths, seeds], NaN where a network has diverged.
    """

    def __init__(self, experiment: Experiment, examples: int, classes: int, accuracy: NDArray[np.float64]) -> None:
        self.experiment, self.names, self.accuracy = experiment, experiment.arm_names(), accuracy
        self.examples, self.classes = examples, classes
        arms, depths, _ = accuracy.shape
        # one decision for every sentence that tells of it, so that no two sentences disagree
        self.comparisons = depths * arms * (arms - 1) // 2
        self.standings = [self._standing(accuracy[:, depth]) for depth in range(depths)]

    def _standing(self, accuracy: NDArray[np.float64]) -> Standing | None:
        """None where fewer than two arms are left, or no seed in which two are."""
        means = {arm: float(seeds[np.isfinite(seeds)].mean()) for arm, seeds in enumerate(accuracy)
                 if np.isfinite(seeds).any()}  # fmt: skip
        if len(means) < 2:
            return None
        leader = max(means, key=lambda arm: means[arm])
        found = {
            arm: gap(accuracy[arm], accuracy[leader], self.examples, self.comparisons) for arm in means if arm != leader
        }
        gaps = {arm: difference for arm, difference in found.items() if difference is not None}
        guessing = all(
            share < 1 / self.classes or at_chance(share, self.classes, self.examples) for share in means.values()
        )
        return Standing(means, leader, guessing, gaps) if gaps else None

    # a sentence a depth

    def depth(self, index: int) -> str:
        """What the arms show at one depth."""
        standing, layers = self.standings[index], self._layers(index)
        if standing is None:
            return self._sentence(index, "the arms cannot be compared: too many networks diverged")
        if len(layers) == 1:
            name = list(self.names)
        else:
            name = [f"{arm}-{self._layers_of(number, index)}" for number, arm in enumerate(self.names)]
        at = {arm: f"{name[arm]} ({percent(share)})" for arm, share in standing.accuracy.items()}
        if standing.guessing:
            return self._sentence(index, f"no arm is better than chance: {listed(at.values())}")
        leader, behind, level = standing.leader, standing.behind, standing.level
        seeds = self._seeds(_fewest(standing))
        if not behind:
            if len(level) == 1 and (width := _width(standing.gaps[level[0]])) <= NARROW:
                return self._sentence(index, f"{listed(at.values())} are equal within {points(width)} ({seeds})")
            return self._sentence(index, f"{seeds} cannot tell {listed(at.values())} apart")
        if len(behind) == 1 and not level:
            difference = standing.gaps[behind[0]]
            text = f"{name[leader]} is {points(difference.difference)} ahead of {name[behind[0]]}, give or take "
            return self._sentence(index, text + f"{points(difference.margin).split()[0]} ({seeds})")
        by = [f"{name[arm]} by {points(standing.gaps[arm].difference)}" for arm in behind]
        text = f"{at[leader]} is ahead of {listed(by)} ({seeds})"
        return self._sentence(
            index, text + (f", and cannot be told from {listed(at[arm] for arm in level)}" if level else "")
        )

    def _sentence(self, index: int, text: str) -> str:
        layers = self._layers(index)
        return f"At {layers[0]} layers {text}" if len(layers) == 1 else text

    # one sentence for all depths

    def overall(self) -> str:
        """What the whole sweep shows: two arms at all depths, more of them at the greatest that can be compared."""
        if not any(self.standings):
            return "No two networks are left to compare: one of each pair diverged"
        if len(self.names) > 2:
            return self.depth(max(index for index, standing in enumerate(self.standings) if standing))
        parts = [self._ahead(1, 0), self._ahead(0, 1), self._level()]
        return "; ".join(part for part in parts if part) + self._all_seeds()

    def _ahead(self, leader: int, other: int) -> str:
        gaps = {
            index: standing.gaps[other].difference
            for index, standing in enumerate(self.standings)
            if standing and not standing.guessing and standing.leader == leader and other in standing.behind
        }
        if not gaps:
            return ""
        most = max(gaps, key=lambda index: gaps[index])
        most_shown = f", by {points(gaps[most])}" + (f" at {self._place(most)}" if len(gaps) > 1 else "")
        return f"{self.names[leader]} is ahead of {self.names[other]} at {self._places(gaps)} layers{most_shown}"

    def _level(self) -> str:
        """The depths at which nothing is shown, by what there is to say of them."""
        kinds: dict[str, list[int]] = {"equal": [], "open": [], "guessing": [], "lost": []}
        widths = [0.0]
        for index, standing in enumerate(self.standings):
            if standing is None:
                kinds["lost"].append(index)
            elif standing.guessing:
                kinds["guessing"].append(index)
            elif standing.level:
                width = _width(standing.gaps[standing.level[0]])
                kinds["equal" if width <= NARROW else "open"].append(index)
                widths += [width] if width <= NARROW else []
        phrases = {
            "equal": f"are equal within {points(max(widths))}",
            "open": "cannot be told apart",
            "guessing": "are no better than chance",
            "lost": "cannot be compared",
        }
        parts = [f"{phrases[kind]} at {self._places(found)} layers" for kind, found in kinds.items() if found]
        return f"{listed(self.names)} {', '.join(parts)}" if parts else ""

    # seeds and layers

    def _seeds(self, used: int) -> str:
        return counted_seeds(used, self.experiment.seeds)

    def _all_seeds(self) -> str:
        """The same for all depths: `` (3 seeds; 2 of 3 seeds at 64 layers)``; empty where nothing is ranked."""
        used: dict[int, list[int]] = {}
        for index, standing in enumerate(self.standings):
            if standing and not standing.guessing:
                used.setdefault(_fewest(standing), []).append(index)
        if not used:
            return ""
        most = max(used)
        fewer = [f"; {self._seeds(count)} at {self._places(used[count])} layers" for count in sorted(used)[:-1]]
        return f" ({self._seeds(most)}{''.join(fewer)})"

    def _layers_of(self, arm: int, index: int) -> int:
        return self.experiment.layers_of(arm, self.experiment.depths[index])

    def _layers(self, index: int) -> list[int]:
        """The different numbers of layers that the arms have at a depth, in order of the arms."""
        return list(dict.fromkeys(self._layers_of(arm, index) for arm in range(len(self.names))))

    def _place(self, index: int) -> str:
        return "/".join(map(str, self._layers(index)))

    def _places(self, indices: Iterable[int]) -> str:
        # two positions of the slider may stand for networks of the same depth
        return listed(dict.fromkeys(self._place(index) for index in indices))


def _width(difference: Gap) -> float:
    """How far from 0 the interval of a difference reaches, up to whole points as it is told."""
    return ceil(100 * (abs(difference.difference) + difference.margin)) / 100


def _fewest(standing: Standing) -> int:
    return min(difference.seeds for difference in standing.gaps.values())
