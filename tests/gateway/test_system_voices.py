"""The vendor's own voices out of a reply that may hold anything, and never those of its customers."""

from __future__ import annotations

import pytest

from core.errors import BadRequest
from core.gateway.audio.minimax import VOICE_NAME_CHARS, VOICES_MOST, system_voices
from core.gateway.wire import WireReply
from core.values import Json

WELL = {"base_resp": {"status_code": 0, "status_msg": "success"}}


def told(*voices: Json, **more: Json) -> tuple[tuple[str, str], ...]:
    return system_voices(WireReply(200, {**WELL, "system_voice": list(voices), **more}))


def test_ids_verbatim_and_names_cleaned() -> None:
    found = told(
        {"voice_id": "Chinese (Mandarin)_News_Anchor", "voice_name": "新闻\u202e女声\n"},
        {"voice_id": "male-qn-badao"},
        {"voice_id": "x", "voice_name": "n" * 500},
        voice_cloning=[{"voice_id": "sl0123456789abcdef"}],
    )
    assert found[:2] == (("Chinese (Mandarin)_News_Anchor", "新闻 女声"), ("male-qn-badao", "male-qn-badao"))
    assert found[2] == ("x", "n" * VOICE_NAME_CHARS)
    assert len(found) == 3


@pytest.mark.parametrize("voice", ["own:Mum", "", "a\nb", "<b>", "x" * 101, 7, None, {"a": 1}])
def test_what_is_no_id_is_left_out(voice: Json) -> None:
    assert told({"voice_id": voice}) == ()


@pytest.mark.parametrize("listed", [None, "none", {"a": 1}, ["words", None, 4]])
def test_a_list_that_is_none(listed: Json) -> None:
    assert system_voices(WireReply(200, {**WELL, "system_voice": listed})) == ()


def test_a_list_without_end_is_cut() -> None:
    assert len(told(*({"voice_id": f"v{number}"} for number in range(VOICES_MOST * 2)))) == VOICES_MOST


def test_an_error_is_one() -> None:
    with pytest.raises(BadRequest):
        system_voices(WireReply(200, {"base_resp": {"status_code": 2013, "status_msg": "invalid params"}}))
