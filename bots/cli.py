"""The command `starlight`. Parses words, opens what a command needs through `bots/app.py`, prints, and sets the exit code."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from bots.settings import BadSettings, Settings, load_settings
from bots.texts import Texts, spoken
from core.errors import BotError

Result = TypeVar("Result")
CREDITS_MOST = 1_000_000

cli = typer.Typer(
    name="starlight",
    help="Chat, pictures and films from an AI gateway, in people's Telegram and Discord chats.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """The entry point of the distribution."""
    cli()


@cli.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        run()


@cli.command()
def run() -> None:
    """Start the bot: the platforms whose token is set, else a chat in this terminal."""
    settings = _settings()
    if settings.telegram_bot_token.get_secret_value() or settings.discord_bot_token.get_secret_value():
        from bots.app import run_bot

        raise typer.Exit(_loop(run_bot(settings, _say, _words)))
    console()


@cli.command()
def console() -> None:
    """Chat in this terminal, whatever tokens are set. Reads lines, so input may be piped in."""
    from bots.app import run_console

    raise typer.Exit(_loop(run_console(_settings(), _say, _words)))


@cli.command()
def doctor() -> None:
    """Look at everything the bot stands on; the exit code is 1 when something needs you."""
    from bots.errands import diagnose

    findings = _loop(diagnose(_settings()))
    _say(f"✓ {_words('topic-settings')}: {_words('doctor-settings')}")
    for finding in findings:
        _say(
            f"{'✓' if finding.well else '✗'} {_words(f'topic-{finding.topic}')}: {_words(finding.key, **finding.params)}"
        )
        if finding.hint:
            _say(f"    → {_words(finding.hint)}")
    unwell = sum(not finding.well for finding in findings)
    _say(_words("doctor-unwell", count=unwell) if unwell else _words("doctor-well"))
    raise typer.Exit(1 if unwell else 0)


@cli.command()
def migrate() -> None:
    """Bring the database to this version. The bot does it by itself at its start."""
    from bots.errands import migrated

    _say(_words("cli-migrated", version=_loop(migrated(_settings()))))


@cli.command()
def models() -> None:
    """Compare the rows with what the gateway lists."""
    from bots.errands import compare_models

    for line in _loop(compare_models(_settings(), _words, Texts().pick(spoken()))):
        _say(line)


@cli.command(context_settings={"ignore_unknown_options": True})
def grant(
    person: Annotated[str, typer.Argument(help="telegram:ID or discord:ID")],
    amount: Annotated[str, typer.Argument(metavar="CREDITS", help="How many credits; negative takes away")],
) -> None:
    """Give credits to a person. Works beside the running bot."""
    from bots.errands import GrantRefused, grant_credits

    try:
        wanted = Decimal(amount)
    except InvalidOperation:
        wanted = Decimal("nan")
    if not wanted.is_finite() or abs(wanted) > CREDITS_MOST:
        _fail(_words("cli-bad-credits", value=amount))
    try:
        balance = _loop(grant_credits(_settings(), person, wanted))
    except GrantRefused:
        _fail(_words("cli-grant-refused", person=person))
    if balance is None:
        _fail(_words("cli-no-person", person=person))
    _say(_words("cli-granted", person=person, balance=balance))


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="A file that does not exist yet")]) -> None:
    """Copy the whole database into FILE beside the running bot. That file is the money: keep it safe."""
    from bots.app import BackupFailed, copy_database

    try:
        _loop(copy_database(_settings(), file))
    except BackupFailed as error:
        _fail(_words("cli-backup-failed", why=str(error)))
    _say(_words("cli-backup", file=str(file)))


@cli.command()
def sandbox(port: Annotated[int, typer.Option(min=0, max=65535, help="0 = any free one")] = 0) -> None:
    """Serve the stand-in for the gateway, for other programs to try."""
    from bots.errands import serve_sandbox

    _loop(serve_sandbox(port, lambda url: _say(_words("cli-sandbox", url=url))))


# --- what they share --------------------


def _words(key: str, /, **params: Any) -> str:
    """The operator's own language: Chinese where the terminal's is, else English."""
    texts = Texts()
    return texts(texts.pick(spoken()), key, **params)


def _say(line: str) -> None:
    typer.echo(line)


def _fail(line: str) -> NoReturn:
    typer.echo(line, err=True)
    raise typer.Exit(1)


def _settings() -> Settings:
    try:
        return load_settings()
    except BadSettings as error:
        _complain(error)
        raise typer.Exit(2) from None


def _complain(error: BadSettings) -> None:
    typer.echo(_words("settings-wrong", count=len(error.problems)), err=True)
    for problem in error.problems:
        typer.echo(f"  • {_words(problem.key, **problem.params)}", err=True)


def _loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run on uvloop where it installs. Mistakes of the operator end with their lines, not with a traceback."""
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)
    except BadSettings as error:
        _complain(error)
        raise typer.Exit(2) from None
    except BotError as error:
        _fail(_words("cli-failed", why=str(error)))
    except OSError as error:
        _fail(_words("cli-failed", why=error.strerror or str(error)))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
