"""Sentences that ask for something a tool does, in English and Chinese. Tables and patterns only."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intent:
    """`named`: words of a fitting tool's name, best first; `told`: when no name fits, words of its description. `after`: it
    changes or moves what the step before it makes."""

    pattern: re.Pattern[str]
    named: tuple[str, ...]
    told: tuple[str, ...] = ()
    after: bool = False


def _intent(named: str, *patterns: str, told: str = "", after: bool = False) -> Intent:
    return Intent(re.compile("|".join(patterns), re.IGNORECASE), tuple(named.split()), tuple(told.split()), after)


SUM = r"(?<![\w/.-])(?!\d{4}-\d\d?-\d)\(*-?\d[\d.,]*\)*(?:\s*(?:[-+*/×÷^%]|\*\*)\s*\(*-?\d[\d.,]*\)*)+"

INTENTS = (
    _intent(
        "make_video video film animate",
        r"\banimate (?:it|that|this|the (?:picture|image|result))\b",
        r"让[它他她这]*(?:图|图片)?动(?:起来)?",
        r"把[它这].{0,4}(?:做|变)成(?:视频|动画|短片)",
        told="video film",
        after=True,
    ),
    _intent(
        "calculate calculator calc",
        rf"(?:what(?:'s| is)|how much is|calculate|compute|算(?:一下|一算|出)?|^)\s*{SUM}",
        rf"{SUM}\s*(?:=|等于|是多少|equals)",
        told="calculate arithmetic",
    ),
    _intent(
        "fetch_page fetch page browse",
        r"\b(?:fetch|read|open|summari[sz]e|look at|visit)\b[^。.]{0,40}https?://",
        r"(?:抓取|打开|读|总结|看看|访问|获取).{0,20}https?://",
        told="fetch web",
    ),
    _intent("set_reminder reminder remind", r"\bremind me\b", r"提醒我", told="remind"),
    _intent("forget_memory forget", r"\bforget (?:that )?(?=\S)", r"(?:请)?(?:忘记|忘掉)[，,：: ]*", told="forget"),
    _intent(
        "list_reminders",
        r"\b(?:list|show|what are) (?:me )?my reminders\b",
        r"(?:列出|查看|看看)?我的提醒|有哪些提醒",
    ),
    _intent(
        "remember memory memorize",
        r"\b(?:please )?remember (?:that )?(?=\S)",
        r"(?:请|帮我)?(?:记住|记得|记下)[，,：: ]*",
        told="remember",
    ),
    _intent(
        "balance",
        r"\b(?:my|the) (?:balance|credits?)\b",
        r"\bhow (?:much|many) (?:money|credits?)\b",
        r"余额|还(?:有|剩)多少(?:钱|额度|点|积分)?",
    ),
    _intent(
        "list_jobs jobs orders",
        r"\b(?:list|show|what are) (?:me )?(?:all )?my (?:\w+ )?(?:jobs|orders|tasks)\b",
        r"\bstatus of my\b",
        r"(?:我的|列出)(?:任务|订单)|任务列表",
        told="jobs",
    ),
    _intent(
        "search_history history",
        r"\b(?:what|when) did (?:i|we) (?:say|talk|ask|discuss|write)\b",
        r"\bsearch (?:my|our) (?:history|chats?|conversations?)\b",
        r"之前(?:说|聊|问|提)过|聊天记录|历史记录",
        told="history",
    ),
    _intent(
        "edit_picture edit",
        r"\b(?:edit|change|retouch|recolou?r) (?:it|this|that|the|my)\b",
        r"\b(?:make|turn) (?:it|this|the (?:picture|photo|image))\b",
        r"修改|编辑|改一下|改成|变成|换成",
        told="edit",
        after=True,
    ),
    _intent(
        "draw_picture draw paint picture image",
        r"\b(?:draw|paint|sketch|illustrate)\b",
        r"\b(?:picture|image|drawing|painting) of\b",
        r"画(?:一|个|张|只|幅|出|下|我|你)?",
        told="draw picture image",
    ),
    _intent(
        "make_video video film",
        r"\b(?:film|animate)\b",
        r"\b(?:video|film|clip|movie) of\b",
        r"拍(?:一|个|段)|(?:生成|做|制作|来)(?:一|个|段|条)*(?:视频|短片|动画)",
        told="video film",
    ),
    _intent(
        "make_music music song",
        r"\b(?:compose|write|make)\b.{0,20}\b(?:song|music|melody|tune)\b",
        r"(?:作|写|来|唱|生成|做)(?:一|首|段|支|个)*(?:关于.{1,12}的)?(?:歌|曲|音乐)",
        told="music song",
    ),
    _intent(
        "speak speech voice say",
        r"\b(?:say|read|speak)\b(?=.{0,60}\b(?:aloud|out loud)\b)",
        r"\bspeak\b",
        r"念(?:出来|一|给)|朗读|读出来|用语音",
        told="speech voice",
    ),
)

NEXT = re.compile(
    r"\s*[,，;；、]?\s*\b(?:and|then)\b\s+(?:then\s+)?"
    r"(?=animate|film|draw|paint|remember|remind|make|turn|tell|say|fetch|calculate|compute|what|how|show|list)"
    r"|[,，;；。]?\s*(?:然后|接着|再|并且|并)(?=\S)"
    r"|[，,。]\s*让[它这]"
    r"|\s+(?:aloud|out loud)\b",
    re.IGNORECASE,
)
"""Where the next thing begins that is asked for."""

LEAD = re.compile(
    r"^\s*(?:(?:me|us|for me|a video of|a film of|a clip of|a song about|about|to|that)\b\s*"
    r"|给我|帮我|一下|[一两三几]?[张只幅个段首条](?!\w*画)|[，,：: ])+",
    re.IGNORECASE,
)
"""Filler in front of what it is about."""

_SPAN = re.compile(
    r"\bin\s+(?:(?P<en>\d{1,5})|(?P<half>half an)|an?)\s*(?P<unit>second|sec|minute|min|hour|day)s?\b"
    r"|(?P<zh>\d{1,5}|[半一两二三四五十])\s*个?(?P<measure>秒|分|小时|天)钟?(?:之?后|以后)?",
    re.IGNORECASE,
)
_UNITS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400, "秒": 1, "分": 60, "小时": 3600, "天": 86400}
_AMOUNTS = {"半": 0.5, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "十": 10}


def seconds_told(text: str) -> tuple[int | None, str]:
    """How long from now a sentence says, and the sentence without it. None = it says nothing of time."""
    match = _SPAN.search(text)
    if match is None:
        return None, text
    number = match["en"] or match["zh"] or ""
    amount = 0.5 if match["half"] else _AMOUNTS.get(number, 1) if not number.isdigit() else int(number)
    unit = (match["unit"] or match["measure"]).lower()
    scale = next(scale for start, scale in _UNITS.items() if unit.startswith(start))
    return max(1, int(amount * scale)), text[: match.start()] + " " + text[match.end() :]
