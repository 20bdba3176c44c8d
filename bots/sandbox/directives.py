"""Words in square brackets that a person writes into a prompt to see the bot cope with a bad day. Pure functions.

| word | chat, in all four formats | pictures in one call | Midjourney, videos |
|---|---|---|---|
| `[slow]` | a tenth of the pace | ten times as long | ten times as long |
| `[fail]` | HTTP 500, upstream trouble | HTTP 500 | accepted, then failed |
| `[refuse]` | a refusal | HTTP 400 in the vendor's way; Gemini's form: `IMAGE_SAFETY` | accepted, then refused |
| `[cut]` | the line breaks in mid-answer | the line breaks, the order is taken | same as pictures |
| `[never]` | falls silent in mid-answer | no answer | never completes |
| `[html]` | a proxy's HTML page, HTTP 504 | same | same |
| `[429]`, any of `[400]` to `[599]` | that status (429 with Retry-After) | same | same |
| `[noimage]` | | success without a picture | Midjourney: the same |

Chat alone:

| word | |
|---|---|
| `[long 3000]` | 3000 words: w0000 w0001 ... |
| `[thinking]`, `[think I wonder]` | thoughts before the answer, or these; a sketch too before Gemini's pictures |
| `[redacted]` | thoughts that nobody may read (Claude) |
| `[tool NAME {"a": 1}]` | that call, also of a tool that was not offered |
| `[picture]` | a picture within the answer |
| `[length]` | the answer stops half-way, as if its limit was met |
| `[pause]` | stops with `pause_turn`, to be gone on with (Claude) |
| `[as NAME]` | another model's name in the answer; in those of pictures by chat and by Gemini's form too |
| `[no-usage]` | no count of tokens |
| `[no-done]` | the stream ends without `[DONE]` |
| `[error]` | an error in mid-stream, in the format's own words; pictures by chat, streamed: the same |
| `[jsonerror]` | an error as a bare JSON line in mid-stream |
| `[badjson]` | JSON that breaks its schema |
| `[system]` | shows what system text came with the question |
| `[variant B]` | films through chat: the text of variant A to D |
| `[no-link]` | films through chat: an end without a link |

Pictures in one call:

| word | |
|---|---|
| `[partial]` | `/v1/images`: the last picture of the group is an error instead |
| `[prose I cannot]` | by chat and by Gemini's form: these words and no picture |
| `[markdown]` | by chat: the bytes in a Markdown picture instead of a link |
| `[blocked SAFETY]` | Gemini's form: `promptFeedback.blockReason` |
| `[finish NO_IMAGE]` | Gemini's form: that `finishReason`, and no picture |
| `[prompt-blocked]` | Gemini's form: HTTP 400 `prompt_blocked` |

Midjourney, in the prompt of an imagine or of a window:

| word | |
|---|---|
| `[queued]` | code 22, one task ahead |
| `[full]` | code 23, the queue is full (9 by the newer proxy); no task |
| `[banned nude]` | code 24, that word; no task |
| `[code 3]` | a refusal with that code: 3 and 9 with HTTP 200, 4 and 5 with 400, 30 with 429; no task |
| `[exists]` | code 21 in its other meaning: the same job is there already |
| `[parked]` | code 1, but the task waits for its window |
| `[cancel]` | ends as `CANCEL` |
| `[no-seed]` | its seed is not found |

Videos (for assets, in their name: `[fail]`, `[never]` and `[reason]`):

| word | |
|---|---|
| `[reason RejectFace]` | accepted, then failed with this reason; of Runway's codes `[reason SAFETY.INPUT.TEXT]` |
| `[done]` | the submit is answered `completed` |
| `[filtered]` | `completed` without a film: `/content` is HTTP 502, its link is dead |
| `[queued]`, `[cancel]` | Runway: `THROTTLED` until it is done, ends as `CANCELLED` |

Songs, speech and words for songs, besides those for pictures in one call:

| word | |
|---|---|
| `[refuse]` | Suno: accepted, then failed by moderation; MiniMax: code 1026 |
| `[partial]` | Suno: one of the two songs is good, and the task has failed all the same |
| `[reason too loud]` | Suno: accepted, then failed with this reason |
| `[code 1008]` | MiniMax: that code |
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from bots.sandbox.faults import Speech

Flags = Mapping[str, int]
Words = Mapping[str, str]

_FLAGS = (
    "slow|fail|refuse|cut|never|html|thinking|no-done|jsonerror|noimage|error|length|no-usage|pause|picture|redacted|"
    "badjson|system|no-link|queued|full|parked|exists|cancel|no-seed|partial|markdown|prompt-blocked|done|filtered"
)
_DIRECTIVE = re.compile(rf"(?<!`)\[({_FLAGS}|[45][0-9]{{2}}|long +[0-9]{{1,6}}|code +[0-9]{{1,5}})\](?!`)")
"""In code quotes they are only spoken of: the sandbox's own answers list some, and come back in summaries."""

_WORDED = re.compile(r"\[(think|as|variant|banned|prose|blocked|finish|reason) +([^\[\]]{1,2000})\]")
_CALL = re.compile(r"\[tool +([A-Za-z0-9_.-]{1,64}) *")
_CALLS_MAX = 16


def directives(text: str) -> Flags:
    """The directives of a prompt. The number is the argument of `long` and `code`, the status under `status`, else 1."""
    found: dict[str, int] = {}
    for match in _DIRECTIVE.finditer(text):
        word, _, argument = match[1].partition(" ")
        if word.isdigit():
            found["status"] = int(word)
        else:
            found[word] = int(argument or 1)
    return found


def worded(text: str) -> Words:
    """The directives whose argument is text: `think`, `as`, `variant`, `banned`, `prose`, `blocked`, `finish`, `reason`."""
    return {match[1]: match[2].strip() for match in _WORDED.finditer(text)}


def calls(text: str) -> list[tuple[str, str]]:
    """The calls of tools that a prompt orders: names, and arguments as JSON text. Broken JSON is passed on as it is."""
    found: list[tuple[str, str]] = []
    for match in _CALL.finditer(text):
        rest = text[match.end() :]
        arguments = rest[: _end_of_object(rest)] if rest.startswith("{") else ""
        found.append((match[1], arguments))
    return found[:_CALLS_MAX]


def _end_of_object(text: str) -> int:
    try:
        return json.JSONDecoder().raw_decode(text)[1]
    except (ValueError, RecursionError):
        end = text.find("]")
        return end if end >= 0 else len(text)


def troubled(speech: Speech, told: Flags, chunks: int) -> Speech:
    """How an answer of so many pieces is spoken when it is to break in its middle."""
    half = max(1, chunks // 2)
    if "cut" in told:
        speech = replace(speech, cut_after=half)
    if "jsonerror" in told:
        speech = replace(speech, error_after=half)
    if "error" in told:
        speech = replace(speech, error_after=half, error_form="data")
    if "never" in told:
        speech = replace(speech, silent_after=half)
    if "no-done" in told:
        speech = replace(speech, done=False)
    return speech
