"""Gemini's format: chunks, signatures, files, pictures and speech."""

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from bots.sandbox import tones
from bots.sandbox.server import Sandbox
from tests.sandbox.wires import DRAW, GEMINI, TOOLS, pdf, png

SPEECH = "/v1beta/models/gemini-2.5-flash-preview-tts:generateContent"
PAINTING = "/v1beta/models/gemini-3.1-flash-image-preview:generateContent"


def ask(text: str, **more: object) -> dict[str, Any]:
    return GEMINI.body([GEMINI.user(text)], **more)


async def test_each_chunk_is_a_whole_response(client: httpx.AsyncClient) -> None:
    thinking = {"thinkingConfig": {"includeThoughts": True, "thinkingBudget": 1024}}
    lines = await GEMINI.lines(client, ask("why [long 5]", generationConfig=thinking))
    events = await GEMINI.events(client, ask("why [long 5]", generationConfig=thinking))
    assert all(line.startswith("data: ") for line in lines)
    assert "[DONE]" not in "".join(lines)
    assert len({event["responseId"] for event in events}) == 1
    assert [event["candidates"][0].get("finishReason") for event in events[-2:]] == [None, "STOP"]
    last = events[-1]["candidates"][0]["content"]["parts"][0]
    assert last == {"text": "", "thoughtSignature": last["thoughtSignature"]}
    usage = events[-1]["usageMetadata"]
    assert usage["candidatesTokenCount"] == 5
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + 5 + usage["thoughtsTokenCount"]
    counts = [event["usageMetadata"]["totalTokenCount"] for event in events]
    assert counts == sorted(counts)


async def test_grounding_counts_bytes(client: httpx.AsyncClient) -> None:
    reply = (
        await client.post(GEMINI.path(stream=False), json=ask("今天有什么新闻", tools=[{"googleSearch": {}}]))
    ).json()
    candidate = reply["candidates"][0]
    text = "".join(part["text"] for part in candidate["content"]["parts"]).encode()
    grounding = candidate["groundingMetadata"]
    assert len(grounding["groundingSupports"]) == 2
    for support in grounding["groundingSupports"]:
        segment = support["segment"]
        assert text[segment["startIndex"] : segment["endIndex"]].decode() == segment["text"]
        assert "个页面" in segment["text"]


async def test_calls_come_back_with_their_signature(client: httpx.AsyncClient) -> None:
    asked = [GEMINI.user("draw a fox, and what is my balance?")]
    heard = await GEMINI.ask(client, GEMINI.body(asked, TOOLS))
    calls = [part for part in heard.echo if "functionCall" in part]
    assert ["thoughtSignature" in part for part in calls] == [True, False]
    again = GEMINI.again(asked, heard, ["job:a", "5"])
    assert (await GEMINI.ask(client, GEMINI.body(again, TOOLS))).text
    signed = calls[0]["thoughtSignature"]
    for change, words in (({}, "missing a thought_signature"), ({"thoughtSignature": signed[::-1]}, "not valid")):
        calls[0].pop("thoughtSignature", None)
        calls[0].update(change)
        status, reply = await GEMINI.refused(client, GEMINI.body(GEMINI.again(asked, heard, ["job:a", "5"]), TOOLS))
        assert (status, reply["error"]["code"], reply["error"]["status"]) == (400, 400, "INVALID_ARGUMENT")
        assert words in reply["error"]["message"]


async def test_files_are_seen_and_voices_written_down(client: httpx.AsyncClient) -> None:
    parts: list[dict[str, object]] = [
        {"inlineData": {"mimeType": "image/png", "data": png()}},
        {"inlineData": {"mimeType": "application/pdf", "data": pdf()}},
        {"inlineData": {"mimeType": "video/mp4", "data": base64.b64encode(b"\0\0\0\x18ftypmp42").decode()}},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "https://www.youtube.com/watch?v=X"}},
        {"text": "what is this?"},
    ]
    text = (await GEMINI.ask(client, GEMINI.body([{"role": "user", "parts": parts}]))).text
    assert "picture 1: 37×21 pixels" in text
    size = len(base64.b64decode(pdf()))
    assert f'document (application/pdf, {size} bytes), beginning "Hello pages"' in text
    assert "video (video/mp4, 12 bytes)" in text
    voice = {"inlineData": {"mimeType": "audio/ogg; codecs=opus", "data": base64.b64encode(b"OggS1234").decode()}}
    for words in ([], [{"text": "Transcribe with time stamps."}]):
        heard = await GEMINI.ask(client, GEMINI.body([{"role": "user", "parts": [voice, *words]}]))
        assert heard.text == "Hello, I am trying the voice input. Can you hear me?"
    chinese = await GEMINI.ask(client, GEMINI.body([{"role": "user", "parts": [voice, {"text": "请转写"}]}]))
    assert "语音输入" in chinese.text


def inline(mime: str, data: str) -> dict[str, object]:
    return {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": mime, "data": data}}]}]}


def config(**fields: object) -> dict[str, object]:
    return {"generationConfig": fields}


FUNCTIONS = {"tools": [{"functionDeclarations": [{"name": "a", "description": ""}]}]}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}, "valid role"),
        ({"contents": [GEMINI.user("x"), {"role": "model", "parts": [{"text": "x"}]}]}, "end with a user turn"),
        ({"contents": [{"role": "user", "parts": []}]}, "must not be empty"),
        ({"contents": [{"role": "user", "parts": [{"file_data": {"file_uri": "x"}}]}]}, "must not be empty"),
        ({"contents": [{"role": "user", "parts": [{"words": "x"}]}]}, "required oneof field"),
        (
            {"contents": [{"role": "user", "parts": [{"functionResponse": {"name": "a", "response": {}}}]}]},
            "number of function response parts",
        ),
        (inline("image/png", "%%%"), "invalid base64"),
        (inline("image/png", base64.b64encode(b"x").decode()), "does not appear"),
        (inline("application/x-tar", "AAAA"), "Unsupported MIME type"),
        (config(temperature=3), "temperature"),
        (config(responseSchema=DRAW), "response_mime_type"),
        (config(responseSchema=DRAW, responseJsonSchema=DRAW, responseMimeType="application/json"), "Only one of"),
        (config(responseModalities=["SMELL"]), "response_modalities"),
        (config(responseModalities=["AUDIO"]), "AUDIO"),
        (config(thinkingConfig={"thinkingBudget": 1, "thinkingLevel": "LOW"}), "only one"),
        (config(thinkingConfig={"thinkingLevel": "LOW"}), "not supported"),
        ({"tools": [{"functionDeclarations": [{"name": "1 a"}]}]}, "name"),
        ({"tools": [{"function_declarations": []}]}, "Unknown name"),
        ({"tools": [{"functionDeclarations": [{"name": "a", "parameters": {}}]}]}, "type OBJECT"),
        (FUNCTIONS | config(responseMimeType="application/json"), "unsupported"),
        (
            FUNCTIONS | {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["b"]}}},
            "unknown function",
        ),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, more: dict[str, object], words: str) -> None:
    status, reply = await GEMINI.refused(client, ask("hi") | more)
    assert (status, reply["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert words in reply["error"]["message"]


async def test_no_contents_is_the_gateways_own_error(client: httpx.AsyncClient) -> None:
    status, reply = await GEMINI.refused(client, {"contents": []})
    assert (status, reply["error"]["code"]) == (500, "invalid_request")


async def test_the_pro_model_cannot_be_kept_from_thinking(client: httpx.AsyncClient) -> None:
    off = ask("hi", generationConfig={"thinkingConfig": {"thinkingBudget": 0}})
    assert (await client.post("/v1beta/models/gemini-2.5-pro:generateContent", json=off)).status_code == 400
    assert (await client.post(GEMINI.path(stream=False), json=off)).status_code == 200


async def test_a_forced_call(client: httpx.AsyncClient) -> None:
    forced = {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["balance"]}}
    heard = await GEMINI.ask(client, GEMINI.body([GEMINI.user("hello")], TOOLS, toolConfig=forced))
    assert [name for _, name, _ in heard.calls] == ["balance"]
    never = await GEMINI.ask(
        client, GEMINI.body([GEMINI.user("draw a fox")], TOOLS, toolConfig={"functionCallingConfig": {"mode": "NONE"}})
    )
    assert never.calls == []


async def test_pictures_are_painted_and_changed(client: httpx.AsyncClient) -> None:
    painted = config(responseModalities=["TEXT", "IMAGE"])

    async def picture(*parts: dict[str, object]) -> Image.Image:
        reply = await client.post(PAINTING, json={"contents": [{"role": "user", "parts": list(parts)}], **painted})
        *_, last = reply.json()["candidates"][0]["content"]["parts"]
        return Image.open(io.BytesIO(base64.b64decode(last["inlineData"]["data"])))

    assert (await picture({"text": "a fox"})).size == (1024, 1024)
    given: dict[str, object] = {"inlineData": {"mimeType": "image/png", "data": png()}}
    assert (await picture({"text": "make it blue"}, given)).size == (37, 21)


def speech(text: str, **more: object) -> dict[str, Any]:
    voice = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}
    return ask(text, generationConfig={"responseModalities": ["AUDIO"], "speechConfig": voice, **more})


async def test_speech_is_raw_sound_as_long_as_its_text(client: httpx.AsyncClient) -> None:
    short = (await client.post(SPEECH, json=speech("good morning"))).json()
    long = (await client.post(SPEECH, json=speech("good morning, " * 5))).json()
    sounds = []
    for reply in (short, long):
        inner = reply["candidates"][0]["content"]["parts"][0]["inlineData"]
        assert inner["mimeType"] == "audio/L16;codec=pcm;rate=24000"
        sounds.append(base64.b64decode(inner["data"]))
    assert tones.RATE < len(sounds[0]) < len(sounds[1])
    assert len(sounds[0]) % 2 == 0
    assert len(set(sounds[0])) > 50
    path = SPEECH.replace("generateContent", "streamGenerateContent")
    events = await client.post(path, json=speech("good morning"))
    pieces = [line for line in events.text.splitlines() if line]
    assert len(pieces) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (speech("hi", speechConfig={"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Nobody"}}}), "Nobody"),
        (speech("hi", speechConfig={"multiSpeakerVoiceConfig": {"speakerVoiceConfigs": []}}), "exactly 2"),
        (speech("x" * 8001), "8000 bytes"),
        (speech(" "), "should only be used for TTS"),
        (speech("hi") | inline("image/png", png()), "only supports text"),
    ],
)
async def test_speech_mistakes(client: httpx.AsyncClient, body: dict[str, Any], words: str) -> None:
    reply = await client.post(SPEECH, json=body)
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


async def test_refused_speech_has_no_sound(client: httpx.AsyncClient) -> None:
    candidate = (await client.post(SPEECH, json=speech("bad [refuse]"))).json()["candidates"][0]
    assert candidate == {"index": 0, "finishReason": "PROHIBITED_CONTENT"}


async def test_the_key_may_be_in_the_vendors_places(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url) as client:
        path = GEMINI.path(stream=False)
        assert (await client.post(path, json=ask("hi"))).status_code == 401
        assert (await client.post(f"{path}?key=sk-good", json=ask("hi"))).status_code == 200
        assert (await client.post(path, json=ask("hi"), headers={"x-goog-api-key": "sk-good"})).status_code == 200
