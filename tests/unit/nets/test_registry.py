"""The records of connections, the blocks that compute them and the page that describes them say the same."""

import re
from pathlib import Path

import pytest

from app.contract.arms import Arm, record_of
from app.contract.connections import CONNECTIONS, settings
from app.contract.experiment import Experiment
from app.contract.shapes import Site
from app.nets.block import BLOCKS
from app.nets.stack import BY_NETWORK, structure_key

PAGE = Path(__file__).resolve().parents[3] / "docs" / "connections.md"


def rows() -> dict[str, list[str]]:
    """The table of the page: name → cells."""
    lines = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in lines}


def test_every_connection_has_a_block_and_a_row_on_the_page() -> None:
    assert set(CONNECTIONS) == set(BLOCKS)
    assert tuple(CONNECTIONS) == tuple(rows())


@pytest.mark.parametrize("name", CONNECTIONS)
def test_a_row_names_the_layers_the_settings_and_the_source_of_the_record(name: str) -> None:
    record, (_, layers, own, source) = CONNECTIONS[name], rows()[name]
    assert int(layers) == record.layers == len(record.shapes(Arm(connection=name), Site(8, 8, 1, True)))
    assert set(re.findall(r"`(\w+)`", own)) == {setting.name for setting in record.settings}
    assert source == record.source


@pytest.mark.parametrize("name", CONNECTIONS)
def test_two_arms_that_differ_in_a_setting_they_use_share_no_stack(name: str) -> None:
    arm = Arm(connection=name)
    for setting in settings().values():
        other = arm.model_copy(update={setting.name: another(setting.default)})
        shared = structure_key(arm, 20) == structure_key(other, 20)
        assert shared == (setting.by_network or not record_of(arm).uses(setting.name)), setting.name
    for field in set(Arm.model_fields) - set(settings()):
        other = arm.model_copy(update={field: "another"})
        assert field == "connection" or (structure_key(arm, 20) == structure_key(other, 20)) == (field in BY_NETWORK)


def another(value: object) -> object:
    return value + 1 if isinstance(value, (int, float)) else f"not {value}"


def test_every_setting_is_a_field_of_an_arm_with_its_label_its_default_and_its_choices() -> None:
    fields = Experiment.model_json_schema()["$defs"]["Arm"]["properties"]
    for name, setting in settings().items():
        assert (fields[name]["title"], fields[name]["default"]) == (setting.label, setting.default)
        assert fields[name].get("labels", {}) == setting.choices
        assert list(setting.choices) == fields[name].get("enum", [])
