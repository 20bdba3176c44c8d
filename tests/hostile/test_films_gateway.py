"""A gateway that answers films with anything but films, and storyboards of which it takes some shots, loses others, or never
says what became of them. Each shot ends with a film or with its credits back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bots.sandbox.faults import Drop, Reply
from tests.core.footage import RED, Camera, Shot, recording
from tests.hostile.films import BROKEN, CONFIG, check_holds, data_of, jobs, listed, paid_by_people
from tests.hostile.pictures import pressed
from tests.hostile.rig import FILM, FILMS
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.hostile.test_gateway import served
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

WORDS = "@everyone [free credits](https://evil.example) **now** \u202egnp.exe\u2066 <b>x</b> sk-hostile-test"

FILMS_THAT_ARE_NONE: dict[str, bytes] = {
    "a page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "a picture": picture(),
    "a sound": recording("mp3", "libmp3lame", 1),
    "nothing": b"",
    "a playlist": b"#EXTM3U\nfile:///etc/passwd\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "half": Camera().film(Shot(RED, 1))[:2_000],
}


def videos(body: dict[str, Any], content: bytes = b"") -> dict[str, Any]:
    """A gateway of which each task is done at once, with this body; every file of it is `content`."""

    async def order(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.json_response({"id": "T1", "status": "queued"})

    async def look(request: web.Request) -> web.StreamResponse:
        told = {key: _at(value, str(request.url.origin())) for key, value in body.items()}
        return web.json_response({"id": "T1", **told})

    async def file(request: web.Request) -> web.StreamResponse:
        return web.Response(body=content, content_type="video/mp4")

    return {
        "POST /v1/videos": order,
        "GET /v1/videos/T1": look,
        "GET /v1/videos/T1/content": file,
        "GET /f/{name}": file,
    }


def _at(value: Any, origin: str) -> Any:
    if isinstance(value, list):
        return [_at(each, origin) for each in value]
    return value.replace("ORIGIN", origin) if isinstance(value, str) else value


async def ended(scene: OnTelegram, words: str) -> str:
    """All that Ann has been told when the order has ended."""
    scene.phone.say(scene.ann, scene.ann, words)
    await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) >= 2, timeout_s=30)
    await scene.house.at_rest()
    return "\n".join(shown.text for shown in scene.phone.from_bot(scene.ann))


@pytest.mark.parametrize("name", FILMS_THAT_ARE_NONE)
async def test_films_that_are_none(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    body = {"status": "completed", "video_url": "ORIGIN/f/film.mp4", "progress": 1e308}
    async with (
        served(videos(body, FILMS_THAT_ARE_NONE[name])) as url,
        on_telegram(telegram, tmp_path, gateway_url=url, config=CONFIG) as scene,
    ):
        said = await ended(scene, "/video a cat --model kling-2.5")
        assert not any(words in said for words in BROKEN), said
        assert not any(shown.media for shown in scene.phone.from_bot(scene.ann))
        assert scene.house.spent() == 0
        check_holds(scene)


async def test_as_many_films_as_were_asked_for(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Fifty links in an answer are not fifty downloads, and cost what one film does."""
    links = [f"ORIGIN/f/{number}.mp4" for number in range(50)]
    body = {"status": "completed", "video_url": links[0], "url": links, "results": links, "videos": links}
    async with (
        served(videos(body, Camera(size=(64, 64)).film(Shot(RED, 1)))) as url,
        on_telegram(telegram, tmp_path, gateway_url=url, config=CONFIG) as scene,
    ):
        await ended(scene, "/video a cat --model kling-2.5")
        ((quote,),) = jobs(scene, "quote")
        assert scene.house.spent() <= quote
        assert len([shown for shown in scene.phone.from_bot(scene.ann) if shown.media]) <= 10


async def test_what_the_gateway_says_of_a_failure(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Its words are shown as words: nobody is called, nothing is a link, nothing turns round, no key is told."""
    body = {"status": "failed", "error": {"code": "x", "message": WORDS}, "fail_reason": WORDS}
    async with (
        served(videos(body)) as url,
        on_telegram(telegram, tmp_path, gateway_url=url, config=CONFIG) as scene,
    ):
        said = await ended(scene, "/video a cat --model kling-2.5")
        assert "sk-hostile-test" not in said
        assert not {"\u202e", "\u2066"} & set(said)
        entities = str([shown.entities for shown in scene.phone.from_bot(scene.ann)])
        assert "evil.example" not in entities and "text_link" not in entities
        assert scene.house.spent() == 0


# --- storyboards --------------------


def fates() -> Iterator[tuple[str, list[Any]]]:
    yield "refused", [Reply(400, {"error": {"message": WORDS}})]
    yield "no funds", [Reply(402, {"error": {"message": "quota"}})]
    yield "a page", [Reply(502, "<html>502</html>")]
    yield "unsure", [Drop("answer")]
    yield "lost before it came", [Drop("head")]
    yield "no name", [Reply(200, {"status": "queued"})]
    yield "a list", [Reply(200, [])]  # type: ignore[arg-type]


FATES = dict(fates())


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("before", [0, 1, 2])
async def test_one_shot_of_three(telegram: TelegramStandIn, tmp_path: Path, fate: str, before: int) -> None:
    """One of the three is not filmed: its credits and those of all behind it are back, those before it are paid; what is
    missing is ordered once more, and nothing is given back twice."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        board = await listed(scene)
        held: list[Any] = [None] * before
        scene.house.gateway.behaviour.script(FILMS, *held, *FATES[fate])
        many = len(scene.phone.from_bot(scene.ann))
        scene.phone.press_data(board, data_of(board, "Film it"), scene.ann)
        await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) > many)
        await scene.heard()
        said = "\n".join(shown.text for shown in scene.phone.from_bot(scene.ann))
        assert "sk-hostile-test" not in said and "\u202e" not in said
        check_holds(scene)
        pieces = [row for row in jobs(scene, "part_of, state, quote") if row[0]]
        paid = sum(int(quote) for _, state, quote in pieces if state == "done")
        assert paid_by_people(scene) == paid
        (whole,) = [str(job_id) for job_id, part_of, _ in jobs(scene) if not part_of]
        for deed in ("check", "cancel", "again"):
            told = await pressed(scene, board, f"job:{whole}:{deed}")
            assert not any(words in str(told) for words in BROKEN), told
        check_holds(scene)
        done = [
            int(quote) for part_of, state, quote in jobs(scene, "part_of, state, quote") if part_of and state == "done"
        ]
        assert paid_by_people(scene) == sum(done)


async def test_a_shot_of_which_nothing_is_heard(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Its time runs out: the credits are back, and who asks for it later pays nothing for what is found."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        board = await listed(scene, "One shot alone.")
        await pressed(scene, board, data_of(board, "1").replace("open", "words"))
        await scene.told("One shot alone [never].")
        scene.phone.press_data(board, data_of(board, "Film it"), scene.ann)
        await scene.phone.until(lambda: any(row[2] == "waiting" and row[1] for row in jobs(scene)))
        scene.house.clock.offset_s += 7_200
        await scene.phone.until(lambda: not any(row[2] == "waiting" and row[1] for row in jobs(scene)), timeout_s=40)
        await scene.heard()
        assert paid_by_people(scene) == 0
        for job_id, *_ in jobs(scene):
            told = await pressed(scene, board, f"job:{job_id}:check")
            assert not any(words in str(told) for words in BROKEN), told
        await scene.heard()
        assert paid_by_people(scene) == 0 and scene.house.asked(FILM) > 0
        check_holds(scene)


async def test_the_last_credits(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """What does not reach for all shots buys none; twenty presses of lists that all could be bought buy one."""
    config = CONFIG.replace("daily_credits = 1000000", "daily_credits = 100")
    async with on_telegram(telegram, tmp_path, config=config) as scene:
        boards = [await listed(scene, f"{number} rides. He sees.") for number in range(4)]
        for _ in range(3):
            for board in boards:
                scene.phone.press_data(board, data_of(board, "Film it"), scene.ann)
        await scene.heard()
        wholes = [row for row in jobs(scene) if not row[1]]
        price = int(jobs(scene, "quote")[1][0]) * 2 if wholes else 0
        assert len(wholes) == (1_000_000 // price if price else 0), (price, jobs(scene, "id, part_of, state, quote"))
        assert paid_by_people(scene) == price * len(wholes) > 0
        check_holds(scene)
