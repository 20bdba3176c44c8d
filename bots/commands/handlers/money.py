"""/balance and /usage."""

from __future__ import annotations

from bots.commands.request import Request
from core.errors import BadCommand
from core.values import Spent

DAYS_MOST = 366
DIGITS_MOST = 4
LINES_MOST = 20
KINDS = ("chat", "image", "video", "audio")


async def balance(request: Request) -> None:
    found = await request.services.purse.balance(request.access)
    if found.unlimited:
        await request.tell("balance-unlimited")
        return
    texts = request.services.texts
    lines = [
        request.words("balance-group" if found.group else "balance-own"),
        request.words(
            "balance-daily",
            left=texts.money(found.daily, request.locale, "down"),
            allowance=request.money(found.allowance),
            renews=found.renews_ms // 1000,
        ),
    ]
    if found.kept:
        lines.append(request.words("balance-kept", kept=texts.money(found.kept, request.locale, "down")))
    lines.append(request.words("balance-plan", plan=found.plan))
    await request.say("\n".join(lines))


async def usage(request: Request) -> None:
    days = _days(request)
    spent = await request.services.purse.usage(request.access, days)
    if not spent:
        await request.tell("usage-none", days=days)
        return
    total = request.money(sum(each.micros for each in spent))
    lines = [_line(request, each) for each in spent[:LINES_MOST]]
    if len(spent) > LINES_MOST:
        lines.append(request.words("usage-rest", price=request.money(sum(each.micros for each in spent[LINES_MOST:]))))
    await request.say("\n".join([request.words("usage-title", days=days, total=total), *lines]))


def _line(request: Request, spent: Spent) -> str:
    what = spent.what if spent.what in KINDS else "chat"
    return request.words(
        "usage-line",
        what=request.words(f"kind-{what}"),
        model=spent.model,
        times=spent.times,
        price=request.money(spent.micros),
    )


def _days(request: Request) -> int:
    written = request.text or request.options.get("days", "") or "30"
    if not written.isdecimal() or len(written) > DIGITS_MOST or not 1 <= int(written) <= DAYS_MOST:
        raise BadCommand(command="usage", usage="/usage [DAYS]")
    return int(written)
