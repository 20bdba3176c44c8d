"""Notices: sentences that nobody has asked for in this moment, brought to a person or a place once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from bots.outlet import ChatGone, OutletError, Rendered
from bots.post import AWAY_S, ONE_TRY, Post, translated
from bots.sentences import Sentences
from core.ports import DeliverLater, Store, Undeliverable
from core.values import Notice, Person, Place, Sender

log = logging.getLogger(__name__)


class Languages(Sentences, Protocol):
    """What is asked of `bots.texts.Texts`."""

    def pick(self, language: str | None) -> str: ...


class Herald:
    def __init__(self, post: Post, texts: Languages, store: Store) -> None:
        self._post, self._texts, self._store = post, texts, store

    async def notify(self, notice: Notice) -> bool:
        """As `core.ports.Courier.notify`."""
        if notice.place is not None and not notice.person_id:
            return await self._to_place(notice, notice.place)
        async with self._store.read() as tx:
            person = await tx.people.person(notice.person_id)
            senders = await tx.people.identities(notice.person_id)
        if notice.place is not None and person is not None:
            return await self._there(notice, notice.place, person, senders)
        ways = [sender for sender in senders if sender.platform in self._post.outlets]
        if person is None or not ways:
            return False
        return await self._to_person(notice, person, ways)

    async def _to_place(self, notice: Notice, place: Place) -> bool:
        if place.platform not in self._post.outlets:
            return False
        async with self._store.read() as tx:
            group = await tx.people.group(place)
        locale = (group.locale if group is not None else None) or "en"
        with translated(self._post, place):
            await self._send(place, self._texts(locale, notice.key, **notice.params))
        return True

    async def _there(self, notice: Notice, place: Place, person: Person, senders: Sequence[Sender]) -> bool:
        """A sentence for one person in the chat where they asked for it: a reply to their message, which notifies them."""
        if place.platform not in self._post.outlets:
            return False
        if person.banned:
            raise Undeliverable("banned people get nothing")
        sender = next((sender for sender in senders if sender.platform == place.platform), None)
        locale = person.locale or self._texts.pick(sender.language if sender else None)
        sentence = Rendered(self._texts(locale, notice.key, **notice.params))
        reply_to, ping = str(notice.params.get("reply_to", "")), sender.id if sender else ""
        with translated(self._post, place):
            await self._post.must(
                place,
                lambda out, there: out.send(there, sentence, reply_to=reply_to, nonce=notice.id[:24], ping=ping),
                patience_s=ONE_TRY,
            )
        return True

    async def _to_person(self, notice: Notice, person: Person, ways: Sequence[Sender]) -> bool:
        """By the first way that is open. Raises Undeliverable when all are closed."""
        for sender in ways:
            locale = person.locale or self._texts.pick(sender.language)
            outlet = self._post.outlets[sender.platform]
            try:
                place = await outlet.private(sender.id)
                with translated(self._post, place):
                    await self._send(place, self._texts(locale, notice.key, **notice.params))
                return True
            except (ChatGone, Undeliverable) as error:
                log.info("notice %s: %s is closed: %s", notice.id, sender.platform, error)
            except OutletError as error:
                raise DeliverLater(AWAY_S) from error
        raise Undeliverable("no way to this person is open")

    async def _send(self, place: Place, sentence: str) -> str:
        return await self._post.must(place, lambda out, there: out.send(there, Rendered(sentence)), patience_s=ONE_TRY)
