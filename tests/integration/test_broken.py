"""A bug in the server, put there on purpose: it is told, logged, and not the end of anything."""

from tests.support import connect, running_server

PROGRAM = """
import sys
from app.main import serve
from app.runs.service import RunService
from app.settings import Settings

def control(self, command, by=None):
    raise ZeroDivisionError("a secret")

RunService.control = control
sys.exit(serve(Settings()))
"""


def test_a_command_that_breaks_is_answered_and_the_line_stays_open() -> None:
    with running_server(program=PROGRAM) as server, connect(server) as viewer:
        viewer.send("stop", run="r1", request="x")
        error = viewer.receive("error")
        assert (error["code"], error["request"]) == ("internal", "x") and "secret" not in error["message"]
        viewer.start()
        assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"
        server.read_line("ZeroDivisionError: a secret")
