"""Every entry of the gateway contract's coverage table (chat 0), played as a person would on every front end: what they see
in the end, and on which wire the gateway got it. Claude's structured output needs another bot, which
`test_summaries_by_claude.py` has; the last two lines of the contract's table are for operators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from tests.whole import scenes_claude, scenes_films, scenes_gemini, scenes_openai
from tests.whole.hands import Hands

pytestmark = pytest.mark.asyncio(loop_scope="package")


class Entry(NamedTuple):
    name: str
    scene: Callable[[Hands], Awaitable[None]]


COVERAGE = (
    Entry("所有对话模型均兼容 OpenAI 格式", scenes_openai.any_model),
    Entry("ChatGPT(Chat) / 创建聊天函数调用", scenes_openai.function_call),
    Entry("ChatGPT(Chat) / 创建视频", scenes_films.film),
    Entry("ChatGPT(Chat) / 创建视频, 带图片", scenes_films.film_with_picture),
    Entry("ChatGPT(Chat) / 连续修改生成视频", scenes_films.film_changed),
    Entry("ChatGPT(Chat) / 创建结构化输出", scenes_openai.structured),
    Entry("ChatGPT(Chat) / 控制推理模型努力程度", scenes_openai.effort_by_chat),
    Entry("ChatGPT(Responses) / 创建模型响应", scenes_openai.response),
    Entry("ChatGPT(Responses) / 创建函数调用", scenes_openai.response_function_call),
    Entry("ChatGPT(Responses) / 创建模型响应(流式返回)", scenes_openai.response_streamed),
    Entry("ChatGPT(Responses) / 创建模型响应 (控制思考长度)", scenes_openai.response_effort),
    Entry("ChatGPT(Responses) / 创建网络搜索", scenes_openai.response_search),
    Entry("ChatGPT(Responses) / 创建模型响应 gpt-5启用思考", scenes_openai.response_thinking),
    Entry("Gemini官方格式 / 创建视频", scenes_films.film_told_in_thoughts),
    Entry("Gemini官方格式 / GemIni原生接口格式", scenes_gemini.native),
    Entry("Gemini官方格式 / 图片生成", scenes_gemini.picture_in_answer),
    Entry("Gemini官方格式 / 文档理解", scenes_gemini.document),
    Entry("Gemini官方格式 / 视频理解", scenes_gemini.video),
    Entry("Gemini官方格式 / 音频理解", scenes_gemini.audio),
    Entry("Gemini官方格式 / TTS 文本转语音", scenes_gemini.speech),
    Entry("Claude官方格式 / Chat兼容格式", scenes_claude.by_chat),
    Entry("Claude官方格式 / 联网搜索", scenes_claude.search),
    Entry("Claude官方格式 / 创建函数调用 (流式)", scenes_claude.function_call),
    Entry("Claude官方格式 / 创建思考聊天", scenes_claude.thinking),
    Entry("Claude官方格式 / PDF支持, PDF支持 base64格式", scenes_claude.pdf_file),
    Entry("Claude官方格式 / 创建聊天补全 (流式)", scenes_claude.streamed),
    Entry("Grok视频 / 创建视频任务", scenes_films.grok_film),
)


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.scene.__name__) for entry in COVERAGE])
async def test_entry(entry: Entry, ann: Hands) -> None:
    await entry.scene(ann)
