"""Sounds survive the death of the process at every step: a voice that is cloned, a long text that is spoken in parts, an
answer that is spoken while it is written, a recording that is written down in pieces. Nothing is sent twice, the books
balance, and people are told once."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from bots.sandbox.faults import Speech
from core.aloud import unsaid
from core.spoken import words_of
from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import Seen, crash_everywhere
from tests.crash.scene import CONFIG, Scene
from tests.reading import samples

CHAT, SPEECH, HEARING = "/v1/chat/completions", "/v1/audio/speech", "/v1/audio/transcriptions"
UPLOAD, CLONE, CLONED_SPEECH = "/minimax/v1/files/upload", "/minimax/v1/voice_clone", "/minimax/v1/t2a_v2"
MORE = """
[chat]
speech_model = "tts-1"

[models."tts-1"]
extra = { text_chars = 400 }

[defaults.openai_transcription.extra]
seconds_most = 3

[defaults.minimax_clone]
poll = { first_s = 0.1, later_s = 0.1, max_s = 0.1 }
"""
PACES = {"core.lines.BUSY_S": 0.1}
AT_ONCE = 2
"""Orders of one person that are on their way together, and so may be lost with one process."""
ENDS = ("done", "failed", "unsure", "undelivered")
TALE = tuple(f"Owl number {number} sleeps in the old barn until the moon is up. " for number in range(1, 16))
LONG_TEXT = " ".join(TALE).replace("  ", " ").strip()


@cache
def tune(seconds: float) -> bytes:
    return samples.tune("mp3", "libmp3lame", seconds)


# --- what went well before --------------------


async def furnished(scene: Scene) -> None:
    """Small pieces, and looks at a quick pace."""
    (scene.folder / "starlight.toml").write_text(CONFIG + MORE)
    scene.paces = PACES


async def asked_to_agree(scene: Scene) -> None:
    """The question whether the speaker of a recording agrees."""
    await furnished(scene)
    life = await scene.start()
    scene.telegram.phone.document(scene.ann, scene.ann, tune(11), "mum.mp3", "audio/mpeg", "/voice clone Mum")
    await until(lambda: scene.saying("agree"), "the question")
    assert await scene.leave(life)


async def lost(scene: Scene) -> None:
    """A voice that was cloned, and that the vendor has deleted since."""
    await asked_to_agree(scene)
    agree(scene)
    life = await scene.start()
    await until(lambda: scene.media, "its first words")
    kept = scene.door.behaviour.sounds
    scene.door.behaviour.sounds = replace(kept, clones_lost=True)  # all scenes share the kept one
    scene.say("/say Hello --voice Mum")
    await until(lambda: anew(scene), "the way back")
    assert await scene.leave(life)
    scene.door.behaviour.sounds = kept


def agree(scene: Scene) -> None:
    scene.telegram.phone.press(scene.saying("agree")[-1], "Yes, they agreed")


def anew(scene: Scene) -> list[str]:
    buttons = [button["text"] for shown in scene.messages for row in shown.buttons for button in row]
    return [label for label in buttons if label.startswith("Clone Mum again")]


def clone_anew(scene: Scene) -> None:
    [label] = anew(scene)
    shown = next(shown for shown in scene.messages if label in str(shown.buttons))
    scene.telegram.phone.press(shown, label)


async def listening(scene: Scene) -> None:
    """Somebody who wants to hear answers, and a model that takes its time."""
    await furnished(scene)
    life = await scene.start()
    scene.say("/settings")
    await until(lambda: scene.messages, "the settings")
    scene.telegram.phone.press(scene.messages[-1], "✗ Read answers aloud")
    await until(lambda: "✓ Read answers aloud" in str(scene.messages[-1].buttons), "the switch")
    assert await scene.leave(life)
    scene.door.behaviour.tokens_per_s = 30
    scene.door.behaviour.script(f"POST {CHAT}", *[Speech(pieces=TALE)] * 3)


# --- how it must end --------------------


def judge_jobs(scene: Scene) -> None:
    """Each has ended, is paid if it brought anything, and is told."""
    for job_id, state, quote, told in scene.books.rows("SELECT id, state, quote, told FROM jobs"):
        assert state in ENDS and told, (job_id, state)
        assert scene.books.charged(str(job_id)) == (quote if state == "done" else 0), (job_id, state)


def judge_sent(scene: Scene, path: str, most: int) -> None:
    sandbox = scene.door.sandbox
    assert sandbox.accepted[path] <= sandbox.submits[path] <= most, f"{path}: sent twice"


def judge_told(scene: Scene, first: Life, seen: Seen, *, done: int, failed: int) -> None:
    """What was shown and could not be written down may come again."""
    again = unwritten(first, seen)
    assert done <= len(sounds(scene)) <= done + again
    told = [shown for shown in scene.messages if "Try again" in str(shown.buttons)]
    assert failed <= len(told) <= failed + again, "told otherwise than once"


def unwritten(first: Life, seen: Seen) -> bool:
    """Whether the killed life may have brought what its books do not say. A piece is done without being brought."""
    brought = any("jobs.save:done" in step and "conversations.link" in step for step in first.steps)
    return bool(seen.messages) and not brought


def sounds(scene: Scene) -> list[str]:
    """What the phone has been brought to hear, by the names of the files in the store."""
    return [hashlib.sha256(shown.media.data).hexdigest() for shown in scene.media if shown.media]


def bodies(scene: Scene, path: str) -> list[Any]:
    return [seen.body for seen in scene.door.sandbox.requests if seen.method == "POST" and seen.path == path]


def judge_clone(scene: Scene, first: Life, seen: Seen) -> None:
    """Cloned once at most, and a voice is there exactly when its order has brought it."""
    judge_jobs(scene)
    judge_sent(scene, UPLOAD, 1)
    judge_sent(scene, CLONE, 1)
    [(job_id, state)] = scene.books.rows("SELECT id, state FROM jobs")
    voices = scene.books.rows("SELECT job_id, used_ms > 0, gone FROM voices")
    assert [(of, bool(used), bool(gone)) for of, used, gone in voices] == [(job_id, True, False)] * (state == "done")
    assert (state == "done") <= len(sounds(scene)) <= (state == "done") + unwritten(first, seen)


def judge_anew(scene: Scene, first: Life, seen: Seen) -> None:
    """The voice is there again exactly when this order has brought it; it was there before."""
    judge_sent(scene, CLONE, 2)
    *_, (job_id, state) = scene.books.rows("SELECT id, state FROM jobs ORDER BY number")
    [(of, gone)] = scene.books.rows("SELECT job_id, gone FROM voices")
    assert (of, bool(gone)) == (job_id, state != "done")
    assert not scene.saying("do not have that order")
    assert (state == "done") <= len(sounds(scene)) - 1 <= (state == "done") + unwritten(first, seen)
    names = [body["voice_id"] for body in bodies(scene, CLONE)]
    assert len(set(names)) == len(names)


def judge_parts(scene: Scene, first: Life, seen: Seen, *, path: str) -> None:
    """One message of all parts. Each is asked for once, and paid if it came, whatever becomes of the whole."""
    judge_jobs(scene)
    pieces = scene.books.rows("SELECT id, state FROM jobs WHERE part_of <> ''")
    [(state,)] = scene.books.rows("SELECT state FROM jobs WHERE part_of = ''")
    judge_sent(scene, path, len(pieces))
    assert len(pieces) > 1
    if path == SPEECH:
        said = Counter(body["input"] for body in bodies(scene, path))
        assert set(said.values()) <= {1}, "a part is spoken twice"
        assert (state == "done") == all(piece == "done" for _, piece in pieces)
        judge_told(scene, first, seen, done=int(state == "done"), failed=int(state != "done"))
        return
    written = [shown for shown in scene.messages if "This recording has" in shown.text]
    assert (state == "done") <= len(written) <= (state == "done") + unwritten(first, seen)
    lost = sum(piece != "done" for _, piece in pieces)
    assert lost <= AT_ONCE and state == ("failed" if lost == len(pieces) else "done")
    gaps = f"could not hear {lost} of {len(pieces)} parts"
    assert all((gaps in shown.text) == bool(lost) for shown in written)


def judge_spoken(scene: Scene, first: Life, seen: Seen) -> None:
    """What is heard is the answer: its sentences in their order, none twice and none that is not there to be read; and what
    was once ordered is brought, or has come to nothing and is given back."""
    judge_jobs(scene)
    [(answer, ending, locale)] = scene.books.rows("SELECT answer, ending, locale FROM turns")
    assert locale == "en"
    rows = scene.books.rows("SELECT id, prompt, state, results, behind FROM jobs ORDER BY number")
    assert [behind for *_, behind in rows] == ["", *(job_id for job_id, *_ in rows)][: len(rows)]
    pieces = [str(prompt) for _, prompt, *_ in rows]
    words = words_of(str(answer))
    rest = unsaid(words, pieces)
    assert rest == words[len(words) - len(rest) :] and len(words) - len(rest) >= sum(map(len, pieces))
    if ending == "complete":
        assert not rest, "something was left unsaid"
    judge_sent(scene, SPEECH, len(pieces))
    assert set(Counter(body["input"] for body in bodies(scene, SPEECH)).values()) <= {1}, "said twice"
    made = {result["media"]: number for number, row in enumerate(rows) for result in json.loads(str(row[3]) or "[]")}
    heard = [made[name] for name in sounds(scene)]
    assert heard == sorted(heard), "out of order"
    done = [number for number, row in enumerate(rows) if row[2] == "done"]
    assert set(heard) == set(done), "ordered and lost"
    assert len(heard) - len(done) <= 1


# --- at every commit --------------------


async def test_a_voice_that_is_cloned(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(nursery, tmp_path, agree, judge_clone, prepare=asked_to_agree, alike=1)
    assert [word in str(steps) for word in ("voices.add", "jobs.add", "sending", "waiting", "ready", "done")] == [
        True
    ] * 6


async def test_a_voice_that_is_cloned_anew(nursery: Nursery, tmp_path: Path) -> None:
    await crash_everywhere(nursery, tmp_path, clone_anew, judge_anew, prepare=lost, since="jobs.add", alike=1)


async def test_a_long_text_that_is_spoken(nursery: Nursery, tmp_path: Path) -> None:
    judged = partial(judge_parts, path=SPEECH)
    steps = await crash_everywhere(
        nursery, tmp_path, lambda scene: scene.say(f"/say {LONG_TEXT}"), judged, prepare=furnished, since="jobs.add",
        alike=1,
    )  # fmt: skip
    assert "jobs.save:ready" in str(steps)


async def test_an_answer_that_is_spoken_while_it_is_written(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(
        nursery, tmp_path, lambda scene: scene.say("Tell me about owls"), judge_spoken, prepare=listening,
        since="add_turn", alike=2,
    )  # fmt: skip
    answered = next(at for at, step in enumerate(steps) if "answered" in step)
    assert sum("jobs.add" in step for step in steps[:answered]) >= 2, "nothing was spoken before the end"


async def test_a_recording_that_is_written_down(nursery: Nursery, tmp_path: Path) -> None:
    def show(scene: Scene) -> None:
        scene.telegram.phone.document(scene.ann, scene.ann, tune(7), "memo.mp3", "audio/mpeg", "/transcribe")

    judged = partial(judge_parts, path=HEARING)
    await crash_everywhere(nursery, tmp_path, show, judged, prepare=furnished, since="jobs.add", alike=1)
