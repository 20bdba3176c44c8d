"""Kling: its vendor's terms in `metadata`, all scenes, checked strictly; films that follow what they are made of."""

import json
from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.films import (
    BLUE,
    GREEN,
    RED,
    content,
    movie,
    near,
    picture,
    put_movie,
    put_voice,
    reason,
    uri,
)

PATH = "/v1/videos"
LINK, FILM, SOUND = "https://example.com/1.jpg", "https://example.com/in.mp4", "https://example.com/v.mp3"
Json = dict[str, Any]


def order(model: str = "kling-3.0", *, metadata: Json | None = None, **more: Any) -> Json:
    return {"model": model, "prompt": "a whale", **more} | ({} if metadata is None else {"metadata": metadata})


def sealed(**parameters: Any) -> str:
    """The extras as they travel: JSON in a text, in JSON in a text."""
    return json.dumps({"AdditionalParameters": json.dumps(parameters)})


def info(category: str, url: str, **more: str) -> Json:
    return {"type": "Url", "category": category, "url": url, **more}


def moves(picture_link: str = LINK, film: str = FILM, **extras: str) -> Json:
    metadata: Json = {"scene_type": "motion_control", "motion_level": "pro", "video_url": film}
    if extras:
        metadata["ext_info"] = sealed(**extras)
    return order("kling-2.6", image=picture_link, mode="pro", metadata=metadata)


def avatar(portrait: str = LINK, **extras: Any) -> Json:
    metadata = {"scene_type": "avatar_i2v", "ext_info": sealed(**extras)}
    return order("kling-avatar-720p", image=portrait, metadata=metadata)


def shots(*listed: tuple[str, str], seconds: str = "6", **more: Any) -> Json:
    prompts = [{"index": at, "prompt": words, "duration": length} for at, (words, length) in enumerate(listed, 1)]
    extras = sealed(multi_shot=True, shot_type="customize", multi_prompt=prompts)
    return order(prompt="", seconds=seconds, metadata={"ext_info": extras} | more)


def face(**more: Any) -> Json:
    one = {
        "face_id": "0",
        "sound_file": SOUND,
        "sound_start_time": 0,
        "sound_end_time": 5000,
        "sound_insert_time": 0,
        "sound_volume": 1,
        "original_audio_volume": 0,
    }
    extras = sealed(session_id="845736590818832460", face_choose=[one | more])
    return order("kling-identify-face", metadata={"scene_type": "lip_sync", "ext_info": extras})


async def made(sandbox: Sandbox, client: httpx.AsyncClient, body: Json) -> Any:
    sandbox.behaviour.video_at_once = True
    reply = await client.post(PATH, json=body)
    assert reply.status_code == 200, reply.text
    told = reply.json()
    link = told["metadata"]["url"]
    assert told["metadata"]["output"]["FileInfos"][0]["FileUrl"] == link
    return await content(client, told["id"])


# --- what is seen and heard --------------------


@pytest.mark.parametrize("sound", ["Enabled", "Disabled"])
async def test_words_alone(sandbox: Sandbox, client: httpx.AsyncClient, sound: str) -> None:
    config = {"resolution": "720P", "aspect_ratio": "9:16", "audio_generation": sound}
    seen = await made(sandbox, client, order(seconds="5", metadata={"output_config": config}))
    assert (seen.seconds, seen.size, seen.sound) == (5.0, (360, 640), sound == "Enabled")


async def test_first_and_last_frame(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    metadata = {"last_frame_url": uri(picture(BLUE)), "output_config": {"resolution": "1080P"}}
    seen = await made(sandbox, client, order("kling-2.1", image=uri(picture(RED)), metadata=metadata))
    assert (near(seen.first, RED), near(seen.last, BLUE)) == (True, True)


async def test_movement_follows_the_clip(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    film = put_movie(sandbox, movie(GREEN, GREEN, 7, sound=True))
    seen = await made(sandbox, client, moves(uri(picture(RED)), film))
    assert (seen.seconds, near(seen.first, RED), seen.sound) == (7.0, True, True)
    mute = await made(sandbox, client, moves(uri(picture(RED)), film, keep_original_sound="no"))
    assert mute.sound is False


async def test_movement_by_files(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    files = [
        info("Video", put_movie(sandbox, movie(GREEN, GREEN, 4))),
        info("Image", uri(picture(RED))),
    ]
    extras = sealed(keep_original_sound="no", character_orientation="video")
    metadata = {"scene_type": "motion_control", "motion_level": "std", "file_infos": files, "ext_info": extras}
    seen = await made(sandbox, client, order("kling-2.6", metadata=metadata))
    assert (seen.seconds, near(seen.first, RED)) == (4.0, True)


@pytest.mark.parametrize("inline", [True, False])
async def test_an_avatar_speaks_as_long_as_its_voice(sandbox: Sandbox, client: httpx.AsyncClient, inline: bool) -> None:
    link = put_voice(sandbox, 3)
    voice = uri(sandbox.files.get("voice.mp3").data, "audio/mpeg") if inline else link  # type: ignore[union-attr]
    seen = await made(sandbox, client, avatar(uri(picture(RED)), sound_file=voice))
    assert (round(seen.seconds), near(seen.first, RED), seen.sound) == (3, True, True)


async def test_lips_in_one_step(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    film = put_movie(sandbox, movie(RED, BLUE, 4))
    metadata = {"scene_type": "lip_sync", "video_url": film, "audio_url": put_voice(sandbox, 3)}
    seen = await made(sandbox, client, order("kling-identify-face", metadata=metadata))
    assert (seen.seconds, near(seen.first, RED), near(seen.last, BLUE), seen.sound) == (4.0, True, True, True)


async def test_lips_by_a_face_found_before(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    link = put_voice(sandbox, 4)
    seen = await made(sandbox, client, face(sound_file=link))
    assert (round(seen.seconds), seen.sound) == (4, True)


async def test_a_base_film_is_changed(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    film = info("Video", put_movie(sandbox, movie(RED, BLUE, 6, sound=True)), reference_type="base")
    style = info("Image", uri(picture(GREEN)), usage="Reference")
    body = order("kling-3.0-omni", metadata={"file_infos": [film, style]}) | {"prompt": "<<<video_1>>> in winter"}
    seen = await made(sandbox, client, body)
    assert (seen.seconds, near(seen.first, RED), seen.sound) == (6.0, False, False)
    kept = {"file_infos": [film | {"keep_original_sound": "Enabled"}]}
    assert (await made(sandbox, client, order("kling-3.0-omni", metadata=kept))).sound is True
    feature = {"file_infos": [film | {"reference_type": "feature"}]}
    assert (await made(sandbox, client, order("kling-3.0-omni", seconds="5", metadata=feature))).seconds == 5.0


async def test_several_shots(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    seen = await made(sandbox, client, shots(("He looks up", "2"), ("He walks away", "4")))
    assert seen.seconds == 6.0
    sandbox.behaviour.films.shots_prompt = True
    body = shots(("He looks up", "6"))
    assert "prompt is required" in reason(await client.post(PATH, json=body))
    assert (await client.post(PATH, json=body | {"prompt": "He looks up"})).status_code == 200


# --- switches --------------------


async def test_extras_in_other_encodings(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    plain = order("kling-2.6", image=LINK, metadata={"scene_type": "motion_control", "video_url": FILM})
    objects = {"AdditionalParameters": {"character_orientation": "image"}}
    text, nested, half = (
        {**plain, "metadata": plain["metadata"] | {"ext_info": extras}}
        for extras in (sealed(character_orientation="image"), objects, json.dumps(objects))
    )
    taken = {"string": [200, 400, 400], "object": [400, 200, 400], "both": [200, 200, 200]}
    for mode, expected in taken.items():
        sandbox.behaviour.films.ext_info = mode  # type: ignore[assignment]
        assert [(await client.post(PATH, json=body)).status_code for body in (text, nested, half)] == expected
    sandbox.behaviour.films.ext_info_key = "ExtInfo"
    assert "ext_info" in reason(await client.post(PATH, json=text))


async def test_failures_lie_in_metadata_too(client: httpx.AsyncClient) -> None:
    body = order(prompt="cat [reason InvalidParameter.VoilationContent]")
    task = (await client.post(PATH, json=body)).json()["id"]
    told = (await client.get(f"{PATH}/{task}")).json()
    assert told["error"]["message"] == told["metadata"]["url"] == "InvalidParameter.VoilationContent"


# --- mistakes --------------------

OMNI = "kling-3.0-omni"
BASE = info("Video", FILM, reference_type="base")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (order(video_url=FILM), "unknown field 'video_url' in request"),
        (order(metadata={"lastFrameUrl": LINK}), "unknown field 'lastFrameUrl' in metadata"),
        (order(metadata={"output_config": {"fps": 24}}), "unknown field 'fps'"),
        (order(metadata={"output_config": {"resolution": "720p"}}), "resolution"),
        (order(metadata={"output_config": {"audio_generation": True}}), "audio_generation"),
        (order(metadata={"output_config": {"duration": "5"}}), "integer"),
        (order(metadata={"scene_type": "template_effect"}), "scene_type"),
        (order(metadata={"motion_level": "best"}), "motion_level"),
        (order(images=[LINK] * 4), "at most 3"),
        (order(image="http://example.com/a.jpg"), "public https"),
        (order(image=7), "public https"),
        (order(metadata={"last_frame_url": LINK}), "needs a first frame"),
        (order(images=[LINK, LINK], metadata={"last_frame_url": LINK}), "needs a first frame"),
        (order("kling-2.1", image=LINK, metadata={"last_frame_url": LINK}), "1080P"),
        (order(OMNI, images=[LINK], prompt="<<<image_2>>> walks"), "<<<image_2>>>"),
        (order(OMNI, prompt="<<<video_1>>> again"), "<<<video_1>>>"),
        # files with their parts
        (order(OMNI, metadata={"file_infos": []}), "list of objects"),
        (order(OMNI, metadata={"file_infos": [info("Video", FILM) | {"type": "File"}]}), "must be Url"),
        (order(OMNI, metadata={"file_infos": [info("Audio", SOUND)]}), "category"),
        (order(OMNI, metadata={"file_infos": [info("Image", LINK, usage="Style")]}), "usage"),
        (order(OMNI, metadata={"file_infos": [BASE | {"reference_type": "edit"}]}), "reference_type"),
        (order(OMNI, metadata={"file_infos": [BASE | {"role": "x"}]}), "unknown field 'role'"),
        (order(OMNI, metadata={"file_infos": [BASE, BASE]}), "only one video"),
        (order(OMNI, metadata={"file_infos": [BASE, info("Image", LINK)]}), "frames cannot be combined"),
        (order(OMNI, metadata={"file_infos": [info("Video", uri(b"x", "video/mp4"))]}), "public https"),
        (order("kling-3.0", metadata={"file_infos": [BASE]}), "no reference video"),
        (order(OMNI, seconds="12", metadata={"file_infos": [BASE]}), "at most 10"),
        (
            order(OMNI, metadata={"file_infos": [BASE], "output_config": {"audio_generation": "Enabled"}}),
            "must be Disabled",
        ),
        # movement
        (moves() | {"model": "kling-3.0"}, "no motion control"),
        (moves(""), "one image and one video"),
        (order("kling-2.6", image=LINK, metadata={"scene_type": "motion_control"}), "one image and one video"),
        (moves(character_orientation="back"), "character_orientation"),
        (moves(keep_original_sound="Enabled"), "keep_original_sound"),
        (moves(orientation="video"), "unknown parameter 'orientation'"),
        # voices
        (avatar(), "exactly one"),
        (avatar(sound_file=SOUND, audio_id="1"), "exactly one"),
        (avatar("", sound_file=SOUND), "one portrait"),
        (avatar(uri(picture(RED, 200, 200)), sound_file=SOUND), "out of the allowed range"),
        (avatar(uri(picture(RED, 1000, 320)), sound_file=SOUND), "out of the allowed range"),
        (avatar(sound_file="http://example.com/v.mp3"), "public https"),
        (avatar(sound_file=uri(b"no sound", "audio/mpeg")), "Invalid audio"),
        (order(metadata={"scene_type": "lip_sync", "video_url": FILM}), "lip_sync needs"),
        (face(face_id=""), "face_id"),
        (face(audio_id="1"), "exactly one"),
        (face(sound_end_time=1000), "overlap"),
        (face(sound_start_time="0"), "milliseconds"),
        (face(sound_volume=3), "between 0 and 2"),
        # shots
        (shots(("a", "2"), ("b", "2")), "sum"),
        (shots(), "1 to 6"),
        (shots(*[("a", "1")] * 7, seconds="7"), "1 to 6"),
        (shots(("x" * 513, "6")), "512"),
        (shots(("a", "0"), ("b", "6")), "whole seconds"),
        (shots(("a", 6)), "whole seconds"),  # type: ignore[arg-type]
        (shots(("a", "6")) | {"model": "kling-2.5", "seconds": "5"}, "no multi_shot"),
        (shots(("a", "6"), video_url=FILM), "reference video"),
        (order(metadata={"ext_info": sealed(multi_shot=False)}), "unknown parameter"),
        (order(metadata={"ext_info": "no JSON"}), "JSON string"),
        (order(metadata={"ext_info": "[]"}), "JSON string"),
        (order(metadata={"ext_info": "{}"}), "AdditionalParameters"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, sandbox: Sandbox, body: Json, words: str) -> None:
    assert words in reason(await client.post(PATH, json=body))
    assert sandbox.accepted[PATH] == 0


async def test_clips_and_voices_have_limits(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    short, long = (put_movie(sandbox, movie(RED, BLUE, seconds), f"{seconds}.mp4") for seconds in (2, 11))
    assert "between 3 and 30" in reason(await client.post(PATH, json=moves(film=short)))
    assert "between 3 and 10" in reason(await client.post(PATH, json=moves(film=long, character_orientation="image")))
    base = order(OMNI, metadata={"file_infos": [BASE | {"url": long}]})
    assert "between 3 and 10" in reason(await client.post(PATH, json=base))
    assert "between 2 and 300" in reason(await client.post(PATH, json=avatar(sound_file=put_voice(sandbox, 1))))
