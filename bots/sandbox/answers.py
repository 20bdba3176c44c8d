"""What the sandbox says: plain words about itself, in English or Chinese, with Markdown to look at. Pure functions.

Also how text is cut into tokens: about four letters each, one for a Chinese sign (gateway contract, chat 5.8).
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

LONG_WORDS_MAX = 20_000
_QUOTE_MAX = 280
_JUDGED_MAX = 2000  # letters looked at to know the language
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_CHINESE_SIGN = re.compile("[\u4e00-\u9fff]")
_BRACKETED = re.compile(r"\[[^\]]*\]")  # directives say nothing about the language
_WIDE_SIGN = re.compile(f"[{_WIDE}]")
_TOKEN = re.compile(rf"\s*[{_WIDE}]|\s*[^\s{_WIDE}]{{1,5}}|\s+\Z")


@dataclass(frozen=True, slots=True)
class Asked:
    """The last question: its text, what came before it, and what was attached to it."""

    question: str
    earlier: int  # messages before this one
    sizes: tuple[tuple[int, int], ...] = ()  # of attached pictures, in pixels
    others: tuple[str, ...] = ()  # names of what was attached besides


def split(text: str) -> list[str]:
    """Tokens whose join is the text."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    wide = len(_WIDE_SIGN.findall(text))
    return wide + (len(text) - wide + 3) // 4


def is_chinese(text: str) -> bool:
    """Whether most of it is: a Chinese sign weighs as much as two or three Latin letters."""
    text = _BRACKETED.sub("", text[:_JUDGED_MAX])
    letters = sum(sign.isalpha() for sign in text)
    return len(_CHINESE_SIGN.findall(text)) * 3 > letters


def long_answer(words: int) -> str:
    return " ".join(f"w{number:04d}" for number in range(min(words, LONG_WORDS_MAX)))


def thoughts(asked: Asked) -> str:
    if is_chinese(asked.question):
        return "先看问题写了什么。我是沙盒，没有模型可以思考，所以把问题复述一遍，再说明可以试些什么。"
    return (
        "First I read the question. I am the sandbox and have no model to think with, "
        "so I repeat the question and say what can be tried."
    )


def refusal(asked: Asked) -> str:
    if is_chinese(asked.question):
        return "抱歉，这个请求我不能处理。（沙盒按 [refuse] 拒绝)"
    return "I'm sorry, but I can't help with that. (The sandbox refuses because of [refuse].)"


def answer(asked: Asked) -> str:
    """The whole answer as Markdown: a heading, the question, what was attached, and a list or some code."""
    chinese = is_chinese(asked.question)
    said = " ".join(asked.question[:_JUDGED_MAX].split()) or "…"
    quote = said if len(said) <= _QUOTE_MAX else said[:_QUOTE_MAX] + "…"
    heading, intro = _OPENING_ZH if chinese else _OPENING_EN
    attached = _attached(asked, chinese)
    memory = ""
    if asked.earlier:
        memory = (
            f"这段对话里，我还看到之前的 {asked.earlier} 条消息。"
            if chinese
            else f"I also see {asked.earlier} earlier messages of this conversation."
        )
    variety: Sequence[str] = _VARIETY_ZH if chinese else _VARIETY_EN
    choice = hashlib.sha256(asked.question.encode("utf-8", "replace")).digest()[0] % len(variety)
    closing = _CLOSING_ZH if chinese else _CLOSING_EN
    blocks = (heading, f"> {quote}", intro, attached, memory, variety[choice], closing)
    return "\n\n".join(block for block in blocks if block)


def _attached(asked: Asked, chinese: bool) -> str:
    if chinese:
        lines = [f"- 图片 {n}：{w}×{h} 像素" for n, (w, h) in enumerate(asked.sizes, 1)]
        lines += [f"- 附件:{name}" for name in asked.others]
        return "\n".join(["你附上了：", *lines]) if lines else ""
    lines = [f"- picture {n}: {w}×{h} pixels" for n, (w, h) in enumerate(asked.sizes, 1)]
    lines += [f"- attachment: {name}" for name in asked.others]
    return "\n".join(["You attached:", *lines]) if lines else ""


_OPENING_EN = (
    "## You asked",
    "This is the **built-in sandbox**, a stand-in for the AI gateway. No model read your words and nothing "
    "was paid; it is here so that you can try the bot before you have a key.",
)
_OPENING_ZH = (
    "## 你问的是",
    "这里是**内置沙盒**，AI 网关的替身。没有任何模型读过你的话，也没有产生费用；它让你在拿到密钥之前先试试这个机器人。",
)
_CLOSING_EN = "*To talk to a real model, put* `GATEWAY_API_KEY` *into* `.env` *and start again.*"
_CLOSING_ZH = "*想和真正的模型对话，请在* `.env` *里填写* `GATEWAY_API_KEY` *后重新启动。*"

_VARIETY_EN = (
    """### What to try next

1. `/image a red fox in the snow` draws a picture
2. `/video a cat on the moon` makes a short film
3. `/model` shows the models, `/balance` what you have left""",
    """### A bad day on request

Words in brackets change how I behave:

- `[slow]` I take my time
- `[thinking]` I think aloud first
- `[long 300]` three hundred words
- `[cut]` the line breaks in mid-answer""",
    """### Some code, to see how it looks

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"


print(greet("world"))
```

Text may be **bold**, *slanted* or `fixed`, and [links](https://example.com) work too.""",
)
_VARIETY_ZH = (
    """### 接下来可以试试

1. `/image 雪地里的红狐狸` 画一张图
2. `/video 月球上的猫` 生成一段短片
3. `/model` 查看模型，`/balance` 查看余额""",
    """### 想看看出错时的样子？

方括号里的词会改变我的行为：

- `[slow]` 慢慢回答
- `[thinking]` 先展示思考
- `[long 300]` 写三百个词
- `[cut]` 说到一半断线""",
    """### 一段代码，看看显示效果

```python
def greet(name: str) -> str:
    return f"你好,{name}!"


print(greet("世界"))
```

文字可以**加粗**、*倾斜*或用`等宽字体`，[链接](https://example.com)也可以点开。""",
)
