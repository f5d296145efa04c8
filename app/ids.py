"""Identifiers. All are made by the server, so nothing a client sends is ever used as a name."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, NewType

import orjson

RunId = NewType("RunId", str)
ViewerId = NewType("ViewerId", str)
AnalysisId = NewType("AnalysisId", str)

#: bits of an epoch; JavaScript counts exactly up to 2⁵³
EPOCH_BITS = 52


def new_run_id() -> RunId:
    """A fresh run id: ``r`` and ten hexadecimal digits."""
    return RunId("r" + secrets.token_hex(5))


def new_epoch() -> int:
    """A fresh epoch of a stream, that no other stream has."""
    return secrets.randbits(EPOCH_BITS)


def new_analysis_id() -> AnalysisId:
    """A fresh analysis id: ``a`` and ten hexadecimal digits."""
    return AnalysisId("a" + secrets.token_hex(5))


def analysis_id_of(run: str, question: Mapping[str, Any], step: int | None = None) -> AnalysisId:
    """The id of the one answer to a question about a run up to a step (None: as far as it is), which a later answer
    replaces."""
    text = run.encode() + orjson.dumps([question, step], option=orjson.OPT_SORT_KEYS)
    return AnalysisId("a" + hashlib.sha256(text).hexdigest()[:10])


def new_viewer_id() -> ViewerId:
    """A fresh viewer id: ``v`` and eight hexadecimal digits."""
    return ViewerId("v" + secrets.token_hex(4))
