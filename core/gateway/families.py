"""The wire families by name. A new one is one module, one line here, and rows with defaults in core/models/*.toml."""

from __future__ import annotations

from collections.abc import Mapping

from core.gateway.audio import (
    gemini_hearing,
    gemini_speech,
    lyria,
    minimax_clone,
    minimax_lyrics,
    minimax_music,
    minimax_speech,
    openai_speech,
    openai_transcription,
    suno,
)
from core.gateway.chat import claude, gemini, openai_chat, openai_responses
from core.gateway.image import chat_image, gemini_native, images_json, images_multipart, midjourney
from core.gateway.video import chat_video, runway, seedance, unified, veo
from core.gateway.wire import ChatAdapter, PollMany, TaskAdapter

CHAT: Mapping[str, ChatAdapter] = {
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "claude": claude,
    "gemini": gemini,
}
TASKS: Mapping[str, TaskAdapter] = {
    "images_json": images_json,
    "images_multipart": images_multipart,
    "chat_image": chat_image,
    "gemini_native": gemini_native,
    "midjourney": midjourney,
    "unified_video": unified,
    "chat_video": chat_video,
    "runway": runway,
    "seedance": seedance,
    "veo": veo,
    "gemini_speech": gemini_speech,
    "lyria": lyria,
    "suno": suno,
    "minimax_speech": minimax_speech,
    "minimax_music": minimax_music,
    "minimax_lyrics": minimax_lyrics,
    "minimax_clone": minimax_clone,
    "openai_speech": openai_speech,
    "openai_transcription": openai_transcription,
    "gemini_hearing": gemini_hearing,
}
TOLD_TOGETHER = frozenset(name for name, adapter in TASKS.items() if isinstance(adapter, PollMany))
"""Families that tell of many tasks in one reply: asked at every look, which such a check is too slow for."""
