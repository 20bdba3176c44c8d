"""Films through chat: what is sent, and what is read out of the words that come (gateway contract, chat 6). The streams in
`recorded/chat_video/` are the contract's: A to D are the four ways of telling, the others how it fails."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import Catalog, load_catalog
from core.errors import GatewayError, Moderated, NoResult, TaskFailed, Unsure
from core.gateway.sse import SseDecoder
from core.gateway.video import chat_video
from core.gateway.video.film_links import failure, film_link, without_thoughts
from core.gateway.wire import Broken, News, Ready, Submitted, WireReply
from core.values import Artifact, Json, Order, Part, Past

RECORDED = Path(__file__).with_name("recorded") / "chat_video"
CATALOG = load_catalog()
SORA = CATALOG.get("sora-2", "video")
GROK = CATALOG.get("grok-imagine-1.0-video", "video")
CAT = Part("image", data=b"\x89PNG", mime="image/png")
ORDER = Order("video", "sora-2", "a cat surfing")
FILM = "https://cdn.host/v/abc.mp4"


def recorded(name: str) -> bytes:
    return (RECORDED / f"{name}.sse").read_bytes()


def values(raw: bytes) -> tuple[list[Json], bool]:
    decoder = SseDecoder(1_000_000)
    found = []
    for payload in [*decoder.feed(raw), *decoder.flush()]:
        try:
            found.append(json.loads(payload))
        except ValueError:
            continue
    return found, decoder.done


def read(raw: bytes, order: Order = ORDER) -> tuple[Submitted, News]:
    reader = chat_video.order_reader(order, SORA)
    found, done = values(raw)
    for value in found:
        reader.feed(value)
    news = reader.news()
    return reader.outcome(complete=reader.finished or done), news


def chunk(content: object = None, finish: str | None = None, **more: object) -> bytes:
    delta = {"content": content, **more}
    value = {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def said(text: str, *, finish: str | None = "stop") -> bytes:
    return chunk(text) + (chunk("", finish) if finish else b"")


# --- what is sent --------------------


def body(order: Order, spec: object = None) -> dict[str, Json]:
    wire = chat_video.to_submit(order, spec or CATALOG.get(order.model, "video"))  # type: ignore[arg-type]
    assert (wire.method, wire.path, wire.form, wire.files) == ("POST", "/v1/chat/completions", (), ())
    assert isinstance(wire.json, dict)
    return wire.json


def test_a_film_from_words() -> None:
    assert body(replace(ORDER, prompt="a golden retriever astronaut")) == {
        "model": "sora-2",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": "a golden retriever astronaut"}],
        "stream": True,
    }
    shaped = body(replace(ORDER, options={"ratio": "9:16"}))
    assert shaped["messages"] == [{"role": "user", "content": "a cat surfing\n(竖屏, portrait 9:16)"}]


def test_a_film_from_a_picture() -> None:
    link = "data:image/png;base64," + base64.b64encode(CAT.data).decode()
    assert body(replace(ORDER, inputs=(CAT,)))["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a cat surfing"},
                {"type": "image_url", "image_url": {"url": link}},
            ],
        }
    ]
    [only] = body(replace(ORDER, prompt="", inputs=(CAT,)))["messages"]
    assert [part["type"] for part in only["content"]] == ["image_url"]


def test_a_film_that_is_changed() -> None:
    """Chat 6.3: the words of then byte for byte, and the film's id in the new instruction where the row says so."""
    first = "> ID: `task_01k7abcdef`\n\n> sid: s_68ec0123456789\n\n[x](https://cdn/x.mp4) 🏃 "
    past = (Past("a cat surfing", first), Past("slower", "no id here"))
    order = replace(ORDER, prompt="make it sunset", continues="j", past=past)
    assert body(order)["messages"] == [
        {"role": "user", "content": "a cat surfing"},
        {"role": "assistant", "content": first},
        {"role": "user", "content": "slower"},
        {"role": "assistant", "content": "no id here"},
        {"role": "user", "content": "make it sunset\n\ns_68ec0123456789"},
    ]
    silent = replace(SORA, extra={**SORA.extra, "past_id": ""})
    assert body(order, silent)["messages"][-1]["content"] == "make it sunset"
    unchanged = replace(SORA, extra={**SORA.extra, "continues": False})
    assert body(order, unchanged)["messages"] == [{"role": "user", "content": "make it sunset"}]


def test_grok() -> None:
    order = Order("video", GROK.name, "the cat waves", {"ratio": "16:9", "seconds": "10", "resolution": "720p"}, (CAT,))
    sent = body(order)
    assert (sent["model"], sent["stream"]) == ("grok-imagine-1.0-video", True)
    assert sent["video_config"] == {"aspect_ratio": "16:9", "video_length": 10, "resolution_name": "720p"}
    whole = body(replace(order, options={}), replace(GROK, extra={**GROK.extra, "stream": False}))
    assert whole["stream"] is False
    assert whole["video_config"] == {"aspect_ratio": "3:2", "video_length": 6, "resolution_name": "480p"}


# --- what comes --------------------


@pytest.mark.parametrize(
    ("name", "artifact", "news"),
    [
        ("a_progress_in_content", Artifact("video", url=FILM), News(76, "task_01k7abcdef")),
        ("a_click_here", Artifact("video", url="https://cdn.host/v/abc.mp4?sig=1&e=2"), News()),
        ("b_progress_in_thoughts", Artifact("video", url="https://cdn.host/tmp/abc.mp4"), News(42)),
        ("c_flow", Artifact("video", url="https://cdn.host/veo/xyz"), News()),
        ("d_grok_think", Artifact("video", url="https://host/files/video/abc.mp4"), News(85)),
        ("d_grok_source", Artifact("video", content="/v1/files/video/abc.mp4"), News(35)),
        ("d_grok_done", Artifact("video", url="https://host/files/video/abc"), News()),
    ],
)
def test_the_ways_of_telling(name: str, artifact: Artifact, news: News) -> None:
    outcome, told = read(recorded(name))
    assert isinstance(outcome, Ready)
    assert outcome.artifacts == (artifact,)
    assert told == news


def test_the_words_are_kept_byte_for_byte() -> None:
    raw = recorded("a_progress_in_content")
    outcome, _ = read(raw)
    assert isinstance(outcome, Ready)
    found, _ = values(raw)
    deltas = [value["choices"][0]["delta"].get("content") or "" for value in found]
    assert outcome.transcript == "".join(deltas)
    assert "🏃 进度 36.0%" in outcome.transcript


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("failed_reason", TaskFailed, "upstream worker lost"),
        ("failed_english", Moderated, "guardrails"),
        ("failed_bare", TaskFailed, "进度 36.0%"),
        ("failed_moderated", Moderated, "审核"),
        ("failed_error_line", TaskFailed, "generation_failed"),
        ("failed_no_link", TaskFailed, "available"),
    ],
)
def test_failures_are_told_under_success(name: str, kind: type[GatewayError], words: str) -> None:
    outcome, _ = read(recorded(name))
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is kind
    assert words in str(outcome.error)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (said(""), NoResult),
        (chunk("", "content_filter"), Moderated),
        (b'data: {"error":{"message":"x","code":"content_policy_violation"}}\n\n', Moderated),
        (b'data: {"error":{"message":"x","code":"task_not_exist"}}\n\n', TaskFailed),  # nothing to look at later
        (said("❌ 生成失败: TaskTimeout"), TaskFailed),
        (said("看预览 [数据预览](https://host/a.mp4) [raw](https://host/b.mp4) https://host/c.png"), TaskFailed),
        (said("❌ 生成失败: see https://help.host/rules"), TaskFailed),
    ],
)
def test_other_ends_without_a_film(raw: bytes, kind: type[GatewayError]) -> None:
    outcome, _ = read(raw)
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is kind


@pytest.mark.parametrize(
    "value",
    [
        {"choices": [{"message": {"role": "assistant", "content": "https://host/files/video/abc.mp4"}}]},
        {"choices": [{"message": {"content": [{"type": "text", "text": "[x](https://host/files/video/abc.mp4)"}]}}]},
    ],
)
def test_whole_answers(value: Json) -> None:
    film = (Artifact("video", url="https://host/files/video/abc.mp4"),)
    outcome = chat_video.parse_submit(WireReply(200, value), GROK)
    assert isinstance(outcome, Ready)
    assert outcome.artifacts == film
    reader = chat_video.order_reader(ORDER, GROK)
    reader.feed(value)
    assert reader.finished
    assert reader.outcome(complete=True) == outcome


@pytest.mark.parametrize("value", [None, [], {}, {"choices": 3}, {"choices": [{"message": None}]}, {"id": "x"}])
def test_what_is_no_answer_is_unsure(value: Json) -> None:
    with pytest.raises(Unsure):
        chat_video.parse_submit(WireReply(200, value), GROK)


# --- progress --------------------


def test_progress_never_goes_back_and_ends_below_a_hundred() -> None:
    reader = chat_video.order_reader(replace(ORDER, prompt="50% less"), SORA)
    told = []
    for text in ['```json\n{"prompt":"50%', ' less"}\n```\n', "> 排队中", "\n> 进度 3", "6.0%", "\n> 12%", "\n> 100%"]:
        reader.feed({"choices": [{"delta": {"content": text}}]})
        told.append(reader.news().progress)
    assert told == [-1, -1, -1, 3, 36, 36, 99]
    reader.feed({"choices": [{"delta": {"reasoning_content": "Progress**: 12% (processing)"}}]})
    assert reader.news().progress == 99


def test_an_id_counts_when_it_is_whole() -> None:
    reader = chat_video.order_reader(ORDER, SORA)
    told = []
    for text in ["> ID: `task_01k7", "abcdef", "`\n", "> [数据预览](https://h/p/1)"]:
        reader.feed({"choices": [{"delta": {"content": text}}]})
        told.append(reader.news().task_id)
    assert told == ["", "", "task_01k7abcdef", "task_01k7abcdef"]
    other = chat_video.order_reader(ORDER, SORA)
    other.feed({"choices": [{"delta": {"content": "[数据预览](https://h/p/1) | x"}}]})
    assert other.news().task_id == "https://h/p/1"


# --- addresses --------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("<video poster='https://h/p.mp4.jpg' src='https://h/a.mp4'></video> https://h/b.mp4", "https://h/a.mp4"),
        ('<video controls><source src="https://h/a?x=1&amp;y=2" type="video/mp4"></video>', "https://h/a?x=1&y=2"),
        ("[play](https://h/a.mp4) [download](https://h/b.mp4?e=1)", "https://h/b.mp4?e=1"),
        ("[x](https://h/one) [⏬ 下载视频](https://h/two) https://h/three", "https://h/two"),
        ("成片：https://h/a.mp4。请保存", "https://h/a.mp4"),
        ("[视频](/files/video/a.webm)", "/files/video/a.webm"),
        ("done\n/files/video/a.mov\n", "/files/video/a.mov"),
        ("<think>https://h/not.mp4</think>https://h/a.mp4", "https://h/a.mp4"),
        ("<think>https://h/not.mp4", ""),
        ("[预览](//h/a.mp4) javascript:a.mp4 file:///etc/a.mp4 https://h/a.gif", ""),
        ("https://mine/a.mp4", ""),
        ("https://[bad/a.mp4", "https://[bad/a.mp4"),  # whoever fetches it says no
    ],
)
def test_the_address_of_the_film(text: str, url: str) -> None:
    assert film_link(without_thoughts(text), complete=True, not_these={"https://mine/a.mp4"}) == url


def test_an_address_that_may_go_on_is_none() -> None:
    assert film_link("here: https://h/a.mp4", complete=False) == ""
    assert film_link("here: https://h/a.mp4 ", complete=False) == "https://h/a.mp4"
    assert film_link("[x](https://h/a.mp4", complete=False) == ""
    assert film_link("<video src='https://h/a.mp4", complete=False) == ""


@pytest.mark.parametrize(
    "piece",
    ["](https://", "[", "<video src='", "<think>", "https://", "/a ", "❌", "进度", "1.1", "s_0", "task_a", "```json"],
)
def test_hostile_words_take_no_time(piece: str) -> None:
    """Four hundred thousand characters of beginnings: linear, so far below a second."""
    reader = chat_video.order_reader(ORDER, SORA)
    text = piece * (400_000 // len(piece))
    for at in range(0, len(text), 40_000):
        reader.feed({"choices": [{"delta": {"content": text[at : at + 40_000], "reasoning_content": "1%" * 9_000}}]})
        reader.news()
    try:
        reader.outcome(complete=True)
    except Unsure:
        pytest.fail("it was complete")
    failure(text)


# --- any cut, any words --------------------

NAMES = sorted(path.stem for path in RECORDED.glob("*.sse"))


@pytest.mark.parametrize("name", NAMES)
def test_cut_at_every_byte(name: str) -> None:
    """Where the line breaks, the film of the whole, a failure, or nobody knows: never another address."""
    raw = recorded(name)
    whole, _ = read(raw)
    films = whole.artifacts if isinstance(whole, Ready) else ()
    seen: object = None
    for cut in range(len(raw)):
        if (found := values(raw[:cut])) == seen:
            continue
        seen = found
        try:
            outcome, news = read(raw[:cut])
        except Unsure:
            continue
        assert isinstance(outcome, Ready | Broken)
        if isinstance(outcome, Ready):
            assert outcome.artifacts == films
        else:
            assert not films, f"{name}[:{cut}]: {outcome}"
        assert -1 <= news.progress <= 99


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 3_000), max_size=8))
def test_any_pieces_give_the_same(name: str, cuts: list[int]) -> None:
    raw = recorded(name)
    expected, _ = read(raw)
    reader, decoder, last = chat_video.order_reader(ORDER, SORA), SseDecoder(1_000_000), 0
    payloads = []
    for cut in [*sorted(cuts), len(raw)]:
        payloads += decoder.feed(raw[last:cut])
        last = max(last, cut)
    for payload in [*payloads, *decoder.flush()]:
        reader.feed(json.loads(payload))
        reader.news()
    outcome = reader.outcome(complete=reader.finished or decoder.done)
    assert str(outcome) == str(expected)


def test_halves_of_characters_are_put_together() -> None:
    raw = chunk("\ud83c") + chunk("\udfc3\0")
    outcome, _ = read(raw + said(f"[x]({FILM})"))
    assert isinstance(outcome, Ready)
    assert outcome.transcript == f"🏃[x]({FILM})"


def test_the_words_that_are_kept_are_bounded() -> None:
    outcome, _ = read(said("字" * 100_000 + f" {FILM} "))
    assert isinstance(outcome, Ready)
    assert len(outcome.transcript.encode()) <= chat_video.TRANSCRIPT_BYTES
    assert outcome.transcript.endswith(f" {FILM} ")


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.sampled_from("<video src='\"=>[](])http:/.mp4 a❌失败%进度1\n"), max_size=60),
    complete=st.booleans(),
)
def test_any_words(text: str, complete: bool) -> None:
    url = film_link(text, complete=complete)
    assert not url or url.startswith(("http", "/"))
    reader = chat_video.order_reader(ORDER, SORA)
    reader.feed({"choices": [{"delta": {"content": text}}]})
    reader.news()
    try:
        assert isinstance(reader.outcome(complete=complete), Ready | Broken)
    except Unsure:
        assert not complete


def test_the_rows(catalog: Catalog) -> None:
    rows = [row for row in catalog.visible("video") if row.family == "chat_video"]
    assert [row.name for row in rows] == ["sora-2", "sora-2-pro", "grok-imagine-1.0-video"]
    assert all(row.price.estimated and row.max_inputs == 1 for row in rows)
    assert [row.extra["continues"] for row in rows] == [True, True, False]
