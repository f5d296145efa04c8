"""The published network that was asked about last, kept in memory: the next image is fast."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.catalog.pipeline import find_pipeline
from app.errors import DataUnavailable
from app.lazy import Lazy

if TYPE_CHECKING:
    from app.analyses import published_weights
    from app.analyses.published_weights import PublishedNetwork
else:
    published_weights = Lazy("app.analyses.published_weights")


class PublishedNetworks:
    """The last one that was asked for; one alone, for the largest take 360 MB."""

    def __init__(self) -> None:
        self._last: tuple[object, PublishedNetwork] | None = None

    def of(self, name: str, file: Path) -> "PublishedNetwork":
        """A network with the weights of a file, as it is now. Raises DataUnavailable where they cannot be read."""
        try:
            status = file.stat()
        except OSError as error:
            raise DataUnavailable(f"{file.name} cannot be read: {error.strerror}", "file") from None
        key = name, file, status.st_mtime_ns, status.st_size, status.st_ino
        if self._last is None or self._last[0] != key:
            self._last = None  # before the next one is read: both may not fit into memory
            self._last = key, published_weights.PublishedNetwork.load(find_pipeline(name), file)
        return self._last[1]
