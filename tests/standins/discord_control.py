"""The Discord stand-in driven from another process: POST /standin with {"do": action, ...}. Ids travel as text."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.standins.discord_phone import Phone
from tests.standins.discord_rules import Json
from tests.standins.discord_world import Channel, Message, Person

Action = Callable[[Json], Awaitable[Json]]


class Control:
    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._actions: dict[str, Action] = {
            "person": self._person,
            "guild": self._guild,
            "say": self._say,
            "slash": self._slash,
            "press": self._press,
            "visible": self._visible,
            "wait": self._wait,
            "calls": self._calls,
        }

    async def serve(self, request: web.Request) -> web.Response:
        """400 with the reason where the person could not have done that."""
        order = json.loads(await request.read())
        try:
            result = await self._actions[order["do"]](order)
        except (AssertionError, KeyError) as error:
            return web.json_response({"error": repr(error)}, status=400)
        return web.json_response(result)

    def _who(self, order: Json) -> Person:
        return self._phone.world.people[int(order["person"])]

    def _where(self, order: Json) -> Channel:
        return self._phone.world.channels[int(order["channel"])]

    async def _person(self, order: Json) -> Json:
        """name, locale? → person and the id of their DM channel."""
        person = self._phone.person(order["name"], locale=order.get("locale", "en-US"))
        return {"person": str(person.id), "channel": str(self._phone.dm(person).id)}

    async def _guild(self, order: Json) -> Json:
        """name, person (owner) → guild and its first channel."""
        guild = self._phone.guild(order["name"], self._who(order))
        channel = self._phone.channel(guild)
        await self._phone.add_bot(guild)
        return {"guild": str(guild.id), "channel": str(channel.id)}

    async def _say(self, order: Json) -> Json:
        """channel, person, text, mention?, reply_to? → message."""
        replied = self._phone.world.messages[int(order["reply_to"])] if order.get("reply_to") else None
        message = await self._phone.say(
            self._where(order),
            self._who(order),
            order["text"],
            mention=bool(order.get("mention")),
            reply_to=replied,
        )
        return self._shown(message)

    async def _slash(self, order: Json) -> Json:
        """channel, person, command, options? → interaction."""
        made = await self._phone.slash(self._where(order), self._who(order), order["command"], order.get("options"))
        return {"interaction": str(made.id)}

    async def _press(self, order: Json) -> Json:
        """message, button, person → interaction."""
        message = self._phone.world.messages[int(order["message"])]
        made = await self._phone.press(message, order["button"], self._who(order))
        return {"interaction": str(made.id)}

    async def _visible(self, order: Json) -> Json:
        """channel, person? → messages, as shown."""
        person = self._who(order) if order.get("person") else None
        return {"messages": [self._shown(m) for m in self._phone.visible(self._where(order), person)]}

    async def _wait(self, order: Json) -> Json:
        """channel, text, seconds? → the first message of the bot that contains the text."""
        channel, text = self._where(order), order["text"]
        found = await self._phone.until(
            lambda: next((m for m in self._phone.from_bot(channel) if text in m.text), None),
            cap_s=float(order.get("seconds", 10)),
        )
        return self._shown(found)

    async def _calls(self, _: Json) -> Json:
        """All REST calls in short, and the violations."""
        calls = [[c.at_s, c.method, c.path, c.status] for c in self._phone.calls]
        return {"calls": calls, "violations": self._phone.violations}

    @staticmethod
    def _shown(message: Message) -> Json:
        return {
            "message": str(message.id),
            "author": message.author.name,
            "text": message.text,
            "buttons": message.labels,
            "files": [file.name for file in message.files],
            "sent_s": message.sent_s,
            "edited_s": message.edited_s,
        }
