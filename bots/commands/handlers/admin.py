"""/admin: what owners do from a chat. One small function for each action."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from bots.commands import parking
from bots.commands.handlers import models
from bots.commands.request import Request
from bots.outlet import Button
from core.errors import BadCommand, BadOption, OwnersOnly
from core.plans import MICROS
from core.values import JobState, Part, Person, Place

CREDITS_MOST = Decimal(10_000_000)
USES_MOST = 1000
DAYS_MOST = 365
_LIMIT = re.compile(
    r"(?P<all>all\s+)?(?:\$\s*)?(?P<usd>\d{1,7}(?:\.\d{1,6})?|none|file)(?:\s*usd)?(?:\s*/\s*day)?", re.I
)
_MENTION = re.compile(r"<@!?(\d+)>")
"""How Discord writes a person who is picked in a slash command."""


async def run(request: Request) -> None:
    action, _, rest = request.text.partition(" ")
    deed = ACTIONS.get(action.lower())
    if deed is None:
        await request.tell("admin-help")
        return
    request.text = rest.strip()
    await deed(request)


def _wrong(request: Request, action: str) -> BadCommand:
    usage = request.words(f"admin-usage-{action}")
    return BadCommand(command=f"admin {action}", usage=f"/admin {action} {usage}")


# --- numbers --------------------


async def stats(request: Request) -> None:
    found, texts = await request.services.purse.stats(), request.services.texts
    people, jobs = found.people, found.jobs
    await request.tell(
        "admin-stats",
        spent=texts.dollars(found.spent),
        limit=texts.dollars(found.limit) if found.limit else request.words("admin-no-limit"),
        owners=people.get("owner", 0),
        members=people.get("member", 0),
        strangers=people.get("stranger", 0),
        banned=people.get("banned", 0),
        jobs=_orders(request, jobs),
        answers=request.services.answers.running,
    )


def _orders(request: Request, jobs: Mapping[str, int]) -> str:
    """The states that any order is in, in the order of their life; states of one name are counted together."""
    counts: dict[str, int] = {}
    for state in JobState:
        name = request.words(f"job-state-{state}")
        counts[name] = counts.get(name, 0) + jobs.get(state, 0)
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count) or "0"


async def list_models(request: Request) -> None:
    lines = []
    for kind in ("chat", "image", "video", "audio"):
        specs = request.services.catalog.visible(kind)
        if specs:
            lines += ["", request.words("admin-models-kind", kind=request.words(f"kind-{kind}"), count=len(specs))]
            lines += [f"{spec.name} · {models.price(request, spec)}" for spec in specs]
    await request.say("\n".join(lines).strip() or request.words("admin-models-none"))


async def limit(request: Request) -> None:
    """`1.00/day`: the default plan's allowance in USD; `all 5.00/day`: everybody together; `none`; `file`: as configured."""
    match = _LIMIT.fullmatch(request.text)
    if match is None:
        raise _wrong(request, "limit")
    written = match["usd"].lower()
    amount = None if written == "file" else 0 if written == "none" else int(Decimal(written) * MICROS)
    await request.services.purse.set_daily("all" if match["all"] else "plan", amount)
    await request.tell(
        "admin-limit-all" if match["all"] else "admin-limit-plan",
        amount=request.services.texts.dollars(amount) if amount else "",
        state="file" if amount is None else "set" if amount else "none",
    )


# --- people --------------------


async def grant(request: Request) -> None:
    person, rest = await _person(request, "grant")
    try:
        amount = Decimal(rest)
    except InvalidOperation:
        raise _wrong(request, "grant") from None
    if not amount.is_finite() or not 0 < abs(amount) <= CREDITS_MOST:
        raise _wrong(request, "grant")
    micros = int(amount * request.services.rules.credit)
    ref = f"grant:{request.incoming.event_id or request.new_id()}"
    await request.services.directory.grant(request.access, person.id, micros, ref)
    await request.tell("admin-granted", name=person.name or person.id, amount=request.money(micros))


async def plan(request: Request) -> None:
    """Of a person, or with `here` of this group: the plan whose allowance fills its purse."""
    here, _, name = request.text.partition(" ")
    if here.lower() == "here" and name.strip() and not request.place.private:
        await request.services.directory.set_group_plan(request.place, name.strip())
        await request.tell("admin-plan-set", name=request.place.chat_key, plan=name.strip())
        return
    person, name = await _person(request, "plan")
    plans = request.services.rules.plans
    if name not in plans:
        raise BadOption(name="plan", value=name[:40], allowed=", ".join(plans))
    await request.services.directory.set_plan(person.id, name)
    await request.tell("admin-plan-set", name=person.name or person.id, plan=name)


async def ban(request: Request) -> None:
    await _ban(request, "ban", banned=True)


async def unban(request: Request) -> None:
    await _ban(request, "unban", banned=False)


async def _ban(request: Request, action: str, *, banned: bool) -> None:
    person, _ = await _person(request, action)
    if banned and person.is_owner:
        await request.tell("admin-ban-owner")
        return
    await request.services.directory.ban(person.id, banned)
    await request.tell("admin-banned" if banned else "admin-unbanned", name=person.name or person.id)


async def invite(request: Request) -> None:
    numbers = request.text.split()
    if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
        raise _wrong(request, "invite")
    uses, days = (*map(int, numbers), *(1, 7)[len(numbers) :])
    if not 1 <= uses <= USES_MOST or not 1 <= days <= DAYS_MOST:
        raise _wrong(request, "invite")
    code = await request.services.directory.invite(request.access, uses, days)
    links = [link for outlet in request.services.outlets.values() if (link := outlet.start_link(code))]
    words = request.words("admin-invite", code=code, uses=uses, days=days)
    await request.say("\n".join([words, *(request.words("admin-invite-link", url=link) for link in links)]))


async def _person(request: Request, action: str) -> tuple[Person, str]:
    """Whom it is about, and the words behind: the author of the message replied to, or `@name`, `123`, `telegram:123`."""
    reply, directory = request.incoming.reply, request.services.directory
    if reply and not reply.own and reply.author_id:
        platform, who, rest = request.place.platform, reply.author_id, request.text
    else:
        named, _, rest = request.text.partition(" ")
        platform, _, who = _MENTION.sub(r"\1", named).rpartition(":")
        platform = platform or request.place.platform
    if not who:
        raise _wrong(request, action)
    person = await directory.find(platform, who)
    if person is None:
        raise BadOption(name="person", value=who[:60], allowed="@name, 123456, telegram:123456, discord:123456")
    return person, rest.strip()


# --- chats --------------------


async def allow(request: Request) -> None:
    await _allow(request, "allow", allowed=True)


async def disallow(request: Request) -> None:
    await _allow(request, "disallow", allowed=False)


async def _allow(request: Request, action: str, *, allowed: bool) -> None:
    """This chat, or one by its key (`telegram:-100123`)."""
    place = request.place
    if request.text and request.text.lower() != "here":
        platform, _, chat = request.text.partition(":")
        if platform not in request.services.outlets or not chat:
            raise _wrong(request, action)
        place = Place(platform, chat)
    elif place.private:
        raise _wrong(request, action)
    await request.services.directory.allow_chat(place, allowed)
    await request.tell("admin-allowed" if allowed else "admin-disallowed", chat=place.chat_key)


# --- a word to all --------------------


async def broadcast(request: Request) -> None:
    if not request.text:
        raise _wrong(request, "broadcast")
    turn = await parking.park(request, (Part("text", text=request.text),))
    people = (await request.services.purse.stats()).people
    count = people.get("owner", 0) + people.get("member", 0)
    send = Button(request.words("button-send"), f"send:{turn.id}", style="primary")
    await request.tell("admin-broadcast-sure", count=count, text=request.text, buttons=((send,),))


async def press_broadcast(request: Request, ref: Sequence[str]) -> None:
    """`send:TURN`."""
    if not request.access.person.is_owner:
        raise OwnersOnly
    turn = await parking.parked(request, ref[0] if ref else "")
    text = "\n".join(part.text for part in turn.question)
    count = await request.services.directory.broadcast(request.access, text)
    await request.revise(request.words("admin-broadcast-sent", count=count))


ACTIONS: Mapping[str, Callable[[Request], Awaitable[None]]] = {
    "stats": stats,
    "grant": grant,
    "plan": plan,
    "invite": invite,
    "allow": allow,
    "disallow": disallow,
    "ban": ban,
    "unban": unban,
    "broadcast": broadcast,
    "models": list_models,
    "limit": limit,
}
