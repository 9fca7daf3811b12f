"""Which command of `lasttouch` is called, and how it ends: with which exit status and words (contract §7)."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module, metadata
from typing import Annotated, Final, NamedTuple

import typer
from typer.main import get_command

from cli import standard_output
from config.early_signals import let_signals_act
from config.errors import Negative, Unavailable, UserError
from config.secret_files import take_secrets_from_files
from config.stopping import INTERRUPTED_STATUS

_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}


class _Where(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    name: str
    """Of a function, which is the command, or of a `typer.Typer` with commands of its own."""
    summary: str


_COMMANDS: Final[Mapping[str, _Where]] = {
    "demo": _Where("cli.demo.command", "demo", "Everything on this machine: broker, Redis, a shop, its revenue live."),
    "run": _Where("cli.run", "run", "The dataflow: from Kafka until stopped, or from files to their end."),
    "ingest": _Where("cli.ingest", "ingest", "JSON Lines files into the Kafka topics."),
    "serve": _Where("cli.serve", "serve", "The HTTP API and the dashboard, to whoever has a token."),
    "token": _Where("cli.token", "app", "Who may ask what over HTTP: makes, lists and revokes tokens."),
    "report": _Where("cli.report", "app", "What campaigns and channels earned, the orders, and who bought."),
    "explain": _Where("cli.explain", "explain", "Why an order is credited where it is."),
    "settings": _Where("cli.settings", "app", "An account's settings, a change of them, and what it would do."),
    "rebuild": _Where("cli.rebuild", "rebuild", "Redis anew from the dataflow's state, while the stream runs."),
    "doctor": _Where("cli.doctor.command", "doctor", "Is this machine, and what it names, as a run wants it?"),
    "audit": _Where("cli.audit", "audit", "Are the counters what the order rows say? Status 1 if not."),
    "generate": _Where("cli.generate", "generate", "Realistic events for demos, tests and benchmarks."),
}
_END_IN_ORDER: Final = frozenset({"demo", "run", "serve", "rebuild"})
"""They see to the signals that ask them to end; others are cut off by them, and nothing is lost."""


def run_command(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` call for, and return the exit status.

    0: done; 2: wrong input; 1: what is needed cannot be reached, or the answer is no; 130: Ctrl-C.
    Whatever is not 0 but 130 comes with exactly one line on stderr, but for a pipe whose reader has gone.
    """
    standard_output.prepare()
    try:
        take_secrets_from_files(os.environ)
        status = _run(arguments)
        sys.stdout.flush()
    except (UserError, Unavailable, Negative) as error:
        return _fail(str(error), error.exit_status)
    except typer.TyperException as error:
        return _fail(error.format_message().replace("Value error, ", ""), error.exit_code)
    except ModuleNotFoundError as error:
        return _fail(f"package {error.name}: is not installed; install lasttouch[demo], which has all", 1)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED_STATUS
    except BrokenPipeError:
        # The reader of a pipe has seen enough (`| head`).
        return 1
    return status


def _run(arguments: Sequence[str]) -> int:
    # The top takes no option with a value, so the first word that is no option is the command.
    called = next((word for word in arguments if not word.startswith("-")), None)
    command = get_command(_app(called))
    if called not in _END_IN_ORDER:
        let_signals_act()
    result = command.main(args=list(arguments), prog_name="lasttouch", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _app(called: str | None) -> typer.Typer:
    """All commands by name; only the called one is imported, so that none waits for what another needs."""
    app = typer.Typer(add_completion=False, context_settings=_CONTEXT)
    app.callback(invoke_without_command=True)(_top)
    for name, where in _COMMANDS.items():
        target = getattr(import_module(where.module), where.name) if name == called else _not_called
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=name, help=where.summary)
        else:
            app.command(name, short_help=where.summary)(target)
    return app


def _not_called() -> None:
    raise AssertionError("the called command is the one that is imported")


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"lasttouch {_version()}")
        raise typer.Exit


def _version() -> str:
    try:
        return metadata.version("lasttouch")
    except metadata.PackageNotFoundError:
        return "(not installed, so without a version)"


_Version = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
]


def _top(
    context: typer.Context,
    version: _Version = False,  # noqa: ARG001 - its callback has done it all
) -> None:
    """Last-touch revenue attribution as a stream: messages and orders in, exact revenue in Redis out."""
    if context.invoked_subcommand is None:
        raise UserError(f"command: none is given; write one of {', '.join(_COMMANDS)}, or --help")


def _fail(message: str, status: int) -> int:
    """One line, whatever the message is made of."""
    words = " ".join(message.split())
    line = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in words)
    typer.echo(f"lasttouch: {line}", err=True)
    return status
