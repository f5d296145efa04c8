"""Settings of the program: one table, each with its default, bound and help.

Read from the environment (``SKIPSCOPE_PORT=9000``) and overridden by the command line. Made by the
caller of ``create_app``, never at import time.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

#: characters of a token: 22 that were drawn from 64 are 132 bits
SHORTEST_TOKEN, LEAST_CHARACTERS = 22, 8


def default_data_dir() -> Path:
    """The folder for runs and user data: ``$XDG_DATA_HOME/skipscope`` or ``~/.local/share/skipscope``."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "skipscope"


def cores() -> int:
    """Cores that this process may use, at most 4: networks this small gain nothing from more.

    ``OMP_NUM_THREADS`` lowers it. Threads that wait for a core which other programs use take twenty times as long.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(4, usable, int(limit) if limit.isdecimal() and int(limit) else usable)


def spare_cores() -> int:
    """``cores`` but one, at least 1: a thread that waits for a core in use costs ten times what it gains."""
    return max(1, cores() - 1)


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
    workers: int = Field(1, ge=1, le=64, description="Training processes kept warm; also how many runs train at once.")
    threads: int = Field(1, ge=1, le=64, description="Threads of each training process.")
    analysis_threads: int = Field(
        default_factory=spare_cores,
        ge=1,
        le=64,
        description="Threads of the process that answers questions about weights, and of the one that traces images.",
    )
    checkpoints_mib: int = Field(
        2048,
        ge=0,
        le=1_000_000,
        description="MiB of checkpoints kept on disk; past it the oldest runs lose theirs.",
    )
    store_mib: int = Field(
        4096,
        ge=1,
        le=1_000_000,
        description="MiB of recorded measurements; past it old runs are thinned, then the oldest are removed.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where to train: auto, cpu, cuda or mps.")
    frame_rate: float = Field(10.0, ge=1, le=20, description="Measurements a second of each run.")
    queue_limit: int = Field(20, ge=0, le=1000, description="Runs that may wait for a free training process.")
    token: str | None = Field(
        None,
        description="Access token beyond loopback, 22 characters or more that nobody can guess; made at start when not "
        "given.",
    )

    @field_validator("token")
    @classmethod
    def _token_is_strong(cls, token: str | None) -> str | None:
        if token is not None and (len(token) < SHORTEST_TOKEN or len(set(token)) < LEAST_CHARACTERS):
            raise ValueError(
                f"needs {SHORTEST_TOKEN} characters or more, at least {LEAST_CHARACTERS} of them different, so that "
                "nobody guesses it; leave it out and one is made, or take what `openssl rand -hex 16` prints"
            )
        return token
