"""What is asked of a published network with weights from a file; the answer is a ``Trace``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.contract.trace import MOST_MAPS, USUAL_MAPS, Asked, Pixels


class PublishedQuestion(Asked):
    """What is traced.

    Attributes:
        image: what goes in, as large as the network reads it, three channels.
        target: class of the loss that goes back; None: the network's own answer.
        maps: channels of a stage that are sent, the most active first.
        stage: number of the one stage whose maps are sent, the input's is 0; None: those of all.
        file: name of the file of weights; None: the first that fits.
    """

    image: Pixels
    target: Annotated[int, Field(ge=0, le=999)] | None = None
    maps: Annotated[int, Field(ge=1, le=MOST_MAPS)] = USUAL_MAPS
    stage: Annotated[int, Field(ge=0, le=200)] | None = None
    file: Annotated[str, Field(max_length=255)] | None = None


@dataclass(frozen=True, slots=True)
class PublishedRequest:
    """What the process that traces is asked: of a network of the catalogue, by name, with the weights of a file."""

    network: str
    file: Path
    question: PublishedQuestion
