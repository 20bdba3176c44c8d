"""The entries of the contract's chapter "Gemini's own format", as people play them."""

from __future__ import annotations

from tests.whole.hands import File, Hands, text_of
from tests.whole.things import film, pdf, recording
from tests.whole.wire import asked, gemini, inline, only

FLASH, PAINTER = "gemini-2.5-flash", "gemini-2.5-flash-image"


async def native(ann: Hands) -> None:
    await ann.uses("model", FLASH)
    assert "why is the sky blue" in text_of(await ann.says("why is the sky blue?"))
    body = only(ann, gemini(FLASH))
    assert body["contents"][-1] == {"role": "user", "parts": [{"text": "why is the sky blue?"}]}
    assert body["systemInstruction"]["parts"][0]["text"]


async def picture_in_answer(ann: Hands) -> None:
    await ann.uses("model", PAINTER)
    seen = await ann.says("a red fox in snow, watercolor")
    assert "Here it is" in text_of(seen)
    (picture,) = [each for each in seen if each.kinds]
    assert picture.kinds == ("photo",) and len(picture.files[0]) > 100
    assert only(ann, gemini(PAINTER))["generationConfig"]["responseModalities"] == ["TEXT", "IMAGE"]


async def document(ann: Hands) -> None:
    await _understands(ann, pdf(), "application/pdf", "document")


async def video(ann: Hands) -> None:
    await _understands(ann, film(), "video/mp4", "video")


async def audio(ann: Hands) -> None:
    await _understands(ann, recording(), "audio/mp3", "audio")


async def _understands(ann: Hands, file: File, mime: str, kind: str) -> None:
    await ann.uses("model", FLASH)
    seen = await ann.says("what is this about?", file)
    assert "You attached" in text_of(seen) and kind in text_of(seen)
    parts = only(ann, gemini(FLASH))["contents"][-1]["parts"]
    assert {"inlineData": {"mimeType": mime, "data": inline(file.data)}} in parts
    assert {"text": "what is this about?"} in parts


async def speech(ann: Hands) -> None:
    """Answers are read aloud to whoever wants that."""
    (settings,) = await ann.uses("settings")
    await ann.press(settings, "aloud")
    await ann.until(lambda: any("✓ Read answers aloud" in seen.buttons for seen in ann.sees()), "the switch")
    await ann.says("hello there")
    heard = await ann.hears_file("voice")
    assert heard.files[0].startswith(b"OggS")
    (body,) = asked(ann, gemini("gemini-2.5-flash-preview-tts", "generateContent"))
    assert body["generationConfig"]["responseModalities"] == ["AUDIO"]
    assert "voiceName" in str(body["generationConfig"]["speechConfig"])
    assert "hello there" in body["contents"][0]["parts"][0]["text"]
