"""What does not fit together in an arm, said by name."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.contract.experiment import Arm, Experiment


def check_arm(experiment: "Experiment", number: int, arm: "Arm") -> None:
    """Raise ValueError, naming the field, unless arm ``number`` can be built and can learn."""
    if arm.connection == "resnext":
        middle = experiment.width // 2 if experiment.family == "mlp" else 2 * experiment.width
        if middle % arm.cardinality:
            raise ValueError(
                f"arms.{number}.cardinality: {arm.cardinality} paths do not divide the {middle} channels "
                "between the 1×1 layers; change the cardinality or the width"
            )
    if arm.learning_rate is not None and experiment.learning_rates:
        raise ValueError(
            f"arms.{number}.learning_rate: leave it empty in fair mode, which trains each arm at all learning_rates"
        )
    if arm.initialisation in ("zero_last", "fixup") and (why := _no_branch_to_zero(arm)):
        raise ValueError(
            f"arms.{number}.initialisation: {arm.initialisation} starts the end of every added branch at zero, and "
            f"{why}, so it would never learn; choose another initialisation or connection"
        )
    if arm.initialisation == "looks_linear":
        _check_mirrors(experiment, number, arm)


def _no_branch_to_zero(arm: "Arm") -> str | None:
    """Why an arm cannot begin with a zero at the end of its branches; None if it can.

    A zero before a ReLU stays (its derivative at 0 is 0), and so do two zeros in one product.
    """
    match arm.connection:
        case "highway":
            return "highway's branch ends in its activation"
        case "dense":
            return "dense layers are concatenated"
        case "skipinit":
            return "SkipInit's branches start at zero by a factor of their own"
        case "plain":
            return "plain blocks have nothing beside the branch"
        case "residual" | "preact" | "bottleneck" | "resnext" | "wide" if arm.skip_scale == 0:
            return "a skip scaled by 0 leaves nothing beside the branch"
    return None


def _check_mirrors(experiment: "Experiment", number: int, arm: "Arm") -> None:
    """Looks-linear pairs each unit with its mirror, so there must be two of each everywhere."""
    if arm.connection == "dense":
        raise ValueError(
            f"arms.{number}.initialisation: looks_linear has no mirror for what dense layers concatenate; "
            "choose another initialisation or connection"
        )
    width = experiment.width
    inner = {"bottleneck": width // 4, "resnext": width // 2} if experiment.family == "mlp" else {}
    for units in (width, inner.get(arm.connection, 2)):
        if units % 2 or not units:
            raise ValueError(
                f"arms.{number}.initialisation: looks_linear needs an even width, not {units}"
                + (" between the narrow layers" if units != width else "")
            )
