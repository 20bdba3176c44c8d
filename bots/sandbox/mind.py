"""The little model of the sandbox: what it makes of a question. Deterministic, and the same for all wires. Pure functions."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from bots.sandbox import answers, directives, intents
from bots.sandbox.arguments import fill
from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Speech
from bots.sandbox.instances import instance
from bots.sandbox.question import Called, Fields, Question
from bots.sandbox.turn import Item, Page, Picture, Say, Search, Thought, Turn, Use, deltas
from bots.sandbox.wording import worded

_SLOW = 10
_QUERY_MAX = 80
_REFERENCE = re.compile(r"\bjob:[A-Za-z0-9_-]{1,64}(?::\d{1,2})?")
_TRANSCRIBE = re.compile(
    r"transcri|word for word|what (?:do(?:es)?|did) .{0,20}say|转写|转成文字|听写|说了什么", re.IGNORECASE
)
_SYSTEM_MAX = 1500
_PROMPTED_MAX = 50_000
_OBJECT = re.compile(r'\{\s*"(?:type|properties|\$schema|\$defs)"')
_NOTES = re.compile(r"^Note of the chat program\b.*\n?", re.MULTILINE)
"""Lines for the model's eyes; the person did not say them."""


def turn_of(question: Question, behaviour: Behaviour, speech: Speech) -> Turn:
    """The whole answer; pictures in it are not painted yet."""
    question = replace(question, text=_NOTES.sub("", question.text).strip("\n"))
    told, words = directives.directives(question.text), directives.worded(question.text)
    thoughts = _thoughts(question, told, words, behaviour, speech)
    refusal = speech.refusal or (answers.refusal(question) if "refuse" in told else "")
    stop = "content_filter" if refusal and speech.finish == "stop" else speech.finish
    items: tuple[Item, ...] = ()
    if speech.pieces is not None and not refusal:
        items = (*thoughts, Say(speech.pieces))
    elif refusal:
        items = thoughts
    else:
        said, natural = _said(question, told)
        stop = natural if speech.finish == "stop" and natural else stop
        items, cut = _cut_to(_limit(question, told, (*thoughts, *said)), (*thoughts, *said))
        stop = "length" if cut else stop
    turn = Turn(
        model=words.get("as", question.model),
        items=items,
        speech=speech,
        stop=stop,
        refusal=refusal,
        tokens_per_s=behaviour.tokens_per_s / (_SLOW if "slow" in told else 1),
        prompt_tokens=question.prompt_tokens,
        hidden_tokens=_hidden(question),
        shows_usage=behaviour.usage and speech.usage != "none" and question.shows_usage and "no-usage" not in told,
    )
    return replace(turn, speech=directives.troubled(speech, told, deltas(turn) + bool(refusal)))


def _thoughts(
    question: Question,
    told: directives.Flags,
    words: directives.Words,
    behaviour: Behaviour,
    speech: Speech,
) -> tuple[Thought, ...]:
    """It thinks once, before its first call of a tool."""
    if speech.thoughts is not None:
        return (Thought(speech.thoughts),) if speech.thoughts else ()
    aloud = "thinking" in told or "think" in words or behaviour.thinking or question.thinks
    if question.done or question.begun is not None or not (aloud or question.hides or "redacted" in told):
        return ()
    if question.hides and not aloud:
        return (Thought(()),)  # that it thought is seen, the words are not
    text = words.get("think") or answers.thoughts(question)
    return (Thought(tuple(answers.split(text)), redacted="redacted" in told),)


def _hidden(question: Question) -> int:
    return answers.count_tokens(answers.thoughts(question)) if question.hides and not question.done else 0


def _said(question: Question, told: directives.Flags) -> tuple[list[Item], str]:
    """What comes after the thoughts, and the stop that goes with it ("" = the usual one)."""
    chinese = answers.is_chinese(question.text)
    if calls := _calls(question, told):
        aloud = "好的，我来。\n\n" if chinese else "Let me do that.\n\n"
        before = [_say(aloud)] if question.model.startswith("claude") else []
        return [*before, *calls], "tool_calls"
    if question.begun is not None:
        return _gone_on(question, chinese), ""
    if "pause" in told:
        first = _say("我先查一查。" if chinese else "Let me look that up. ")
        return [first, Search(_query(question), (), finds=False)] if question.search else [first], "pause_turn"
    if (schema := question.schema or _prompted(question)) is not None:
        value = None if "badjson" in told else worded(schema, question.text) or instance(schema)
        return [_say(json.dumps(value, ensure_ascii=False))], ""
    if question.pictures or "picture" in told:
        return [_say("给你。\n\n" if chinese else "Here it is.\n\n"), Picture(_query(question))], ""
    if "long" in told:
        return [_say(answers.long_answer(told["long"]))], ""
    if "system" in told:
        return [_say(f"> {' '.join(question.system.split())[:_SYSTEM_MAX] or '…'}")], ""
    if question.done:
        return [_say(answers.came(question.done, chinese))], ""
    if question.search:
        return _searched(question, chinese), ""
    return [_say(_plain(question, chinese))], ""


def _prompted(question: Question) -> Fields | None:
    """A schema that stands in the system text, as those are asked whose format has no field for it."""
    text = question.system[-_PROMPTED_MAX:]
    if "schema" not in text.lower():
        return None
    for match in _OBJECT.finditer(text):
        try:
            found, _ = json.JSONDecoder().raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "properties" in found:
            return found
    return None


def _say(text: str) -> Say:
    return Say(tuple(answers.split(text)))


def _plain(question: Question, chinese: bool) -> str:
    heard = any(file.kind == "audio" for file in question.attached)
    if heard and (_TRANSCRIBE.search(question.text) or not question.text.strip()):
        return answers.transcript(chinese)
    return answers.answer(question)


# --- tools --------------------


def _calls(question: Question, told: directives.Flags) -> list[Use]:
    """The calls of this round: those told in brackets, else those that the sentence asks for and that are not done yet."""
    if not question.offers or question.choice == "none":
        return []
    if named := directives.calls(question.text):
        return [] if question.done else [Use(name, arguments) for name, arguments in named]
    steps = [] if "long" in told else intents.steps(question.text, question.offers, _reference(question))
    steps = _due(steps, question.done)
    if question.choice != "auto" and not question.done:
        allowed = [offer for offer in question.offers if question.choice in ("any", offer.name)]
        steps = [step for step in steps if step.offer in allowed]
        steps = steps or [intents.Step(offer, {"subject": question.text}) for offer in allowed[:1]]
    uses = [Use(step.offer.name, json.dumps(fill(step.offer, step.facts), ensure_ascii=False)) for step in steps]
    return uses if question.parallel else uses[:1]


def _due(steps: Sequence[intents.Step], done: Sequence[Called]) -> list[intents.Step]:
    """Steps that are not done. One that needs the step before it waits for its result, and is dropped when that failed."""
    names = [called.name for called in done]
    due: list[intents.Step] = []
    for number, step in enumerate(steps):
        if step.offer.name in names:
            continue
        if step.after and number:
            result = next((called for called in done if called.name == steps[number - 1].offer.name), None)
            reference = _REFERENCE.search(result.result) if result and not result.failed else None
            if reference:
                due.append(replace(step, facts={**step.facts, "reference": reference[0]}))
            continue
        due.append(step)
    return due


def _reference(question: Question) -> str:
    """The picture at hand: one attached to the question, or the last one that was spoken of."""
    if any(file.kind == "image" for file in question.attached):
        return "attached:1"
    earlier = _REFERENCE.findall(question.text) or _REFERENCE.findall(question.before)
    return earlier[-1] if earlier else ""


# --- the web --------------------


def _query(question: Question) -> str:
    return intents.clean(question.text)[:_QUERY_MAX] or "sandbox"


def _pages(question: Question, chinese: bool) -> tuple[str, tuple[Page, ...]]:
    opening, pages = answers.found(_query(question), chinese)
    return opening, tuple(Page(*page) for page in pages)


def _searched(question: Question, chinese: bool) -> list[Item]:
    opening, pages = _pages(question, chinese)
    cited = [Say(tuple(answers.split(page.quote)), (page,)) for page in pages]
    rest = _say("\n\n" + answers.answer(question))
    return [Search(_query(question), pages), _say(opening), *cited, rest]


def _gone_on(question: Question, chinese: bool) -> list[Item]:
    """The rest of an answer that stopped: after a pause, or where its words end."""
    if question.paused:
        opening, pages = _pages(question, chinese)
        cited = [Say(tuple(answers.split(page.quote)), (page,)) for page in pages]
        return [Search(_query(question), pages, asks=False, id=question.paused), _say(opening), *cited]
    whole = _plain(question, chinese)
    begun = question.begun or ""
    return [_say(whole.removeprefix(begun) if whole != begun else "…")]


# --- how it ends --------------------


def _limit(question: Question, told: directives.Flags, items: Sequence[Item]) -> int | None:
    if "length" not in told:
        return question.limit
    pieces = sum(len(item.pieces) for item in items if isinstance(item, Thought | Say))
    return max(1, min(question.limit or pieces, pieces // 2))


def _cut_to(limit: int | None, items: tuple[Item, ...]) -> tuple[tuple[Item, ...], bool]:
    """At most so many tokens of thoughts and words. A call or a search that does not fit is not made."""
    if limit is None:
        return items, False
    kept: list[Item] = []
    for item in items:
        if isinstance(item, Thought | Say):
            if len(item.pieces) > limit:
                return (*kept, replace(item, pieces=item.pieces[:limit])), True
            limit -= len(item.pieces)
        elif limit <= 0:
            return tuple(kept), True
        kept.append(item)
    return tuple(kept), False
