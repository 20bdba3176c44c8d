"""Logging of the process: everything through `logging`, rendered by structlog, with every known secret blacked out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal, TextIO

import structlog

Event = MutableMapping[str, Any]

BLACK = "***"
_TOKEN_IN_ADDRESS = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/?\s\"']+")
"""Who has such an address of Discord may write as us: a library that logs it does not know that it is a secret."""


class Redactor:
    """A processor that replaces known secrets, and tokens in addresses, in every string of an event, however deep, in
    whatever case they are."""

    def __init__(self, secrets: Iterable[str]) -> None:
        longest_first = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        return {key: self._clean(value) for key, value in event.items()}

    def text(self, text: str) -> str:
        return _TOKEN_IN_ADDRESS.sub(rf"\g<1>{BLACK}", self._secrets.sub(BLACK, text))

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(inner) for inner in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(repr(value))


def setup_logs(
    form: Literal["console", "json"], level: str, secrets: Iterable[str], stream: TextIO | None = None
) -> Redactor:
    """Configure the root logger once. Libraries below warning are silent: what they say is about their own insides."""
    target = stream or sys.stderr
    redactor = Redactor(secrets)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        last: list[structlog.types.Processor] = [
            structlog.processors.format_exc_info,
            redactor,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        last = [structlog.processors.format_exc_info, redactor, renderer]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("bots", "core", "storage"):
        logging.getLogger(ours).setLevel(level.upper())
    logging.captureWarnings(True)
    return redactor
