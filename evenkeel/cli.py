"""The command line: thin. It parses, calls, prints, and turns outcomes into exit statuses.

0 fine; 1 a bug; 2 the user can mend it; 3 a validation gate stopped the run; 4 a claim failed, or an audit;
for a signal that ended it 128 and its number (130 for Ctrl-C, 143 for SIGTERM). With ``--json`` stdout is
exactly one JSON object; logs and progress go to stderr.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from evenkeel import __version__, calling
from evenkeel.calling import DEFAULT_STORE
from evenkeel.errors import EvenkeelError, Interrupted, ValidationStopped

app = typer.Typer(
    help="From an imbalanced table to a model you can trust, with a test set that is provably untouched.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StoreOption = Annotated[
    Path, typer.Option("--store", envvar=calling.STORE_VARIABLE, help="Folder of the artifact store.")
]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="Replace a value: --set split.seed=7")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object.")]
RunArgument = Annotated[str, typer.Argument(help="A run's id, the beginning of it, its folder, or 'latest'.")]
# what --json calls an error, if not that
STATUS: dict[type[EvenkeelError], str] = {ValidationStopped: "stopped", Interrupted: "interrupted"}
# Ctrl-C, a service manager's way to end a process, and a terminal that is closed
ENDINGS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main() -> None:
    """The console script: errors that are meant for a person are shown as such, without a traceback."""
    try:
        app()
    except EvenkeelError as error:
        typer.echo(f"evenkeel: {error}", err=True)
        if "--json" in sys.argv:
            status = STATUS.get(type(error), "error")
            typer.echo(_json({"status": status, "error": str(error), "run": getattr(error, "run", None)}))
        sys.exit(error.exit_status)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"evenkeel {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    config: Annotated[Path, typer.Argument(help="The config file of the run.")],
    store: StoreOption = DEFAULT_STORE,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """The main job: from a config to a report and a certificate."""
    from evenkeel.config import load

    # before Prefect is even imported: a mistake in the config is answered at once
    load(config, set_ or [])
    from evenkeel import terminal

    calling.quiet_prefect()
    from flows.train import train

    result = _flow_result(train, str(config), str(store), set_ or [])
    typer.echo(_json(result) if as_json else terminal.run_text(result, str(store)))


def _flow_result(flow: Any, *arguments: Any) -> Any:
    """The result of a flow, with its progress on stderr."""
    from evenkeel import bars

    with _ending_in_order("what was finished is kept for the next run"), bars.shown(sys.stderr):
        return calling.result_of(flow, *arguments)


@contextlib.contextmanager
def _ending_in_order(left: str) -> Iterator[None]:
    """Inside the block workers end with the work, however it ends; `left` is what a signal leaves behind."""
    with _interruptible(left), calling.ending_workers():
        yield


@contextlib.contextmanager
def _interruptible(left: str) -> Iterator[None]:
    """Make of a signal that asks to end an `Interrupted`, which is told in one line."""
    asked: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        # once is enough: nothing is to disturb the ending itself
        for each in handlers:
            signal.signal(each, signal.SIG_IGN)
        asked.append(number)
        raise KeyboardInterrupt

    # what is ignored stays so: that is what nohup is for
    handlers = {each: found for each in ENDINGS if (found := signal.getsignal(each)) != signal.SIG_IGN}
    for each in handlers:
        signal.signal(each, end)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(asked[0] if asked else signal.SIGINT, left) from None
    finally:
        for each, handler in handlers.items():
            signal.signal(each, signal.SIG_IGN if asked else handler)


@app.command()
def resample(
    config: Annotated[Path, typer.Argument(help="The config file.")],
    strategy: Annotated[str, typer.Option("--strategy", "-s", help="One of its strategies, or a sampler.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .parquet, .csv or .csv.gz file.")],
    store: StoreOption = DEFAULT_STORE,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the resampled train set of one strategy, for training elsewhere."""
    from evenkeel.config import load

    load(config, set_ or [])
    from evenkeel import terminal

    calling.quiet_prefect()
    from flows.resample import resample as flow

    result = _flow_result(flow, str(config), strategy, str(output), str(store), set_ or [])
    typer.echo(_json(result) if as_json else terminal.resampled_text(result))


@app.command()
def xray(
    config: Annotated[Path, typer.Argument(help="The config file of the run.")],
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", "-s", help="One of its strategies that resample, or a sampler."),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    set_: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """The main job, and what leaks would have reported on the same train rows."""
    from evenkeel.config import load

    load(config, set_ or [])
    from evenkeel import terminal

    calling.quiet_prefect()
    from flows.xray import xray as flow

    result = _flow_result(flow, str(config), strategy, str(store), set_ or [])
    typer.echo(_json(result) if as_json else terminal.xray_text(result, str(store)))


@app.command()
def verify(
    run: RunArgument,
    store: StoreOption = DEFAULT_STORE,
    no_replay: Annotated[bool, typer.Option("--no-replay", help="Check digests and records alone.")] = False,
    key: Annotated[
        Path | None, typer.Option("--key", help="The public key, in PEM form, that must have signed it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the claims of a run from its files, one line each; exit status 4 when one fails."""
    from evenkeel import bars, execution, runs, signing, terminal
    from evenkeel.store import Store

    found = runs.find(Store(store), run)
    public = None if key is None else signing.read_public(key)
    if not no_replay:
        # the workers' imports beside our own
        execution.warm()
    from evenkeel.proof import verify as check

    # off a terminal the verdict is all that there is to say
    watched = bars.shown(sys.stderr) if sys.stderr.isatty() else contextlib.nullcontext()
    with _ending_in_order("nothing was changed"), watched:
        verdict = check(found, replay=not no_replay, key=public)
    if as_json:
        claims = [claim.model_dump() for claim in verdict.claims]
        told = {
            "run": verdict.run,
            "verified": verdict.verified,
            "claims": claims,
            "not_checked": list(verdict.not_checked),
        }
        typer.echo(_json(told | ({"without_objects": True} if verdict.without_objects else {})))
    else:
        typer.echo(terminal.verdict_text(verdict))
    if not verdict.verified:
        raise typer.Exit(4)


@app.command()
def certificate(
    run: RunArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="A new or empty folder.")],
    store: StoreOption = DEFAULT_STORE,
    no_objects: Annotated[
        bool, typer.Option("--no-objects", help="Leave out tables, models and predictions.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Even if a claim of the run fails.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Export a run to a folder that anyone can carry away and check."""
    import dataclasses

    from evenkeel import runs, terminal
    from evenkeel.export import export
    from evenkeel.store import Store

    exported = export(runs.find(Store(store), run), output, objects=not no_objects, force=force)
    typer.echo(_json(dataclasses.asdict(exported)) if as_json else terminal.exported_text(exported))


@app.command()
def audit(
    train: Annotated[Path, typer.Argument(help="The train table: .csv, .csv.gz or .parquet.")],
    test: Annotated[Path, typer.Argument(help="The test table.")],
    target: Annotated[str, typer.Option("--target", "-t", help="The column of the labels.")],
    groups: Annotated[str | None, typer.Option(help="Its values must not be in both tables.")] = None,
    time: Annotated[str | None, typer.Option(help="Test must come after train in it.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="A column that is no feature; repeatable.")] = None,
    encoding: Annotated[str, typer.Option(help="How texts are encoded.")] = "utf-8",
    as_json: JsonOption = False,
) -> None:
    """Look for leaks between any two tables; exit status 4 when a finding is critical."""
    from evenkeel import bars, terminal
    from evenkeel.proof.audit import examine, in_order, read_table

    with _ending_in_order("nothing was changed"), bars.shown(sys.stderr):
        tables = [
            read_table(path, role, encoding=encoding) for path, role in ((train, "train"), (test, "test"))
        ]
        made = examine(*tables, target=target, groups=groups, time=time, ignore=ignore or ())
    found = in_order(made)
    if as_json:
        checked = [check.as_dict() for check in made]
        typer.echo(_json({"findings": [finding.as_dict() for finding in found], "checked": checked}))
    else:
        typer.echo(terminal.audit_text(made))
    if any(finding.severity == "critical" for finding in found):
        raise typer.Exit(4)


@app.command()
def runs(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """What ran, oldest first."""
    from evenkeel import runs as ledger
    from evenkeel import terminal
    from evenkeel.store import Store

    listed = [terminal.listed(found) for found in ledger.every(Store(store))]
    typer.echo(_json({"runs": listed}) if as_json else terminal.runs_text(listed, str(store)))


@app.command()
def show(
    run: RunArgument,
    store: StoreOption = DEFAULT_STORE,
    config: Annotated[
        bool, typer.Option("--config", help="Print the config that does what the verdict says.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What a run did: its steps, and its figures or the checks that stopped it."""
    from evenkeel import runs as ledger
    from evenkeel import terminal
    from evenkeel.store import Store

    found = ledger.find(Store(store), run)
    if config:
        text = terminal.settled_text(found)
        typer.echo(_json({"run": found.name, "config": text}) if as_json else text, nl=as_json)
        return
    shown = terminal.shown(found)
    typer.echo(_json(shown) if as_json else terminal.show_text(shown))


@app.command()
def report(
    run: RunArgument,
    store: StoreOption = DEFAULT_STORE,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Where the HTML report of a run is."""
    from evenkeel import runs as ledger
    from evenkeel.errors import StoreError
    from evenkeel.store import Store

    page = ledger.find(Store(store), run).folder.resolve() / "report.html"
    if not page.is_file():
        raise StoreError(
            f"Expected a report at {page}, got none: the run stopped before. Next: evenkeel show {run}"
        )
    if open_:
        typer.launch(page.as_uri())
    typer.echo(_json({"report": str(page)}) if as_json else str(page))


@app.command()
def samplers(as_json: JsonOption = False) -> None:
    """The samplers that a strategy can name, with their parameters."""
    from evenkeel import terminal
    from evenkeel.parameters import parameter_names
    from evenkeel.resampling import SAMPLERS

    rows = [
        {
            "name": entry.short,
            "sampler": entry.name,
            "family": entry.family,
            "what": entry.what,
            "source": entry.source,
            "parameters": sorted(parameter_names(entry.load())),
            "space": {name: str(dimension) for name, dimension in entry.space.items()},
        }
        for entry in SAMPLERS.values()
    ]
    typer.echo(_json({"samplers": rows}) if as_json else terminal.samplers_text(rows))


@app.command()
def models(as_json: JsonOption = False) -> None:
    """The models that a config can name."""
    from evenkeel import terminal
    from evenkeel.models import MODELS

    rows = [
        {
            "kind": kind,
            "what": entry.what,
            "balances": entry.balances,
            "class": entry.path,
            "space": {name: str(dimension) for name, dimension in entry.space.items()},
        }
        for kind, entry in MODELS.items()
    ]
    typer.echo(_json({"models": rows}) if as_json else terminal.models_text(rows))


@app.command()
def schema() -> None:
    """The JSON schema of the config."""
    from evenkeel.config import RunConfig

    typer.echo(json.dumps(RunConfig.model_json_schema(), indent=2))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


if __name__ == "__main__":
    main()
