"""The two roles. What each may do is in ``app.web.permissions``."""

from enum import StrEnum


class Role(StrEnum):
    """Who somebody is on this server: who teaches, or one of the audience."""

    LECTURER = "lecturer"
    STUDENT = "student"
