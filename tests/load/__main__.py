"""``make load``: what an audience, and what attackers, cost a real server on this machine.

ARGS picks scenarios (``viewers``, ``arrivals``, ``mixed``, ``attack``; all when none is named) and sizes: ``seconds=5``
a stage of viewers, ``people=50`` in place of 500, ``minutes=1`` of attack, ``json=FILE`` for the figures.
"""

import inspect
import resource
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import uvloop
from rich.console import Console

from tests.load.arrivals import arrivals
from tests.load.attack import attack
from tests.load.measure import Report
from tests.load.mixed import mixed
from tests.load.viewers import viewers

SCENARIOS: dict[str, Callable[..., Awaitable[list[Report]]]] = {
    "viewers": viewers,
    "arrivals": arrivals,
    "mixed": mixed,
    "attack": attack,
}
OPTIONS: dict[str, type] = {"seconds": float, "people": int, "minutes": float, "json": Path}
#: descriptors that are asked for; a viewer is one here and one in the server
DESCRIPTORS = 16_384


def chosen(arguments: list[str]) -> tuple[list[str], dict[str, Any]]:
    """Scenarios and options; raises ``SystemExit`` with a sentence for anything else."""
    names, options = [], {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        try:
            if equals and name in OPTIONS:
                options[name] = OPTIONS[name](value)
            elif not equals and name in SCENARIOS:
                names.append(name)
            else:
                raise ValueError
        except ValueError:
            known = f"{', '.join(SCENARIOS)}; {', '.join(f'{option}=…' for option in OPTIONS)}"
            raise SystemExit(f"{argument!r} is none of: {known}") from None
    return names or list(SCENARIOS), options


async def main(names: list[str], options: dict[str, Any]) -> bool:
    """Run scenarios, print their tables, write the figures; returns whether all aims were reached."""
    console, reports = Console(), []
    target = options.pop("json", None)
    for name in names:
        scenario = SCENARIOS[name]
        own = {option: options[option] for option in options if option in inspect.signature(scenario).parameters}
        for report in await scenario(**own):
            report.show(console)
            reports.append(report)
            if target:
                target.write_bytes(orjson.dumps([one.as_json() for one in reports], option=orjson.OPT_INDENT_2))
    return all(report.reached for report in reports)


if __name__ == "__main__":
    wanted, sizes = chosen(sys.argv[1:])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, DESCRIPTORS), hard), hard))
    sys.exit(not uvloop.run(main(wanted, sizes)))
