"""Pictures, films and sounds, by the same use case as the commands: the same checks, prices, holds and jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.catalog import Catalog
from core.errors import NoModels
from core.limits import Limits
from core.masks import ONLY, SHAPE
from core.orders import Orders
from core.own_voices import VOICE, takes_own
from core.plans import Rules
from core.reading_aloud import for_model
from core.specs import ModelSpec
from core.tools.files import REF_CHARS, REFS, Files
from core.tools.table import Acting, Effect, Outcome, Tool
from core.tools.wording import DEED_CHARS, one_line, shape, text_of
from core.values import Deed, Json, Micros, ModelKind, Order, Part, ToolSpec

MODELS_LISTED = 30
VALUES_LISTED = 40
COMES_LATER = "It costs credits and takes a while: the result comes into the chat by itself."


@dataclass(frozen=True, slots=True)
class Recipe:
    """`prompt`: what its words are called. `files`: the argument that names files, "" = it takes none. `command`: the command
    that does the same, for sentences."""

    name: str
    kind: ModelKind
    command: str
    description: str
    suits: Callable[[ModelSpec], bool]
    prompt: Literal["prompt", "text"] = "prompt"
    files: Literal["", "picture", "pictures"] = ""
    needs_files: bool = False


RECIPES = (
    Recipe(
        "draw_picture",
        "image",
        "image",
        "Draw a picture from words alone.",
        lambda spec: not spec.needs_input,
    ),
    Recipe(
        "edit_picture",
        "image",
        "edit",
        "Change pictures, or make one from several. The prompt says what is to be different.",
        lambda spec: "image" in spec.inputs and spec.max_inputs > 0,
        files="pictures",
        needs_files=True,
    ),
    Recipe(
        "make_video",
        "video",
        "video",
        "Make a short film from words, or from a picture that begins to move.",
        lambda spec: True,
        files="picture",
    ),
    Recipe(
        "make_music",
        "audio",
        "music",
        "Make music or a song. The prompt is a wish (style, mood, theme), or all the words of the song under marks such as "
        "[Verse] and [Chorus], which are sung as they are.",
        lambda spec: spec.sound == "music",
    ),
    Recipe("speak", "audio", "say", "Read a text aloud as an audio file.", lambda spec: spec.speaks, prompt="text"),
)


def making_tools(catalog: Catalog, orders: Orders, rules: Rules, limits: Limits) -> list[Tool]:
    """Those that a model is offered for."""
    files = Files(orders, limits)
    found = [(recipe, [spec for spec in catalog.visible(recipe.kind) if recipe.suits(spec)]) for recipe in RECIPES]
    return [Making(recipe, models, catalog, orders, files, rules, limits) for recipe, models in found if models]


class Making:
    """`models`: what it may use, at least one."""

    effect = Effect.COSTS

    def __init__(
        self,
        recipe: Recipe,
        models: Sequence[ModelSpec],
        catalog: Catalog,
        orders: Orders,
        files: Files,
        rules: Rules,
        limits: Limits,
    ) -> None:
        self._recipe = recipe
        self._models = tuple(models)
        self._catalog = catalog
        self._orders = orders
        self._files = files
        self._rules = rules
        self._options = _options(self._models, parts=bool(recipe.files))
        self.spec = self._spec(limits)

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        _, price = await self._order(acting, arguments)
        return price

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        order, _ = await self._order(acting, arguments)
        options = "".join(f", {name} {value}" for name, value in order.options.items())
        return f"{order.model}{options}: {order.prompt}"

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        order, _ = await self._order(acting, arguments)
        turn = acting.turn
        if before := await self._orders.of_broken_answer(turn, order):
            ref = f"job:{before.id}"
            return Outcome(
                f"This was ordered already, as {ref}, by an earlier answer to the same message, which broke off. Nothing was "
                "ordered or paid now: that result comes, or has come, into the chat by itself.",
                deed=Deed(self.spec.name, one_line(f"ordered with {before.model}: {before.prompt}", DEED_CHARS), ref),
            )
        job = await self._orders.place(acting.access, turn.origin_id, order, turn_id=turn.id, number=acting.number)
        ref = f"job:{job.id}"
        return Outcome(
            f"Ordered as {ref} with {job.model} for {self._rules.credits(job.quote)} credits. It is not made yet: the result "
            f"comes into the chat by itself, as a message of its own. Where a tool takes a file, its name is {ref}.",
            deed=Deed(self.spec.name, one_line(f"ordered with {job.model}: {job.prompt}", DEED_CHARS), ref),
        )

    async def _order(self, acting: Acting, arguments: Mapping[str, Json]) -> tuple[Order, Micros]:
        recipe = self._recipe
        named = arguments.get(recipe.files, []) if recipe.files else []
        refs = [named] if isinstance(named, str) else list(named)
        inputs = await self._files.parts(acting, [ref for ref in refs if ref], recipe.command)
        model = arguments.get("model") or self._usual(inputs)
        options = {name: str(arguments[name]) for name in self._options if arguments.get(name)}
        words = arguments[recipe.prompt]
        if recipe.kind == "audio":
            spec = self._catalog.get(model, recipe.kind)
            words = for_model(words, spec) if spec.speaks else words
            options = dict((await self._orders.voiced(acting.access, Order("audio", model, words, options))).options)
        order, _, price = self._orders.check(recipe.kind, model, words, options, inputs)
        return order, price

    def _usual(self, inputs: Sequence[Part]) -> str:
        """The operator's default; when it does not take these files, the first that does."""
        kinds = {part.kind for part in inputs}
        able = [spec for spec in self._models if kinds <= spec.inputs and (inputs or not spec.needs_input)]
        default = self._default()
        if default in able or not able:
            return default.name
        return able[0].name

    def _default(self) -> ModelSpec:
        try:
            default = self._catalog.default(self._recipe.kind, self._models[0].sound)
        except NoModels:
            return self._models[0]
        return default if default in self._models else self._models[0]

    # --- what the model is told --------------------

    def _spec(self, limits: Limits) -> ToolSpec:
        recipe = self._recipe
        properties: dict[str, Json] = {
            recipe.prompt: text_of(limits.prompt_chars),
            **self._file_property(limits),
            "model": self._model_property(),
            **self._options,
        }
        required = [recipe.prompt, *([recipe.files] if recipe.needs_files else [])]
        description = f"{recipe.description} {COMES_LATER}"
        return ToolSpec(recipe.name, description, shape(*required, **properties))

    def _file_property(self, limits: Limits) -> dict[str, Json]:
        one = {"type": "string", "maxLength": REF_CHARS}
        match self._recipe.files:
            case "picture":
                return {"picture": {**one, "description": f"A picture to begin with: {REFS}"}}
            case "pictures":
                many = {"type": "array", "items": one, "minItems": 1, "maxItems": limits.inputs_per_order}
                return {"pictures": {**many, "description": f"Each is one of: {REFS}"}}
            case _:
                return {}

    def _model_property(self) -> Json:
        names = [spec.name for spec in self._models]
        usual = f"Only when the person names one; else {self._default().name} is taken."
        if len(names) <= MODELS_LISTED:
            return {"type": "string", "enum": names, "description": usual}
        return {
            "type": "string",
            "maxLength": 200,
            "description": f"{usual} Among them: {', '.join(names[:MODELS_LISTED])}",
        }


def _options(models: Sequence[ModelSpec], *, parts: bool) -> dict[str, Json]:
    """Every option that any of the models has, with all values that any of them takes; orders.py knows which takes which.
    Flags of a model's own language stand in the words. `parts`: there is something of which a part can be changed, though
    by no drawing."""
    values: dict[str, dict[str, None]] = {}
    free: set[str] = set()
    for spec in (spec for spec in models if not spec.extra.get("flags")):
        for name, option in spec.options.items():
            values.setdefault(name, {}).update(dict.fromkeys(option.values))
            if not option.values or (name == VOICE and takes_own(spec)):  # the person's own are called as they like
                free.add(name)
    if ONLY in values:
        values[ONLY].pop(SHAPE, None)
    found: dict[str, Json] = {}
    for name, listed in values.items():
        if name == ONLY and not parts:
            continue
        if name in {"prompt", "text", "model", "picture", "pictures"}:
            continue
        if name in free or len(listed) > VALUES_LISTED:
            found[name] = {"type": "string", "maxLength": 200}
        else:
            found[name] = {"type": "string", "enum": list(listed)}
    return found
