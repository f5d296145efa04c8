"""Viewers on lines that are slow."""

import socket

from tests.hostile import TEXT, frame, read_slowly, upgrade
from tests.patience import PATIENCE
from tests.support import SMALL, connect, running_server

#: frames of ten kilobytes
DEEP = SMALL | {"steps": 200_000, "evaluate_every": 10_000, "depths": [256, 512], "width": 2}

IMPATIENT = """
import sys
from app.main import serve
from app.settings import Settings
from app.web import progress
progress.PATIENCE = 2.0
sys.exit(serve(Settings()))
"""


def test_a_large_snapshot_arrives_on_a_line_that_is_slow_but_steady() -> None:
    with (
        running_server(program=IMPATIENT, frame_rate=20) as server,
        connect(server) as lecturer,
        socket.socket() as line,
    ):
        run = lecturer.start(DEEP)
        while len(server.get(f"/api/runs/{run}").content) < 1_000_000:
            lecturer.receive("frame")
        lecturer.send("stop", run=run)
        lecturer.until_state("stopped")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        line.connect(("127.0.0.1", server.port))
        line.settimeout(PATIENCE)
        upgrade(line, server)
        line.sendall(frame(TEXT, b'{"type":"subscribe","run":"%s"}' % run.encode()))
        assert read_slowly(line, 1_000_000, a_second=100_000) > 3 * 2.0  # far longer than it may stand still
