"""Facts that the person wants to be remembered: kept and forgotten by the same use case as the commands."""

from __future__ import annotations

from collections.abc import Mapping

from core.assistant import Memory, preferences
from core.errors import BadOption
from core.limits import Limits
from core.ports import Store
from core.remembering import Remembering
from core.tools.table import Acting, Effect, Outcome
from core.tools.wording import DEED_CHARS, one_line, shape, text_of
from core.values import Access, Deed, Json, Micros, ToolSpec

LISTED_CHARS = 120
LISTED_MOST = 20


def may_remember(access: Access) -> bool:
    return preferences(access.person).memories != "nowhere"


def may_name_facts(access: Access) -> bool:
    """Only where the facts are shown to the model anyway: in a group its answers are read by all."""
    match preferences(access.person).memories:
        case "everywhere":
            return True
        case "private":
            return access.place.private
        case _:
            return False


class Remember:
    effect = Effect.CHANGES

    def __init__(self, remembering: Remembering, limits: Limits) -> None:
        self._remembering = remembering
        self.spec = ToolSpec(
            "remember",
            "Keep a fact about the person for all later conversations. Only what they want to be remembered.",
            shape("fact", fact=text_of(limits.memory_chars, "One sentence that can be understood by itself.")),
        )

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        if not arguments["fact"].strip():
            raise BadOption(name="fact", value="", allowed="a sentence")
        return 0

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        return str(arguments["fact"])

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        memory = await self._remembering.remember(acting.access.person.id, arguments["fact"])
        return Outcome(
            "It is remembered.", deed=Deed(self.spec.name, one_line(f"remembered: {memory.text}", DEED_CHARS))
        )


class Forget:
    effect = Effect.CHANGES
    spec = ToolSpec(
        "forget_memory",
        "Forget one fact that was kept about the person.",
        shape("fact", fact=text_of(300, "The fact, or a part of it that no other fact has.")),
    )

    def __init__(self, store: Store, remembering: Remembering) -> None:
        self._store = store
        self._remembering = remembering

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        await self._meant(acting, arguments)
        return 0

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        return (await self._meant(acting, arguments)).text

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        memory = await self._meant(acting, arguments)
        async with self._store.begin() as tx:
            await tx.memories.drop(acting.access.person.id, memory.id)
        deed = Deed(self.spec.name, "forgot a fact, as the person wished")
        return Outcome(f"It is forgotten: {memory.text}", deed=deed)

    async def _meant(self, acting: Acting, arguments: Mapping[str, Json]) -> Memory:
        """Raises BadOption unless it is exactly one."""
        kept = await self._remembering.all(acting.access.person.id)
        wanted = " ".join(arguments["fact"].split()).casefold()
        found = [memory for memory in kept if memory.text.casefold() == wanted]
        found = found or [memory for memory in kept if wanted and wanted in memory.text.casefold()]
        if len(found) == 1:
            return found[0]
        listed = "; ".join(one_line(memory.text, LISTED_CHARS) for memory in (found or kept)[:LISTED_MOST])
        raise BadOption(name="fact", value=arguments["fact"][:60], allowed=listed or "-")
