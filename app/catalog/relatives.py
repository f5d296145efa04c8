"""The Lab's nearest experiment to a published network: its connection beside plain, small enough to train at once. And
the way back."""

from functools import cache

from app.catalog.network import Network
from app.catalog.registry import NETWORKS
from app.catalog.staged import Staged
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment

#: depths of convolutional and of fully connected relatives; deeper networks than the published one are left out
IMAGES, FULLY_CONNECTED = (8, 20, 56), (4, 10, 20, 50, 100)


def relative_of(network: Network) -> Experiment | None:
    """An experiment of the Lab, or None where no connection of the Lab is meant."""
    body = network.body
    if not isinstance(body, Staged):
        return None
    record = body.connection
    other = Arm(connection="residual") if record.join == "none" else Arm(connection=record.name, **network.chosen)
    arms = (Arm(connection="plain"), other)
    if not body.images:
        depths = tuple(depth for depth in FULLY_CONNECTED if depth <= network.depth)
        return Experiment(arms=arms, depths=depths)
    depths = tuple(depth for depth in IMAGES if depth <= max(20, network.depth))
    return Experiment(
        dataset="fashion", family="conv6n2", width=8, depths=depths, arms=arms, steps=400, evaluate_every=100
    )


@cache
def published_with() -> dict[str, str]:
    """Of each connection of the Lab the name of a network that was published with it; those without are left out."""
    staged = [(one.name, one.body.connection) for one in NETWORKS.values() if isinstance(one.body, Staged)]
    # those with exactly the Lab's blocks come before those whose blocks have other layers
    exact = [(name, record) for name, record in staged if record is CONNECTIONS[record.name]]
    return {record.name: name for name, record in reversed([*exact, *staged])}
