"""An arm: one side of a comparison. What each can be set to, and what does not fit together, refused by name."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.contract.connections import CONNECTIONS, Connection, settings
from app.contract.labels import labelled
from app.contract.shapes import Site

Normalisation = Literal["none", "batch", "layer"]
Activation = Literal["relu", "tanh", "gelu"]
Initialisation = Literal["he", "xavier", "pytorch", "zero_last", "orthogonal", "fixup", "looks_linear"]

NORMALISATIONS = {"none": "none", "batch": "batch norm", "layer": "layer norm"}
ACTIVATIONS = {"relu": "ReLU", "tanh": "tanh", "gelu": "GELU"}
INITIALISATIONS = {
    "he": "He",
    "xavier": "Xavier",
    "pytorch": "PyTorch default",
    "zero_last": "He, last layer of a block 0",
    "fixup": "Fixup",
    "looks_linear": "looks-linear",
}


class _Arm(BaseModel):
    """What every arm has, whatever its connection."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    connection: str
    normalisation: Annotated[Normalisation, labelled("Normalisation", NORMALISATIONS)] = "batch"
    activation: Annotated[Activation, labelled("Activation", ACTIVATIONS)] = "relu"
    initialisation: Annotated[Initialisation, labelled("Initialisation", INITIALISATIONS)] = "he"
    learning_rate: Annotated[Annotated[float, Field(gt=0, le=1e9)] | None, labelled("Learning rate")] = None


if TYPE_CHECKING:

    class Arm(_Arm):
        """One side of a comparison: a connection and its settings."""

        def __init__(self, *, connection: str, **settings: Any) -> None: ...
        def __getattr__(self, setting: str) -> Any: ...

else:
    Arm = create_model(
        "Arm",
        __base__=_Arm,
        __module__=__name__,
        __doc__="One side of a comparison: a connection and its settings; those of other connections change nothing.",
        connection=Annotated[
            Literal[tuple(CONNECTIONS)], labelled("Connection", {name: one.choice for name, one in CONNECTIONS.items()})
        ],
        **{
            name: (Annotated[one.type, labelled(one.label, one.choices)], one.default)
            for name, one in settings().items()
        },
    )


def record_of(arm: Arm) -> Connection:
    """The record of an arm's connection."""
    return CONNECTIONS[arm.connection]


def check_arm(arm: Arm, number: int, *, width: int, images: bool, fair: bool) -> None:
    """Raise ValueError, naming the field, unless arm ``number`` can be built and can learn.

    Args:
        width: of the experiment's networks.
        images: whether they are convolutional.
        fair: whether every arm is trained at several learning rates.
    """
    shapes = record_of(arm).shapes(arm, Site(width, width, 1, images))
    for shape in shapes:
        if shape.out % shape.groups:
            raise ValueError(
                f"arms.{number}.cardinality: {shape.groups} paths do not divide the {shape.out} channels "
                "between the 1×1 layers; change the cardinality or the width"
            )
    if arm.learning_rate is not None and fair:
        raise ValueError(
            f"arms.{number}.learning_rate: leave it empty in fair mode, which trains each arm at all learning_rates"
        )
    if arm.initialisation in ("zero_last", "fixup") and (why := _dead_at_zero(arm)):
        raise ValueError(
            f"arms.{number}.initialisation: {arm.initialisation} starts the end of every added branch at zero, and "
            f"{why}, so it would never learn; choose another initialisation or connection"
        )
    if arm.initialisation == "looks_linear":
        if record_of(arm).concatenates:
            raise ValueError(
                f"arms.{number}.initialisation: looks_linear has no mirror for what dense layers concatenate; "
                "choose another initialisation or connection"
            )
        for units in (width, *(shape.out for shape in shapes)):
            # each unit is paired with its mirror
            if units % 2 or not units:
                raise ValueError(
                    f"arms.{number}.initialisation: looks_linear needs an even width, not {units}"
                    + (" between the narrow layers" if units != width else "")
                )


def _dead_at_zero(arm: Arm) -> str:
    """Why an arm cannot begin with a zero at the end of its branches; empty if it can.

    A zero before a ReLU stays (its derivative at 0 is 0), and so do two zeros in one product.
    """
    record = record_of(arm)
    if record.starts_at_zero or record.skips(arm):
        return record.starts_at_zero
    return "a skip scaled by 0 leaves nothing beside the branch"
