"""The words that go with results: model, price and prompt with the files, and results that are words themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bots.format import inert, shortened
from bots.ladder import Fitted, notes_of
from bots.markdown import utf16_length
from bots.outlet import Surface
from bots.pages import pages
from bots.results import numbered
from bots.sentences import Sentences
from core.jobs import WORDS
from core.values import Job, Json

PROMPT_CHARS = (200, 60, 0)
BEGINNING_CHARS = (700, *PROMPT_CHARS)
"""Of what was written down, beside the file."""
WORDS_CHARS = (3600, 1800, 900, 450)
PARAM_CHARS = 400
TITLE_CHARS = 80


def caption_of(
    job: Job,
    texts: Sentences,
    surface: Surface,
    fitted: Sequence[Fitted] = (),
    *,
    pressed: str = "",
    spoken: bool = False,
) -> str:
    """Model, what was done, price, the prompt, unless it is to be heard (`spoken`); what is missing, and what happened to a
    result that is not as it was. `pressed`: the label of the button that ordered it."""
    notes = notes_of(fitted, texts, job.locale)
    if job.error_key:
        notes.insert(0, texts(job.locale, job.error_key, **harmless(job.error_params, surface)))
    done = inert(pressed, surface) or (texts(job.locale, "deliver-action", action=job.action) if job.action else "")
    titles = dict.fromkeys(title for each in fitted if (title := shortened(each.original.title, TITLE_CHARS)))
    called = [inert(title, surface) for title in titles]
    made = " · ".join(each for each in (*called, inert(job.model, surface), done.strip()) if each)
    for chars in (0,) if spoken else BEGINNING_CHARS if job.action == WORDS else PROMPT_CHARS:
        prompt = inert(shortened(job.prompt, chars), surface)
        first = texts(job.locale, "deliver-caption", model=made, price=job.quote, prompt=prompt).strip()
        caption = "\n".join([first, *notes])
        if utf16_length(caption) <= surface.caption_max:
            return caption
    return fitting(notes, surface.caption_max)


def fitting(lines: Iterable[str], most: int) -> str:
    """The first of these lines, each once, as far as a text of `most` UTF-16 units takes them."""
    kept: list[str] = []
    for line in dict.fromkeys(lines):
        if utf16_length("\n".join([*kept, line])) > most:
            break
        kept.append(line)
    return "\n".join(kept)


def worded(head: str, words: Sequence[str], surface: Surface) -> list[str]:
    """Messages with results that are words, numbered when there are several; a text that no message takes is shortened."""
    blocks = [head] if head else []
    for number, text in enumerate(words, 1):
        mark = f"{numbered(number)} " if len(words) > 1 else ""
        blocks.append(mark + _short_enough(text, surface, surface.text_cut - len(mark)))
    messages: list[str] = []
    for block in blocks:
        joined = f"{messages[-1]}\n\n{block}" if messages else block
        if messages and utf16_length(joined) <= surface.text_cut:
            messages[-1] = joined
        else:
            messages.append(block)
    return messages


def in_full(head: str, title: str, words: str, surface: Surface) -> list[str]:
    """Messages with all of a longer text below its title, cut between lines."""
    text = inert(words.strip(), surface)
    top = "\n".join(each for each in (head, inert(shortened(title, TITLE_CHARS), surface)) if each)
    return pages(f"{top}\n\n{text}" if top else text, surface.text_cut)


def harmless(params: Mapping[str, Json], surface: Surface) -> dict[str, Json]:
    """Values for a sentence of ours, some of which may be the words of a model or a stranger."""
    return {
        name: inert(shortened(value, PARAM_CHARS), surface) if isinstance(value, str) else value
        for name, value in params.items()
    }


def _short_enough(text: str, surface: Surface, most: int) -> str:
    shown = ""
    for chars in WORDS_CHARS:
        shown = inert(shortened(text, chars), surface)
        if utf16_length(shown) <= most:
            break
    return shown
