"""The JSON API of the published networks."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.catalog import NETWORKS, find
from app.contract.experiment import Experiment


def get(client: TestClient, path: str = "", **query: Any) -> Any:
    answer = client.get(f"/api/catalog{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_list_has_every_network_with_its_totals_and_errors(client: TestClient) -> None:
    answer = get(client)
    assert [one["name"] for one in answer["networks"]] == list(NETWORKS)
    by_name = {one["name"]: one for one in answer["networks"]}
    assert by_name["resnet50"]["totals"]["parameters"] == 25_557_032
    assert by_name["plain34"]["errors"][0]["percent"] == 28.54
    assert {error["measure"] for one in answer["networks"] for error in one["errors"]} == set(answer["measures"])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_comes_with_layers_table_words_code_and_figure(client: TestClient, name: str) -> None:
    answer = get(client, f"/{name}")
    unrolled = find(name).unroll()
    assert {len(column) for column in answer["layers"].values()} == {len(unrolled.layers)}
    assert sum(answer["layers"]["parameters"]) == answer["totals"]["parameters"]
    assert sum(answer["layers"]["multiply_adds"]) == answer["totals"]["multiply_adds"]
    assert sum(fold["count"] for fold in answer["folds"]) == len(answer["blocks"])
    assert answer["code"].rstrip().endswith(f"# {answer['totals']['parameters']:,}")
    assert {"data", "layout"} <= set(answer["figure"]) and answer["table"] and answer["words"]


def test_what_is_chosen_decides(client: TestClient) -> None:
    answer = get(client, "/resnet50", input=320, shortcut="C", stride_at="1x1", folded=False)
    assert answer["reads"] == "3×320×320"
    assert [one["chosen"] for one in answer["choices"]] == ["1x1", "C"]
    assert {block["shortcut"] for block in answer["blocks"]} == {"projection"}
    assert answer["figure"]["layout"]["meta"]["folded"] is False
    assert "option_c" in answer["code"] and "option_b" not in answer["code"]
    assert answer["totals"] != get(client, "/resnet50")["totals"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_relative_is_an_experiment_of_the_lab_with_the_same_connection(client: TestClient, name: str) -> None:
    answer = get(client, f"/{name}")
    if answer["relative"] is None:
        assert answer["connection"] is None
        return
    experiment = Experiment.model_validate(answer["relative"])
    assert answer["connection"] in {arm.connection for arm in experiment.arms}
    assert experiment.arms[0].connection == "plain" and len(experiment.arms) == 2


def test_two_networks_are_compared(client: TestClient) -> None:
    answer = get(client, "/resnet34/against/resnet34", shortcut="A", other_input=448)
    assert answer["networks"] == ["ResNet-34", "ResNet-34"]
    found = {one["what"]: (one["one"], one["other"]) for one in answer["differences"]}
    assert found["input"] == ("3×224×224", "3×448×448") and found["shortcut"][0].startswith("A")


def test_figures_of_several_networks(client: TestClient) -> None:
    figure = get(client, "/columns", name=["vgg19", "plain34", "resnet34"])["figure"]
    assert figure["layout"]["meta"]["networks"] == ["vgg19", "plain34", "resnet34"]
    errors = get(client, "/errors", measure="CIFAR-10", by="parameters")["figure"]
    assert errors["layout"]["meta"] == {"measure": "CIFAR-10", "by": "parameters"}
    block = get(client, "/resnet18/blocks/3", shortcut="A")["figure"]["layout"]["meta"]
    assert block["block"] == 3
    forms = get(client, "/resnext50_32x4d/blocks/2/forms")["figure"]["layout"]["meta"]
    assert forms["weights"] == [70_144] * 3
    assert len(get(client, "/resnet18/profile", input=64)["figure"]["data"]) == 5


@pytest.mark.parametrize(
    ("path", "query", "status", "field", "words"),
    [
        ("/resnet19", {}, 404, "name", "there is no published network 'resnet19'"),
        ("/resnet18/against/resnet19", {}, 404, "name", "there is no published network 'resnet19'"),
        ("/columns", {"name": "resnet19"}, 404, "name", "there is no published network 'resnet19'"),
        ("/columns", {}, 422, "name", "name: is missing"),
        ("/resnet18", {"input": 1025}, 422, "input", "input: 1025 is over the limit of 1024 pixels"),
        ("/resnet18", {"input": 31}, 422, "input", "this network reads at least 32 pixels"),
        ("/resnet18", {"input": 0}, 422, "input", "input: must be at least 1"),
        ("/unet", {"input": 570}, 422, "input", "the nearest that fit are 556 or 572"),
        ("/resnet18", {"shortcut": "D"}, 422, "shortcut", "shortcut: 'D' is not one of A, B, C"),
        ("/vgg19", {"shortcut": "A"}, 422, "shortcut", "shortcut: VGG-19 has no choice of it"),
        ("/resnet18/blocks/9", {}, 422, "block", "block: 9 is not one of the 8 blocks"),
        ("/resnet50/blocks/2/forms", {}, 422, "block", "block: 2 is not a block in groups"),
        ("/errors", {"measure": "MNIST"}, 422, "measure", "measure: 'MNIST' is not one of"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(
    client: TestClient, path: str, query: dict[str, Any], status: int, field: str, words: str
) -> None:
    answer = client.get(f"/api/catalog{path}", params=query)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert words in answer.json()["message"]
