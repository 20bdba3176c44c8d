"""Every family of sounds against the sandbox: songs, words, speech, voices and transcripts, from the order to the file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Drop, Hang, html_page
from bots.sandbox.melody import music
from bots.sandbox.server import Sandbox, serve
from core.catalog import Catalog, ModelSpec, load_catalog
from core.errors import (
    BadRequest,
    BadSample,
    GatewayError,
    Moderated,
    NoFunds,
    NoSuchModel,
    NotOffered,
    SourceGone,
    TaskExpired,
    TaskFailed,
    Unsure,
    UpstreamDown,
    VoiceGone,
)
from core.gateway.client import Gateway
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted
from core.limits import LIMITS
from core.signatures import sniff
from core.values import Artifact, Order, Part, Past
from tests.gateway.conftest import MemoryMedia, Open

VOICE = "xg7f3a91c2b04d"
LOOKS_MOST = 10


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox, opened: Open) -> Gateway:
    return await opened(sandbox.base_url)


def order(model: str, prompt: str, *inputs: Part, action: str = "", **options: str) -> Order:
    return Order("audio", model, prompt, options, tuple(inputs), action=action)


def recording(seconds: int = 12, mime: str = "audio/mpeg") -> Part:
    return Part("audio", mime=mime, data=music(1, seconds, "mp3"))


async def ended(gateway: Gateway, catalog: Catalog, order: Order) -> tuple[str, Submitted | Polled]:
    """The task and how it ended."""
    spec = catalog.get(order.model, "audio")
    outcome: Submitted | Polled = await gateway.submit(spec, order)
    if not isinstance(outcome, Accepted):
        return "", outcome
    task_id = outcome.task_id
    for _ in range(LOOKS_MOST):
        outcome = await gateway.poll(spec, task_id)
        if not isinstance(outcome, Again):
            break
    return task_id, outcome


async def made(gateway: Gateway, catalog: Catalog, order: Order) -> tuple[str, Ready]:
    task_id, outcome = await ended(gateway, catalog, order)
    assert isinstance(outcome, Ready), outcome
    return task_id, outcome


async def error_of(gateway: Gateway, catalog: Catalog, order: Order) -> GatewayError:
    _, outcome = await ended(gateway, catalog, order)
    assert isinstance(outcome, Broken), outcome
    return outcome.error


async def file(gateway: Gateway, spec: ModelSpec, media: MemoryMedia, artifact: Artifact) -> bytes:
    key, _ = await gateway.fetch(spec, artifact)
    looked = sniff(media.files[key][:64])
    assert looked is not None
    assert looked.kind == "audio"
    return media.files[key]


# --- Suno --------------------


@pytest.mark.parametrize("clips", ["stock", "flat"])
@pytest.mark.parametrize("text", [False, True])
async def test_two_songs(
    gateway: Gateway, sandbox: Sandbox, catalog: Catalog, media: MemoryMedia, clips: str, text: bool
) -> None:
    sounds = sandbox.behaviour.sounds
    sounds.clips, sounds.data_text, sounds.task_ids = clips, text, "uuid"  # type: ignore[assignment] # of two words
    for wanted in (order("suno-v4", "a folk song"), order("suno-v5", "[Verse]\nla", style="folk", title="La")):
        _, ready = await made(gateway, catalog, wanted)
        spec = catalog.get(wanted.model, "audio")
        songs = [await file(gateway, spec, media, artifact) for artifact in ready.artifacts]
        assert songs[0] != songs[1]
        assert [artifact.duration_s for artifact in ready.artifacts] == [20.08, 24.08]
        assert all(artifact.title and artifact.cover and artifact.text for artifact in ready.artifacts)
    assert sandbox.accepted["/suno/submit/{action}"] == 2


async def test_a_song_goes_on_and_is_gone(gateway: Gateway, sandbox: Sandbox, catalog: Catalog) -> None:
    task_id, ready = await made(gateway, catalog, order("suno-v4", "a folk song"))
    button = ready.buttons[1]
    pressed = replace(
        order("suno-v4", "[Verse 2]\nmore", action="extend"), press=button.id, past=(Past("", task_id=task_id),)
    )
    await made(gateway, catalog, pressed)
    sent = sandbox.requests.to("POST /suno/submit/{action}")[-1].json
    assert (sent["continue_clip_id"], sent["continue_at"]) == (ready.artifacts[1].remote_id, 24.08)
    with pytest.raises(SourceGone):
        await gateway.submit(catalog.get("suno-v4", "audio"), replace(pressed, past=(Past("", task_id="task_x"),)))


async def test_what_is_heard_before_the_end(gateway: Gateway, sandbox: Sandbox, catalog: Catalog) -> None:
    sandbox.behaviour.sounds.song_polls = 11
    spec = catalog.get("suno-v4", "audio")
    taken = await gateway.submit(spec, order("suno-v4", "a folk song"))
    assert isinstance(taken, Accepted)
    looks = [await gateway.poll(spec, taken.task_id) for _ in range(11)]
    running = [look for look in looks if isinstance(look, Again)]
    assert list(dict.fromkeys(look.progress for look in running)) == [5, 10, 15, 40, 80]
    assert {look.listen for look in running if look.progress >= 40}.pop().startswith("https://audiopipe.suno.ai/")
    assert isinstance(looks[-1], Ready)


async def test_songs_that_fail(gateway: Gateway, catalog: Catalog) -> None:
    assert type(await error_of(gateway, catalog, order("suno-v4", "a song [refuse]"))) is Moderated
    assert type(await error_of(gateway, catalog, order("suno-v4", "a song [fail]"))) is TaskFailed
    assert type(await error_of(gateway, catalog, order("suno-v4", "a song [noimage]"))) is TaskFailed
    _, half = await made(gateway, catalog, order("suno-v4", "a song [partial]"))
    assert (len(half.artifacts), half.refunded) == (1, True)


async def test_words_for_a_song_become_one(gateway: Gateway, catalog: Catalog) -> None:
    _, words = await made(gateway, catalog, order("suno-lyrics", "for a cat"))
    (text,) = words.artifacts
    _, song = await made(gateway, catalog, order("suno-v4", text.text, title=text.title, style="rock"))
    assert song.artifacts[0].text == text.text
    _, changed = await made(
        gateway,
        catalog,
        replace(order("minimax-lyrics", "sadder", action="rewrite"), past=(Past("for a cat", words=text.text),)),
    )
    assert changed.artifacts[0].text.startswith(text.text)


async def test_many_tasks_are_two_requests(gateway: Gateway, sandbox: Sandbox, catalog: Catalog) -> None:
    """Words and songs go apart: what the reply's `data` is depends on it."""
    songs, words = catalog.get("suno-v4", "audio"), catalog.get("suno-lyrics", "audio")
    orders = [(spec, order(spec.name, "a song")) for spec in (songs, words) for _ in range(4)]
    taken = [(spec, await gateway.submit(spec, wanted)) for spec, wanted in orders]
    found: list[Polled] = []
    for _ in range(3):
        sandbox.requests.clear()
        waiting = [gateway.poll(spec, each.task_id) for spec, each in taken if isinstance(each, Accepted)]
        found = await asyncio.gather(*waiting)
        assert [seen.route for seen in sandbox.requests] == ["POST /suno/fetch"] * 2
    assert [type(each) for each in found] == [Ready] * 8
    assert [artifact.kind for each in found if isinstance(each, Ready) for artifact in each.artifacts[:1]] == [
        *["audio"] * 4,
        *["text"] * 4,
    ]


async def test_a_song_that_may_have_been_ordered_is_not_ordered_again(
    gateway: Gateway, sandbox: Sandbox, opened: Open, catalog: Catalog
) -> None:
    spec, wanted, route = catalog.get("suno-v4", "audio"), order("suno-v4", "a song"), "/suno/submit/{action}"
    for fault in (Drop("answer"), Drop("body"), html_page(504, "504")):
        sandbox.behaviour.script(f"POST {route}", fault)
        with pytest.raises(Unsure):
            await gateway.submit(spec, wanted)
    impatient = await opened(sandbox.base_url, limits=LIMITS._replace(connect_s=0.1))
    sandbox.behaviour.script(f"POST {route}", Hang())
    with pytest.raises(Unsure):
        await impatient.submit(replace(spec, submit_s=0.1), wanted)
    assert sandbox.submits[route] == 4
    sandbox.behaviour.models.pop("suno_music")
    with pytest.raises(NoSuchModel):
        await gateway.submit(spec, wanted)
    with pytest.raises(TaskExpired):
        await gateway.poll(spec, "task_x")


# --- MiniMax --------------------


@pytest.mark.parametrize("prefix", ["/minimax/v1", "/minimaxi/v1", "/v1"])
async def test_the_prefix_is_found_once(gateway: Gateway, sandbox: Sandbox, catalog: Catalog, prefix: str) -> None:
    sandbox.behaviour.sounds.minimax_prefix = prefix
    wanted = order("speech-2.8-hd", "hello", voice="female-tianmei")
    await asyncio.gather(*(made(gateway, catalog, wanted) for _ in range(3)))
    probes = [seen.path for seen in sandbox.requests if seen.path.endswith("get_voice")]
    tried = ["/minimax/v1", "/minimaxi/v1", "/v1"]
    assert probes == [f"{each}/get_voice" for each in tried[: tried.index(prefix) + 1]]
    assert sandbox.submits[f"{prefix}/t2a_v2"] == 3


async def test_speech_in_all_forms(gateway: Gateway, sandbox: Sandbox, catalog: Catalog, media: MemoryMedia) -> None:
    sandbox.behaviour.sounds.upper_hex = True
    spec = catalog.get("speech-2.8-hd", "audio")
    hexed = replace(spec, extra={**spec.extra, "output_format": "hex"})
    streamed = replace(spec, extra={**spec.extra, "stream": True})
    again = {**spec.extra["body"], "stream_options": {"exclude_aggregated_audio": False}}
    repeated = replace(spec, extra={**spec.extra, "stream": True, "body": again})
    sounds = []
    for row in (spec, hexed, streamed, repeated):
        outcome = await gateway.submit(row, order(row.name, "你好 hello", voice="female-tianmei", speed="1.5"))
        assert isinstance(outcome, Ready), outcome
        assert outcome.artifacts[0].duration_s > 0.3
        sounds.append(await file(gateway, row, media, outcome.artifacts[0]))
    assert sounds == sounds[:1] * 4


@pytest.mark.parametrize(("form", "voice", "kind"), [("hex", "x", VoiceGone), ("url", "female-tianmei", BadRequest)])
async def test_speech_of_minimax_at_the_address_of_openai(
    gateway: Gateway, media: MemoryMedia, form: str, voice: str, kind: type[GatewayError]
) -> None:
    rows = [("hex", "female-tianmei"), (form, voice)]
    well, ill = (by_openai(wanted, voice) for wanted, voice in rows)
    outcome = await gateway.submit(well, order(well.name, "你好 hello", voice="female-tianmei", speed="1.5"))
    assert isinstance(outcome, Ready), outcome
    assert (await file(gateway, well, media, outcome.artifacts[0]))[:3] == b"ID3"
    with pytest.raises(kind):
        await gateway.submit(ill, order(ill.name, "hello", voice=voice))


def by_openai(form: str, voice: str) -> ModelSpec:
    """As the page about sounds has it."""
    row = {
        "family": "openai_speech",
        "upstream": "speech-2.8-hd",
        "price": {"each": 1},
        "options": {"voice": [voice]},
        "extra": {"text_chars": 9_900, "body": {"response_format": "mp3", "metadata": {"output_format": form}}},
    }
    return load_catalog({"models": {"by-openai": row}}).get("by-openai", "audio")


async def test_every_row_and_option_of_speech(gateway: Gateway, catalog: Catalog) -> None:
    for spec in [row for row in catalog.visible("audio") if row.sound == "speech"]:
        voice = spec.options["voice"].values[0]
        for name, option in spec.options.items():
            for word in [*option.values[-2:], *([str(option.most)] if option.most else []), *option.values[:1]]:
                await made(gateway, catalog, order(spec.name, "hello", **{"voice": voice, name: word}))


@pytest.mark.parametrize("form", ["own", "relay"])
@pytest.mark.parametrize(
    ("words", "voice", "kind"),
    [
        ("[refuse]", "female-tianmei", Moderated),
        ("[code 1008]", "female-tianmei", NoFunds),
        ("[fail]", "female-tianmei", UpstreamDown),
        ("hello", "never-cloned-1", VoiceGone),
    ],
)
async def test_errors_in_both_forms(
    gateway: Gateway, sandbox: Sandbox, catalog: Catalog, form: str, words: str, voice: str, kind: type[GatewayError]
) -> None:
    sandbox.behaviour.sounds.minimax_errors = form  # type: ignore[assignment] # of two words
    try:
        error = await error_of(gateway, catalog, order("speech-2.8-hd", f"hello {words}", voice=voice))
    except GatewayError as raised:
        error = raised
    assert type(error) is kind


@pytest.mark.parametrize("tail", ["/files/upload", "/files"])
async def test_a_voice_is_cloned_and_speaks(
    gateway: Gateway, sandbox: Sandbox, catalog: Catalog, media: MemoryMedia, tail: str
) -> None:
    sandbox.behaviour.sounds.minimax_upload = tail  # type: ignore[assignment] # of two words
    spec = catalog.get("voice-clone", "audio")
    spec = replace(spec, extra={**spec.extra, "upload_path": tail})
    taken = await gateway.submit(spec, order(spec.name, "", recording(), voice_id=VOICE))
    assert taken == Accepted(VOICE)
    ready = await gateway.poll(spec, VOICE)
    assert isinstance(ready, Ready)
    await file(gateway, spec, media, ready.artifacts[0])
    spoken = order("speech-2.8-turbo", "this is me", voice=VOICE)
    await made(gateway, catalog, spoken)
    sandbox.behaviour.sounds.clones_lost = True
    assert type(await error_of(gateway, catalog, spoken)) is VoiceGone


async def test_voices_that_are_not_made(gateway: Gateway, sandbox: Sandbox, catalog: Catalog) -> None:
    wanted = order("voice-clone", "", recording(), voice_id=VOICE)
    for how in ("flag", "kind", "table"):
        sandbox.behaviour.sounds.clone_refused = how
        assert type(await error_of(gateway, catalog, wanted)) is Moderated
    sandbox.behaviour.sounds.clone_refused = ""
    assert type(await error_of(gateway, catalog, replace(wanted, inputs=(recording(5),)))) is BadSample
    await made(gateway, catalog, wanted)
    assert type(await error_of(gateway, catalog, wanted)) is BadRequest
    sandbox.behaviour.sounds.minimax_upload = "/files"
    with pytest.raises(NotOffered):
        await gateway.submit(catalog.get("voice-clone", "audio"), wanted)


@pytest.mark.parametrize("words", ["folk, warm", "[Verse]\nla la"])
@pytest.mark.parametrize("instrumental", ["on", "off"])
async def test_songs_of_minimax(
    gateway: Gateway, catalog: Catalog, media: MemoryMedia, words: str, instrumental: str
) -> None:
    _, ready = await made(gateway, catalog, order("music-2.6", words, style="folk", instrumental=instrumental))
    assert ready.artifacts[0].duration_s == 20
    await file(gateway, catalog.get("music-2.6", "audio"), media, ready.artifacts[0])


# --- what the rest of the world calls speech and hearing --------------------


async def test_speech_of_openai(gateway: Gateway, sandbox: Sandbox, catalog: Catalog, media: MemoryMedia) -> None:
    _, ready = await made(gateway, catalog, order("tts-1", "hello", voice="nova"))
    await file(gateway, catalog.get("tts-1", "audio"), media, ready.artifacts[0])
    with pytest.raises(Moderated):
        await made(gateway, catalog, order("tts-1", "hello [refuse]", voice="nova"))
    del sandbox.behaviour.models["tts-1"]
    with pytest.raises(NoSuchModel):
        await made(gateway, catalog, order("tts-1", "hello", voice="nova"))


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe"])
async def test_words_of_a_recording(gateway: Gateway, catalog: Catalog, model: str) -> None:
    texts = [(await made(gateway, catalog, order(model, "", recording(s))))[1].artifacts[0].text for s in (3, 12)]
    assert texts[0] != texts[1]
    _, chinese = await made(gateway, catalog, order(model, "Starlight", recording(12), language="zh"))
    assert chinese.artifacts[0].text.startswith("这段录音")


async def test_times(gateway: Gateway, catalog: Catalog) -> None:
    _, ready = await made(gateway, catalog, order("whisper-1", "", recording(12), times="on"))
    assert ready.transcript.startswith("[[0.0, ")


async def test_gemini_hears(gateway: Gateway, catalog: Catalog) -> None:
    _, ready = await made(gateway, catalog, order("gemini-2.5-flash-hearing", "", recording(3)))
    assert ready.artifacts[0].text
