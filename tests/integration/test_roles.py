"""The two roles on a real server: every command as every role, links that are renewed, a hostile student."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.contract.commands import COMMANDS
from app.contract.roles import Role
from app.web.live_line import FRAMES_AT_ONCE
from app.web.permissions import STUDENT_COMMANDS, STUDENT_ROUTES
from tests.hall import PUBLIC, TOKENS, enter, running_hall
from tests.patience import PATIENCE, wait_until
from tests.support import PROGRAM, SMALL, Server, connect

SCRIPT = "<img src=x onerror=alert(1)>"
#: frames that a viewer may send at once
AT_ONCE = int(FRAMES_AT_ONCE)


@pytest.fixture
def hall() -> Iterator[Server]:
    with running_hall() as server:
        yield server


def ask(server: Server, method: str, path: str, headers: dict[str, str], **options: Any) -> httpx.Response:
    return httpx.request(
        method, server.url + path, headers={"Origin": server.url} | headers, timeout=PATIENCE, **options
    )


def of_command(tag: str, run: str) -> dict[str, Any]:
    """Fields with which a command is good."""
    more: dict[str, dict[str, Any]] = {
        "start": {"experiment": SMALL, "paused": True},
        "set_learning_rate": {"learning_rate": 0.5},
        "analyse": {"question": {"kind": "convergence", "target": 0.5}},
        "cancel_analysis": {"analysis": "x"},
    }
    return {"run": run, "request": tag} | more.get(tag, {})


def test_every_command_as_every_role_and_a_student_changes_nothing(hall: Server) -> None:
    with (
        connect(hall, additional_headers=enter(hall, Role.LECTURER)) as lecturer,
        connect(hall, additional_headers=enter(hall, Role.STUDENT)) as student,
    ):
        run = lecturer.start({"depths": [4], "width": 4, "steps": 100_000}, paused=True)
        lecturer.until_state("paused")
        allowed = {command.tag for command in STUDENT_COMMANDS}
        for command in COMMANDS:
            student.send(command.tag, **of_command(command.tag, run))
            if command.tag not in allowed:
                refused = student.receive("error")
                assert (refused["code"], refused["request"]) == ("not_for_students", command.tag)
                assert refused["message"].startswith(f"{command.tag}: only the lecturer")
        student.send("ping", request="end")
        events = student.until(lambda event: event.get("request") == "end")
        assert not [event for event in events if event["type"] == "error"]
        listed = ask(hall, "GET", "/api/runs", enter(hall, Role.LECTURER)).json()["runs"]
        assert [(one["id"], one["state"], one["step"]) for one in listed if one["id"] == run] == [(run, "paused", 0)]
        assert sum(one["state"] not in ("finished", "stopped") for one in listed) == 1
        for command in COMMANDS:
            lecturer.send(command.tag, **of_command(command.tag, run))
        lecturer.send("ping", request="end")
        events = lecturer.until(lambda event: event.get("request") == "end")
        assert not [event for event in events if event.get("code") == "not_for_students"]
        lecturer.send("subscribe", run=run)
        lecturer.until_state("stopped")


def test_whoever_watches_is_told_when_a_run_begins(hall: Server) -> None:
    with (
        connect(hall, additional_headers=enter(hall, Role.LECTURER)) as lecturer,
        connect(hall, additional_headers=enter(hall, Role.STUDENT)) as student,
    ):
        assert student.welcome["active"] is None
        for _ in range(2):
            run = lecturer.start()
            assert student.receive("active")["active"] == run
            student.send("subscribe", run=run)
            assert student.receive("snapshot")["run"] == run
            student.until_state("finished")


@pytest.mark.parametrize("role", list(Role))
def test_a_renewed_link_puts_out_those_who_came_by_the_old_one_and_nobody_else(hall: Server, role: Role) -> None:
    cookies = {who: enter(hall, who) for who in Role}
    other = next(who for who in Role if who is not role)
    with (
        connect(hall, additional_headers=cookies[role]) as out,
        connect(hall, additional_headers=cookies[other]) as stays,
    ):
        answer = ask(hall, "POST", f"/api/address/{role}", cookies[Role.LECTURER])
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        link = answer.json()["link" if role is Role.STUDENT else "lecturer"]
        assert TOKENS[role] not in answer.text and link.startswith(f"{PUBLIC}/?token=")
        with pytest.raises(ConnectionClosed):
            out.until(lambda event: False)
        assert out.socket.close_code == 4503
        stays.send("ping", request="still there")
        assert stays.receive("pong")["request"] == "still there"
    assert ask(hall, "GET", "/api/runs", cookies[role]).status_code == 403
    assert ask(hall, "GET", "/api/runs", cookies[other]).status_code == 200
    with pytest.raises(InvalidStatus), connect(hall, additional_headers=cookies[role]):
        pass
    if role is Role.LECTURER:  # who renews the own link goes on with the cookie of the new one
        cookie = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
        assert ask(hall, "GET", "/metrics", cookie).status_code == 200
    assert hall.get(f"/?token={TOKENS[role]}").status_code == 403
    assert hall.get(link.removeprefix(PUBLIC)).status_code == 200


def test_a_hall_that_takes_all_lines_leaves_some_for_the_lecturer() -> None:
    program = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)); {PROGRAM}"
    with running_hall(program) as server:
        student, lines = enter(server, Role.STUDENT), []
        try:
            with pytest.raises(InvalidStatus):
                for _ in range(64):
                    line = connect(server, additional_headers=student)
                    lines.append(line)
                    line.__enter__()
            assert len(lines) > 16
            with connect(server, additional_headers=enter(server, Role.LECTURER)) as lecturer:
                run = lecturer.start()
                assert lecturer.until_state("finished")[-1]["run"] == run
        finally:
            for line in lines[:-1]:
                line.__exit__(None, None, None)


def hostile_commands(run: str) -> Iterator[dict[str, Any]]:
    """Every command, good and bad, with a script in every text, without end."""
    for command in itertools.cycle(COMMANDS):
        good = {"type": command.tag} | of_command(command.tag, run)
        yield good | {"request": SCRIPT}
        yield good | {"run": SCRIPT, "analysis": SCRIPT, "request": SCRIPT}
        yield {"type": command.tag, "experiment": {"arms": [{"connection": SCRIPT}]}, "question": {"kind": SCRIPT}}
        yield {"type": SCRIPT, "request": SCRIPT}


def test_ten_thousand_frames_of_a_hostile_student_change_nothing_for_the_others(hall: Server) -> None:
    cookie = enter(hall, Role.STUDENT)
    with connect(hall, additional_headers=enter(hall, Role.LECTURER)) as lecturer:
        run = lecturer.start({"depths": [4], "width": 4, "steps": 100_000}, paused=True)
        lecturer.until_state("paused")
        commands, codes = hostile_commands(run), set[str]()
        for _ in range(10_000 // AT_ONCE):
            with connect(hall, additional_headers=cookie) as student:
                for command in itertools.islice(commands, AT_ONCE - 1):
                    student.socket.send(orjson.dumps(command).decode())
                student.send("ping", request="end")
                answers = student.until(lambda event: event.get("request") == "end")
                codes |= {event["code"] for event in answers if event["type"] == "error"}
        assert codes == {"not_for_students", "refused", "malformed", "unknown_run"}
        lecturer.send("ping", request="between")
        seen = lecturer.until(lambda event: event.get("request") == "between")
        assert {event["type"] for event in seen} <= {"viewers", "pong"}
        for method, path in {*STUDENT_ROUTES, ("POST", "/api/address/student"), ("DELETE", f"/api/runs/{run}")}:
            if method != "LIVE":
                filled = re.sub("{[^}]*}", SCRIPT, path.replace("{run}", run))
                answer = ask(hall, method, filled, cookie, json={SCRIPT: SCRIPT})
                assert answer.status_code < 500 and (
                    SCRIPT not in answer.text or "json" in answer.headers["content-type"]
                )
        stolen = ask(hall, "POST", "/api/address/student", enter(hall, Role.LECTURER))
        assert stolen.status_code == 200 and ask(hall, "GET", "/api/runs", cookie).status_code == 403
        guesses = [ask(hall, "GET", "/", {"Cookie": f"skipscope={n}"}).status_code for n in range(100)]
        assert set(guesses) == {403, 429}
        own = {"Authorization": f"Bearer {TOKENS[Role.LECTURER]}"}
        wait_until(
            lambda: ask(hall, "GET", "/api/runs", own).status_code == 200
        )  # this host guessed; it waits a second
        listed = ask(hall, "GET", "/api/runs", own).json()["runs"]
        assert [one["id"] for one in listed if one["state"] == "paused"] == [run]
        lecturer.send("step", run=run)
        assert lecturer.receive("frame")["step"] == 1


def test_the_log_for_programs_tells_of_runs_and_links_and_holds_no_secret() -> None:
    with running_hall(log="json") as server:
        cookies = {role: enter(server, role)["Cookie"].split("=")[1] for role in Role}
        with connect(server, additional_headers={"Cookie": f"skipscope={cookies[Role.LECTURER]}"}) as lecturer:
            run = lecturer.start()
            lecturer.until_state("finished")
            lecturer.socket.send("{")  # what is no command makes a line, too
            assert lecturer.receive("error")["code"] == "malformed"
        guess = "guess-that-must-not-be-told"
        ask(server, "GET", f"/?token={guess}", {"Cookie": f"skipscope={guess}", "Authorization": f"Bearer {guess}"})
        own = {"Authorization": f"Bearer {TOKENS[Role.LECTURER]}"}
        link = ask(server, "POST", "/api/address/student", own).json()["link"]
        assert server.stop() == 0
    told = [orjson.loads(line) for line in server.lines if line.startswith("{")]
    assert [one["state"] for one in told if one.get("run") == run][-1] == "finished"
    assert [one["role"] for one in told if "role" in one] == ["student"]
    assert {"info", "warning"} <= {one["level"] for one in told} and not any("traceback" in one for one in told)
    log = "".join(line for line in server.lines if line.startswith("{"))
    for secret in (*TOKENS.values(), *cookies.values(), guess, link.split("=")[1]):
        assert secret not in log
