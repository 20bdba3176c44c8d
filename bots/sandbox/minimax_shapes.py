"""What MiniMax's replies have alike: how they end, how they refuse, how a sound is handed out (gateway contract, audio 3.1).
No web server here but for the door's exceptions."""

import secrets
from collections.abc import Mapping

from bots.sandbox.behaviour import Sounds
from bots.sandbox.refusals import Refusal

Json = dict[str, object]

_WORDS: Mapping[int, str] = {
    1000: "unknown error, please retry later",
    1001: "request timeout",
    1002: "rate limit",
    1004: "login fail: please carry the API secret key in the 'Authorization' field",
    1008: "insufficient balance",
    1026: "input new_sensitive",
    1027: "output new_sensitive",
    1042: "invisible character ratio limit",
    2013: "invalid params",
    2037: "voice clone audio duration is not between 10s and 300s",
    2039: "voice clone voice id duplicate",
    2042: "you don't have access to this voice_id",
    20132: "invalid samples",
}


class MiniMaxRefusal(Refusal):
    """MiniMax's own error, which is a success of HTTP, or a relay's, with HTTP 400. `empty`: the field that is null then."""

    def __init__(self, number: int, sounds: Sounds, message: str = "", empty: str = "data") -> None:
        self.relayed = sounds.minimax_errors == "relay"
        super().__init__(400 if self.relayed else 200, "", message or _WORDS.get(number, "unknown error"))
        self.number = number
        self.empty = empty

    def body(self, request_id: str) -> Json:
        if self.relayed:
            message = f"minimax error: {self.number} - {self.message} (request id: {request_id})"
            return {"error": {"message": message, "type": "new_api_error", "param": "", "code": None}}
        told: Json = {"trace_id": trace_id(), "base_resp": {"status_code": self.number, "status_msg": self.message}}
        return {self.empty: None, **told} if self.empty else told


def well(**body: object) -> Json:
    return {**body, "base_resp": {"status_code": 0, "status_msg": "success"}}


def trace_id() -> str:
    return secrets.token_hex(16)


def hexed(data: bytes, sounds: Sounds) -> str:
    return data.hex().upper() if sounds.upper_hex else data.hex()
