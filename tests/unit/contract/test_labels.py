"""Labels and groups of the form's fields stand beside the fields, and reach the page with their schema."""

from app.contract.arms import Arm
from app.contract.experiment import Experiment
from app.contract.labels import GROUPS
from app.web.page_data import limits, records


def test_every_group_that_a_field_names_is_there_and_the_first_ones_have_fields() -> None:
    named = [field["group"] for field in limits()["properties"].values() if "group" in field]
    assert set(named) == set(list(GROUPS)[:-1]), "the last is for fields that name none"
    assert [group["name"] for group in records()["groups"]] == list(GROUPS)


def test_every_field_has_a_label() -> None:
    labels = {name: record["label"] for name, record in records()["settings"].items()}
    fields = {*Experiment.model_fields, *Arm.model_fields} - {"arms"}
    assert set(labels) == fields and all(label and label != name for name, label in labels.items())


def test_the_picture_of_every_connection_has_its_layers() -> None:
    blocks = {one["name"]: one["block"] for one in records()["connections"]}
    assert [layer["width"] for layer in blocks["bottleneck"]["layers"]] == [0.25, 0.25, 1]
    assert [layer["paths"] for layer in blocks["resnext"]["layers"]] == [1, 4, 1]
    assert blocks["preact"]["pre_activation"] and blocks["residual"]["rectified"] and blocks["skipinit"]["scale"]
