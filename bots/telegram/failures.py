"""aiogram's exceptions as the few kinds of trouble that the delivery engine knows. By type first, then by Telegram's words.

No text made here holds the token: of errors that may quote a URL only the kind is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from bots.outlet import (
    AnswerLost,
    ChatGone,
    ChatMoved,
    Flooded,
    MessageGone,
    OutletError,
    Rejected,
    TooLarge,
    Unavailable,
)

NOT_MODIFIED = "message is not modified"
NO_TEXT = "there is no text in the message to edit"
NO_CAPTION = "there is no caption in the message to edit"
BAD_PHOTO = ("photo_invalid_dimensions", "image_process_failed", "too big for a photo", "photo_save_file_invalid")
NO_VOICE = "voice_messages_forbidden"
BAD_FILE_ID = "wrong file identifier"

_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)
_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_TROUBLE = (AiogramError, aiohttp.ClientError, TimeoutError, *_PROXY_ERRORS)

_BY_WORDS: tuple[tuple[str, type[OutletError]], ...] = (
    ("message to edit not found", MessageGone),
    ("message can't be edited", MessageGone),
    ("message to delete not found", MessageGone),
    ("message can't be deleted", MessageGone),
    ("message to be replied not found", MessageGone),
    ("message_id_invalid", MessageGone),
    ("file is too big", TooLarge),
    ("chat not found", ChatGone),
    ("user is deactivated", ChatGone),
    ("peer_id_invalid", ChatGone),
    ("input_user_deactivated", ChatGone),
    ("group chat was deactivated", ChatGone),
    ("not enough rights", ChatGone),
    ("have no rights", ChatGone),
    ("chat_write_forbidden", ChatGone),
    ("chat_restricted", ChatGone),
    ("topic_closed", ChatGone),
    ("topic_deleted", ChatGone),
    ("message thread not found", ChatGone),
)


class Refused(Rejected):
    """A 400 that no table knows; `words` are Telegram's, in lower case, for a second try in another form."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@contextmanager
def translated(*, but: tuple[type[TelegramAPIError], ...] = ()) -> Iterator[None]:
    """Raise OutletError for whatever a call of aiogram raises, `but` these kinds."""
    try:
        yield
    except but:
        raise
    except _TROUBLE as error:
        raise translate(error) from None


def translate(error: BaseException) -> OutletError:
    """The kind of trouble, as the delivery engine names it."""
    match error:
        case TelegramRetryAfter():
            return Flooded(float(error.retry_after))
        case TelegramMigrateToChat():
            return ChatMoved(str(error.migrate_to_chat_id))
        case TelegramForbiddenError():
            return ChatGone(error.message)
        case TelegramBadRequest():
            return _by_words(error.message)
        case TelegramEntityTooLarge():  # before its base class, a network error
            return TooLarge("413")
        case TelegramNetworkError():
            return _network(error.__cause__)
        case TelegramNotFound():
            return Refused(error.message.lower())
        case TelegramUnauthorizedError() | TelegramConflictError():
            return Unavailable(type(error).__name__)
        case TelegramServerError():
            return AnswerLost(type(error).__name__)
        case TelegramAPIError():
            return Refused(error.message.lower())
        case _ if isinstance(error, _PROXY_ERRORS):
            return Unavailable(type(error).__name__)
        case _:
            return _network(error)


def _by_words(message: str) -> OutletError:
    words = message.lower()
    for known, kind in _BY_WORDS:
        if known in words:
            return kind(message)
    return Refused(words)


def _network(cause: BaseException | None) -> OutletError:
    """Only a connection that was never made is surely not done."""
    if isinstance(cause, _NEVER_LEFT):
        return Unavailable(type(cause).__name__)
    return AnswerLost(type(cause).__name__)
