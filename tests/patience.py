"""How the tests wait: for events, never for a time.

What must come at once is shown on an event loop whose clock stands still (``run_without_time``): how fast or how busy
the machine is does not matter there.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

#: seconds that one thing may take before it counts as hung; bounds every wait of the suite and is the subject of none
PATIENCE = float(os.environ.get("SKIPSCOPE_PATIENCE", "300"))
#: the same for a command that trains, which is many things
COMMAND_PATIENCE = 10 * PATIENCE
#: seconds between two looks at what gives no event of its own: processes, files, addresses
BETWEEN_LOOKS = 0.02


def wait_until(condition: Callable[[], object]) -> None:
    """Look until ``condition`` holds."""
    hung = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < hung, "what was waited for did not come"
        time.sleep(BETWEEN_LOOKS)


async def until(condition: Callable[[], object]) -> None:
    """The same while the event loop goes on; works on a clock that stands still, too."""
    hung = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < hung, "what was waited for did not come"
        await asyncio.to_thread(time.sleep, BETWEEN_LOOKS)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test that is a coroutine."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()

    asyncio.run(bounded())


class TimelessLoop(asyncio.SelectorEventLoop):
    """An event loop on which no time passes: what waits for a timer waits for ever."""

    def time(self) -> float:
        return 0.0


def run_without_time(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test on a clock that stands still: what comes there has waited for no timer of this process."""

    async def bounded() -> None:
        task = asyncio.current_task()
        assert task is not None
        hung = threading.Timer(PATIENCE, asyncio.get_running_loop().call_soon_threadsafe, [task.cancel])
        hung.daemon = True
        hung.start()
        try:
            await test()
        finally:
            hung.cancel()

    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        runner.run(bounded())
