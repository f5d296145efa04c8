"""Wrong tokens: whoever tries one after the other is slowed down."""

import time
from collections import OrderedDict
from collections.abc import Callable

from app.web.bucket import TokenBucket

#: wrong tokens that a host may try at once, and a second after that
AT_ONCE, A_SECOND = 20.0, 1.0
#: hosts, and wrong tokens of each, that are remembered
MOST_HOSTS, MOST_WRONG = 1024, 64


class _Host:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.bucket = TokenBucket(A_SECOND, AT_ONCE, clock)
        self.wrong: OrderedDict[str, None] = OrderedDict()


class Guesses:
    """Counts the different wrong tokens of every host.

    The same one again gains nothing and costs nothing: a hall of browsers with the link of yesterday, all behind one
    address, keeps nobody with the link of today from coming in.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def may_try(self, host: str) -> bool:
        """Whether what this host shows is looked at now."""
        return host not in self._hosts or self._hosts[host].bucket.has_one()

    def was_wrong(self, host: str, token: str) -> None:
        """The host has shown a wrong token."""
        known = self._hosts.setdefault(host, _Host(self._clock))
        self._hosts.move_to_end(host)
        if token not in known.wrong:
            known.bucket.take()
            known.wrong[token] = None
        if len(known.wrong) > MOST_WRONG:
            known.wrong.popitem(last=False)
        if len(self._hosts) > MOST_HOSTS:
            self._hosts.popitem(last=False)
