"""The JSON API of the published networks."""

from dataclasses import asdict
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, get_args

import orjson
from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.catalog import NETWORKS, find
from app.catalog.code import code_of
from app.catalog.layer import Layer, Unrolled
from app.catalog.network import Network
from app.catalog.published import Measure
from app.catalog.relatives import relative_of
from app.catalog.staged import Staged
from app.catalog.table import folds, table
from app.catalog.words import description, differences, shape
from app.lazy import Lazy

block_drawn, resnext_drawn = Lazy("app.figures.block"), Lazy("app.figures.resnext")
networks_drawn, published_drawn = Lazy("app.figures.networks"), Lazy("app.figures.published")

Name = Annotated[str, Path(description="name of a published network", max_length=40)]
Block = Annotated[int, Path(ge=1, le=100_000, description="number of a block, from 1")]
Side = Annotated[int | None, Query(ge=1, le=100_000, description="side of the input; the published one if left out")]
Shortcut = Annotated[str | None, Query(max_length=20, description="A, B or C, where the network has that choice")]
Stride = Annotated[str | None, Query(max_length=20, description="3x3 or 1x1, where the network has that choice")]

#: of a layer, what the answer has a column of
COLUMNS = (
    "text", "kind", "reads", "gives", "kernel", "stride", "groups", "parameters", "multiply_adds", "activations",
    "receptive_field", "stage", "block", "path",
)  # fmt: skip
#: of a network at one input size
TOTALS = (
    "parameters", "biases", "norm_parameters", "multiply_adds", "activations", "memory", "receptive_field",
    "weight_layers", "output",
)  # fmt: skip


def router() -> APIRouter:
    """The routes; what they answer is the same as long as the program runs."""
    api = APIRouter(prefix="/api/catalog")

    @api.get("")
    def networks() -> Response:
        """All published networks at their published size and with their default choices."""
        return _json(catalog())

    @api.get("/columns")
    def columns(
        name: Annotated[list[str], Query(min_length=1, max_length=4, description="networks, left to right")],
    ) -> Response:
        """Networks side by side as one Plotly figure, as in He et al. 2015, figure 3."""
        return _json({"figure": networks_drawn.columns_figure([find(one) for one in name])})

    @api.get("/errors")
    def errors(measure: Measure, by: Literal["depth", "parameters"] = "depth") -> Response:
        """Published errors against depth or parameters as a Plotly figure."""
        return _json({"figure": published_drawn.errors_figure(NETWORKS.values(), measure, by)})

    @api.get("/{name}")
    def network(
        name: Name, input: Side = None, shortcut: Shortcut = None, stride_at: Stride = None, folded: bool = True
    ) -> Response:
        """A network: totals, layers in columns, layer table, words, PyTorch, and its figure, folded or not."""
        chosen, unrolled = _unrolled(name, input, shortcut, stride_at)
        figure = networks_drawn.network_figure(chosen, unrolled, folded)
        return _json(_record(chosen, unrolled) | _whole(chosen, unrolled) | {"figure": figure})

    @api.get("/{name}/profile")
    def profile(name: Name, input: Side = None, shortcut: Shortcut = None, stride_at: Stride = None) -> Response:
        """Its weight layers as a Plotly figure of five panels."""
        _, unrolled = _unrolled(name, input, shortcut, stride_at)
        return _json({"figure": published_drawn.profile_figure(unrolled)})

    @api.get("/{name}/blocks/{block}")
    def block(
        name: Name, block: Block, input: Side = None, shortcut: Shortcut = None, stride_at: Stride = None
    ) -> Response:
        """Anatomy of a block as a Plotly figure: every operation, and the shape at every arrow."""
        _, unrolled = _unrolled(name, input, shortcut, stride_at)
        return _json({"figure": block_drawn.block_figure(unrolled, block)})

    @api.get("/{name}/blocks/{block}/forms")
    def forms(name: Name, block: Block) -> Response:
        """The three equivalent forms of a block in groups as a Plotly figure (Xie et al. 2017, figure 3)."""
        return _json({"figure": resnext_drawn.forms_figure(find(name).unroll(), block)})

    @api.get("/{name}/against/{other}")
    def compare(
        name: Name, other: Name, input: Side = None, shortcut: Shortcut = None, stride_at: Stride = None,
        other_input: Side = None, other_shortcut: Shortcut = None, other_stride_at: Stride = None,
    ) -> Response:  # fmt: skip
        """What two networks differ in."""
        one = find(name).with_choices({"shortcut": shortcut, "stride_at": stride_at})
        two = find(other).with_choices({"shortcut": other_shortcut, "stride_at": other_stride_at})
        found = differences(one, two, (input, other_input))
        return _json({"networks": [one.label, two.label], "differences": [asdict(each) for each in found]})

    return api


@cache
def catalog() -> dict[str, Any]:
    """All published networks at their published size, and the measures of their errors."""
    records = [_record(network, network.unroll()) for network in NETWORKS.values()]
    return {"networks": records, "measures": get_args(Measure)}


@lru_cache(maxsize=16)
def _unrolled(name: str, side: int | None, shortcut: str | None, stride_at: str | None) -> tuple[Network, Unrolled]:
    """A network and its layers; a view asks for several things about the same ones."""
    chosen = find(name).with_choices({"shortcut": shortcut, "stride_at": stride_at})
    return chosen, chosen.unroll(side)


def _record(network: Network, unrolled: Unrolled) -> dict[str, Any]:
    """A network in a list: what it is, its totals, its errors, what can be chosen, and its relative in the Lab."""
    relative, record = relative_of(network), network.body.connection if isinstance(network.body, Staged) else None
    return {
        "name": network.name,
        "label": network.label,
        "family": network.family,
        "paper": network.paper,
        "depth": network.depth,
        "connection": record.name if record else None,
        "equation": network.equation,
        "input": asdict(network.input),
        "choices": [
            {"name": one.name, "label": one.label, "values": one.choices, "chosen": network.chosen[one.name]}
            for one in network.choices.values()
        ],
        "totals": {name: getattr(unrolled, name) for name in TOTALS},
        "errors": [asdict(error) for error in network.errors],
        "relative": relative.model_dump(mode="json", exclude_unset=True) if relative else None,
    }


def _whole(network: Network, unrolled: Unrolled) -> dict[str, Any]:
    return {
        "reads": shape(unrolled.layers[0].reads),
        "layers": {name: [_value(layer, name) for layer in unrolled.layers] for name in COLUMNS},
        "blocks": [asdict(block) for block in unrolled.blocks],
        "skips": [asdict(skip) for skip in unrolled.skips],
        "folds": [{"block": fold.block.number, "count": fold.count} for fold in folds(unrolled)],
        "table": [asdict(row) for row in table(unrolled)],
        "words": description(network, unrolled),
        "code": code_of(network, unrolled),
    }


def _value(layer: Layer, name: str) -> Any:
    value = getattr(layer, name)
    return shape(value) if isinstance(value, tuple) else value


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
