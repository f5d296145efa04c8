"""A line that is slow is waited for as long as it moves; one that stands still is cut."""

import asyncio

#: seconds without progress after which a line is cut
PATIENCE = 15.0


class Progress:
    """Watches a connection while more waits to go out than it takes at once.

    What counts is that bytes get through, not how long a whole message takes: a snapshot of a megabyte may need half a
    minute on a slow line, and would begin anew for ever were it cut.
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, transport: asyncio.Transport) -> None:
        """From now on some of what waits must get through within the patience."""
        self.stop()
        unsent = transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._look, transport, unsent)

    def stop(self) -> None:
        """The line takes what it is given, or has ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, transport: asyncio.Transport, unsent: int) -> None:
        if transport.get_write_buffer_size() < unsent:
            self.watch(transport)
        else:
            transport.abort()
