"""What each command and each button does: parse what is special to it, call one use case, render its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bots.commands.handlers import (
    admin,
    chat,
    choosing,
    export,
    gallery,
    guide,
    instructions,
    jobs,
    media,
    memories,
    midjourney,
    models,
    money,
    privacy,
    proposals,
    retry,
    searching,
    settings,
    start,
    summary,
    thinking,
    wanted,
)
from bots.commands.request import Request

Handler = Callable[[Request], Awaitable[None]]
Pressed = Callable[[Request, Sequence[str]], Awaitable[None]]
"""Gets what stands behind the verb of the button's data."""

HANDLERS: Mapping[str, Handler] = {
    "start": start.start,
    "help": guide.show,
    "chat": chat.ask,
    "search": searching.search,
    "new": chat.new,
    "stop": chat.stop,
    "continue": chat.go_on,
    "image": media.order,
    "edit": media.order,
    "mj": midjourney.command,
    "video": media.order,
    "retry": retry.retry,
    "gallery": gallery.show,
    "jobs": jobs.show,
    "cancel": jobs.cancel,
    "model": models.model,
    "think": thinking.think,
    "persona": models.persona,
    "system": instructions.system,
    "remember": memories.remember,
    "memories": memories.show,
    "forget": memories.forget,
    "summary": summary.show,
    "export": export.export,
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
    "wanted": wanted.form,
    "way": choosing.press,
    "mj": midjourney.press,
    "gal": gallery.press,
    "models": models.page,
    "model": models.press_model,
    "personas": models.list_personas,
    "persona": models.press_persona,
    "languages": settings.list_languages,
    "lang": settings.press_language,
    "think": thinking.press,
    "search": searching.press,
    "system": instructions.press,
    "memories": memories.turn,
    "forget": memories.press,
    "summary": summary.press,
    "set": settings.press,
    "prop": proposals.press,
    "privacy": privacy.press,
    "send": admin.press_broadcast,
}
