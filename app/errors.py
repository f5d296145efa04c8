"""The one exception tree. Each class carries its public code, HTTP status and close code.

SkipscopeError
├── Refused              a value is outside its bound, or a choice is unknown
├── IllegalMove          a command does not fit the state of the run
├── UnknownRun           no run has that id
├── UnknownAnalysis      a run has no analysis of that id
├── UnknownNetwork       no published network has that name
├── MalformedMessage     a frame on the socket is not a command
├── TooLarge             a request is longer than it may be
├── Forbidden            wrong origin, or no token
├── NotForStudents       the lecturer alone may do this
├── TooManyGuesses       a host has tried many wrong tokens
├── DataUnavailable      a data folder lacks a file, or a file is damaged
├── Busy                 every slot is taken and the queue is full
└── WorkerLost           the process that trained a run ended
"""

from typing import ClassVar


class SkipscopeError(Exception):
    """Base of all errors that a user may see; ``str(error)`` is the sentence shown."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    close: ClassVar[int] = 4500
    #: seconds after which it may be tried again
    retry_after: ClassVar[int | None] = None

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field

    def body(self) -> dict[str, str | None]:
        """The one error body, the same over HTTP, the socket and ``--jsonl``."""
        return {"code": self.code, "message": str(self), "field": self.field}


class Refused(SkipscopeError):
    """A value is outside its bound; the message names the field and the bound."""

    code = "refused"
    status = 422


class IllegalMove(SkipscopeError):
    """The command does not fit the run's state; the message names both."""

    code = "illegal_move"
    status = 409


class UnknownRun(SkipscopeError):
    """No run has that id."""

    code = "unknown_run"
    status = 404


class UnknownAnalysis(SkipscopeError):
    """The run has no stored analysis of that id."""

    code = "unknown_analysis"
    status = 404


class UnknownNetwork(SkipscopeError):
    """No published network has that name."""

    code = "unknown_network"
    status = 404


class MalformedMessage(SkipscopeError):
    """What came over the socket is not a command."""

    code = "malformed"
    status = 400


class TooLarge(SkipscopeError):
    """A request is longer than it may be; the message names the part and the bound."""

    code = "too_large"
    status = 413


class Forbidden(SkipscopeError):
    """The request comes from another site, or without the token."""

    code = "forbidden"
    status = 403
    close = 4503


class NotForStudents(SkipscopeError):
    """The lecturer alone may do this."""

    code = "not_for_students"
    status = 403
    close = 4503


class TooManyGuesses(SkipscopeError):
    """The host has tried many wrong tokens; the next one is looked at later."""

    code = "too_many_guesses"
    status = 429
    close = 4503
    retry_after = 1


class DataUnavailable(SkipscopeError):
    """A data set cannot be read; the message names the folder and the file."""

    code = "data_unavailable"
    status = 422


class Busy(SkipscopeError):
    """Every slot is taken and the queue is full, or as many as may be do the same already."""

    code = "busy"
    status = 503
    close = 4429
    retry_after = 10


class WorkerLost(SkipscopeError):
    """The process that trained a run ended before the run did."""

    code = "worker_lost"
    status = 500
