"""What each command and each button does: parse what is special to it, call one use case, render its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bots.commands.handlers import admin, chat, guide, jobs, media, models, money, privacy, retry, settings, start
from bots.commands.request import Request

Handler = Callable[[Request], Awaitable[None]]
Pressed = Callable[[Request, Sequence[str]], Awaitable[None]]
"""Gets what stands behind the verb of the button's data."""

HANDLERS: Mapping[str, Handler] = {
    "start": start.start,
    "help": guide.show,
    "chat": chat.ask,
    "new": chat.new,
    "stop": chat.stop,
    "image": media.order,
    "edit": media.order,
    "video": media.order,
    "retry": retry.retry,
    "jobs": jobs.show,
    "cancel": jobs.cancel,
    "model": models.model,
    "persona": models.persona,
    "balance": money.balance,
    "usage": money.usage,
    "settings": settings.show,
    "language": settings.language,
    "privacy": privacy.show,
    "admin": admin.run,
}

PRESSES: Mapping[str, Pressed] = {
    "example": start.example,
    "turn": chat.press,
    "job": jobs.press,
    "park": media.press,
    "models": models.page,
    "model": models.press_model,
    "personas": models.list_personas,
    "persona": models.press_persona,
    "languages": settings.list_languages,
    "lang": settings.press_language,
    "privacy": privacy.press,
    "send": admin.press_broadcast,
}
