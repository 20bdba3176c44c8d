"""The entries of the contract's chapters "Chat" and "Responses", as people play them."""

from __future__ import annotations

import re

from tests.whole.hands import Hands, Seen, text_of
from tests.whole.things import chapters
from tests.whole.wire import CHAT, RESPONSES, asked, only, paths


async def any_model(ann: Hands) -> None:
    """One that the gateway lists and no row names."""
    assert "deepseek-v3.2" in text_of(await ann.uses("model", "deepseek-v3.2"))
    seen = await ann.says("hello there")
    assert "hello there" in text_of(seen) and "built-in sandbox" in text_of(seen)
    body = only(ann, CHAT)
    assert body["model"] == "deepseek-v3.2" and body["stream"] is True
    assert body["messages"][-1]["content"] == "hello there"


async def function_call(ann: Hands) -> None:
    await ann.uses("model", "gpt-4.1")
    assert "84" in text_of(await ann.says("what is 12*7?"))
    assert paths(ann) == [CHAT, CHAT]
    first, second = asked(ann, CHAT)
    assert "calculate" in [tool["function"]["name"] for tool in first["tools"]]
    said, result = second["messages"][-2:]
    (call,) = said["tool_calls"]
    assert (result["role"], result["tool_call_id"]) == ("tool", call["id"]) and "84" in result["content"]


async def structured(ann: Hands) -> None:
    """The running summary, which the bot has made of a conversation that is too long to be told whole."""
    await summarised(ann)
    (body,) = [body for body in asked(ann, CHAT) if "response_format" in body]
    form = body["response_format"]
    assert form["type"] == "json_schema" and "summary" in form["json_schema"]["schema"]["properties"]
    assert "第2章：谷仓里的猫头鹰" in body["messages"][-1]["content"]


async def summarised(ann: Hands) -> None:
    """Made behind the scenes, and shown when the person asks for it."""
    (before,) = ann.house.rows("SELECT COUNT(*) FROM summaries")
    for chapter in chapters(ann.paste_most):
        await ann.says(chapter)
    await ann.behind_the_scenes(lambda: ann.house.rows("SELECT COUNT(*) FROM summaries") != [before])
    assert "reads its last part word by word" in text_of(await ann.uses("summary"))


async def effort_by_chat(ann: Hands) -> None:
    await ann.uses("model", "gpt-5.1")
    assert "without thinking first" in text_of(await ann.uses("think", "off"))
    assert "hello" in text_of(await ann.says("hello"))
    assert only(ann, CHAT)["reasoning_effort"] == "none"


# --- Responses --------------------


async def response(ann: Hands) -> None:
    """A model that lives nowhere else."""
    await ann.uses("model", "o3-pro")
    assert "hello there" in text_of(await ann.says("hello there"))
    body = only(ann, RESPONSES)
    assert body["model"] == "o3-pro" and body["input"][-1]["role"] == "user"


async def response_function_call(ann: Hands) -> None:
    await ann.uses("model", "o3-pro")
    assert "84" in text_of(await ann.says("what is 12*7?"))
    assert paths(ann) == [RESPONSES, RESPONSES]
    first, second = asked(ann, RESPONSES)
    tool = next(tool for tool in first["tools"] if tool.get("name") == "calculate")
    assert tool["type"] == "function" and "strict" in tool
    call, result = second["input"][-2:]
    assert (call["type"], result["type"]) == ("function_call", "function_call_output")
    assert call["call_id"] == result["call_id"] and "84" in result["output"]


async def response_streamed(ann: Hands) -> None:
    """The line falls silent in the middle of the answer; what has come is on the screen all the same."""
    await ann.uses("model", "o3-pro")
    assert "You asked" in (await ann.watches("hello there [never]", "You asked")).text
    assert only(ann, RESPONSES)["stream"] is True


async def response_effort(ann: Hands) -> None:
    await ann.uses("model", "gpt-5.1")
    assert "high effort" in text_of(await ann.uses("think", "high"))
    assert "feathers" in text_of(await ann.says("which weighs more, feathers or gold?"))
    assert only(ann, RESPONSES)["reasoning"]["effort"] == "high"


async def response_search(ann: Hands) -> None:
    (answer,) = await ann.uses("search", "what good news is there today?")
    cited(answer)
    tools = only(ann, RESPONSES)["tools"]
    assert "web_search" in [tool["type"] for tool in tools]


async def response_thinking(ann: Hands) -> None:
    await ann.uses("model", "gpt-5")
    await ann.uses("think", "medium")
    (answer,) = await ann.says("prove that the root of 2 is irrational")
    assert "First I read the question" in answer.fold and "root of 2" in answer.text
    assert only(ann, RESPONSES)["reasoning"] == {"effort": "medium", "summary": "auto"}


def cited(answer: Seen) -> None:
    """Numbered links where they belong, and the list of them at the end."""
    text = re.sub(r"\(<?http\S+\)", "", answer.text.replace("\\", "")).replace("[[", "[").replace("]]", "]")
    assert "made up by the sandbox. [1] The second page says that nothing is new today. [2]" in text
    assert "\n1. " in text and "\n2. " in text and "an overview" in text
    first, second = answer.links[-2:]
    assert re.fullmatch(r"https://example\.org/\w+/a(\?.*)?", first) and "/b" in second
    assert answer.links[:2] == (first, second) or answer.platform == "console"  # there a mark is a number
