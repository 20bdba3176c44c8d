"""Speech: the body of the contract goes out, and every shape of an answer comes in as a file, or as an error."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

from core.catalog import Catalog, ModelSpec, load_catalog
from core.errors import BadRequest, GatewayError, Moderated, NoResult, RateLimited
from core.gateway.audio import gemini_speech
from core.gateway.wire import Broken, Ready, WireReply
from core.values import Json, Order

SAMPLES = b"\x00\x01\xff\x7f\x00\x80" * 400
RAW = "audio/L16;codec=pcm;rate=24000"


@pytest.fixture
def speech(catalog: Catalog) -> ModelSpec:
    return catalog.get("gemini-2.5-flash-preview-tts", "audio")


def part(data: bytes = SAMPLES, mime: str = RAW) -> Json:
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}


def answer(*parts: Json, reason: str = "STOP", **more: Json) -> Json:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}], **more}


def read(body: Json, spec: ModelSpec) -> tuple[wave._wave_params, bytes]:
    ready = gemini_speech.parse_submit(WireReply(200, body), spec)
    assert isinstance(ready, Ready)
    [artifact] = ready.artifacts
    assert (artifact.kind, artifact.mime) == ("audio", "audio/wav")
    with wave.open(io.BytesIO(artifact.data)) as file:
        return file.getparams(), file.readframes(10**6)


def broken(body: Json, spec: ModelSpec) -> GatewayError:
    outcome = gemini_speech.parse_submit(WireReply(200, body), spec)
    assert isinstance(outcome, Broken)
    return outcome.error


def test_the_request_of_the_contract(speech: ModelSpec) -> None:
    wire = gemini_speech.to_submit(Order("audio", speech.name, "Say cheerfully: 今天天气真好"), speech)
    assert (wire.method, wire.timeout_s) == ("POST", 300.0)
    assert wire.path == "/v1beta/models/gemini-2.5-flash-preview-tts:generateContent"
    assert wire.json == {
        "contents": [{"role": "user", "parts": [{"text": "Say cheerfully: 今天天气真好"}]}],
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
        },
    }


def test_another_voice_changes_no_row(speech: ModelSpec) -> None:
    gemini_speech.to_submit(Order("audio", speech.name, "hi", {"voice": "Puck"}), speech)
    wire = gemini_speech.to_submit(Order("audio", speech.name, "hi"), speech)
    assert wire.json["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"] == "Kore"
    assert speech.extra["generation"] == {"responseModalities": ["AUDIO"]}


def test_a_name_cannot_leave_its_place_in_the_path() -> None:
    rows = {"odd": {"family": "gemini_speech", "upstream": "../x y", "price": {"each": 1}}}
    spec = load_catalog({"models": rows}).get("odd", "audio")
    wire = gemini_speech.to_submit(Order("audio", "odd", "hi"), spec)
    assert wire.path == "/v1beta/models/..%2Fx%20y:generateContent"


@pytest.mark.parametrize(
    ("mime", "rate"),
    [
        (RAW, 24_000),
        ("audio/L16;codec=pcm;rate=16000", 16_000),
        ("audio/pcm; Rate=48000", 48_000),
        ("audio/L16", 24_000),
        ("audio/l16;rate=0", 24_000),
        ("audio/l16;rate=99999999999", 24_000),
        ("audio/l16;rate=fast", 24_000),
    ],
)
def test_raw_samples_become_a_file(speech: ModelSpec, mime: str, rate: int) -> None:
    params, frames = read(answer(part(mime=mime)), speech)
    assert (params.framerate, params.nchannels, params.sampwidth) == (rate, 1, 2)
    assert frames == SAMPLES


def test_pieces_are_one_sound_without_thoughts_and_half_samples(speech: ModelSpec) -> None:
    thought = part(b"\x01\x01") | {"thought": True}
    _, frames = read(answer({"text": "here"}, thought, part(), part(), part(b"\x05")), speech)
    assert frames == SAMPLES * 2


def test_the_other_spelling(speech: ModelSpec) -> None:
    inline = {"mime_type": RAW, "data": base64.urlsafe_b64encode(SAMPLES).decode().rstrip("=")}
    assert read(answer({"inline_data": inline}), speech)[1] == SAMPLES


@pytest.mark.parametrize("mime", ["audio/wav", RAW])
def test_a_file_stays_as_it_is_whatever_it_is_called(speech: ModelSpec, mime: str) -> None:
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes(SAMPLES)
    ready = gemini_speech.parse_submit(WireReply(200, answer(part(whole.getvalue(), mime))), speech)
    assert isinstance(ready, Ready)
    assert ready.artifacts[0].data == whole.getvalue()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}}, Moderated),
        ({"candidates": [{"finishReason": "SAFETY", "index": 0}]}, Moderated),
        ({"candidates": [{"finishReason": "RECITATION"}]}, Moderated),
        ({"candidates": [{"finishReason": "OTHER"}]}, NoResult),
        ({"candidates": [{"finishReason": "WHATEVER"}]}, NoResult),
        (answer(reason="MAX_TOKENS"), NoResult),
        (answer({"text": "Good morning to you too!"}), NoResult),
        (answer({"text": "This would violate our content policy."}), Moderated),
        (answer(part(mime="image/png")), NoResult),
        (answer(part(b"")), NoResult),
        ({"error": {"code": 400, "message": "bad voice", "status": "INVALID_ARGUMENT"}}, BadRequest),
        ({"error": {"message": "Too many requests", "code": 429}}, RateLimited),
        ({}, NoResult),
        ([], NoResult),
        ("nonsense", NoResult),
        (None, NoResult),
    ],
)
def test_without_a_sound_it_is_an_error(speech: ModelSpec, body: Json, kind: type[GatewayError]) -> None:
    assert type(broken(body, speech)) is kind


@pytest.mark.parametrize(
    "odd",
    [
        {"candidates": {}},
        {"candidates": [None]},
        {"candidates": [{"content": []}]},
        {"candidates": [{"content": {"parts": "x"}}]},
        {"candidates": [{"content": {"parts": [None, 1, {"inlineData": 3}, {"inlineData": {"mimeType": 1}}]}}]},
        {"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": RAW, "data": "%%%"}}]}}]},
        {"candidates": [{"finishReason": {}}], "promptFeedback": [1]},
        {"promptFeedback": {"blockReason": 7}},
    ],
)
def test_whatever_comes_is_a_declared_error(speech: ModelSpec, odd: Any) -> None:
    assert isinstance(broken(odd, speech), NoResult)


def test_nothing_can_be_polled(speech: ModelSpec) -> None:
    with pytest.raises(NotImplementedError):
        gemini_speech.to_poll("t", speech)
    with pytest.raises(NotImplementedError):
        gemini_speech.parse_poll(WireReply(200, {}), "t", speech)
