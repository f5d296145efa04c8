"""The record of dense by addition: every layer reads the sum of all outputs before it."""

from typing import Annotated

from pydantic import Field

from app.contract.connections import SHORTCUT, Connection, Setting
from app.contract.shapes import one_layer
from app.contract.styles import Style

GAIN = Setting(
    "gain", "Gain (dense by addition)", Annotated[float, Field(gt=0, le=4, description="factor g on each output")], 1.0
)
ADDITIVE = Connection(
    "additive",
    "Dense by addition",
    "xₗ = xₗ₋₁ + g·H(xₗ₋₁)",
    "no paper",
    1,
    one_layer,
    Style("#6B6B6B", "#B5BAC0", "4px,8px", "hourglass"),
    spoken="dense by addition",
    pre_activation=True,
    settings=(GAIN, SHORTCUT),
    note="g = {gain:g}",
    words={"join": "block {b}: ⊕ adds {gain:g} times its layer to the sum of all layers before"},
)
