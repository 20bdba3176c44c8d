"""The pages about films: the table is that of the catalogue, and every example is typed and orders what the page says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.commands.roles import ROLES
from bots.texts import LOCALES, Texts
from core.catalog import load_catalog
from core.film_deeds import Deed
from core.film_modes import OFFERED, REFERENCE, VOICE
from core.fitting import Fitted
from core.linking import Linking
from core.plans import Plan
from core.rows import READERS
from core.values import KIND_OF_ROLE, Artifact, Attachment, Job, Kind, Place, ReplyTo, Sender
from tests.commands.rig import HeldClock, Rig, shown
from tests.docs import film_rows
from tests.docs.pages import blocks, code_spans, text_of
from tests.stores import open_test_store

CATALOG = load_catalog()
LANGUAGE = {"docs/films.md": "en", "docs/films.zh.md": "zh"}
LIVES = {"en": "100", "zh": "300"}
SENT: dict[str, tuple[Kind, ...]] = {
    "text": (),
    "image": ("image",),
    "frames": ("image", "image"),
    "references": ("image", "image", "image"),
    "edit": ("video",),
    "extend": ("video",),
    "motion": ("image", "video"),
    "avatar": ("image", "audio"),
    "omni": ("image", "video", "audio"),
}
"""What the table says that people send, by the mode it becomes."""
MADE: dict[str, tuple[str, list[str]]] = {
    "text": ("", []),
    "image": ("", ["first_frame"]),
    "frames": ("", ["first_frame", "last_frame"]),
    "references": ("", [REFERENCE] * 3),
    "edit": ("edit", ["video"]),
    "extend": ("extend", ["video"]),
    "motion": ("motion", ["first_frame", "motion"]),
    "avatar": ("avatar", ["first_frame", VOICE]),
    "omni": ("", [REFERENCE] * 3),
}
"""The action of the order and the roles of its files."""
BYTES: dict[Kind, bytes] = {"image": b"png", "video": b"film", "audio": b"voice"}
MIMES: dict[Kind, str] = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg"}
TROUBLES = (
    "error-real-face",
    "error-copyrighted",
    "error-moderated",
    "error-sound-withheld",
    "error-file-format",
    "error-no-link",
    "error-task-expired",
    "error-unsure",
)
DEEDS: tuple[Deed | str, ...] = (
    "edit", "longer", "sound", "upscale", "again", "still", "gif", "file", "delete", "check", "cancel", "show", "retry",
    "film", "cut-anew", "shot-words", "shot-remove", "shot-add",
)  # fmt: skip
"""Buttons that the page names."""


def cells(page: str) -> list[list[str]]:
    """Of every line of every table."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text_of(page).split("\n")
        if line.startswith("|")
    ]


def modes(page: str) -> dict[str, str]:
    """The first table: a mode -> its example."""
    return {row[2].strip("`"): row[3].strip("`") for row in cells(page) if len(row) == 4 and "`/video" in row[3]}


def file_of(kind: Kind) -> Attachment:
    return Attachment(kind, kind, mime=MIMES[kind], name=f"file.{MIMES[kind][-3:]}", size=len(BYTES[kind]))


def examples(page: str, command: str) -> list[str]:
    """Those outside the first table."""
    listed = set(modes(page).values())
    return [span for span in code_spans(text_of(page)) if span.startswith(f"/{command} ") and span not in listed]


def brought(words: str) -> tuple[Kind, ...]:
    """The files that such words speak of."""
    roles = [ROLES[name] for name in re.findall(rf"({'|'.join(ROLES)}):", words)]
    if roles:
        return tuple(KIND_OF_ROLE.get(role, "image") if role != REFERENCE else "image" for role in roles)
    if "--say" in words:
        return ("image",)
    return ("video",) if "--keep_sound" in words else ()


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """With the catalogue as it is built in, people who can pay, and a world that reaches it."""
    monkeypatch.setattr("tests.commands.rig.CONFIG", {})
    clock = HeldClock()
    async with open_test_store("sqlite", tmp_path, clock) as store:
        rig = Rig(store, clock, tmp_path / "media")
        plans: Any = rig.rules.plans
        plans["default"] = Plan(daily=1_000_000_000, open_jobs=99, turns_per_minute=99)
        rig.outlet.files |= {str(kind): data for kind, data in BYTES.items()}

        async def inspect(key: str, _declared: str) -> Artifact:
            data = await rig.media.read(key)
            kind = next(kind for kind, each in BYTES.items() if each == data)
            return Artifact(
                kind,
                media=key,
                mime=MIMES[kind],
                width=1280,
                height=720,
                duration_s=0 if kind == "image" else 6,
                size=4,
            )

        async def fit(key: str, _limits: object) -> Fitted:
            return Fitted(await inspect(key, ""))

        async def nobody(*_: object) -> None:
            """No model cuts scripts, so they are cut where their sentences end."""

        orders, eyes, scripting = vars(rig.orders), vars(rig.services.renditions), vars(rig.services.scripting)
        orders["_linking"] = Linking(shown)
        eyes["inspect"], eyes["fit"] = inspect, fit
        scripting["_asked"] = nobody
        yield rig


def someone(language: str) -> dict[str, Any]:
    name = LIVES[language]
    return {"place": Place("telegram", name, private=True), "sender": Sender("telegram", name, "ann", language)}


async def ordered(rig: Rig, words: str, files: tuple[Kind, ...], language: str) -> Job:
    """What became of a message."""
    who = someone(language)
    incoming = rig.incoming(words, attachments=tuple(file_of(kind) for kind in files), **who)
    await rig.journal(incoming)
    said = await rig.handle(incoming)
    found = [job for job in await rig.jobs(who["sender"]) if job.origin_id == incoming.message_id]
    assert len(found) == 1, (words, [each.text for each in said])
    return found[0]


# --- the models --------------------


@pytest.mark.parametrize("page", LANGUAGE)
def test_the_table_of_models_is_that_of_the_catalogue(page: str) -> None:
    lines = text_of(page).split("\n")
    wanted = film_rows.table(film_rows.PAGES[page])
    at = lines.index(wanted[0])
    found = [line for line in lines[at + 2 :][: len(wanted)] if line.startswith("|")]
    assert found == wanted[1:], "print it anew: python -m tests.docs.film_rows"


@pytest.mark.parametrize("page", LANGUAGE)
def test_rows_and_switches_that_are_named_exist(page: str) -> None:
    fields = {*READERS, *(name for spec in CATALOG.visible("video") for name in spec.extra)}
    unsure = [cell for row in cells(page)[-11:] for cell in re.findall(r"`([\w.-]+)`", row[-1])]
    assert len(unsure) > len(fields & set(unsure)) > 10
    assert all(name in fields or CATALOG.find(name) is not None for name in unsure), unsure


# --- what people type --------------------


@pytest.mark.parametrize("page", LANGUAGE)
def test_every_mode_is_listed(page: str) -> None:
    able = {mode for mode in OFFERED if any(mode in spec.modes for spec in CATALOG.visible("video"))}
    assert modes(page).keys() == able | {"image", "text"} == SENT.keys()


@pytest.mark.parametrize("page", LANGUAGE)
async def test_files_become_what_the_table_says(rig: Rig, page: str) -> None:
    for mode, words in modes(page).items():
        job = await ordered(rig, words, SENT[mode], LANGUAGE[page])
        assert (job.action, [part.role for part in job.inputs]) == MADE[mode], words


@pytest.mark.parametrize("page", LANGUAGE)
async def test_a_picture_beside_a_film_is_its_model(rig: Rig, page: str) -> None:
    job = await ordered(rig, modes(page)["edit"], ("video", "image"), LANGUAGE[page])
    assert (job.action, [part.role for part in job.inputs]) == ("edit", ["video", REFERENCE])


async def test_files_of_a_message_that_is_replied_to_count_beside_others_of_another_kind(rig: Rig) -> None:
    who, reply = someone("en"), ReplyTo("7", attachments=(file_of("video"),))
    await rig.message("/video make it winter", reply=reply, **who)
    await rig.message("/video make it winter", reply=reply, attachments=(file_of("image"),), **who)
    await rig.message("/video make it winter", reply=reply, attachments=(file_of("video"),), **who)
    newest, both, first = await rig.jobs(who["sender"])
    assert [part.kind for part in first.inputs] == ["video"]
    assert [part.kind for part in both.inputs] == ["video", "image"]
    assert [part.kind for part in newest.inputs] == ["video"]


@pytest.mark.parametrize("page", LANGUAGE)
async def test_every_other_example_orders_a_film(rig: Rig, page: str) -> None:
    who = someone(LANGUAGE[page])
    [asset] = [span for span in examples(page, "assets") if "NAME" not in span]
    await rig.message(asset, attachments=(file_of("image"),), **who)
    async with rig.store.begin() as tx:
        [kept] = await tx.assets.of_person((await rig.person(who["sender"])).id)
        await tx.assets.save(replace(kept, state="active", remote_id="asset-1"), kept.version)
    typed = examples(page, "video")
    assert len(typed) >= 7
    for words in typed:
        job = await ordered(rig, words, brought(words), LANGUAGE[page])
        named = re.search(r"--model ([\w.-]+)", words)
        assert not named or job.model == named[1]
        assert "@" not in words or [part.media for part in job.inputs] == [f"asset:{kept.id}"]
        assert "--" not in job.prompt and ":" not in job.prompt
    [spoken] = [job for job in await rig.jobs(who["sender"]) if job.action == "avatar"]
    async with rig.store.read() as tx:
        assert len(await tx.jobs.pieces(spoken.id)) == 1, "the words are read aloud first"


@pytest.mark.parametrize("page", LANGUAGE)
async def test_the_list_of_shots_is_shown_as_it_comes(rig: Rig, page: str) -> None:
    first, second = examples(page, "storyboard")
    [board] = blocks(text_of(page), "text")
    [said] = await rig.message(first, **someone(LANGUAGE[page]))
    assert said.text == board.strip()
    [other] = await rig.message(second, **someone(LANGUAGE[page]))
    way = Texts(rig.rules.credit)(LANGUAGE[page], "board-way", way="joined")
    assert way in other.text


# --- what people see --------------------


@pytest.mark.parametrize("page", LANGUAGE)
def test_buttons_are_called_so(page: str) -> None:
    words, text = Texts(10_000), text_of(page)
    for deed in DEEDS:
        label = words(LANGUAGE[page], f"button-{deed}", price="").strip(" ·")
        assert re.search(rf"(?:\*|\| |· ){re.escape(label)}(?:\*| \||  ?·)", text), label
    assert f"*{words(LANGUAGE[page], 'button-redo', number=2)}*" in text


@pytest.mark.parametrize("page", LANGUAGE)
def test_troubles_are_told_in_the_words_of_the_bot(page: str) -> None:
    words, text = Texts(10_000), text_of(page)
    rows = [row[0] for row in cells(page) if len(row) == 2][-len(TROUBLES) :]
    for key, told in zip(TROUBLES, rows, strict=True):
        assert told in words(LANGUAGE[page], key, kind="video"), key
    fitted = words(LANGUAGE[page], "fit-trimmed", kind="video", value="10")
    changed = words(
        LANGUAGE[page], "fit-and", before=fitted, after=words(LANGUAGE[page], "fit-converted", kind="image")
    )
    assert f"*{words(LANGUAGE[page], 'fit-told', changes=changed)}*" in text


def test_both_languages_are_here() -> None:
    assert set(LANGUAGE.values()) == set(LOCALES)
