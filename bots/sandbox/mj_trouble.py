"""The bad days of Midjourney that a prompt asks for in brackets (gateway contract, images 1.1 and 7.2). Pure functions."""

from bots.sandbox.behaviour import Pool
from bots.sandbox.directives import Flags, Words
from bots.sandbox.refusals import MidjourneyRefusal, Refusal, SubmitRefusal

_REFUSED = "[Banned prompt detected] content policy violation"
_PROPERTIES = {"discordInstanceId": "1118138338562560102"}


def check_told(told: Flags, words: Words, prompt: str, pool: Pool) -> None:
    """Raises the refusal that `[banned WORD]`, `[full]` or `[code N]` asks for."""
    if "banned" in words:
        properties = {"promptEn": prompt[:500], "bannedWord": words["banned"]}
        raise SubmitRefusal(24, "可能包含敏感词", properties=properties)
    if "full" in told and pool.newer:
        raise SubmitRefusal(9, "队列已满，请稍后尝试", result=None)
    if "full" in told:
        raise SubmitRefusal(23, "队列已满，请稍后尝试", result="14001929738841620", properties=_PROPERTIES)
    if "code" in told:
        raise _by_code(told["code"])


def _by_code(number: int) -> Refusal:
    match number:
        case 3:
            return SubmitRefusal(3, "无可用的账号实例")
        case 4:
            return MidjourneyRefusal("quota_not_enough")
        case 5:
            return MidjourneyRefusal("do_request_failed", 5)
        case 30:
            return MidjourneyRefusal("当前分组负载已饱和，请稍后再试", 30, 429)
        case _:
            return SubmitRefusal(number, "提交失败，系统异常")


def told_failure(told: Flags, pool: Pool) -> str:
    """The reason a task is to fail with; "" = it is not."""
    return pool.failure if "fail" in told else _REFUSED if "refuse" in told else ""


def lost_parent() -> SubmitRefusal:
    return SubmitRefusal(3, "关联任务不存在或已失效", status=404)
