"""/help: all commands in a line each, or the details of one, from the table."""

from __future__ import annotations

from bots.commands import table
from bots.commands.request import Request
from bots.commands.table import Command, Option

VALUES_MOST = 12


async def show(request: Request) -> None:
    wanted = request.text or request.options.get("command", "")
    command = table.find(wanted.strip().lstrip("/")) if wanted else None
    if command is None or not _may(request, command):
        await request.say("\n".join(_all(request)))
    else:
        await request.say("\n".join(_details(request, command)))


def _may(request: Request, command: Command) -> bool:
    return command.who == "anyone" or request.access.person.is_owner


def _all(request: Request) -> list[str]:
    where = "private" if request.place.private else "group"
    listed = [command for command in table.COMMANDS if _may(request, command)]
    lines = [f"/{command.name} — {request.words(command.about)}" for command in listed]
    return [request.words("help-title", where=where), "", *lines, "", request.words("help-more")]


def _details(request: Request, command: Command) -> list[str]:
    lines = [f"{table.usage(command)}", request.words(command.help)]
    options = [option for option in table.options(command, request.services.catalog) if not option.rest]
    if command.style != "words" and options:
        lines += ["", request.words("help-options", style=command.style)]
        lines += [_option(request, command, option) for option in options if option.type != "file"]
    return lines


def _option(request: Request, command: Command, option: Option) -> str:
    values = table.complete(command, option, "", request.services.catalog, request.services.rules, most=VALUES_MOST + 1)
    shown = ", ".join(values[:VALUES_MOST]) + (" …" if len(values) > VALUES_MOST else "")
    chinese = [alias for alias in option.aliases if not alias.isascii()] if request.locale == "zh" else []
    short = [*chinese, *(alias for alias in option.aliases if alias.isascii())]
    names = f"--{option.name}" + (f" (--{short[0]})" if short else "")
    return f"{names}: {about(request, option)}" + (f" [{shown}]" if shown else "")


def about(request: Request, option: Option) -> str:
    """The operator's own rows may have options that we have no sentence for."""
    key = f"option-{option.name}"
    return request.words(key) if request.services.texts.has(key) else request.words("option-other")
