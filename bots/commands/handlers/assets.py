"""/assets: a person's own files in the vendor's library, to be named in the words of films. They and nobody else are shown
them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bots.commands import inputs, owned
from bots.commands.handlers.follow_up import as_input
from bots.commands.owned import mine
from bots.commands.request import Request
from bots.outlet import Button, Buttons
from core.errors import BadAssetName, BadOption, NeedsInput
from core.values import Asset, Kind, Part

PER_PAGE = 5
PAGE_DIGITS = 3


async def assets(request: Request) -> None:
    """With a file and a name it is added, without both they are listed."""
    name = request.text.strip().lstrip("@＠").strip()
    reply = request.incoming.reply
    if not name and not request.incoming.attachments and not (reply and reply.attachments):
        text, buttons = await _page(request, 0)
        await request.say(text, buttons=buttons)
        return
    if not name:
        raise BadAssetName(name="none")
    added = await request.services.library.add(request.access, name, await _file(request), request.incoming.event_id)
    request.settled = bool(request.incoming.event_id)
    await request.tell("asset-added", name=added.name)


async def _file(request: Request) -> Part:
    """The one that was sent, or that is replied to. Raises BadOption for several, NeedsInput for none, and what reading files
    raises."""
    command, sent = request.command, request.incoming.attachments
    if command is None:
        raise ValueError("no command")
    if len(sent) > 1:
        raise BadOption(name="files", value=str(len(sent)), allowed="1")
    result = None if sent else await shown_result(request, command.takes)
    if result is not None:
        return result
    files = await inputs.read(request, command.takes)
    if not files:
        raise NeedsInput(command="assets")
    if len(files) > 1:
        raise BadOption(name="files", value=str(len(files)), allowed="1")
    return replace(files[0], role="")


async def shown_result(request: Request, kinds: Collection[Kind]) -> Part | None:
    """What we made, if the message that is replied to shows that and it is of these kinds: as it is stored, not as the
    platform has packed it. Raises JobGone, NotYours."""
    reply = request.incoming.reply
    kind, job_id = await owned.replied(request)
    if kind != "job" or reply is None:
        return None
    job = await owned.pressable(request, job_id)
    at = job.result_ids.index(reply.message_id) if reply.message_id in job.result_ids else 0
    if at >= len(job.results) or not job.results[at].media or job.results[at].kind not in kinds:
        return None
    part = as_input(job.results[at])
    await request.services.orders.use_again(part, request.command.name if request.command else "")
    return part


# --- buttons --------------------


async def turn(request: Request, ref: Sequence[str]) -> None:
    """`assets:PAGE:PERSON`."""
    await _show(request, _number(mine(request, ref)))


async def press(request: Request, ref: Sequence[str]) -> None:
    """`asset:ask:ASSET:PAGE:PERSON`, and `asset:drop:…` when they are sure."""
    deed, asset_id, *rest = (*mine(request, ref), "", "")
    page = _number(rest)
    known = await request.services.library.mine(request.access)
    asset = next((each for each in known if each.id == asset_id), None)
    if deed == "drop":
        await request.services.library.drop(request.access, asset_id)
    elif asset is not None:
        sure = Button(
            request.words("button-erase-sure"),
            owned.owned(request, "asset", "drop", asset.id, str(page)),
            style="danger",
        )
        keep = Button(request.words("button-keep"), owned.owned(request, "assets", str(page)))
        await request.revise(request.words("asset-sure", name=asset.name), buttons=((sure, keep),))
        return
    await _show(request, page)


async def _show(request: Request, page: int) -> None:
    text, buttons = await _page(request, page)
    await request.revise(text, buttons=buttons)


def _number(words: Sequence[str]) -> int:
    return int(words[0]) if words and words[0].isdecimal() and len(words[0]) <= PAGE_DIGITS else 0


# --- the list --------------------


async def _page(request: Request, number: int) -> tuple[str, Buttons]:
    known = await request.services.library.mine(request.access)
    if not known:
        return request.words("assets-none" if request.services.library.offered else "error-no-library"), ()
    last = (len(known) - 1) // PER_PAGE
    number = min(number, last)
    shown = known[number * PER_PAGE : (number + 1) * PER_PAGE]
    lines = [request.words("assets-title", count=len(known)), *(_line(request, asset) for asset in shown)]
    rows = [(_delete(request, asset, number),) for asset in shown]
    turns = [Button("‹", owned.owned(request, "assets", str(number - 1)))] if number else []
    if number < last:
        turns.append(Button("›", owned.owned(request, "assets", str(number + 1))))
    return "\n".join([*lines, request.words("assets-how")]), (*rows, *((tuple(turns),) if turns else ()))


def _line(request: Request, asset: Asset) -> str:
    ago_s = (request.services.clock.now_ms() - asset.created_ms) / 1000
    ago = request.services.texts.span(ago_s, request.locale)
    return request.words("assets-line", name=asset.name, kind=asset.kind, state=asset.state, ago=ago)


def _delete(request: Request, asset: Asset, page: int) -> Button:
    label = request.words("button-asset-delete", name=asset.name)
    return Button(label, owned.owned(request, "asset", "ask", asset.id, str(page)))
