"""Words in square brackets that a person writes into a prompt to see the bot cope with a bad day. Pure functions.

| word | chat | pictures | videos |
|---|---|---|---|
| `[slow]` | a tenth of the pace | ten times as long | ten times as long |
| `[fail]` | HTTP 500, upstream trouble | HTTP 500 | accepted, then failed |
| `[refuse]` | a refusal | HTTP 400 `moderation_blocked` | accepted, then refused |
| `[cut]` | the line breaks in mid-answer | the line breaks, the order is taken | same as pictures |
| `[never]` | falls silent in mid-answer | no answer | never completes |
| `[html]` | a proxy's HTML page, HTTP 504 | same | same |
| `[429]`, any of `[400]` to `[599]` | that status (429 with Retry-After) | same | same |
| `[long 3000]` | 3000 words: w0000 w0001 ... | | |
| `[thinking]` | thoughts before the answer | | |
| `[no-done]` | the stream ends without `[DONE]` | | |
| `[jsonerror]` | an error as a bare JSON line in mid-stream | | |
| `[noimage]` | | success without a picture | |
"""

import re
from collections.abc import Mapping

_WORDS = "slow|fail|refuse|cut|never|html|thinking|no-done|jsonerror|noimage|[45][0-9]{2}|long +[0-9]{1,6}"
_DIRECTIVE = re.compile(rf"\[({_WORDS})\]")


def directives(text: str) -> Mapping[str, int]:
    """The directives of a prompt. The number is the argument of `long`, the status under `status`, else 1."""
    found: dict[str, int] = {}
    for match in _DIRECTIVE.finditer(text):
        word, _, argument = match[1].partition(" ")
        if word.isdigit():
            found["status"] = int(word)
        else:
            found[word] = int(argument or 1)
    return found
