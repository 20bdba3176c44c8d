"""How the sandbox behaves: one mutable value for each running sandbox, which tests steer while it runs.

People steer it too, from inside a prompt: `directives` lists the words. Values only, no web server.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from bots.sandbox.faults import Fault, Speech
from bots.sandbox.models import Kind, known_models

VideoResult = Literal["family", "video_url", "url", "metadata.url", "content"]


@dataclass(slots=True)
class Balance:
    """What the account calls answer (gateway contract, chat 10). Tokens of quota: 500,000 are 1 USD."""

    hard_limit_usd: float = 20.0
    used_usd: float = 4.317
    unlimited: bool = False


@dataclass(slots=True)
class Pool:
    """How Midjourney behaves (gateway contract, images 7).

    `rewrites`: the relay makes 22 and 21 into 1: "stock" for all but Vary Region and Custom Zoom, "all" for these too.
    `newer`: the upstream is the newer proxy: a full queue is code 9, a window may be confirmed without words.
    """

    task_s: float = 14.0
    polls: int | None = None  # looks at a task until it is done, instead of `task_s`
    refresh_s: float = 0.0  # the relay looks at its upstream only so often
    hidden_looks: int = 0  # the first looks at a new task do not find it
    modal_s: float = 900.0  # a window left alone is closed after this
    modal_moves: bool = False  # a confirmed task goes on under another id
    rewrites: Literal["", "stock", "all"] = ""
    newer: bool = False
    remix: bool = False  # variations, pans and rerolls open a window
    uploads: bool = True
    tiles: bool = False  # `imageUrls` hold the four pictures
    relay_links: bool = False  # results are links to `/mj/image/{id}`
    seconds: bool = False  # times in seconds instead of milliseconds
    failure: str = "[Banned prompt detected] internal error"  # the reason of `[fail]`
    modes: set[str] = field(default_factory=lambda: {"", "fast", "relax", "turbo"})  # the pools that are stocked
    described_in: Literal["promptEn", "prompt", "finalPrompt"] = "promptEn"


@dataclass(slots=True)
class Films:
    """How the makers of films behave (gateway contract, videos 2, 5 to 8): what the contract leaves open is a switch here.

    `content`: how items hold their links, of Seedance. `ext_info`: how Kling's extras are encoded. `near_hosts`: hosts
    (`name:port`) whose links count as public and are followed; all other links but the sandbox's own are not.
    """

    content: Literal["flat", "nested", "both"] = "flat"
    prompt_too: bool = False  # Seedance wants a `prompt` beside its content
    task_result: Literal["array", "object", "fail_reason", "content"] = "array"  # of shape T; `content` = nowhere
    ext_info: Literal["string", "object", "both"] = "string"
    ext_info_key: Literal["ext_info", "ExtInfo"] = "ext_info"
    shots_prompt: bool = False  # several shots need a prompt on top all the same
    veo_query: Literal["VS", "T"] = "VS"  # T: what the gateway falls back to
    runway: Literal["vendor", "sibling", "wrapped"] = "vendor"
    runway_unseen: int = 1  # the first looks at a new task answer `task_not_exist`
    asset_looks: int = 2  # an asset is active at this look
    asset_told: bool = True  # whether the answer to a new asset names its id
    near_hosts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sounds:
    """How the makers of sound behave (gateway contract, audio 2 and 3): what the contract leaves open is a switch here.

    `clips`: as the stock server shows them, or as its siblings do. `minimax_prefix` "" = served nowhere. `minimax_errors`:
    MiniMax's own reply with HTTP 200, or a relay's words with HTTP 400. `clone_refused`: how a clone whose sample is
    refused says so in a success; "" = none is.
    """

    song_s: float = 20.0
    song_polls: int | None = None  # looks at a task until it is done, instead of `song_s`
    clips: Literal["stock", "flat"] = "stock"
    data_text: bool = False  # a task's `data` is JSON text
    task_ids: Literal["task", "uuid"] = "task"
    minimax_prefix: str = "/minimax/v1"
    minimax_upload: Literal["/files/upload", "/files"] = "/files/upload"
    minimax_errors: Literal["own", "relay"] = "own"
    upper_hex: bool = False
    clone_refused: Literal["", "flag", "kind", "table"] = ""
    clones_lost: bool = False  # as if today's account at the vendor were another one
    lyrics_model: str = ""  # the model that words for songs have to name; "" = none


@dataclass(slots=True)
class Behaviour:
    """Paces are for people by default; `Behaviour.instant()` is for tests. A pace or duration of 0 = at once."""

    tokens_per_s: float = 40.0
    first_token_s: float = 0.2
    image_s: float = 1.5
    video_s: float = 6.0
    video_polls: int | None = None  # completes at this poll instead of after `video_s`
    video_at_once: bool = False  # the submit is answered `completed`
    video_result: VideoResult = "family"  # where a completed task holds its link; `content` = nowhere
    video_failure: tuple[str, str] = ("ModelGenerateFailed", "failed")  # message and code of `[fail]`
    films: Films = field(default_factory=Films)
    film_side_max: int = 640  # films are encoded no larger than this, shape kept
    image_result: Literal["asked", "url", "b64_json"] = "asked"
    image_official: bool = False  # GPT pictures are answered as their vendor does: inline, and with what was chosen
    chat_image: Literal["media", "url", "markdown"] = "media"  # links in `media` too, in the words alone, or the bytes
    transparent: bool = False  # GPT models draw on a transparent ground
    image_size: tuple[int, int] | None = None  # "size is a wish": what comes out whatever was asked
    mj: Pool = field(default_factory=Pool)
    sounds: Sounds = field(default_factory=Sounds)
    upload_path: str = "/v1/files"  # where files may be put; "" = nowhere
    files_base_url: str | None = None  # result links start with this instead of the sandbox's own address
    speech: Speech = field(default_factory=Speech)
    thinking: bool = False
    usage: bool = True
    retry_after_s: int | None = 2  # header of `[429]`
    models: dict[str, Kind] = field(default_factory=known_models)
    bad_keys: set[str] = field(default_factory=lambda: {"sk-bad"})
    balance: Balance = field(default_factory=Balance)
    requests_kept: int = 1000
    tasks_kept: int = 10_000
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    faults: dict[str, deque[Fault | None]] = field(default_factory=dict)

    @classmethod
    def instant(cls) -> "Behaviour":
        """No waiting anywhere; a video completes at its second poll, a Midjourney task and a song at their third."""
        sounds = Sounds(song_polls=3)
        return cls(tokens_per_s=0, first_token_s=0, image_s=0, video_polls=2, mj=Pool(polls=3), sounds=sounds)

    def script(self, route: str, *faults: Fault | None) -> None:
        """Queue faults for the next requests of a route such as `GET /v1/videos/{id}`; `None` lets one through.

        The queue of a route is used up in order; after it the route behaves. `Speech` is for chat only.
        """
        self.faults.setdefault(route, deque()).extend(faults)

    def next_fault(self, route: str) -> Fault | None:
        queue = self.faults.get(route)
        return queue.popleft() if queue else None
