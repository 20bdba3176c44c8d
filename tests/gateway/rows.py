"""Rows for tests of chat wires, read the way the operator's own rows are."""

from __future__ import annotations

from core.catalog import ModelSpec, load_catalog
from core.values import ChatMessage, Json, Part


def row(family: str, upstream: str, **extra: Json) -> ModelSpec:
    table = {"family": family, "upstream": upstream, "price": {"input_per_million": 1}, "extra": extra}
    return load_catalog({"models": {"row of a test": table}}).get("row of a test", "chat")


def says(text: str, *parts: Part) -> ChatMessage:
    return ChatMessage("user", (*parts, Part("text", text=text)))


def said(text: str) -> ChatMessage:
    return ChatMessage("assistant", (Part("text", text=text),))
