"""The gateway half of the Discord stand-in: a WebSocket per shard: HELLO, IDENTIFY, RESUME, heartbeats, dispatch."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from secrets import token_hex

from aiohttp import WSMsgType, web

from tests.standins import discord_payloads as payloads
from tests.standins.discord_rules import Json
from tests.standins.discord_world import DM, Channel, Guild, Message, World

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
REPLAY_MAX = 1000


@dataclass(slots=True, eq=False)
class Session:
    """What survives a dropped line: who identified, with which intents, and the events that may be asked for again."""

    id: str
    intents: int
    shard: int
    shards: int
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY_MAX))
    socket: web.WebSocketResponse | None = None
    outbox: "asyncio.Queue[Json]" = field(default_factory=asyncio.Queue)

    def dispatch(self, event: str, data: Json) -> None:
        self.sequence += 1
        frame = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.sent.append(frame)
        if self.socket is not None:
            self.outbox.put_nowait(frame)


class Gateway:
    """All live sessions of one world. `privileged` are the intents that the portal has switched on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions: dict[str, Session] = {}
        self.identifies: list[Json] = []
        self.resumes = 0
        self.privileged = 0
        self.heartbeat_interval_ms = 41_250
        world.listener = self.tell

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.socket is not None]

    # -- events out ------------------------------------------------------------------------------------------

    def tell(self, event: str, data: Json, channel: Channel | None, guild: Guild | None) -> None:
        """Dispatches to the shard that owns the guild; direct messages go to shard 0."""
        if guild is not None and not guild.joined and event != "GUILD_DELETE":
            return
        for session in self.sessions.values():
            if session.shard != ((guild.id >> 22) % session.shards if guild else 0):
                continue
            if not self._wanted(session, event, channel):
                continue
            message = data.get("message")
            if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and isinstance(message, Message):
                body = payloads.for_bot(self.world, message, bool(session.intents & MESSAGE_CONTENT))
                session.dispatch(event, body)
            else:
                session.dispatch(event, data)

    @staticmethod
    def _wanted(session: Session, event: str, channel: Channel | None) -> bool:
        if event.startswith("MESSAGE_"):
            direct = channel is not None and channel.kind == DM
            return bool(session.intents & (DIRECT_MESSAGES if direct else GUILD_MESSAGES))
        if event.startswith(("GUILD_", "CHANNEL_", "THREAD_")):
            return bool(session.intents & GUILDS)
        return True

    async def drop(self, code: int = 1006) -> None:
        """The line breaks; sessions may be resumed (not after 4007 and 4009)."""
        for session in self.connected:
            socket, session.socket = session.socket, None
            if socket is not None:
                await socket.close(code=1001 if code == 1006 else code)
        if code in (4007, 4009):
            self.sessions.clear()
        await self.world.touch()

    async def ask_to_reconnect(self) -> None:
        for session in self.connected:
            session.outbox.put_nowait({"op": 7, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        for session in self.connected:
            session.outbox.put_nowait({"op": 9, "d": resumable})
        if not resumable:
            self.sessions.clear()

    # -- one connection --------------------------------------------------------------------------------------

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoclose=True)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": self.heartbeat_interval_ms}})
        session: Session | None = None
        writer: asyncio.Task[None] | None = None
        try:
            async for frame in socket:
                if frame.type != WSMsgType.TEXT:
                    break
                message = json.loads(frame.data)
                if message["op"] == 1:
                    await socket.send_json({"op": 11})
                elif message["op"] in (2, 6) and session is None:
                    enter = self._identify if message["op"] == 2 else self._resume
                    session = await enter(socket, message["d"])
                    if session is not None:
                        writer = asyncio.create_task(self._write(socket, session))
        finally:
            if writer is not None:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
            if session is not None and session.socket is socket:
                session.socket = None
                await self.world.touch()
        return socket

    @staticmethod
    async def _write(socket: web.WebSocketResponse, session: Session) -> None:
        while True:
            frame = await session.outbox.get()
            await socket.send_json(frame)

    async def _identify(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        self.identifies.append(data)
        if data["token"] != self.world.token:
            await socket.close(code=4004, message=b"Authentication failed.")
            return None
        intents = int(data.get("intents", 0))
        if intents & (MEMBERS | PRESENCES | MESSAGE_CONTENT) & ~self.privileged:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return None
        shard, shards = data.get("shard", (0, 1))
        session = Session(token_hex(8), intents, shard, shards, socket=socket)
        self.sessions[session.id] = session
        mine = [g for g in self.world.guilds.values() if g.joined and (g.id >> 22) % shards == shard]
        session.dispatch("READY", self._ready(session, mine))
        if intents & GUILDS:
            for guild in mine:
                session.dispatch("GUILD_CREATE", payloads.guild(self.world, guild) | {"unavailable": False})
        await self.world.touch()
        return session

    def _ready(self, session: Session, guilds: list[Guild]) -> Json:
        return {
            "v": 10,
            "user": payloads.user(self.world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.world.base_url.replace("http", "ws", 1) + "/gateway",
            "shard": [session.shard, session.shards],
            "application": {"id": str(self.world.application_id), "flags": 0},
        }

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        session = self.sessions.get(str(data["session_id"]))
        if session is None or data["token"] != self.world.token:
            await socket.send_json({"op": 9, "d": False})
            return None
        self.resumes += 1
        session.socket, session.outbox = socket, asyncio.Queue()
        for frame in session.sent:
            if frame["s"] > int(data["seq"] or 0):
                session.outbox.put_nowait(frame)
        session.dispatch("RESUMED", {})
        await self.world.touch()
        return session
