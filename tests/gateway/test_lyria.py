"""Music: the body of the contract goes out, and a song with its words comes in."""

from __future__ import annotations

import base64

import pytest

from core.catalog import Catalog
from core.errors import GatewayError, Moderated, NoResult, UpstreamDown
from core.gateway.audio import lyria
from core.gateway.wire import Broken, Ready, WireReply
from core.values import Artifact, Json, Order, Part

MP3 = b"ID3 a song"
ANSWER = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [
                    {"text": "[Intro] …"},
                    {"inlineData": {"mimeType": "audio/mpeg", "data": base64.b64encode(MP3).decode()}},
                    {"text": "[Verse] la la"},
                ],
            },
            "finishReason": "STOP",
            "index": 0,
        }
    ],
    "usageMetadata": {"promptTokenCount": 21, "candidatesTokenCount": 900, "totalTokenCount": 921},
    "modelVersion": "lyria-3-clip-preview",
}


def test_a_clip(catalog: Catalog) -> None:
    spec = catalog.get("lyria-3-clip-preview", "audio")
    wire = lyria.to_submit(Order("audio", spec.name, "A lofi beat, 85 BPM"), spec)
    assert wire.path == "/v1beta/models/lyria-3-clip-preview:generateContent"
    assert wire.json == {
        "contents": [{"role": "user", "parts": [{"text": "A lofi beat, 85 BPM"}]}],
        "generationConfig": {"responseModalities": ["AUDIO", "TEXT"]},
    }
    assert not spec.speaks


def test_a_song_as_wav_in_the_mood_of_a_picture(catalog: Catalog) -> None:
    spec = catalog.get("lyria-3-pro-preview", "audio")
    picture = Part("image", media="k", mime="image/jpeg", data=b"jpeg")
    wire = lyria.to_submit(Order("audio", spec.name, "a song", {"format": "wav"}, (picture,)), spec)
    assert wire.json["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/jpeg", "data": base64.b64encode(b"jpeg").decode()}},
        {"text": "a song"},
    ]
    assert wire.json["generationConfig"]["responseFormat"] == {"audio": {"mimeType": "audio/wav"}}


def test_the_answer_has_words_and_a_file(catalog: Catalog) -> None:
    ready = lyria.parse_submit(WireReply(200, ANSWER), catalog.get("lyria-3-clip-preview", "audio"))
    assert ready == Ready((Artifact("audio", data=MP3, mime="audio/mpeg", text="[Intro] …\n[Verse] la la"),))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 21}},
            Moderated,
        ),
        ({"candidates": [{"finishReason": "SAFETY", "index": 0}]}, Moderated),
        ({"candidates": [{"content": {"parts": [{"text": "[Verse] words alone"}]}, "finishReason": "STOP"}]}, NoResult),
        ({"error": {"message": "down", "type": "upstream_error", "code": "server_error"}}, UpstreamDown),
    ],
)
def test_without_music_it_is_an_error(catalog: Catalog, body: Json, kind: type[GatewayError]) -> None:
    outcome = lyria.parse_submit(WireReply(200, body), catalog.get("lyria-3-pro-preview", "audio"))
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is kind
