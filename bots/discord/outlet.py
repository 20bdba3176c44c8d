"""Sends to Discord: implements bots.outlet.Outlet over REST. Calls are not paced here; discord.py waits for its buckets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Literal

import aiohttp
import discord
import yarl

from bots.discord import payloads
from bots.discord.api import Api
from bots.discord.failures import TokenOver, translate
from bots.discord.hooks import Hooks
from bots.discord.places import PLATFORM, first_channel
from bots.discord.waveform import waveform
from bots.outlet import (
    AnswerLost,
    Buttons,
    ChatGone,
    MediaFile,
    MessageGone,
    Rejected,
    Rendered,
    SentMedia,
    Surface,
    Unavailable,
)
from bots.surfaces import DISCORD
from core.ports import Clock
from core.values import Attachment, Json, Place

_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_BY_HOOK = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
_CDN_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_CHUNK_BYTES = 64 * 1024
_FILES_MAX = 10  # of one message
_VOICE_MIME = "audio/ogg"

log = logging.getLogger(__name__)


class DiscordOutlet:
    def __init__(
        self,
        client: discord.Client,
        api: Api,
        hooks: Hooks,
        downloads: aiohttp.ClientSession,
        clock: Clock,
        cdn_origin: str = "",
    ) -> None:
        """`cdn_origin`: where files lie besides Discord's own hosts (the origin of DISCORD_API_URL)."""
        self._client = client
        self._api = api
        self._hooks = hooks
        self._downloads = downloads
        self._clock = clock
        self._cdn_origin = cdn_origin

    @property
    def surface(self) -> Surface:
        return DISCORD

    # -- messages ------------------------------------------------------------------------------------------------

    async def send(
        self,
        place: Place,
        text: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> str:
        body = payloads.message(text.text, buttons, reply_to=reply_to, ping=_ping(place, ping), nonce=nonce)
        sent = await self._api.call("POST", _MESSAGES, body, channel_id=self._channel(place))
        return str(sent["id"])

    async def edit(
        self, place: Place, message_id: str, text: Rendered, *, buttons: Buttons = (), drop_media: bool = False
    ) -> None:
        """Files that the body does not name stay."""
        body = payloads.edited(text.text, buttons) | ({"attachments": []} if drop_media else {})
        await self._on_message("PATCH", place, message_id, body)

    async def delete(self, place: Place, message_id: str) -> None:
        try:
            await self._on_message("DELETE", place, message_id, None)
        except MessageGone:
            return  # that is what was wanted
        finally:
            self._hooks.forget(message_id)

    async def _on_message(
        self, method: str, place: Place, message_id: str, body: Json, files: tuple[MediaFile, ...] = ()
    ) -> None:
        """By the token of the interaction that made the message while it lives, else as the bot."""
        hook = self._hooks.find(message_id, self._clock.now_ms())
        if hook is not None:
            app, token = hook.application_id, hook.token
            try:
                ours = {"webhook_id": app, "webhook_token": token, "message_id": message_id}
                await self._call(method, _BY_HOOK, body, files, **ours)
            except TokenOver:
                self._hooks.forget(message_id)
            else:
                return
        await self._call(method, _MESSAGE, body, files, channel_id=self._channel(place), message_id=message_id)

    async def _call(self, method: str, path: str, body: Json, files: tuple[MediaFile, ...], **major: str) -> Json:
        """With its files, which are read anew for each call."""
        if not files:
            return await self._api.call(method, path, body, query=None, **major)
        opened = await asyncio.to_thread(_open_all, files)
        return await self._api.upload(method, path, body, opened, **major)

    async def draft(self, place: Place, draft_id: int, text: Rendered, *, stop: bool = True) -> None:
        raise Rejected("Discord has no drafts")

    async def typing(self, place: Place, what: Literal["typing", "photo", "video", "audio"] = "typing") -> None:
        await self._api.call("POST", "/channels/{channel_id}/typing", channel_id=self._channel(place))

    # -- files ---------------------------------------------------------------------------------------------------

    async def send_media(
        self,
        place: Place,
        files: tuple[MediaFile, ...],
        caption: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> SentMedia:
        """More than ten files become several messages; the words come with the first, the buttons with the last. A voice
        message can have neither: they follow it."""
        if len(files) == 1 and files[0].voice and files[0].mime == _VOICE_MIME and files[0].duration_s:
            try:
                spoken = await self._voice(place, files[0], reply_to, nonce)
            except (Rejected, ChatGone) as error:  # not allowed here, which files may be
                log.info("a voice message goes as a file: %s", error)
            else:
                if not caption.text and not buttons:
                    return SentMedia((spoken,), ("",))
                words = await self.send(place, caption, buttons=buttons, nonce=nonce, ping=ping)
                return SentMedia((spoken, words), ("",))
        groups = [files[start : start + _FILES_MAX] for start in range(0, len(files), _FILES_MAX)]
        ids: list[str] = []
        for number, group in enumerate(groups):
            first, last = number == 0, number == len(groups) - 1
            body = payloads.message(
                caption.text if first else "",
                buttons if last else (),
                reply_to=reply_to if first else "",  # a reply notifies
                ping=_ping(place, ping) if first else "",
                nonce=f"{nonce}:{number}" if nonce else "",
            )
            shown = _with_covers(group)
            body["attachments"] = payloads.described([file.name for file in shown])
            sent = await self._call("POST", _MESSAGES, body, shown, channel_id=self._channel(place))
            ids.append(str(sent["id"]))
        return SentMedia(tuple(ids), ("",) * len(files))

    async def show_media(
        self, place: Place, message_id: str, file: MediaFile, caption: Rendered, *, buttons: Buttons = ()
    ) -> str:
        """The new file stands in place of all that the message carried."""
        body = payloads.edited(caption.text, buttons) | {"attachments": payloads.described([file.name])}
        await self._on_message("PATCH", place, message_id, body, (file,))
        return ""

    async def _voice(self, place: Place, file: MediaFile, reply_to: str, nonce: str) -> str:
        opened = await asyncio.to_thread(_open_all, (file,))
        bars = await asyncio.to_thread(lambda: waveform(opened[0].fp.read()))
        opened[0].reset()
        once = f"{nonce}:voice" if nonce else ""
        body = payloads.voice_message(file.name, file.duration_s, bars, reply_to=reply_to, nonce=once)
        sent = await self._api.upload(
            "POST", _MESSAGES, body, opened, types=(_VOICE_MIME,), channel_id=self._channel(place)
        )
        return str(sent["id"])

    async def file_limit(self, place: Place) -> int:
        guild = self._client.get_guild(int(place.chat))
        return guild.filesize_limit if guild is not None else DISCORD.file_max_bytes

    async def download(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """Discord's own hosts only. A link that has expired raises MessageGone."""
        url = yarl.URL(attachment.ref)
        own = bool(self._cdn_origin) and str(url.origin()) == self._cdn_origin
        if not own and (url.scheme != "https" or url.host not in _CDN_HOSTS):
            raise Rejected("not a file of Discord")
        try:
            async with self._downloads.get(url, allow_redirects=False) as reply:
                if reply.status in (403, 404):
                    raise MessageGone("the file's link has expired")
                if reply.status != 200:
                    raise Unavailable(f"file: {reply.status}")
                async for chunk in reply.content.iter_chunked(_CHUNK_BYTES):
                    yield chunk
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            trouble = translate(error)
            raise Unavailable(str(trouble)) if isinstance(trouble, AnswerLost) else trouble from error

    # -- people and channels -------------------------------------------------------------------------------------

    async def private(self, sender_id: str) -> Place:
        opened = await self._api.call("POST", "/users/@me/channels", {"recipient_id": sender_id})
        return Place(PLATFORM, str(opened["id"]), private=True)

    def start_link(self, code: str) -> str:
        return ""

    def _channel(self, place: Place) -> str:
        """The channel id of a place. A server without a channel (a notice to all of it) is its first writable one."""
        if place.thread:
            return place.thread
        guild = self._client.get_guild(int(place.chat))
        if guild is None:
            return place.chat
        channel = first_channel(guild)
        if channel is None:
            raise ChatGone("no channel of this server is open to us")
        return str(channel.id)


def _ping(place: Place, ping: str) -> str:
    """In a direct message everything notifies: no mention is needed."""
    return ping if place.thread else ""


def _with_covers(files: tuple[MediaFile, ...]) -> tuple[MediaFile, ...]:
    """Songs, and their pictures behind them, as far as a message takes so many files: a sound has no picture here."""
    covers = [
        MediaFile("image", f"{file.name.rpartition('.')[0]} cover.jpg", "image/jpeg", file.thumbnail)
        for file in files
        if file.kind == "audio" and file.thumbnail is not None
    ]
    return (*files, *covers[: _FILES_MAX - len(files)])


def _open_all(files: tuple[MediaFile, ...]) -> list[discord.File]:
    opened: list[discord.File] = []
    try:
        for file in files:
            if file.path is None:
                raise Rejected("Discord keeps no file ids")
            opened.append(discord.File(file.path, file.name))
    except BaseException:
        for done in opened:
            done.close()
        raise
    return opened
