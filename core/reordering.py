"""Orders that are made of former ones: the same once more, and the gateway's own buttons under a result. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from core.checking import check_options
from core.errors import BadOption, EmptyPrompt, JobGone, UnknownOption
from core.flags import zoomed
from core.masks import ONLY, REGION, region_of
from core.own_voices import VOICE, takes_own
from core.specs import ModelSpec
from core.values import Job, JobState, Order, Part

MADE = frozenset({JobState.READY, JobState.DONE, JobState.UNDELIVERED})
RENAMED = {"size": "resolution"}
"""Options of former orders, and what they are called now."""


def same_again(job: Job, spec: ModelSpec | None) -> Order:
    """The order of a job, with what the row still has of its options."""
    return Order(
        job.kind,
        job.model,
        job.prompt,
        still_known(spec, job.options, job.action),
        job.inputs,
        continues=job.continues,
        action=job.action,
        press=job.press,
    )


def is_same(job: Job, order: Order) -> bool:
    """Of a file that a tool was given only the bytes count, not how the message called it."""
    files, theirs = ([part.media for part in each.inputs] for each in (order, job))
    asked = (order.kind, order.model, order.action, order.prompt, dict(order.options), files)
    return asked == (job.kind, job.model, job.action, job.prompt, dict(job.options), theirs)


def pressed(
    job: Job, spec: ModelSpec | None, number: int, words: str, options: Mapping[str, str], inputs: tuple[Part, ...]
) -> Order:
    """Of button `number` under the result of `job`, with its words and options where the person gives no others. Raises
    JobGone, EmptyPrompt, and BadOption for a region that is missing."""
    if job.state not in MADE or not job.task_id or not 0 <= number < len(job.buttons):
        raise JobGone(f"{job.id}: no button {number}")
    button, words = job.buttons[number], words.strip()
    if button.asks == "words" and not words:
        raise EmptyPrompt(command=job.kind)
    if button.asks == "region" and not region_of(options, inputs):
        raise BadOption(name=ONLY, value=options.get(ONLY, ""), allowed=REGION.allowed)
    inherited = {name: value for name, value in still_known(spec, job.options).items() if name != ONLY}
    return Order(
        job.kind,
        job.model,
        words or zoomed(job.prompt)[0],
        inherited | dict(options),
        inputs,
        continues=job.id,
        action=button.action,
        press=button.id,
    )


def still_known(spec: ModelSpec | None, options: Mapping[str, str], action: str = "") -> dict[str, str]:
    """What of these options the row still has."""
    if spec is None:
        return dict(options)
    kept: dict[str, str] = {}
    for name, value in options.items():
        if spec.sound == "clone" or (name == VOICE and takes_own(spec)):  # placing it says whose it is
            kept[name] = value
            continue
        called = name if name in spec.options else RENAMED.get(name, name)
        try:
            kept |= check_options(spec, {called: value}, action)
        except (UnknownOption, BadOption):
            continue
    return kept
