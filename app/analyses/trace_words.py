"""Sentences about a whole trace: what each network answers, where it became sure, how the gradient came back."""

from collections.abc import Sequence
from math import isfinite
from statistics import median
from typing import NamedTuple

from app.analyses.words import changed, percent, share

#: probabilities that differ by less than this are told as equal
EQUAL = 0.005


class Told(NamedTuple):
    """What is known of one network's trace.

    Attributes:
        name: such as ``residual-20``.
        probabilities: of every class.
        label: of the image; None: not known.
        back: norms of the loss's gradient at the output of the first layer and of every block and transition.
        places: what these stages are called.
        by_skip: share of the gradient that comes by the skip, one a block; empty where nothing comes past.
        probes: of the probe at each of ``places`` the probabilities; None without probes.
    """

    name: str
    probabilities: Sequence[float]
    label: int | None
    back: Sequence[float]
    places: Sequence[str]
    by_skip: Sequence[float] = ()
    probes: Sequence[Sequence[float]] | None = None


def answer_of(probabilities: Sequence[float]) -> int | None:
    """The most probable class; None where there is none, for the numbers are not finite or two are equal."""
    if not all(isfinite(p) for p in probabilities):
        return None
    best = max(probabilities)
    return probabilities.index(best) if list(probabilities).count(best) == 1 else None


def network_words(told: Told, classes: Sequence[str]) -> list[str]:
    """Sentences about one network."""
    words = [_answer(told, classes)]
    if told.probes is not None:
        words.append(_sure(told, classes))
    words.append(f"{told.name}: {_back(told)}" + _by_skip(told))
    return words


def comparing_words(networks: Sequence[Told], classes: Sequence[str]) -> list[str]:
    """What sets two or more networks apart, and what that does not show."""
    if len(networks) < 2:
        return []
    words, answers = [], [answer_of(one.probabilities) for one in networks]
    first = answers[0]
    if first is not None and len(set(answers)) == 1:
        parts = _listed([f"{one.name} with {share(one.probabilities[first])}" for one in networks])
        words.append(f"{'Both' if len(networks) == 2 else f'All {len(networks)}'} answer {classes[first]}: {parts}")
    elif len(set(answers)) > 1:
        pairs = zip(networks, answers, strict=True)
        words.append(f"They answer differently: {_listed([_said(one, answer, classes) for one, answer in pairs])}")
    if all(_measurable(one) for one in networks):
        parts = _listed([f"{changed(one.back[0] / one.back[-1])} in {one.name}" for one in networks])
        words.append(f"On its way back from the last block to the first layer the gradient's norm {parts}")
    return [*words, "One image in one network of each arm shows how it passes, and not which arm is better"]


def learnt_words(
    name: str, steps: Sequence[int], probabilities: Sequence[Sequence[float] | None], classes: Sequence[str]
) -> str:
    """From which checkpoint on a network answers what it answers at the end, or at the last before it diverged."""
    alive = [p for p in probabilities if p is not None]
    if not alive:
        return f"{name} had diverged by the first checkpoint, of step {steps[0]}"
    lost = f"; by step {steps[len(alive)]} it has diverged" if len(alive) < len(steps) else ""
    answers = [answer_of(p) for p in alive]
    last, at = answers[-1], f"step {steps[len(alive) - 1]}"
    if last is None:
        return f"{name} answers nothing at {at}: no class has more than all others{lost}"
    first = _since([answer == last for answer in answers])
    p = share(alive[-1][last])
    if len(alive) == 1:
        only = "the only checkpoint before that" if lost else "the only checkpoint"
        return f"{name} answers {classes[last]} with {p} at {at}, {only}{lost}"
    if first == 0:
        return f"{name} answers {classes[last]} at every checkpoint, with {p} at the last, {at}{lost}"
    before = answers[first - 1]
    other = f"; at the checkpoint before, step {steps[first - 1]}, {'nothing' if before is None else classes[before]}"
    if first == len(alive) - 1:
        only = "" if last in answers[:first] else " only"
        return f"{name} answers {classes[last]} at the last checkpoint{only}, {at}, with {p}{other}{lost}"
    says = f"{name} answers {classes[last]} from step {steps[first]} on, with {p} at the last checkpoint, {at}"
    return f"{says}{other}{lost}"


def _since(holds: Sequence[bool]) -> int:
    """From which place on all hold."""
    first = len(holds)
    while first and holds[first - 1]:
        first -= 1
    return first


def _said(told: Told, answer: int | None, classes: Sequence[str]) -> str:
    return f"{told.name} {'nothing' if answer is None else f'{classes[answer]} ({share(told.probabilities[answer])})'}"


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _answer(told: Told, classes: Sequence[str]) -> str:
    answer = answer_of(told.probabilities)
    if answer is None:
        finite = all(isfinite(p) for p in told.probabilities)
        why = "no class has more than all others" if finite else "its logits are not finite"
        return f"{told.name} answers nothing: {why}"
    p = told.probabilities[answer]
    text = f"{told.name} answers {classes[answer]} with {share(p)}"
    if told.label is not None:
        right = f"the class is {classes[told.label]}, to which it gives {share(told.probabilities[told.label])}"
        text += ", which is right" if told.label == answer else f", which is wrong: {right}"
    ranked = sorted(range(len(classes)), key=lambda one: -told.probabilities[one])
    if len(ranked) > 1 and p - told.probabilities[ranked[1]] < EQUAL:
        text += f"; {classes[ranked[1]]} has as much within half a percent"
    return text


def _sure(told: Told, classes: Sequence[str]) -> str:
    """Where a probe first gives the network's answer, and every later one does, too."""
    answer = answer_of(told.probabilities)
    assert told.probes is not None
    if answer is None:
        return f"{told.name}: there is no answer that probes could give before"
    agree = [answer_of(p) == answer for p in told.probes]
    if not agree[-1]:
        return f"{told.name}: a probe of the last state does not give the answer {classes[answer]}"
    first = _since(agree)
    if first == 0:
        already = "behind the first layer already, and every later one, too"
        return f"{told.name}: a probe gives the answer {classes[answer]} {already}"
    rest = " to the end, and now and then before" if any(agree[:first]) else ", not before"
    return f"{told.name}: probes give the answer {classes[answer]} from {told.places[first]} on{rest}"


def _measurable(told: Told) -> bool:
    return all(isfinite(norm) and norm > 0 for norm in (told.back[0], told.back[-1]))


def _back(told: Told) -> str:
    first, last = told.back[0], told.back[-1]
    if not all(isfinite(norm) for norm in told.back):
        return "the gradient's numbers are not finite"
    if last == 0:
        return "the loss's gradient is exactly 0, so nothing comes back"
    if first == 0:
        reached = next(place for place, norm in zip(told.places, told.back, strict=True) if norm > 0)
        return f"the gradient comes back as far as {reached}; before that it is exactly 0"
    return f"from the last block back to the first layer the gradient's norm {changed(first / last)}"


def _by_skip(told: Told) -> str:
    shares = [one for one in told.by_skip if isfinite(one)]
    return f"; in the median block {percent(median(shares))} of it comes by the skip" if shares else ""
