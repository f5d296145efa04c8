"""Runs are deleted on a real server: over HTTP, and by the command line beside it."""

import subprocess
import sys

import httpx

from tests.patience import COMMAND_PATIENCE, PATIENCE
from tests.support import Client, Server, connect, running_server


def ask(server: Server, method: str, path: str) -> httpx.Response:
    headers = {"Origin": server.url.rstrip("/")}
    return httpx.request(method, server.url.rstrip("/") + path, headers=headers, timeout=PATIENCE)


def listed(server: Server) -> list[str]:
    return [run["id"] for run in server.get("/api/runs").json()["runs"]]


def skipscope(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", "delete", *arguments, "--data-dir", str(server.data_dir)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=COMMAND_PATIENCE, check=False, stdin=subprocess.DEVNULL
    )


def trained(viewer: Client) -> str:
    run = viewer.start()
    viewer.until_state("finished")
    return run


def test_a_run_is_deleted_followers_hear_of_it_and_it_comes_back_whole(server: Server, viewer: Client) -> None:
    run = trained(viewer)
    before = server.get(f"/api/runs/{run}/export.jsonl").text
    assert ask(server, "DELETE", f"/api/runs/{run}").json()["deleted"] == run
    assert viewer.receive("deleted")["run"] == run
    assert run not in listed(server) and server.get("/health").status_code == 200
    for path in ("", "/export.csv", "/export.jsonl"):
        assert server.get(f"/api/runs/{run}{path}").json()["code"] == "unknown_run"
    assert server.get(f"/api/trace/runs/{run}/training?depth=4").json()["code"] == "unknown_run"
    viewer.send("subscribe", run=run)
    assert viewer.receive("error")["code"] == "unknown_run"
    assert ask(server, "POST", f"/api/runs/{run}/restore").json() == {"restored": run}
    assert run in listed(server) and server.get(f"/api/runs/{run}/export.jsonl").text == before
    viewer.send("subscribe", run=run)
    assert viewer.receive("snapshot")["state"] == "finished"


def test_a_run_that_trains_or_comes_with_the_program_is_not_deleted(server: Server, viewer: Client) -> None:
    run = viewer.start({"depths": [4], "steps": 100_000}, paused=True)
    viewer.until_state("paused")
    answer = ask(server, "DELETE", f"/api/runs/{run}")
    assert answer.status_code == 409 and run in answer.json()["message"]
    viewer.send("stop", run=run)
    viewer.until_state("stopped")
    assert ask(server, "DELETE", "/api/runs/recorded-fair").status_code == 422
    assert ask(server, "POST", f"/api/runs/{run}/restore").status_code == 404
    assert server.get("/api/runs/recorded-fair").status_code == 200


def test_another_site_deletes_nothing(server: Server, viewer: Client) -> None:
    run = trained(viewer)
    headers = {"Origin": "http://elsewhere.example"}
    assert httpx.delete(f"{server.url.rstrip('/')}/api/runs/{run}", headers=headers).status_code == 403
    assert run in listed(server)


def test_the_command_line_deletes_beside_a_server_and_undoes_it() -> None:
    with running_server() as server, connect(server) as viewer:
        run = trained(viewer)
        assert run in listed(server)  # and so in the record, which the command line reads
        assert skipscope(server, run).returncode == 2  # nobody can be asked
        both = skipscope(server, run, "nobody", "--yes")
        assert both.returncode == 1 and "no run has the id 'nobody'" in both.stderr and run in listed(server)
        done = skipscope(server, run, "--yes")
        assert done.returncode == 0 and f"skipscope delete --undo {run}" in done.stdout
        assert viewer.receive("deleted")["run"] == run
        assert listed(server) == []
        assert skipscope(server, run, "--undo").stdout == f"{run} is back.\n"
        assert listed(server) == [run] and server.get(f"/api/runs/{run}").json()["state"] == "finished"


def test_a_deleted_run_stays_deleted_when_the_server_starts_anew_and_can_still_be_brought_back() -> None:
    with running_server() as server:
        with connect(server) as viewer:
            run = trained(viewer)
        ask(server, "DELETE", f"/api/runs/{run}")
        server.stop()
        with running_server(data_dir=server.data_dir) as again:
            assert listed(again) == []
            assert ask(again, "POST", f"/api/runs/{run}/restore").status_code == 200
            assert listed(again) == [run]
