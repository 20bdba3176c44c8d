"""The methods of the Bot API that the stand-in plays: each takes a form, changes the state, returns the result.

Raises ApiError in Telegram's words. Media methods are in telegram_media.py; polling and webhooks in telegram.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.standins import telegram_rules as rules
from tests.standins.telegram_chats import Chat, Draft, Media, Shown, State
from tests.standins.telegram_media import MediaMethods
from tests.standins.telegram_wire import Form, Json, bad

QUERY_LIFE_S = 60.0
_MISSING = "message to edit not found"


class Methods(MediaMethods):
    """One instance for each stand-in; `table` maps the names on the wire to methods."""

    def __init__(self, state: State, violate: Callable[[str], None], local: bool) -> None:
        super().__init__(state, violate, local)
        self.queries: dict[str, float] = {}  # open callback queries: id → when pressed
        self.answers: dict[str, Json] = {}  # what the bot answered to each
        self.commands: dict[tuple[str, str], list[Json]] = {}  # (scope, language) → commands
        self.texts: dict[tuple[str, str], str] = {}  # (method, language) → description
        self.table: dict[str, Callable[[Form], Any]] = {
            "getMe": self.get_me,
            "sendMessage": self.send_message,
            "editMessageText": self.edit_text,
            "editMessageReplyMarkup": self.edit_markup,
            "editMessageCaption": self.edit_caption,
            "editMessageMedia": self.edit_media,
            "deleteMessage": self.delete_message,
            "deleteMessages": self.delete_messages,
            "sendMessageDraft": self.send_draft,
            "sendChatAction": self.send_action,
            "sendMediaGroup": self.send_group,
            "answerCallbackQuery": self.answer_query,
            "getFile": self.get_file,
            "setMyCommands": self.set_commands,
            "setMyDescription": self.set_description,
            "setMyShortDescription": self.set_short_description,
            "getChat": self.get_chat,
            "getChatMember": self.get_member,
            "leaveChat": self.leave_chat,
            "setMessageReaction": self.react,
            **self.media_table(),
        }

    def get_me(self, form: Form) -> Json:
        """The bot itself."""
        return self.state.bot.wire() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy_mode,
            "supports_inline_queries": False,
        }

    def send_message(self, form: Form) -> Json:
        """A text message."""
        chat = self.state.writable(form.required("chat_id"))
        text, entities = self.text_of(form, "text", "entities", rules.TEXT_MAX)
        if not text:
            raise bad("message text is empty")
        shown = self.post(chat, form, text=text, entities=entities)
        return self.state.wire(shown)

    def edit_text(self, form: Form) -> Json:
        """Another text for an own text message; without a reply_markup its buttons go, as there."""
        shown = self._own(form)
        if shown.media is not None:
            raise bad("there is no text in the message to edit")
        text, entities = self.text_of(form, "text", "entities", rules.TEXT_MAX)
        if not text:
            raise bad("message text is empty")
        return self._change(shown, form, text, entities)

    def edit_caption(self, form: Form) -> Json:
        """Another caption for an own message with media."""
        shown = self._own(form)
        if shown.media is None:
            raise bad("there is no caption in the message to edit")
        text, entities = self.text_of(form, "caption", "caption_entities", rules.CAPTION_MAX)
        return self._change(shown, form, text, entities)

    def edit_markup(self, form: Form) -> Json:
        """Other buttons for an own message."""
        shown = self._own(form)
        return self._change(shown, form, shown.text, shown.entities)

    def edit_media(self, form: Form) -> Json:
        """Another file for an own message; a text message becomes one with media."""
        shown = self._own(form)
        item = form.mapping("media") or {}
        kind = str(item.get("type", ""))
        rules.check_replacement(shown.media.kind if shown.media else "", kind, in_album=bool(shown.album))
        media = self.media_of(kind, str(item.get("media", "")), item, form)
        text, entities = self.checked(str(item.get("caption") or ""), item.get("caption_entities"), rules.CAPTION_MAX)
        return self._change(shown, form, text, entities, media)

    def _own(self, form: Form) -> Shown:
        chat = self.state.writable(form.required("chat_id"))
        shown = chat.messages.get(form.required("message_id"))
        if shown is None:
            raise bad(_MISSING)
        if shown.sender.id != self.state.bot.id or shown.forces is not None:
            raise bad("message can't be edited")
        if rules.checked_force_reply(form) is not None:
            raise bad("inline keyboard expected")
        return shown

    def _change(self, shown: Shown, form: Form, text: str, entities: list[Json], media: Media | None = None) -> Json:
        buttons = self.keyboard(form)
        media = media or shown.media
        if (media, text, entities, buttons) == (shown.media, shown.text, shown.entities, shown.buttons):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a"
                " current content and reply markup of the message"
            )
        shown.media, shown.text, shown.entities, shown.buttons = media, text, entities, buttons
        shown.edits += 1
        shown.changed_at = self.state.clock()
        self.state.changed()
        return self.state.wire(shown)

    def delete_message(self, form: Form) -> bool:
        """Delete one message; the bot's own, or anyone's in a private chat."""
        chat = self.state.writable(form.required("chat_id"))
        self._delete(chat, form.required("message_id"))
        return True

    def delete_messages(self, form: Form) -> bool:
        """Delete 1-100 messages; ids that are gone are skipped, as there."""
        chat = self.state.writable(form.required("chat_id"))
        ids = form.items("message_ids") or []
        if not 1 <= len(ids) <= 100:
            raise bad("there must be 1-100 message identifiers")
        for message_id in ids:
            if message_id in chat.messages:
                self._delete(chat, message_id)
        return True

    def _delete(self, chat: Chat, message_id: int) -> None:
        shown = chat.messages.get(message_id)
        if shown is None:
            raise bad("message to delete not found")
        foreign = shown.sender.id != self.state.bot.id
        if foreign and chat.kind != "private" and self.state.bot.id not in chat.admins:
            raise bad("message can't be deleted")
        del chat.messages[message_id]
        self.state.changed()

    def send_draft(self, form: Form) -> bool:
        """A frame of a growing text: the same id updates it, another id replaces it."""
        chat = self.state.writable(form.required("chat_id"))
        if chat.kind != "private":
            raise bad("TEXTDRAFT_PEER_INVALID")
        draft_id = form.required("draft_id")
        if draft_id == 0:
            raise bad("draft_id must be non-zero")
        thread = self.state.topic(chat, form.integer("message_thread_id"))
        text, entities = self.text_of(form, "text", "entities", rules.TEXT_MAX)
        now = self.state.clock()
        latest = chat.drafts.get(thread)
        if latest is not None and latest.stopped and latest.draft_id == draft_id:
            return True  # a frame that crossed with the Stop: nothing shows
        draft = self.state.draft(chat, thread)
        if draft is None or draft.draft_id != draft_id:
            draft = Draft(draft_id, thread, text, entities, form.flag("can_stop"), first_at=now, at=now)
            chat.drafts[thread] = draft
        else:
            draft.text, draft.entities, draft.at = text, entities, now
            draft.can_stop = form.flag("can_stop")
            draft.frames += 1
        self.state.changed()
        return True

    def send_action(self, form: Form) -> bool:
        """Typing and its relatives."""
        chat = self.state.writable(form.required("chat_id"))
        self.state.topic(chat, form.integer("message_thread_id"))
        if form.text("action") not in rules.CHAT_ACTIONS:
            raise bad("wrong parameter action in request")
        chat.actions.append((self.state.clock(), form.text("action")))
        self.state.changed()
        return True

    def answer_query(self, form: Form) -> bool:
        """Stop the spinner of a pressed button, once and in time."""
        query = form.text("callback_query_id")
        pressed = self.queries.pop(query, None)
        if pressed is None or self.state.clock() - pressed > QUERY_LIFE_S:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        text = form.text("text")
        if rules.utf16_len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.answers[query] = {"text": text, "alert": form.flag("show_alert"), "url": form.text("url")}
        self.state.changed()
        return True

    def set_commands(self, form: Form) -> bool:
        """The menu of commands for a scope and a language."""
        commands = form.items("commands") or []
        rules.checked_commands(commands)
        self.commands[form.text("scope") or '{"type": "default"}', self._language(form)] = commands
        return True

    def set_description(self, form: Form) -> bool:
        """What an empty chat with the bot shows."""
        return self._set_text(form, "description", 512)

    def set_short_description(self, form: Form) -> bool:
        """What the bot's profile shows."""
        return self._set_text(form, "short_description", 120)

    def _set_text(self, form: Form, name: str, maximum: int) -> bool:
        if len(form.text(name)) > maximum:
            raise bad(f"{name} is too long")
        self.texts[name, self._language(form)] = form.text(name)
        return True

    def _language(self, form: Form) -> str:
        language = form.text("language_code")
        if language and (len(language) != 2 or not language.isalpha()):
            raise bad("LANG_CODE_INVALID")
        return language

    def get_chat(self, form: Form) -> Json:
        """What the bot may know of a chat."""
        chat = self.state.writable(form.required("chat_id"))
        gifts = dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        )
        return chat.wire() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}

    def get_member(self, form: Form) -> Json:
        """What somebody is in a chat."""
        chat = self.state.writable(form.required("chat_id"))
        user = chat.members.get(form.required("user_id"))
        if user is None:
            raise bad("PARTICIPANT_ID_INVALID")
        if user.id not in chat.admins:
            return {"status": "member", "user": user.wire()}
        return {"status": "creator", "user": user.wire(), "is_anonymous": False}

    def leave_chat(self, form: Form) -> bool:
        """Leave a group."""
        chat = self.state.writable(form.required("chat_id"))
        if chat.kind == "private":
            raise bad("chat member status can't be changed in private chats")
        chat.refusal = f"bot is not a member of the {chat.kind} chat"
        self.state.changed()
        return True

    def react(self, form: Form) -> bool:
        """One reaction of the bot on a message; an empty list takes it away."""
        chat = self.state.writable(form.required("chat_id"))
        shown = chat.messages.get(form.required("message_id"))
        if shown is None:
            raise bad("message to react not found")
        emojis = [str(reaction.get("emoji", "")) for reaction in form.items("reaction") or []]
        if len(emojis) > 1 or any(emoji not in "👀👍👎❤🔥🎉🤔⚡👌💯✍🫡" for emoji in emojis):
            raise bad("REACTION_INVALID")
        shown.reactions = emojis
        self.state.changed()
        return True
