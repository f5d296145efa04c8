"""Findings of a small sweep for the tests of the page: ``python -m tests.findings KIND…`` prints them as JSON.

A plain and a pre-activation arm, 2 seeds, depths 8 and 12, after a few steps. For each kind there is one answer a
depth, as the page gets it.
"""

import sys
from typing import Any

import orjson

from app.analyses.analyse import analyse
from app.analyses.registry import question_model
from app.contract.findings import Finding, plain
from tests.unit.analyses.trained import subject_of


def answers(kinds: list[str]) -> dict[str, Any]:
    """The experiment, and of every kind its answers, the shallower depth first."""
    subject = subject_of("preact", "mlp", steps=5)
    found: dict[str, Any] = {"experiment": subject.experiment.model_dump(mode="json")}
    for kind in kinds:
        found[kind] = []
        for depth in subject.experiment.depths:
            question = question_model(kind).model_validate({"depth": depth})
            *_, finding = [one for one in analyse(subject, question) if isinstance(one, Finding)]
            answer = {"question": question.model_dump(mode="json"), "step": subject.step, "finding": plain(finding)}
            found[kind].append({"analysis": f"{kind}-{depth}", "state": "finished", "progress": 1, **answer})
    return found


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(answers(sys.argv[1:])))
