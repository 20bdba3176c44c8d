"""Somebody with a phone, in private with the bot."""

from __future__ import annotations

from tests.hostile.rig import House
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import BOT_NAME, Chat, Shown, User
from tests.standins.telegram_rules import utf16_cut
from tests.whole.hands import File, Hands, Seen, typed


class OnTelegram(Hands):
    platform = "telegram"

    def __init__(self, house: House, standin: TelegramStandIn) -> None:
        super().__init__(house)
        self.phone = standin.phone
        self.me = self.phone.person("Ann")
        self.where: Chat | User = self.me
        self._query = ""

    async def write(self, text: str, *files: File, reply_to: Seen | None = None) -> Seen:
        replied = reply_to.whose if reply_to else None
        if not files:
            return seen_of(self.phone.say(self.where, self.me, text, reply_to=replied))
        if len(files) == 1:
            return seen_of(self._send(files[0], text, replied))
        if any(file.how not in {"photo", "drawing"} for file in files):  # only files go together whatever they are
            sent = [(file.data, file.name, file.mime) for file in files]
            return seen_of(self.phone.documents(self.where, self.me, sent, text)[-1])
        return seen_of(self.phone.album(self.where, self.me, [file.data for file in files], text)[0])

    def _send(self, file: File, caption: str, replied: Shown | None) -> Shown:
        match file.how:
            case "photo" | "drawing":
                return self.phone.photo(self.where, self.me, file.data, caption, reply_to=replied)
            case "document":
                return self.phone.document(self.where, self.me, file.data, file.name, file.mime, caption)
            case "voice":
                return self.phone.voice(self.where, self.me, file.data)
            case "video":
                return self.phone.video(self.where, self.me, file.data, file.mime, caption)

    async def asks_about(self, strange: str, question: str) -> None:
        bob = self.phone.person("Bob")
        self.where = self.phone.group("Club", self.me, bob)
        message = self.phone.say(self.where, bob, strange)
        await self.write(f"@{BOT_NAME} {question}", reply_to=seen_of(message))

    async def use(self, command: str, text: str = "", *files: File, **options: str) -> None:
        await self.write(typed(command, text, files, options), *files)

    async def press(self, seen: Seen, label: str) -> None:
        self._query = self.phone.press(seen.whose, label, self.me)

    async def tells(self, seen: Seen, label: str, words: str, *, asked: str, region: str = "") -> None:
        """The question has turned their field into a reply to it."""
        if region:
            seen, label = await self.presses(seen, label, "Which part"), region
        before = self.phone.asked(self.where, self.me)
        await self.press(seen, label)
        await self.until(lambda: self.phone.asked(self.where, self.me) is not before, asked)
        question = self.phone.asked(self.where, self.me)
        assert question is not None and asked in question.text, question
        self.phone.say(self.where, self.me, words, reply_to=question)

    async def meets(self, other: Hands) -> None:
        assert isinstance(other, OnTelegram)
        self.where = other.where = self.phone.group("Club", self.me, other.me)

    async def is_told(self, part: str) -> None:
        def told() -> bool:
            answer = self.phone.answer(self._query)
            return answer is not None and part in answer["text"]

        await self.until(told, part)

    async def watches(self, question: str, words: str) -> Seen:
        """In a draft at the bottom of the chat, which has a Stop button of its own."""
        await self.write(question)
        await self.until(lambda: (draft := self.phone.draft(self.me)) and words in draft.text, words)
        self.phone.stop(self.me)
        return await self.hears("Stopped")

    def sees(self) -> list[Seen]:
        return [seen_of(shown) for shown in self.phone.from_bot(self.where)]

    async def changed(self) -> None:
        await self.phone.changed()


def seen_of(shown: Shown) -> Seen:
    marks = shown.entities
    folds = [mark for mark in marks if mark["type"] == "expandable_blockquote"]
    return Seen(
        "telegram",
        shown.text,
        tuple(mark["url"] for mark in marks if mark["type"] == "text_link"),
        tuple(button["text"] for row in shown.buttons for button in row),
        "".join(utf16_cut(shown.text, mark["offset"], mark["length"]) for mark in folds),
        (shown.media.kind,) if shown.media else (),
        (shown.media.data,) if shown.media else (),
        shown,
    )
