"""A run that is read back again and again, as when its server is killed: no viewer takes one life for another."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.events import Analysis, Position
from app.contract.experiment import Experiment
from app.ids import RunId, new_analysis_id
from app.paths import recorded_dir
from app.rooms.outbox import Outbox
from app.runs.recorded_runs import RecordedRuns
from app.runs.recording import Recording
from app.runs.run import Run
from app.runs.service import rebuild
from app.runs.store import Store
from tests.fakes import measured
from tests.patience import PATIENCE, until

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=30, evaluate_every=10)
LIVES = st.lists(st.tuples(st.lists(st.booleans(), max_size=4), st.integers(0, 4), st.integers(0, 4)), max_size=5)


class Viewer:
    """What a page knows of a run: a snapshot, and the events after it."""

    def __init__(self) -> None:
        self.position: Position | None = None
        self.known: dict[str, str] = {}

    async def follow(self, run: Run, come: int, leave: int, life: list[Analysis]) -> None:
        """Watch a life of the run, from one of its events up to another; then the line breaks."""
        outbox = Outbox()
        pump = asyncio.create_task(outbox.pump(self.receive))
        for at, event in enumerate([None, *life]):
            if event is not None:
                run.stream.publish(event)
            if at == come:
                outbox.follow(run, self.position)
            if come <= at <= leave:
                await until(lambda: self.position == run.stream.position)
                history = orjson.loads(run.snapshot())["history"]
                assert self.known == {one["analysis"]: one["state"] for one in history if one["type"] == "analysis"}
            if at == leave:
                outbox.leave()
        pump.cancel()

    async def receive(self, texts: tuple[str, ...]) -> None:
        for text in texts:
            self.take(orjson.loads(text))

    def take(self, event: dict[str, Any]) -> None:
        if event["type"] == "snapshot":
            self.known = {one["analysis"]: one["state"] for one in event["history"] if one["type"] == "analysis"}
        elif event["type"] == "analysis":
            self.known[event["analysis"]] = event["state"]
        self.position = Position(event["epoch"], event["seq"])


@pytest.mark.parametrize("name", ["r1", "recorded-spiral"])
def test_what_a_viewer_knows_is_what_the_run_says_however_often_the_server_is_killed(name: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(LIVES)
    def test(lives: list[tuple[list[bool], int, int]]) -> None:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            store = Store(Path(folder), lambda reason: None, recorded=RecordedRuns(recorded_dir()))
            try:
                if name not in store.recorded:
                    recording = Recording(Run(RunId(name), EXPERIMENT, 1.0), store)
                    recording.move("starting")
                    for measurement in measured(EXPERIMENT):
                        recording.take(measurement)
                    assert store.flush(PATIENCE)
                asyncio.run(live(store, lives))
            finally:
                store.close()

    async def live(store: Store, lives: list[tuple[list[bool], int, int]]) -> None:
        viewer = Viewer()
        for written, come, leave in lives:
            life = [Analysis(new_analysis_id(), {"kind": "lesions"}, 30, "failed", 0.0, None, "x") for _ in written]
            await viewer.follow(rebuild(store, name), come, leave, life)
            for event, is_written in zip(life, written, strict=True):
                if is_written:
                    store.save_analysis(RunId(name), 1.0, event)
            assert store.flush(PATIENCE)

    test()
