"""The registry of connections, the contract and the page that describes them say the same."""

import re
from pathlib import Path

from app.contract.experiment import CONNECTIONS as NAMES
from app.contract.experiment import LAYERS_A_BLOCK, Arm
from app.nets.connections import CONNECTIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "connections.md"


def rows() -> dict[str, list[str]]:
    """The table of the page: name → cells."""
    lines = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in lines}


def test_every_connection_can_be_named_is_built_and_is_described() -> None:
    assert tuple(CONNECTIONS) == NAMES == tuple(rows())


def test_the_layers_of_a_block_are_the_same_everywhere() -> None:
    for name, (block, _) in CONNECTIONS.items():
        assert block.layers == LAYERS_A_BLOCK[name] == int(rows()[name][1])


def test_the_settings_named_on_the_page_are_settings_of_an_arm() -> None:
    for cells in rows().values():
        assert set(re.findall(r"`(\w+)`", cells[2])) <= set(Arm.model_fields)
