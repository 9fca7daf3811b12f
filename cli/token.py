"""`lasttouch token`: who may ask what over HTTP: makes, lists and revokes tokens."""

from __future__ import annotations

import shutil
from typing import Annotated, Final

import typer
from cryptography.exceptions import UnsupportedAlgorithm

from api.intake.sources import HOOKS
from cli.options import TokensPath, tokens_path
from config.errors import UserError
from config.tokens_file import HOOK_SOURCES, Role, Token, create_token, read_tokens, revoke_token
from reports import arguments as asked
from reports.columns import lay_out, wholes
from state.times import format_time

_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}

app: Final = typer.Typer(add_completion=False, context_settings=_CONTEXT)

Account = Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="The one account that it opens.")]


@app.callback(invoke_without_command=True)
def token(context: typer.Context) -> None:
    """Who may ask what over HTTP: makes, lists and revokes tokens."""
    if context.invoked_subcommand is None:
        raise UserError("token: what about them? Write one of create, list, revoke, or --help")


@app.command("create")
def create(
    account: Account,
    role: Annotated[Role, typer.Option("--role", help="What it may do.")],
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Whose it is.")] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="SOURCE", help=f"Opens that webhook only: {', '.join(HOOK_SOURCES)}."),
    ] = None,
    signing_key: Annotated[
        str | None, typer.Option("--signing-key", metavar="KEY", help="What the source signs its webhooks with.")
    ] = None,
    delivered_when: Annotated[
        str | None, typer.Option("--delivered-when", metavar="paid", help="An order that is paid counts as delivered.")
    ] = None,
    tokens: TokensPath = None,
) -> None:
    """Make a token and print it: once, it is kept nowhere."""
    if source is not None and signing_key is not None:
        _check_key(source, signing_key)
    secret = create_token(
        tokens_path(tokens),
        account=asked.identifier("--account", account),
        role=role,
        name=name,
        source=source,
        signing_key=signing_key,
        delivered_when=delivered_when,
    )
    typer.echo(secret)


@app.command("list")
def list_(
    account: Annotated[str | None, typer.Option("--account", metavar="ACCOUNT", help="Only this account's.")] = None,
    tokens: TokensPath = None,
) -> None:
    """The tokens there are: id, account, role, name, when it was made; never the token itself."""
    wanted = None if account is None else asked.identifier("--account", account)
    found = [one for one in read_tokens(tokens_path(tokens)) if wanted in {None, one.account}]
    columns = wholes("Id", "Account", "Role", "Name", "Created at")
    rows = [(one.id, one.account, one.role.value, one.name or "–", _created(one)) for one in found]
    layout = lay_out(columns, rows, None, shutil.get_terminal_size().columns)
    for line in (*layout.head, *layout.body):
        typer.echo(line.rstrip())


@app.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `lasttouch token list` shows it.")],
    tokens: TokensPath = None,
) -> None:
    """Take a token back: servers refuse it within 5 s."""
    revoke_token(tokens_path(tokens), token_id)


def _check_key(source: str, key: str) -> None:
    """Raises `UserError` for what can be no key of the source: every request would be refused as forged."""
    known = HOOKS.get(source)
    if known is None or known.check_key is None:
        return
    try:
        known.check_key(key)
    except (UnsupportedAlgorithm, ValueError) as error:
        raise UserError(
            f"--signing-key: is no P-256 public key in base64 of DER; give the key that {source} shows"
        ) from error


def _created(one: Token) -> str:
    return "–" if one.created_at is None else format_time(int(one.created_at.timestamp() * 1_000))
