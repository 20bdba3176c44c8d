"""The entries of the contract's chapter "Claude's own format", as people play them."""

from __future__ import annotations

from tests.whole.hands import Hands, text_of
from tests.whole.scenes_openai import cited, summarised
from tests.whole.things import pdf
from tests.whole.wire import CHAT, CLAUDE, asked, inline, only, paths

HAIKU = "claude-haiku-4-5-20251001"


async def by_chat(ann: Hands) -> None:
    await ann.uses("model", HAIKU)
    assert "hello there" in text_of(await ann.says("hello there"))
    body = only(ann, CHAT)
    assert body["model"] == HAIKU and body["stream"] is True


async def search(ann: Hands) -> None:
    await ann.uses("model", HAIKU)
    (answer,) = await ann.uses("search", "what good news is there today?")
    cited(answer)
    tools = only(ann, CLAUDE)["tools"]
    assert {"type": "web_search_20250305", "name": "web_search", "max_uses": 5} in tools


async def structured(ann: Hands) -> None:
    """The running summary, in a house whose summaries Claude writes."""
    await summarised(ann)
    (body,) = asked(ann, CLAUDE)
    form = body["output_config"]["format"]
    assert form["type"] == "json_schema" and "summary" in form["schema"]["properties"]


async def function_call(ann: Hands) -> None:
    """While it thinks, which only its own format can go on with after a call."""
    await ann.uses("model", HAIKU)
    await ann.uses("think", "high")
    assert "84" in text_of(await ann.says("what is 12*7?"))
    assert paths(ann) == [CLAUDE, CLAUDE]
    first, second = asked(ann, CLAUDE)
    assert "calculate" in [tool.get("name") for tool in first["tools"]] and first["stream"] is True
    said, result = second["messages"][-2:]
    kinds = [block["type"] for block in said["content"]]
    assert kinds[0] == "thinking" and said["content"][0]["signature"] and "tool_use" in kinds
    (told,) = result["content"]
    assert (result["role"], told["type"]) == ("user", "tool_result") and "84" in str(told["content"])


async def thinking(ann: Hands) -> None:
    await ann.uses("model", HAIKU)
    await ann.uses("think", "max")
    (answer,) = await ann.says("which weighs more, feathers or gold?")
    assert "First I read the question" in answer.fold and "feathers" in answer.text
    body = only(ann, CLAUDE)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": body["thinking"]["budget_tokens"]}
    assert 1024 <= body["thinking"]["budget_tokens"] < body["max_tokens"]


async def pdf_file(ann: Hands) -> None:
    await ann.uses("model", HAIKU)
    seen = await ann.says("what is this about?", pdf())
    assert "You attached" in text_of(seen) and "owls.pdf" in text_of(seen).replace("\\", "")
    blocks = only(ann, CLAUDE)["messages"][-1]["content"]
    (document,) = [block for block in blocks if block["type"] == "document"]
    assert document["source"] == {"type": "base64", "media_type": "application/pdf", "data": inline(pdf().data)}
    assert document["title"] == "owls.pdf"


async def streamed(ann: Hands) -> None:
    """The line falls silent in the middle of the answer; what has come is on the screen all the same."""
    await ann.uses("model", HAIKU)
    await ann.uses("think", "low")
    assert "You asked" in (await ann.watches("hello there [never]", "You asked")).text
    assert only(ann, CLAUDE)["stream"] is True
