"""Midjourney on every front end: the entries of the gateway contract's coverage table (images 0), and what makes it better
than the original. The entry "根据ID列表查询任务" needs several orders at once: `test_many_are_asked_for_in_one_request`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bots.sandbox.faults import Drop
from tests.whole import scenes_midjourney
from tests.whole.hands import Hands, Seen
from tests.whole.rig import Whole
from tests.whole.scenes_midjourney import grid
from tests.whole.test_coverage import Entry
from tests.whole.things import drawing, photo, sides
from tests.whole.wire import asked, mj, paths

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = scenes_midjourney.CONFIG
LIST = "/mj/task/list-by-condition"

COVERAGE = (
    Entry("Midjourney / 上传图片", scenes_midjourney.styled),
    Entry("Midjourney / 提交Imagine任务", scenes_midjourney.imagined),
    Entry("Midjourney / 根据任务ID 查询任务状态", scenes_midjourney.looked_at),
    Entry("Midjourney / 获取任务图片的seed", scenes_midjourney.seed),
    Entry("Midjourney / 执行Action动作", scenes_midjourney.acted),
    Entry("Midjourney / 提交Blend任务", scenes_midjourney.blended),
    Entry("Midjourney / 提交Describe任务", scenes_midjourney.described),
    Entry("Midjourney / 提交Modal", scenes_midjourney.windows),
)


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.scene.__name__) for entry in COVERAGE])
async def test_entry(entry: Entry, ann: Hands) -> None:
    await entry.scene(ann)


# --- while it is drawn --------------------


@pytest.fixture
def kiln(whole: Whole) -> Iterator[Kiln]:
    kiln = Kiln(whole)
    yield kiln
    kiln.done()


class Kiln:
    """What the gateway is drawing goes on only when the test says so."""

    def __init__(self, whole: Whole) -> None:
        self._behaviour = behaviour = whole.house.gateway.behaviour
        self._before = behaviour.mj.polls, behaviour.mj.task_s, behaviour.clock
        self._percent = 0.0
        behaviour.mj.polls, behaviour.mj.task_s, behaviour.clock = None, 100.0, lambda: self._percent

    def reach(self, percent: float) -> None:
        self._percent = percent

    def done(self) -> None:
        self._percent = 1_000.0
        self._behaviour.mj.polls, self._behaviour.mj.task_s, self._behaviour.clock = self._before


async def test_it_is_seen_while_it_is_drawn(ann: Hands, kiln: Kiln, whole: Whole) -> None:
    """The acknowledgement becomes a picture, which is exchanged when there is more of it, and only then."""

    def previews() -> list[Seen]:
        return [seen for seen in ann.sees() if seen.files and "▰" in (seen.text if ann.platform != "console" else "▰")]

    def line() -> str:
        return next(seen.text for seen in reversed(ann.sees()) if "In the making" in seen.text)

    await ann.use("mj", "a lone tree")
    await ann.until(lambda: any("In the making" in seen.text for seen in ann.sees()), "that it is made")
    await whole.in_seconds(4)
    kiln.reach(40)
    await ann.until(lambda: previews() and "▰▰▰▰▱▱▱▱▱▱ 40 %" in line(), "a first look")
    (first,) = previews()
    assert ann.platform == "console" or first.buttons == ("Cancel",)
    await looked_at_again(ann, 1)
    calls = changes(ann, whole)
    await looked_at_again(ann, 3)
    assert changes(ann, whole) == calls, "changed without news"
    await whole.in_seconds(25)
    kiln.reach(70)
    await ann.until(lambda: "▰▰▰▰▰▰▰▱▱▱ 70 %" in line(), "a second look")
    second = previews()[-1]
    assert second.files != first.files
    kiln.done()
    made = await ann.gets("midjourney · 10 credits\na lone tree")
    assert made.buttons[:9] == scenes_midjourney.GRID
    await ann.until(lambda: len([seen for seen in ann.sees() if seen.files]) == 1, "that the preview is gone")
    if ann.platform == "discord":  # on Telegram a message cannot be without its picture again, so it is gone
        (ready, _) = ann.sees()
        assert ready.text == "✓ The picture is ready, see below." and ready.buttons == ()


async def looked_at_again(ann: Hands, times: int) -> None:
    before = len(ann.house.gateway.requests)
    await ann.behind_the_scenes(lambda: len(ann.house.gateway.requests) > before + times)


def changes(ann: Hands, whole: Whole) -> int:
    """How often a message was changed so far."""
    if ann.platform == "telegram":
        return sum(call.method.startswith("editMessage") for call in whole.telegram.calls)
    if ann.platform == "discord":
        return sum(call.method == "PATCH" for call in whole.discord.phone.calls)
    return len(ann.sees())


async def test_many_are_asked_for_in_one_request(ann: Hands, kiln: Kiln) -> None:
    for words in ("an oak", "a birch", "a pine"):
        await ann.use("mj", words)
    await ann.behind_the_scenes(lambda: any(len(body["ids"]) == 3 for body in asked(ann, LIST)))
    kiln.done()
    for words in ("an oak", "a birch", "a pine"):
        made = await ann.gets(words)
        assert made.buttons[:9] == scenes_midjourney.GRID
    assert paths(ann).count(mj("imagine")) == 3


# --- more of it --------------------


async def test_the_four_of_a_grid(ann: Hands) -> None:
    made = await grid(ann, "a lone tree")
    await ann.press(made, "Tiles")
    await ann.hears("The four pictures one by one.")
    tiles = [data for seen in ann.sees() for data in seen.files][1:]
    wide, high = sides(made.files[0])
    assert [sides(tile) for tile in tiles] == [(wide // 2, high // 2)] * 4 and len({*tiles}) == 4


async def test_an_anime_model(ann: Hands) -> None:
    """As a model, and by the flag that people paste."""
    await ann.uses("mj", "a cat girl", model="niji")
    await ann.gets("niji · 10 credits\na cat girl")
    await ann.uses("mj", "an owl girl --niji 6")
    await ann.gets("an owl girl")
    first, second = asked(ann, mj("imagine"))
    assert first["botType"] == second["botType"] == "NIJI_JOURNEY"
    assert re.fullmatch(r"a cat girl --niji \d", first["prompt"]) and second["prompt"] == "an owl girl --niji 6"


async def test_another_speed(ann: Hands) -> None:
    """Its tasks live under a path of their own."""
    await ann.uses("mj", "a lone tree", model="midjourney-relax")
    made = await ann.gets("midjourney-relax · ")
    await ann.press(made, "U4")
    await ann.gets("midjourney-relax · U4 · ")
    roots = {request.path.split("/")[1] for request in ann.house.gateway.requests if request.method == "GET"}
    assert roots == {"mj-relax", "files"} and paths(ann) == [
        "/mj-relax/mj/submit/imagine",
        "/mj-relax/mj/submit/action",
    ]


@pytest.mark.parametrize("platform", ["telegram", "console"], indirect=True)
async def test_the_part_that_is_drawn(ann: Hands) -> None:
    """Where no form is in the way, which takes no file."""
    large = await scenes_midjourney.pressed(ann, await grid(ann, "a lone tree"), "U1")
    which = await ann.presses(large, "Vary (Region)", "Which part shall change?")
    question = await ann.presses(which, "I draw it", "Send me your drawing")
    await ann.write("a red kite", drawing(square=True), reply_to=question if ann.can_reply else None)
    await ann.gets("Vary (Region) · 10 credits\na red kite")
    (window,) = asked(ann, mj("modal"))
    scenes_midjourney.assert_mask(window["maskBase64"], large, left=False)


async def test_windows_that_nobody_announced(ann: Hands) -> None:
    """With remix on, a variation waits for words too, and the relay says that it was simply accepted."""
    pool = ann.house.gateway.behaviour.mj
    made = await grid(ann, "a lone tree")
    pool.remix, pool.rewrites = True, "stock"
    try:
        await scenes_midjourney.pressed(ann, made, "V3")
    finally:
        pool.remix, pool.rewrites = False, ""
    (window,) = asked(ann, mj("modal"))
    assert window["prompt"] == "a lone tree" and window["taskId"] != asked(ann, mj("action"))[0]["taskId"]


# --- what goes wrong --------------------


@pytest.mark.parametrize(
    ("words", "flag"),
    [("a tree --fast", "“--fast”"), ("a tree —turbo", "“--turbo”"), ("a tree --repeat 10", "“--repeat”")],
)
async def test_a_smuggled_flag_is_refused_by_name(ann: Hands, words: str, flag: str) -> None:
    spent = ann.house.spent()
    (said,) = await ann.uses("mj", words)
    assert f"There is no option {flag}" in said.text and "--ar, --v, " in said.text and "--sref" in said.text
    assert paths(ann) == [] and ann.house.spent() == spent


async def test_a_flag_with_a_value_that_does_not_fit(ann: Hands) -> None:
    (said,) = await ann.uses("mj", "a tree --s 5000")
    assert "5000" in said.text and "0–1000" in said.text and paths(ann) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("a tree [banned nude]", "does not draw “nude”. Leave that word out; nothing was charged."),
        ("a tree [refuse]", "refused this request because of its content rules"),
        ("a tree [noimage]", "finished but sent no result"),
        ("a tree [code 4]", "othing was charged"),
    ],
)
async def test_a_refusal_costs_nothing(ann: Hands, words: str, sentence: str) -> None:
    spent = ann.house.spent()
    await ann.uses("mj", words)
    said = await ann.hears(sentence)
    assert "Try again" in said.buttons and ann.house.spent() == spent
    assert not any(seen.files for seen in ann.sees())


async def test_a_broken_line_is_not_repeated(ann: Hands) -> None:
    """Neither that of an order nor that of an answer to a window."""
    spent = ann.house.spent()
    ann.house.gateway.behaviour.script(f"POST {mj('imagine')}", Drop("answer"))
    await ann.uses("mj", "a lone tree")
    lost = await ann.hears("I cannot tell whether it arrived. Your credits are back")
    assert paths(ann) == [mj("imagine")] and ann.house.spent() == spent
    await ann.press(lost, "Try again")
    await ann.gets("midjourney · 10 credits\na lone tree")
    assert paths(ann) == [mj("imagine")] * 2 and ann.house.spent() - spent == 100_000


# --- in Chinese --------------------


async def test_in_chinese(ann: Hands) -> None:
    """A picture, a press, a window, a description and a refusal: nothing is said in English but Midjourney's own labels."""
    await ann.uses("language", "zh")
    await ann.uses("mj", "一棵树")
    made = await ann.gets("一棵树")
    assert made.text.startswith("midjourney · 10 积分\n一棵树")
    assert made.buttons[:9] == scenes_midjourney.GRID
    await ann.press(made, "U1")
    large = await ann.gets("midjourney · U1 · 5 积分")
    await ann.tells(large, "Custom Zoom", "山上的树", asked="下一条消息")
    await ann.gets("山上的树")
    await scenes_midjourney.deed(ann, "describe", "", photo())
    await ann.hears("midjourney · 识图 · 5 积分")
    assert asked(ann, mj("describe"))[0]["language"] == "zh"
    await ann.press(made, "种子")
    await ann.hears("种子")
    await ann.uses("mj", "一棵树 --fast")
    await ann.hears("“--fast”")
    await ann.uses("mj", "一棵树 [banned nude]")
    await ann.hears("“nude”")
    await ann.uses("gallery")
    assert "较新" not in str((await ann.hears("1. midjourney · 10 积分")).buttons)  # a description is no page of it
    said = "\n".join(re.sub(OWN, "", text) for seen in ann.sees() for text in (seen.text, *seen.buttons))
    assert not re.findall(r"[A-Za-z]{2,}", said)


OWN = (
    r"Saved: \S+|\S+/\S+|midjourney|Upscale \(\w+\)|Vary \(\w+\)|Zoom Out [\d.]+x|Custom Zoom|\bnude\b|\[banned nude\]"
    r"|AI 服务|--\w+|/\w+|#[0-9a-f]{6}"
)
"""What may stand in a Chinese chat: names, flags, commands, and the family's own labels."""
