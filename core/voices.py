"""People's voices: which there are to choose from, the one that a person has chosen, and those that were cloned for them,
which are shown to nobody else and used by nobody else (`core/own_voices.py`).

A clone is intended before it is ordered: its row names the order, and goes with it when that fails.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.catalog import Catalog
from core.errors import (
    BadOption,
    BadVoiceName,
    BotError,
    JobGone,
    NeedsInput,
    NoCloning,
    NoSpeech,
    NoSuchVoice,
    TooMuchKept,
    VoiceNameTaken,
)
from core.fitted import fitted
from core.limits import LIMITS, Limits
from core.orders import Orders
from core.own_voices import VOICE, VOICE_ID, named, takes_own
from core.placing import digest
from core.plans import Rules
from core.ports import Clock, NewId, Renditions, Store
from core.prices import quote
from core.sources import coming
from core.speakers import speaker, voice_for
from core.specs import ModelSpec, folded
from core.system_voices import SystemVoices
from core.values import Access, Job, Json, Micros, Order, Part, Person, Voice
from core.voice_samples import language_of, said_in

VOICES_MOST = 10
NAME_CHARS = 32
NOBODYS = frozenset({"none", "auto"})
"""The words that choose no voice."""

_NAME = re.compile(r"[^\W_][\w -]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """A voice that a model has by itself. `mark`: a short name for it, for buttons; `language` "": it speaks them all."""

    model: str
    voice: str
    name: str
    language: str

    @property
    def mark(self) -> str:
        return digest(f"voice:{self.model}:{self.voice}")[:10]


class Voices:
    def __init__(
        self,
        store: Store,
        orders: Orders,
        catalog: Catalog,
        rules: Rules,
        renditions: Renditions,
        system: SystemVoices,
        clock: Clock,
        new_id: NewId,
        limits: Limits = LIMITS,
    ) -> None:
        self._store = store
        self._orders = orders
        self._catalog = catalog
        self._rules = rules
        self._renditions = renditions
        self._system = system
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    # --- the vendors'

    async def choices(self) -> list[Choice]:
        """Of the first row of each family of speech: what other rows of it have is the same, as far as they list it."""
        found: dict[str, list[Choice]] = {}
        for spec in self._catalog.visible("audio"):
            if spec.speaks and VOICE in spec.options and spec.family not in found:
                told = await self._system.told() if takes_own(spec) else {}
                names = {**dict.fromkeys(spec.options[VOICE].values, ""), **told}
                found[spec.family] = [_choice(spec, voice, name) for voice, name in names.items()]
        return [choice for choices in found.values() for choice in choices]

    def sample(self, choice: Choice) -> Order:
        """A short sentence in its language."""
        return Order("audio", choice.model, said_in(choice.language), {VOICE: choice.voice})

    # --- the one that was chosen

    async def wanted(self, access: Access, written: str) -> Mapping[str, Json]:
        """What is kept in their settings so that this voice speaks from now on where a model has it: the person's own, or a
        vendor's. Raises BadOption, VoiceGone, NoSpeech."""
        spec, voice = await self._found(access, written)
        return {"model": spec.name, "voice": voice}

    async def _found(self, access: Access, written: str) -> tuple[ModelSpec, str]:
        """The first row that has this voice. Raises BadOption of the last that has not."""
        system, mine = await self._system.told(), await self.mine(access)
        failure: BotError = NoSpeech()
        rows = [spec for spec in self._catalog.visible("audio") if spec.speaks and VOICE in spec.options]
        for spec in sorted(rows, key=lambda spec: not takes_own(spec)):
            try:
                return spec, named(spec, written, system if takes_own(spec) else (), mine)
            except BadOption as error:
                failure = failure if isinstance(failure, BadOption) else error
        raise failure

    def model_for(self, person: Person) -> ModelSpec | None:
        """The row that speaks for this person where they name none: the operator's, that of their voice, or the first."""
        return speaker(self._catalog, self._rules, person)

    async def voice_for(self, access: Access, spec: ModelSpec) -> str:
        """See `core.speakers`."""
        return await voice_for(self._orders, access, spec)

    # --- the person's own

    async def mine(self, access: Access) -> list[Voice]:
        """Oldest first, those too that are still being made or are gone."""
        async with self._store.read() as tx:
            return await tx.voices.of_person(access.person.id)

    async def own(self, access: Access, name: str) -> Voice:
        """Raises NoSuchVoice."""
        found = next((each for each in await self.mine(access) if folded(each.name) == folded(name)), None)
        if found is None:
            raise NoSuchVoice(name=name[:NAME_CHARS])
        return found

    async def prepared(self, access: Access, name: str, file: Part) -> tuple[str, Part, Micros]:
        """Name and recording as they can be cloned, and the price. Nothing is ordered. Raises BadInput of the kind that says
        what is wrong: NoCloning, BadVoiceName, VoiceNameTaken, TooMuchKept, UnfitFile for one that is too short."""
        spec = self._cloner()
        name = unicodedata.normalize("NFC", " ".join(name.split()))
        if not _NAME.fullmatch(name) or len(name) > NAME_CHARS or folded(name) in NOBODYS:
            raise BadVoiceName(name=name[:60] or "none")
        if folded(name) in {folded(word) for each in await self.choices() for word in (each.voice, each.name)}:
            raise VoiceNameTaken(name=name)
        mine = await self.mine(access)
        if any(folded(each.name) == folded(name) for each in mine):
            raise VoiceNameTaken(name=name)
        if len(mine) >= VOICES_MOST:
            raise TooMuchKept(what="voices", limit=VOICES_MOST)
        if file.kind not in {"audio", "video"} or not file.media:
            raise NeedsInput(command="voice")
        order = Order("audio", spec.name, "", {}, (replace(file, kind="audio", role=""),))
        [part] = (await fitted(self._renditions, self._index, spec, order)).inputs
        return name, part, quote(spec, {})

    async def clone(self, access: Access, origin_id: str, name: str, file: Part, *, once: str) -> Job:
        """Order a voice like that of the recording, whose speaker has agreed: the same `once` never a second time. Raises as
        `prepared`, and what `Orders.place` raises; there is no voice then."""
        voice_id, job_id = digest(f"clone:{once}"), digest(f"once:clone:{once}")
        async with self._store.read() as tx:
            known = await tx.voices.get(voice_id)
            ordered = await tx.jobs.get(job_id)
        if ordered is not None:
            return ordered
        if known is not None and known.person_id == access.person.id:  # died before it was ordered
            file = Part("audio", media=known.sample, mime=known.sample_mime, size=known.sample_size)
        else:
            name, file, _ = await self.prepared(access, name, file)
            await self._intend(access, Voice(
                id=voice_id,
                person_id=access.person.id,
                name=name,
                remote_id=self._remote_id(),
                model=self._cloner().name,
                sample=file.media,
                sample_mime=file.mime,
                sample_size=file.size,
                place=access.place,
                job_id=job_id,
                created_ms=self._clock.now_ms(),
                locale=access.locale,
            ))  # fmt: skip
        return await self._order(access, origin_id, voice_id, file, f"clone:{once}")

    async def again(self, access: Access, origin_id: str, voice_id: str, *, event_id: str) -> Job:
        """One that the vendor has deleted is cloned once more, of the same recording. Raises JobGone, and what orders do."""
        async with self._store.read() as tx:
            voice = await tx.voices.get(voice_id)
        if voice is None or voice.person_id != access.person.id:
            raise JobGone(voice_id)
        once = f"reclone:{voice_id}:{event_id or voice.job_id}"
        job_id = digest(f"once:{once}")
        async with self._store.begin() as tx:
            before = await tx.jobs.get(voice.job_id)
            if before is not None and before.id == job_id:  # the same press, once more
                return before
            if coming(before) or not await tx.voices.again(
                access.person.id, voice_id, self._remote_id(), job_id, before=voice.job_id
            ):
                raise JobGone(voice_id)
        file = Part("audio", media=voice.sample, mime=voice.sample_mime, size=voice.sample_size)
        return await self._order(access, origin_id, voice_id, file, once)

    async def drop(self, access: Access, voice_id: str) -> bool:
        """False: there was none of theirs."""
        async with self._store.begin() as tx:
            return await tx.voices.drop(access.person.id, voice_id)

    async def keep(self, access: Access, voice_id: str, wanted: bool) -> bool:
        """Whether it is kept alive at the person's expense. False: there is none of theirs."""
        async with self._store.begin() as tx:
            return await tx.voices.set_keep(access.person.id, voice_id, wanted)

    def clone_price(self) -> Micros | None:
        """None: no model clones voices."""
        spec = cloner(self._catalog)
        return None if spec is None else quote(spec, {})

    # --- inside

    def _cloner(self) -> ModelSpec:
        spec = cloner(self._catalog)
        if spec is None:
            raise NoCloning
        return spec

    def _remote_id(self) -> str:
        """Not to be guessed, and nobody else's: all customers of the gateway share its names."""
        return f"sl{self._new_id()}{self._new_id()}"

    async def _intend(self, access: Access, voice: Voice) -> None:
        async with self._store.begin() as tx:
            if not await tx.voices.add(voice, VOICES_MOST):
                raise VoiceNameTaken(name=voice.name)

    async def _order(self, access: Access, origin_id: str, voice_id: str, file: Part, once: str) -> Job:
        order = Order("audio", self._cloner().name, "", {VOICE_ID: voice_id}, (file,))
        try:
            await self._orders.use_again(file, "voice")
            return await self._orders.place(access, origin_id, order, once=once)
        except BotError:
            async with self._store.begin() as tx:
                await tx.voices.not_made(voice_id, digest(f"once:{once}"))
            raise

    async def _index(self, key: str, size: int) -> None:
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            await tx.media.add(key, "", size, now, now + self._limits.input_keep_ms)


def cloner(catalog: Catalog) -> ModelSpec | None:
    """The default of the rows that clone voices."""
    return catalog.usual("clone") or next((spec for spec in catalog.visible("audio") if spec.sound == "clone"), None)


def by_language(choices: Sequence[Choice], wanted: str) -> list[Choice]:
    """Those of a language, or of a model, that is called so or begins so; all when nothing is wanted. Those of one language
    stand together."""
    word = folded(wanted)
    found = [
        each
        for each in choices
        if not word or any(folded(name).startswith(word) for name in (each.language, each.model) if name)
    ]
    return sorted(found, key=lambda each: each.language.casefold())


def _choice(spec: ModelSpec, voice: str, name: str) -> Choice:
    return Choice(spec.name, voice, name or voice, language_of(voice) if takes_own(spec) else "")
