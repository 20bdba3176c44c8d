"""The wire families by name. A new one is one module, one line here, and rows with defaults in core/models/*.toml."""

from __future__ import annotations

from collections.abc import Mapping

from core.gateway.chat import openai_chat
from core.gateway.image import openai_images
from core.gateway.video import unified
from core.gateway.wire import ChatAdapter, TaskAdapter

CHAT: Mapping[str, ChatAdapter] = {"openai_chat": openai_chat}
TASKS: Mapping[str, TaskAdapter] = {"openai_images": openai_images, "unified_video": unified}
