"""What the sandbox says: plain words about itself, in English or Chinese, with Markdown to look at. Pure functions.

Also how text is cut into tokens: about four letters each, one for a Chinese sign (gateway contract, chat 5.8).
"""

import hashlib
import re
from collections.abc import Sequence

from bots.sandbox.question import Attached, Called, Question

LONG_WORDS_MAX = 20_000
_QUOTE_MAX = 280
_JUDGED_MAX = 2000  # letters looked at to know the language
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_CHINESE_SIGN = re.compile("[\u4e00-\u9fff]")
_BRACKETED = re.compile(r"\[[^\]]*\]")  # directives say nothing about the language
_WIDE_SIGN = re.compile(f"[{_WIDE}]")
_TOKEN = re.compile(rf"\s*[{_WIDE}]|\s*[^\s{_WIDE}]{{1,5}}|\s+\Z")


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


def thoughts(asked: Question) -> str:
    if is_chinese(asked.text):
        return "先看问题写了什么。我是沙盒，没有模型可以思考，所以把问题复述一遍，再说明可以试些什么。"
    return (
        "First I read the question. I am the sandbox and have no model to think with, "
        "so I repeat the question and say what can be tried."
    )


def refusal(asked: Question) -> str:
    if is_chinese(asked.text):
        return "抱歉，这个请求我不能处理。（沙盒按 [refuse] 拒绝）"
    return "I'm sorry, but I can't help with that. (The sandbox refuses because of [refuse].)"


def answer(asked: Question) -> str:
    """The whole answer as Markdown: a heading, the question, what was attached, and a list or some code."""
    chinese = is_chinese(asked.text)
    said = " ".join(asked.text[:_JUDGED_MAX].split()) or "…"
    quote = said if len(said) <= _QUOTE_MAX else said[:_QUOTE_MAX] + "…"
    heading, intro = _OPENING_ZH if chinese else _OPENING_EN
    files = attached(asked.attached, chinese)
    memory = ""
    if asked.earlier:
        memory = (
            f"这段对话里，我还看到之前的 {asked.earlier} 条消息。"
            if chinese
            else f"I also see {asked.earlier} earlier messages of this conversation."
        )
    variety: Sequence[str] = _VARIETY_ZH if chinese else _VARIETY_EN
    choice = hashlib.sha256(asked.text.encode("utf-8", "replace")).digest()[0] % len(variety)
    closing = _CLOSING_ZH if chinese else _CLOSING_EN
    blocks = (heading, f"> {quote}", intro, files, memory, variety[choice], closing)
    return "\n\n".join(block for block in blocks if block)


def attached(files: Sequence[Attached], chinese: bool) -> str:
    """What came beside the words, so that a person sees that it arrived."""
    lines = [f"- {_file(file, number, chinese)}" for number, file in enumerate(files, 1)]
    return "\n".join(["你附上了：" if chinese else "You attached:", *lines]) if lines else ""


def _file(file: Attached, number: int, chinese: bool) -> str:
    if file.pixels and chinese:
        return f"图片 {number}：{file.pixels[0]}×{file.pixels[1]} 像素"
    if file.pixels:
        return f"picture {number}: {file.pixels[0]}×{file.pixels[1]} pixels"
    name = f" {file.name}" if file.name else ""
    if chinese:
        size = f"{file.size} 字节" if file.size else "链接，沙盒不会打开"
        words = f"，开头是「{file.words}」" if file.words else ""
        return f"{_KINDS_ZH[file.kind]}{name}（{file.mime}，{size}）{words}"
    size = f"{file.size} bytes" if file.size else "a link, which the sandbox does not open"
    words = f', beginning "{file.words}"' if file.words else ""
    return f"{file.kind}{name} ({file.mime}, {size}){words}"


def came(done: Sequence[Called], chinese: bool) -> str:
    """What the tools answered, in words."""
    lines = ["工具的结果：" if chinese else "This is what came of it:"]
    for called in done:
        said = " ".join(called.result.split()) or "…"
        quote = said if len(said) <= _QUOTE_MAX else said[:_QUOTE_MAX] + "…"
        failed = ("（失败）" if chinese else " (failed)") if called.failed else ""
        lines.append(f"- **{called.name}**{failed}{'：' if chinese else ': '}{quote}")
    return "\n".join(lines)


def transcript(chinese: bool) -> str:
    return "你好，我想试一下语音输入，听得到吗？" if chinese else "Hello, I am trying the voice input. Can you hear me?"


def found(query: str, chinese: bool) -> tuple[str, Sequence[tuple[str, str, str]]]:
    """What a search of the web finds: a line to begin with, and pages that do not exist: address, title, sentence."""
    topic = hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:8]
    if chinese:
        return f"网上关于“{query}”的说法：", (
            (f"https://example.org/zh/{topic}/a", f"{query}：概览", "第一个页面说，这是沙盒编的一句话。"),
            (f"https://example.org/zh/{topic}/b", f"{query}：最新消息", "第二个页面说，今天没有新的消息。"),
        )
    return f'The web on "{query}": ', (
        (
            f"https://example.org/{topic}/a",
            f"{query}: an overview",
            "The first page has words made up by the sandbox. ",
        ),
        (f"https://example.org/{topic}/b", f"{query}: the latest", "The second page says that nothing is new today. "),
    )


_KINDS_ZH = {"image": "图片", "document": "文件", "audio": "音频", "video": "视频"}

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
