"""The ``skipscope`` command: ``serve``, ``train``, ``analyse``, ``delete``, ``record``, ``doctor``, ``presets``."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from app import __version__
from app.analyses.registry import ANALYSES, question_model
from app.contract.presets import PRESETS, preset
from app.contract.refusals import refused
from app.errors import Refused, SkipscopeError
from app.lazy import Lazy
from app.overrides import override
from app.settings import Settings, cores

server = Lazy("app.main")
train_command = Lazy("app.train_command")
analyse_command = Lazy("app.analyse_command")
delete_command = Lazy("app.delete_command")
record_command = Lazy("app.record_command")
doctor_command = Lazy("app.doctor_command")

app = typer.Typer(
    name="skipscope",
    help="A live laboratory for skip connections. Measured, not simulated.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"skipscope {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A live laboratory for skip connections. Measured, not simulated."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (default 8484; 0 picks a free one).")] = None,
    workers: Annotated[int | None, typer.Option(help="Training processes, each trains one run.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads of each training process.")] = None,
    device: Annotated[str | None, typer.Option(help="Where to train: auto, cpu, cuda or mps.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for recorded runs.")] = None,
    dataset_dir: Annotated[Path | None, typer.Option(help="Folder of your own IDX or CIFAR-10 files.")] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File that holds the lecturer's token, and on a second line the students' (made when not given)."
        ),
    ] = None,
    token: Annotated[str | None, typer.Option(hidden=True)] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser when there is one.")] = True,
) -> None:
    """Start the server and open the Lab in a browser."""
    if token is not None:
        raise Refused(
            "--token: everybody on this machine sees it in the list of processes; "
            "set SKIPSCOPE_TOKEN, or write it into a file and give --token-file"
        )
    given = {
        "host": host, "port": port, "workers": workers, "threads": threads, "device": device,
        "data_dir": data_dir, "dataset_dir": dataset_dir, **_tokens_in(token_file),
    }  # fmt: skip
    settings = _settings({name: value for name, value in given.items() if value is not None})
    raise typer.Exit(server.serve(settings, open_browser=browser))


@app.command()
def train(
    preset_name: Annotated[
        str, typer.Option("--preset", help="A preset's name, see `skipscope presets`.")
    ] = "degradation",
    set_fields: Annotated[list[str] | None, typer.Option("--set", help="Change a field: depths=4,64")] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One event a line, for programs.")] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, max=64, help="Threads used for training (default: the cores, at most 4).")
    ] = None,
    device: Annotated[str, typer.Option(help="Where to train: auto, cpu, cuda or mps.")] = "auto",
    longest_run_h: Annotated[
        float | None, typer.Option(help="Hours that the run may take by the estimate (default: 24).")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of recorded runs.")] = None,
    dataset_dir: Annotated[Path | None, typer.Option(help="Folder of your own IDX or CIFAR-10 files.")] = None,
) -> None:
    """Train a preset without a server, with the engine, the events and the record of the browser's."""
    chosen = preset(preset_name)
    experiment = override(chosen.experiment, set_fields or [])
    given = {"data_dir": data_dir, "dataset_dir": dataset_dir, "longest_run_h": longest_run_h}
    code = train_command.run(
        experiment,
        chosen.title,
        jsonl=jsonl,
        threads=threads or cores(),
        device=device,
        settings=_settings({name: value for name, value in given.items() if value is not None}),
    )
    raise typer.Exit(code)


@app.command()
def analyse(
    run: Annotated[str, typer.Argument(help="A recorded run's id, `last`, or a preset, which is trained first.")],
    kind: Annotated[str, typer.Argument(help=", ".join(kind for analysis in ANALYSES for kind in analysis.kinds))],
    depth: Annotated[int | None, typer.Option(help="Which depth of the sweep is asked (default: the deepest).")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A field of the question: repeats=20")] = None,
    step: Annotated[
        int | None,
        typer.Option(help="Ask the last checkpoint up to this step; convergence: the evaluations up to it."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One object on standard output, for programs.")] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, max=64, help="Threads used (default: the cores, at most 4).")
    ] = None,
    device: Annotated[str, typer.Option(help="Where to compute: auto, cpu, cuda or mps.")] = "auto",
    data_dir: Annotated[Path | None, typer.Option(help="Folder of recorded runs.")] = None,
    dataset_dir: Annotated[Path | None, typer.Option(help="Folder of your own IDX or CIFAR-10 files.")] = None,
) -> None:
    """Put a question to the trained weights of a run."""
    question_model(kind)  # a kind that does not exist is refused before anything is trained
    code = analyse_command.run(
        run,
        kind,
        [*(settings or []), *([] if depth is None else [f"depth={depth}"])],
        step=step,
        json=json,
        threads=threads or cores(),
        device=device,
        data_dir=data_dir or Settings().data_dir,
        dataset_dir=dataset_dir,
    )
    raise typer.Exit(code)


@app.command()
def delete(
    runs: Annotated[list[str], typer.Argument(metavar="RUN…", help="Ids of recorded runs.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Bring these runs back, within an hour.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of recorded runs.")] = None,
) -> None:
    """Delete recorded runs. For an hour they can be brought back."""
    settings = _settings({"data_dir": data_dir} if data_dir else {})
    raise typer.Exit(delete_command.run(runs, settings, ask=not yes, undo=undo))


@app.command()
def record(
    names: Annotated[
        list[str] | None, typer.Argument(help="Presets, or trace-pair; all presets when none is named.")
    ] = None,
    threads: Annotated[
        int, typer.Option(min=1, max=64, help="Threads used for training (default: 1, as the server has).")
    ] = 1,
    device: Annotated[str, typer.Option(help="Where to train: auto, cpu, cuda or mps.")] = "auto",
    dataset_dir: Annotated[Path | None, typer.Option(help="Folder of Fashion-MNIST's IDX files.")] = None,
) -> None:
    """Train presets and keep their runs as those that come with the program. For those who develop it."""
    settings = _settings({"dataset_dir": dataset_dir} if dataset_dir else {})
    raise typer.Exit(record_command.run(names or [], threads=threads, device=device, dataset_dir=settings.dataset_dir))


@app.command()
def doctor(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (default 8484).")] = None,
    workers: Annotated[int | None, typer.Option(help="Training processes.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads of each training process.")] = None,
    device: Annotated[str | None, typer.Option(help="Where to train: auto, cpu, cuda or mps.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for recorded runs.")] = None,
    dataset_dir: Annotated[Path | None, typer.Option(help="Folder of your own IDX or CIFAR-10 files.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One object on standard output, for programs.")] = False,
) -> None:
    """Look whether a server with these settings would do well on this machine. Changes nothing."""
    given = {
        "host": host, "port": port, "workers": workers, "threads": threads, "device": device,
        "data_dir": data_dir, "dataset_dir": dataset_dir,
    }  # fmt: skip
    settings = _settings({name: value for name, value in given.items() if value is not None})
    raise typer.Exit(doctor_command.run(settings, json=json))


@app.command()
def presets() -> None:
    """List the presets."""
    table = Table(show_edge=False)
    for heading in ("name", "title", "networks", "what to look for"):
        table.add_column(heading)
    for item in PRESETS.values():
        networks = f"{len(item.experiment.arms)} arms × depths {', '.join(map(str, item.experiment.depths))}"
        table.add_row(item.name, item.title, networks + f" × {item.experiment.seeds} seeds", item.about)
    Console().print(table)


def _tokens_in(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        lines = file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"--token-file: {file} cannot be read: {error}") from None
    if len(lines) not in (1, 2):
        raise Refused(f"--token-file: {file} holds {len(lines)} words; one token a line, the lecturer's first")
    return dict(zip(("token", "student_token"), lines, strict=False))


def _settings(given: dict[str, object]) -> Settings:
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise refused(error) from None


def main() -> None:
    """Entry point: errors of ours are one line on stderr and exit code 2."""
    try:
        app()
    except SkipscopeError as error:
        print(f"skipscope: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, Refused) else 1)
