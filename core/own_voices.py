"""Which voice an order speaks with. Voices that were cloned belong to one person: an order names them by that person's own
name for them ("own:NAME"), and only the call to the gateway, made in the name of whoever ordered, knows what the vendor calls
them. So nobody's order can speak with the voice of somebody else, however it was placed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from core.errors import BadOption, CloneAnew, VoiceGone
from core.ports import Tx
from core.specs import ModelSpec, folded
from core.values import OPEN_STATES, Job, JobState, Notice, Order, Voice

VOICE = "voice"
"""The option that names a voice."""
OWN = "own:"
VOICE_ID = "voice_id"
"""The option of an order to clone: our id of the voice that it makes."""
KEPT = "voice:"
"""A piece of no order: `part_of` of speech that only keeps a voice alive begins so."""
NAMED_MOST = 12
"""So many voices are named in a sentence."""


def takes_own(spec: ModelSpec) -> bool:
    """Whether its vendor keeps people's own voices, and has more of its own than the row lists."""
    return bool(spec.extra.get("own_voices")) and VOICE in spec.options


def admitting(spec: ModelSpec, options: Mapping[str, str], system: Collection[str]) -> ModelSpec:
    """The row with the chosen voice among those that it lists, where it may have that: an own one, whose owner is checked
    when the order is placed, or one of the vendor's (`system`)."""
    wanted = options.get(VOICE, "")
    if not wanted or not takes_own(spec) or not (wanted.startswith(OWN) or wanted in system):
        return spec
    option = spec.options[VOICE]
    return replace(spec, options={**spec.options, VOICE: replace(option, values=(*option.values, wanted))})


def named(spec: ModelSpec, written: str, system: Collection[str], mine: Sequence[Voice]) -> str:
    """The voice that was meant, as orders name it. `mine`: the person's own. Raises BadOption, and VoiceGone for an own one
    that the vendor has deleted."""
    option = spec.options[VOICE]
    explicit = folded(written).startswith(OWN)
    free = takes_own(spec) and not option.values  # whoever knows what the vendor calls a voice does not have it yet
    listed = None if explicit or free else option.match(written)
    if listed is not None:
        return listed
    wanted = folded(written)
    told = None if explicit or not takes_own(spec) else next((each for each in system if folded(each) == wanted), None)
    if told is not None:
        return told
    usable = [voice for voice in mine if voice.used_ms] if takes_own(spec) else []
    found = next((voice for voice in usable if folded(voice.name) == wanted.removeprefix(OWN).strip()), None)
    if found is None:
        names = [*(voice.name for voice in usable if not voice.gone), *option.values]
        raise BadOption(name=VOICE, value=written[:60], allowed=", ".join(names[:NAMED_MOST]))
    if found.gone:
        raise VoiceGone(f"{found.id} is gone")
    return f"{OWN}{found.name}"


async def allowed(tx: Tx, person_id: str, spec: ModelSpec, order: Order, job_id: str, system: Collection[str]) -> Order:
    """The order with its voice as orders name it. Raises BadOption, VoiceGone; CloneAnew for the making of a voice that is
    not this very order's."""
    if spec.sound == "clone":
        voice = await tx.voices.get(order.options.get(VOICE_ID, ""))
        if voice is None or voice.person_id != person_id or voice.job_id != job_id:
            raise CloneAnew
        return order
    written = order.options.get(VOICE, "")
    if spec.sound != "speech" or not written or VOICE not in spec.options:
        return order
    mine = await tx.voices.of_person(person_id) if takes_own(spec) else []
    return replace(order, options={**order.options, VOICE: named(spec, written, system, mine)})


async def at_vendor(tx: Tx, job: Job, spec: ModelSpec, options: Mapping[str, str]) -> Mapping[str, str]:
    """The options as the vendor is told them: by its own id of the voice, if that is the person's whose order it is. Raises
    VoiceGone."""
    if spec.sound == "clone":
        voice = await tx.voices.get(options.get(VOICE_ID, ""))
        if voice is None or voice.person_id != job.person_id or voice.job_id != job.id:
            raise VoiceGone(f"{job.id}: no such voice")
        return {**options, VOICE_ID: voice.remote_id}
    chosen = options.get(VOICE, "")
    if not chosen.startswith(OWN):
        return options
    voice = await _named_by(tx, job)
    if voice is None or voice.gone or not takes_own(spec):
        raise VoiceGone(f"{job.id}: {chosen[:60]} is not there any more")
    return {**options, VOICE: voice.remote_id}


# --- what becomes of a voice with its orders --------------------


async def note_end(tx: Tx, job: Job, now_ms: int) -> None:
    """A job has its result, or has ended without one: a voice that was made is there, one that spoke was used, one that the
    vendor does not know is gone. Within the commit that ends the job."""
    made = job.state is JobState.READY or (job.state is JobState.CANCELLED and job.muted)
    if VOICE_ID in job.options:
        if made:
            await tx.voices.made(job.options[VOICE_ID], job.id, now_ms)
        else:
            await tx.voices.not_made(job.options[VOICE_ID], job.id)
        return
    if not job.options.get(VOICE, "").startswith(OWN):
        return
    voice = await _named_by(tx, job)
    if voice is None:
        return
    if made:
        await tx.voices.used(voice.id, now_ms)
    elif job.error_key == VoiceGone.key and voice.created_ms <= job.created_ms:
        await tx.voices.set_gone(voice.id)
        if job.part_of.startswith(KEPT):  # nobody is told of the end of such a job
            await tx.notices.add([gone_notice(voice, now_ms)])


async def still_due(tx: Tx, voice: Voice) -> bool:
    """Whether it is kept and has not spoken since it was read: others keep voices too, and a day ends in between."""
    now = await tx.voices.get(voice.id)
    if now is None or now.gone or not now.keep or now.used_ms != voice.used_ms:
        return False
    return not any(job.state in OPEN_STATES for job in await tx.jobs.pieces(f"{KEPT}{voice.id}"))


def gone_notice(voice: Voice, now_ms: int) -> Notice:
    ref = f"voice-gone:{voice.id}:{voice.used_ms}"
    return Notice(ref, "notice-voice-gone", {"name": voice.name}, person_id=voice.person_id, due_ms=now_ms)


async def _named_by(tx: Tx, job: Job) -> Voice | None:
    """The own voice that a job names."""
    wanted = folded(job.options[VOICE].removeprefix(OWN))
    mine = await tx.voices.of_person(job.person_id)
    return next((voice for voice in mine if folded(voice.name) == wanted), None)
