"""What a sentence wants done, and which of the offered tools does it. `intent_words` has the sentences. Pure functions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bots.sandbox.arguments import Facts
from bots.sandbox.intent_words import INTENTS, LEAD, NEXT, SUM, Intent, seconds_told
from bots.sandbox.question import Offer

_SUBJECT_MAX = 500
_URL = re.compile(r"https?://[^\s，。、)\]>\"']+")
_BRACKETED = re.compile(r"\[[^\[\]]*\]")
_ENDS = " .,;:!?，。；：！？、"


@dataclass(frozen=True, slots=True)
class Step:
    """One call to be made. `after`: it needs the result of the step before it."""

    offer: Offer
    facts: Facts = field(default_factory=dict)
    after: bool = False


def steps(text: str, offers: Sequence[Offer], reference: str) -> list[Step]:
    """The calls that a sentence asks for, in its order, each tool once. `reference`: the picture at hand, "" = none."""
    found: list[tuple[int, Step]] = []
    taken: set[str] = set()
    for intent in INTENTS:
        match = intent.pattern.search(text)
        offer = _fitting(offers, intent) if match else None
        if match is None or offer is None or offer.name in taken:
            continue
        taken.add(offer.name)
        facts = _facts(text, match, reference if intent.after else "")
        found.append((match.start(), Step(offer, facts, intent.after and not reference)))
    if not found:
        found += _by_name(text, offers)
    found.sort(key=lambda pair: pair[0])
    return list(_with_subjects([step for _, step in found], clean(text)))


def _with_subjects(found: Sequence[Step], whole: str) -> Iterator[Step]:
    """A step that says nothing of its own, such as "animate it", is about what the step before it is about."""
    subject: object = whole
    for step in found:
        subject = step.facts.get("subject") or (subject if step.after else whole)
        yield replace(step, facts={**step.facts, "subject": subject})


def clean(text: str) -> str:
    """Without directives, filler at the front and signs at the ends."""
    text = LEAD.sub("", _BRACKETED.sub(" ", text))
    return " ".join(text.split()).strip(_ENDS)[:_SUBJECT_MAX]


def _fitting(offers: Sequence[Offer], intent: Intent) -> Offer | None:
    for word in intent.named:
        for offer in offers:
            if word == offer.name.lower() or word in re.split(r"[_.-]", offer.name.lower()):
                return offer
    for word in intent.told:
        for offer in offers:
            if re.search(rf"\b{word}s?\b", offer.description, re.IGNORECASE):
                return offer
    return None


def _by_name(text: str, offers: Sequence[Offer]) -> Iterator[tuple[int, Step]]:
    """A tool that the sentence calls by its own name: "use get_weather for Paris", "get weather for Paris"."""
    lower = text.lower()
    for offer in offers:
        name = offer.name.lower()
        own = name.rpartition("__")[2]
        for spelled in (name, own, own.replace("_", " ")):
            place = lower.find(spelled) if "_" in spelled or " " in spelled or f"use {spelled}" in lower else -1
            if place >= 0:
                rest = _subject(text[place + len(spelled) :]) or clean(text)
                yield place, Step(offer, {"subject": rest})
                break


def _facts(text: str, match: re.Match[str], reference: str) -> dict[str, object]:
    subject = _subject(text[match.end() :])
    facts: dict[str, object] = {"subject": subject}
    if found := re.search(SUM, match[0]):
        facts["expression"] = found[0].strip()
    if url := _URL.search(text):
        facts["url"] = url[0].rstrip(".,")
    seconds, rest = seconds_told(subject)
    if seconds is None:
        seconds, _ = seconds_told(text)
    if seconds is not None:
        facts |= {"seconds": seconds, "subject": clean(rest)}
    if reference:
        facts["reference"] = reference
    return facts


def _subject(rest: str) -> str:
    """What follows the verb, up to the next thing asked for."""
    return clean(LEAD.sub("", NEXT.split(rest, maxsplit=1)[0]))
