"""The tokens: two secrets, one a role. Whoever shows one in a link gets a cookie, and with it the role."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import orjson

from app.contract.roles import Role

#: name of the cookie, and of the file in the data folder
COOKIE, FILE = "skipscope", "tokens.json"


class Tokens:
    """The tokens of a server. Those that were not given are made, and kept, so that links outlive a restart.

    Args:
        given: tokens from the settings, None where there is none.
        folder: where the made ones are kept, in a file that only its owner can read.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, given: Mapping[Role, str | None], folder: Path) -> None:
        self._file = folder / FILE
        self._made = {role: token for role, token in self._read().items() if given.get(role) is None}
        missing = [role for role in Role if given.get(role) is None and role not in self._made]
        self._tokens = {role: token for role, token in given.items() if token is not None} | self._made
        for role in missing:
            self.renew(role)

    def __getitem__(self, role: Role) -> str:
        return self._tokens[role]

    def renew(self, role: Role) -> None:
        """Make another token for a role; links and cookies with the one before open nothing any more."""
        self._tokens[role] = self._made[role] = secrets.token_urlsafe(16)
        self._write()

    def role_by_token(self, shown: str) -> Role | None:
        """Whose token this is."""
        return next((role for role, token in self._tokens.items() if _same(shown, token)), None)

    def role_by_pass(self, shown: str) -> Role | None:
        """Whose cookie has this value."""
        return next((role for role in self._tokens if _same(shown, self._pass(role))), None)

    def cookie(self, role: Role, secure: bool) -> str:
        """The cookie of a role, as the header ``Set-Cookie`` has it."""
        return f"{COOKIE}={self._pass(role)}; HttpOnly; SameSite=Strict; Path=/{'; Secure' * secure}"

    def _pass(self, role: Role) -> str:
        # a digest: any token makes a legal cookie, and a stolen cookie does not tell the token
        return hashlib.sha256(f"skipscope {self._tokens[role]}".encode()).hexdigest()

    def _read(self) -> dict[Role, str]:
        try:
            kept = orjson.loads(self._file.read_bytes())
            return {Role(role): str(token) for role, token in kept.items()}
        except (OSError, ValueError, AttributeError):  # none yet, or damaged: new ones are made
            return {}

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(f".{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(orjson.dumps({role.value: token for role, token in self._made.items()}))
            new.replace(self._file)
        finally:
            new.unlink(missing_ok=True)


def _same(shown: str, secret: str) -> bool:
    return secrets.compare_digest(shown.encode(), secret.encode())
