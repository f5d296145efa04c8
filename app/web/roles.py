"""The role of whoever makes a request."""

from starlette.requests import HTTPConnection

from app.contract.roles import Role


def role_of(connection: HTTPConnection) -> Role:
    """The role of whoever made a request, as the guard has found it."""
    role: Role = connection.scope["skipscope.role"]
    return role
