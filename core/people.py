"""Who may do what, where: persons and their identities, chats, invitations, the owner's claim.

`meet` is on the path of every message: it answers from memory for a few seconds, else with one read. Nothing is written
about strangers who are not served, and they are rate-limited before anything else is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from core import codes
from core.accounts import group_account, person_account
from core.errors import Anonymous, BadOption, Banned, NotInvited, OwnersOnly, TooFast
from core.notices import to_persons
from core.plans import Rules
from core.ports import Clock, Media, NewId, Store, Tx
from core.recent import Buckets, Recent
from core.values import HOUSE, Access, Cause, Group, Json, Micros, Person, Place, Role, Sender

REMEMBER_S = 5.0
STRANGER_BURST = 8
STRANGER_EVERY_S = 3.0
"""A stranger may knock so often at once, and then once in so many seconds."""

DAY_MS = 86_400_000
TERMINAL = "console"
NAME_CHARS = 120
PAGE = 500

Identity = tuple[str, str]
Value = TypeVar("Value")


class Directory:
    def __init__(self, store: Store, rules: Rules, clock: Clock, new_id: NewId, media: Media | None = None) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._new_id = new_id
        self._media = media
        self._people: Recent[Identity, Person | None] = Recent(clock)
        self._groups: Recent[str, Group | None] = Recent(clock)
        self._noted: Recent[Identity, tuple[str, str]] = Recent(clock)
        self._knocks: Buckets[Identity] = Buckets(clock, STRANGER_BURST, STRANGER_EVERY_S)
        self._refused: Recent[Identity, str] = Recent(clock)

    # --- everyday

    async def meet(self, place: Place, sender: Sender) -> Access:
        """Who this is, and from which account they are served here; creates the person. Raises Banned, NotInvited,
        Anonymous (all but the last two: say nothing in a group), and TooFast for a stranger who knocks on and on."""
        sender = _trimmed(sender)
        identity = (sender.platform, sender.id)
        known = self._people.get(identity)
        unknown = known is None or known[1] is None
        if unknown:
            self._knock(identity)
        person, group = await self._look_up(place, sender)
        try:
            account_id = self._admit(person, place, group, sender)
        except NotInvited:
            if not unknown:
                self._knock(identity)
            raise
        if person is None:
            person = await self._create(sender, Role.STRANGER)
        await self._note(person, sender, group)
        if account_id == "":
            account_id = person_account(person.id)
        return Access(person, sender, place, account_id, locale_of(person, group, sender), group)

    async def _look_up(self, place: Place, sender: Sender) -> tuple[Person | None, Group | None]:
        identity = (sender.platform, sender.id)
        known = _fresh(self._people.get(identity))
        chat = (None,) if place.private else _fresh(self._groups.get(place.chat_key))
        if known is not None and chat is not None:
            return known[0], chat[0]
        async with self._store.read() as tx:
            if known is None:
                known = (await tx.people.person_of(*identity),)
                self._people.put(identity, known[0])
            if chat is None:
                chat = (await tx.people.group(place),)
                self._groups.put(place.chat_key, chat[0])
        return known[0], chat[0]

    def _admit(self, person: Person | None, place: Place, group: Group | None, sender: Sender) -> str:
        """The account that pays here, "" = the person's own. Raises for whom we do not serve."""
        if person is not None and person.banned:
            raise Banned(person.id)
        if person is not None and person.is_owner:
            return HOUSE
        invited = self._rules.access_mode == "open" or (person is not None and person.role is Role.MEMBER)
        allowed = group is not None and group.allowed
        if sender.is_bot or not (invited or allowed):
            raise NotInvited(f"{sender.platform}:{sender.id} in {place.chat_key}")
        if sender.anonymous:
            raise Anonymous(place.chat_key)
        if group is not None and allowed and (self._has_purse(group) or not invited):
            return group_account(place)
        return ""

    def _has_purse(self, group: Group) -> bool:
        return bool(self._rules.groups.daily or group.plan)

    def _knock(self, identity: Identity) -> None:
        wait_s = self._knocks.take(identity)
        if wait_s:
            raise TooFast(f"stranger {identity}", seconds=max(1, round(wait_s)))

    async def _create(self, sender: Sender, role: Role) -> Person:
        person = Person(self._new_id(), role, name=sender.name, created_ms=self._clock.now_ms())
        async with self._store.begin() as tx:
            person = await tx.people.add_person(person, sender)
        self._people.put((sender.platform, sender.id), person)
        self._noted.put((sender.platform, sender.id), (sender.name, sender.language))
        return person

    async def _note(self, person: Person, sender: Sender, group: Group | None) -> None:
        """A changed name, and a chat that is alive again. Writes only then."""
        identity, words = (sender.platform, sender.id), (sender.name, sender.language)
        noted = self._noted.get(identity)
        renamed = bool(sender.name) and (sender.name != person.name if noted is None else noted[1] != words)
        revived = group is not None and not group.active
        self._noted.put(identity, words)
        if not renamed and not revived:
            return
        async with self._store.begin() as tx:
            if renamed:
                await tx.people.note_sender(sender)
            if group is not None and revived:
                await tx.people.save_group(replace(group, active=True))
        if group is not None and revived:
            self._groups.drop(group.place.chat_key)

    async def refusal_due(self, place: Place, sender: Sender) -> bool:
        """A stranger gets one sentence a day, in a DM; in a group nothing."""
        if not place.private:
            return False
        return self._first_in(self._rules.day(self._clock.now_ms()), (sender.platform, sender.id))

    async def hasty_due(self, place: Place, sender: Sender) -> bool:
        """Who has tried too many wrong codes gets one sentence an hour, in a DM; in a group nothing."""
        hour = str(self._clock.now_ms() // codes.HOUR_MS)
        return place.private and self._first_in(hour, (f"code:{sender.platform}", sender.id))

    def _first_in(self, time: str, whom: Identity) -> bool:
        said = self._refused.get(whom)
        self._refused.put(whom, time)
        return said is None or said[1] != time

    async def group_added(self, place: Place, sender: Sender) -> bool:
        """The bot was added to a chat. True: it serves there; an owner who adds it allows it."""
        self._groups.drop(place.chat_key)
        async with self._store.begin() as tx:
            person = await tx.people.person_of(sender.platform, sender.id)
            group = await tx.people.group(place)
            owner = person is not None and person.is_owner and not person.banned
            if group is None and not owner:
                return self._rules.access_mode == "open"
            group = replace(group or Group(place), active=True)
            group = replace(group, allowed=group.allowed or owner)
            await tx.people.save_group(group)
        return group.allowed or self._rules.access_mode == "open"

    # --- owners, codes, invitations

    async def set_owners(self, identities: Iterable[Identity]) -> None:
        """The owners of the settings, and nobody else; without any the owners stay who they are."""
        named = set(identities)
        if not named:
            return
        async with self._store.begin() as tx:
            chosen: set[str] = set()
            for platform, platform_id in sorted(named):
                new = Person(self._new_id(), Role.OWNER, created_ms=self._clock.now_ms())
                person = await tx.people.add_person(new, Sender(platform, platform_id))
                await self._make_owner(tx, person)
                chosen.add(person.id)
            for owner in await tx.people.owners():
                if owner.id not in chosen:
                    await tx.people.set_role(owner.id, Role.MEMBER)
            await tx.people.drop_invites("claim")
        self._people.outdate()

    async def _make_owner(self, tx: Tx, person: Person) -> None:
        if not person.is_owner:
            await tx.people.set_role(person.id, Role.OWNER)
        if person.banned:
            await tx.people.set_banned(person.id, False)

    async def claim_code(self) -> str | None:
        """As long as nobody owns the bot: a new code that makes its first user the owner; earlier ones end."""
        code = codes.new_code()
        async with self._store.begin() as tx:
            if await self._owned(tx):
                return None
            await tx.people.drop_invites("claim")
            await tx.people.add_invite(codes.hash_of(code), "claim", 1, self._clock.now_ms() + 365 * DAY_MS, "")
        return code

    async def _owned(self, tx: Tx) -> bool:
        """Somebody owns the bot who can be met on a platform; the operator's own terminal does not count."""
        for owner in await tx.people.owners():
            if any(identity.platform != TERMINAL for identity in await tx.people.identities(owner.id)):
                return True
        return False

    async def invite(self, access: Access, uses: int = 1, days: int = 7) -> str:
        """A code that makes so many people members. Raises OwnersOnly."""
        if not access.person.is_owner:
            raise OwnersOnly(access.person.id)
        code = codes.new_code()
        expires_ms = self._clock.now_ms() + min(max(days, 1), 365) * DAY_MS
        async with self._store.begin() as tx:
            await tx.people.add_invite(
                codes.hash_of(code), "invite", min(max(uses, 1), 1_000), expires_ms, access.person.id
            )
        return code

    async def use_code(self, place: Place, sender: Sender, code: str) -> codes.Became | None:
        """`/start CODE`: a claim or an invitation; None: it is neither, or used up. Raises Banned, Anonymous, and
        WrongCodes after five wrong tries in an hour."""
        sender = _trimmed(sender)
        if sender.anonymous or sender.is_bot:
            raise Anonymous(place.chat_key)
        try:
            async with self._store.begin() as tx:
                became = await codes.use(tx, sender, code, self._new_id, self._clock.now_ms())
        except codes.AlreadyIn:
            return "member"
        self._people.drop((sender.platform, sender.id))
        return became

    # --- what owners do

    async def allow_chat(self, place: Place, allowed: bool) -> None:
        async with self._store.begin() as tx:
            group = await tx.people.group(place) or Group(place)
            await tx.people.save_group(replace(group, allowed=allowed))
        self._groups.drop(place.chat_key)

    async def ban(self, person_id: str, banned: bool) -> bool:
        """False: an owner cannot be banned."""
        async with self._store.begin() as tx:
            person = await tx.people.person(person_id)
            if person is None or (person.is_owner and banned):
                return False
            await tx.people.set_banned(person_id, banned)
        self._people.outdate()
        return True

    async def set_plan(self, person_id: str, plan: str) -> None:
        """Raises BadOption for a plan that the file does not have."""
        if plan not in self._rules.plans:
            raise BadOption(name="plan", value=plan, allowed=", ".join(self._rules.plans))
        async with self._store.begin() as tx:
            await tx.people.set_plan(person_id, plan)
        self._people.outdate()

    async def set_group_plan(self, place: Place, plan: str) -> None:
        """The plan whose allowance fills the chat's purse; "" = as the file says. Raises BadOption."""
        if plan and plan not in self._rules.plans:
            raise BadOption(name="plan", value=plan, allowed=", ".join(self._rules.plans))
        async with self._store.begin() as tx:
            group = await tx.people.group(place) or Group(place)
            await tx.people.save_group(replace(group, plan=plan))
        self._groups.drop(place.chat_key)

    async def grant(self, by: Access, person_id: str, micros: Micros, ref: str) -> bool:
        """Credits that do not expire (negative: take back, never below zero). False: that `ref` was done already."""
        if not by.person.is_owner:
            raise OwnersOnly(by.person.id)
        cause = Cause(person_id, "grant")
        async with self._store.begin() as tx:
            return await tx.ledger.credit(ref, person_account(person_id), micros, cause, self._clock.now_ms())

    async def broadcast(self, by: Access, text: str) -> int:
        """One notice for each owner and member; returns how many. Raises OwnersOnly."""
        if not by.person.is_owner:
            raise OwnersOnly(by.person.id)
        ref, told, last = f"broadcast:{self._new_id()}", 0, ""
        while True:
            async with self._store.begin() as tx:
                page = await tx.people.everyone(last, PAGE)
                params = {"text": text}
                await tx.notices.add(to_persons(page, "notice-broadcast", params, ref, self._clock.now_ms()))
            told += len(page)
            if len(page) < PAGE:
                break
            last = page[-1].id
        self._store.wake("notices")
        return told

    async def tell_owners(self, key: str, params: Mapping[str, Json], ref: str) -> None:
        """A sentence for every owner, once for each `ref`."""
        async with self._store.begin() as tx:
            await tx.notices.add(to_persons(await tx.people.owners(), key, params, ref, self._clock.now_ms()))
        self._store.wake("notices")

    # --- what everyone may

    async def find(self, platform: str, text: str) -> Person | None:
        """By platform id or @name."""
        async with self._store.read() as tx:
            return await tx.people.find(platform, text.strip())

    async def set_locale(self, person_id: str, locale: str | None) -> None:
        async with self._store.begin() as tx:
            await tx.people.set_locale(person_id, locale)
        self._people.outdate()

    async def set_settings(self, person_id: str, settings: Mapping[str, Json]) -> None:
        async with self._store.begin() as tx:
            await tx.people.set_settings(person_id, settings)
        self._people.outdate()

    async def export(self, person_id: str) -> dict[str, Json]:
        async with self._store.read() as tx:
            return await tx.people.export(person_id)

    async def forget(self, person_id: str) -> None:
        """Texts, files and settings of a person; the sums stay."""
        async with self._store.begin() as tx:
            keys = await tx.people.forget(person_id)
            await tx.media.drop(keys)
        if self._media is not None:
            await self._media.delete(keys)
        self._people.outdate()


def locale_of(person: Person | None, group: Group | None, sender: Sender) -> str:
    """What they chose, else what their platform says they speak, else what the chat speaks."""
    if person is not None and person.locale:
        return person.locale
    if sender.language:
        return "zh" if sender.language.lower().startswith("zh") else "en"
    return (group.locale if group is not None else None) or "en"


def _trimmed(sender: Sender) -> Sender:
    if len(sender.name) <= NAME_CHARS and len(sender.language) <= 20:
        return sender
    return replace(sender, name=sender.name[:NAME_CHARS], language=sender.language[:20])


def _fresh(found: tuple[float, Value] | None) -> tuple[Value] | None:
    return (found[1],) if found is not None and 0 <= found[0] < REMEMBER_S else None
