"""Settings of the program: one table, each with its default, bound and help.

Read from the environment (``SKIPSCOPE_PORT=9000``) and overridden by the command line. Made by the
caller of ``create_app``, never at import time.
"""

import ipaddress
import os
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app import machine

#: characters of a token: 22 that were drawn from 64 are 132 bits
SHORTEST_TOKEN, LEAST_CHARACTERS = 22, 8


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def default_data_dir() -> Path:
    """The folder for runs and user data: ``$XDG_DATA_HOME/skipscope`` or ``~/.local/share/skipscope``."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "skipscope"


def cores() -> int:
    """Processors that this process may use, at most 4: networks this small gain nothing from more.

    ``OMP_NUM_THREADS`` lowers it. Threads that wait for a core which other programs use take twenty times as long.
    """
    return min(4, processors())


def workers() -> int:
    """Training processes for this many processors: a second one where each then still has two threads."""
    return 2 if processors() >= 8 else 1


def threads() -> int:
    """Threads of each training process, at most 4: together half of the processors."""
    return max(1, min(4, processors() // 2 // workers()))


def analysis_threads() -> int:
    """The processors that training and the server leave, 1 to 3: a thread that waits costs ten times what it gains."""
    return max(1, min(3, processors() - workers() * threads() - 1))


def processors() -> int:
    """Processors of this machine, or of its container; ``OMP_NUM_THREADS`` lowers it."""
    limit = os.environ.get("OMP_NUM_THREADS", "")
    usable = machine.processors()
    return min(usable, int(limit)) if limit.isdecimal() and int(limit) else usable


class Settings(BaseSettings):
    """Every setting of the server, with its bound."""

    model_config = SettingsConfigDict(env_prefix="SKIPSCOPE_", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on. Anything but loopback asks for a token.")
    port: int = Field(8484, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    data_dir: Path = Field(default_factory=default_data_dir, description="Folder for recorded runs.")
    dataset_dir: Path | None = Field(
        None, description="Folder that holds your own IDX files, Fashion-MNIST's, or the folder cifar-10-batches-py."
    )
    weights_dir: Path | None = Field(
        None, description="Folder of weights of published networks; when not given, weights in the data folder."
    )
    workers: int = Field(
        default_factory=workers,
        ge=1,
        le=64,
        description="Training processes kept warm; also how many runs train at once.",
    )
    threads: int = Field(default_factory=threads, ge=1, le=64, description="Threads of each training process.")
    analysis_threads: int = Field(
        default_factory=analysis_threads,
        ge=1,
        le=64,
        description="Threads of the process that answers questions about weights, and of the one that traces images.",
    )
    checkpoints_mib: int = Field(
        2048,
        ge=0,
        le=1_000_000,
        description="MiB of checkpoints at any moment; past it the oldest runs lose theirs, then one is thinned.",
    )
    store_mib: int = Field(
        4096,
        ge=1,
        le=1_000_000,
        description="MiB of recorded measurements; past it old runs are thinned, then the oldest are removed.",
    )
    longest_run_h: float = Field(
        24.0,
        ge=0,
        le=100_000,
        description="Hours that a run may take by the estimate; longer ones are refused before they start.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where to train: auto, cpu, cuda or mps.")
    frame_rate: float = Field(10.0, ge=1, le=20, description="Measurements a second of each run.")
    queue_limit: int = Field(20, ge=0, le=1000, description="Runs that may wait for a free training process.")
    token: str | None = Field(
        None,
        description="The lecturer's access token beyond loopback, 22 characters or more that nobody can guess; when "
        "not given, one is made and kept in the data folder.",
    )
    student_token: str | None = Field(
        None,
        description="The students' access token beyond loopback, who see everything and change nothing; made and kept "
        "likewise.",
    )
    log: Literal["text", "json"] = Field(
        "text",
        description="How the log is written: text, warnings and errors for people; json, an object a line for "
        "programs, with runs and links.",
    )
    public_url: str | None = Field(
        None,
        description="Address at which others reach this server, such as https://room.example.org: printed, shown with "
        "its QR code, and the one that a proxy answers at.",
    )
    trusted_proxies: str | None = Field(
        None,
        description="Addresses or networks of the proxies in front, with commas; what they say of visitors' addresses "
        "and of https is believed.",
    )

    @property
    def is_private(self) -> bool:
        """Whether only this machine reaches the server, so that it asks for no token."""
        return is_loopback(self.host) and self.public_url is None and self.trusted_proxies is None

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_origin(cls, url: str | None) -> str | None:
        if not url:  # a compose file hands on a variable that is not set as an empty one
            return None
        try:
            parts = urlsplit(url)
            name, port = parts.hostname, parts.port
        except ValueError:
            name, port = None, None
        if not name or parts.scheme not in ("http", "https") or parts.path.strip("/") or "@" in parts.netloc:
            raise ValueError("is http:// or https://, a name or an address, and a port where one is needed; no path")
        if parts.query or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("ends after the name or the port: nothing with ?, # or spaces")
        name = f"[{name}]" if ":" in name else name
        usual = port in (None, {"http": 80, "https": 443}[parts.scheme])  # browsers leave it out, too
        return f"{parts.scheme}://{name}" if usual else f"{parts.scheme}://{name}:{port}"

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, proxies: str | None) -> str | None:
        for proxy in proxies.split(",") if proxies else ():
            try:
                ipaddress.ip_network(proxy.strip())
            except ValueError:
                words = "is no address such as 10.0.0.7 and no network such as 10.0.0.0/8"
                raise ValueError(f"{proxy.strip()[:40]!r} {words}") from None
        return proxies or None

    @field_validator("token", "student_token")
    @classmethod
    def _token_is_strong(cls, token: str | None) -> str | None:
        if token is not None and (len(token) < SHORTEST_TOKEN or len(set(token)) < LEAST_CHARACTERS):
            raise ValueError(
                f"needs {SHORTEST_TOKEN} characters or more, at least {LEAST_CHARACTERS} of them different, so that "
                "nobody guesses it; leave it out and one is made, or take what `openssl rand -hex 16` prints"
            )
        return token

    @model_validator(mode="after")
    def _tokens_differ(self) -> Self:
        if self.token is not None and self.token == self.student_token:
            raise ValueError("student_token: is the lecturer's token; whoever has it would be the lecturer")
        return self
