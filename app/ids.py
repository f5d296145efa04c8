"""Identifiers. All are made by the server, so nothing a client sends is ever used as a name."""

import secrets
from typing import NewType

RunId = NewType("RunId", str)
ViewerId = NewType("ViewerId", str)
AnalysisId = NewType("AnalysisId", str)


def new_run_id() -> RunId:
    """A fresh run id: ``r`` and ten hexadecimal digits."""
    return RunId("r" + secrets.token_hex(5))


def new_analysis_id() -> AnalysisId:
    """A fresh analysis id: ``a`` and ten hexadecimal digits."""
    return AnalysisId("a" + secrets.token_hex(5))


def new_viewer_id() -> ViewerId:
    """A fresh viewer id: ``v`` and eight hexadecimal digits."""
    return ViewerId("v" + secrets.token_hex(4))
