"""Questions: what can be asked of a run. The base of all kinds; each kind stands in ``app.analyses.kinds``.

``depth`` is a position of the depth slider: all arms are asked at it, each with all its seeds unless the question says
otherwise. Blocks are numbered from 1, input side first.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Depth = Annotated[int, Field(ge=4, le=1024)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Question(BaseModel):
    """Base of all questions. Each has a field ``kind``, a literal of one name with that name as default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def kind_of(question: Question | type[Question]) -> str:
    """The ``kind`` of a question, such as ``lesions``."""
    kind: str = (question if isinstance(question, type) else type(question)).model_fields["kind"].default
    return kind
