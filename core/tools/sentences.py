"""What went wrong, in plain English for the model, which tells the person in their own language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from core.errors import BotError, GatewayError
from core.tools.wording import bounded
from core.values import Json

MOST_CHARS = 2_000

SENTENCES: Mapping[str, str] = {
    "error-empty-prompt": "The prompt is empty.",
    "error-prompt-too-long": "The prompt has {length} characters; at most {limit} are allowed.",
    "error-unknown-model": "There is no model {name!r} for this. There are: {allowed}.",
    "error-no-models": "No model for this is offered here.",
    "error-unknown-option": "This model has no option {name!r}. It has: {allowed}.",
    "error-bad-option": "{name} cannot be {value!r}. Allowed: {allowed}.",
    "error-needs-input": "This needs a file that is still kept: attached to the question, or the result of a job.",
    "error-file-too-large": "That file is too large ({size} bytes); at most {limit} bytes are taken.",
    "error-wrong-input": "The model {model} takes no {kind}. Models that do: {allowed}.",
    "error-too-much-kept": "There are {limit} {what} already, and no room for more: one has to go first.",
    "error-over-quota": "The person's credits do not reach: {needed} needed, {left} left{renewed}.",
    "error-group-over-quota": "The group's credits do not reach: {needed} needed, {left} left{renewed}.",
    "error-house-limit": "All that everybody together may spend today is spent{renewed}.",
    "error-too-fast": "Too much at once: again in {seconds} seconds.",
    "error-too-many-jobs": "The person has {limit} jobs under way already; one must end first.",
    "error-job-gone": "There is no such job of this person, or its result is not kept any more.",
}
"""By the key of the error, with its parameters."""


def told(error: BotError) -> str:
    """Of any error, and bounded. Nothing of the gateway's own words, for they are meant for the operator."""
    template = SENTENCES.get(error.key)
    if template is None:
        return f"Nothing was done. {_of_key(error)}"
    params = {**error.params, "renewed": _renewed(error.params.get("renews"))}
    try:
        return bounded(f"Nothing was done. {template.format_map(params)}", MOST_CHARS)
    except (KeyError, ValueError):
        return f"Nothing was done. {_of_key(error)}"


def _of_key(error: BotError) -> str:
    words = error.key.removeprefix("error-").replace("-", " ")
    if isinstance(error, GatewayError) or not error.params:
        return f"It failed: {words}."
    return bounded(f"It failed: {words} {json.dumps(error.params, ensure_ascii=False, default=str)}", MOST_CHARS)


def _renewed(seconds: Json) -> str:
    if not isinstance(seconds, int) or not 0 < seconds < 2**40:
        return ""
    return f"; they renew at {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
