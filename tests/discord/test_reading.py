"""Which of Discord's addresses may be shown to the gateway, and until when."""

from tests.discord.plain import PlainClient  # first: it imports discord.py quietly

# isort: split
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bots.discord import reading

_ = PlainClient
GOOD = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=65d903de&is=65c68ede&hm=2481f30d&"
ENDS_MS = 0x65D903DE * 1000


def read(url: str) -> tuple[str, int]:
    """As it comes in a message."""
    data: dict[str, Any] = {"id": "1", "filename": "a.png", "size": 3, "url": url, "proxy_url": url}
    file = reading._attachment(discord.Attachment(data=cast(Any, data), state=cast(Any, SimpleNamespace(http=None))))
    assert file.ref == url
    given = reading._uploaded({**data, "content_type": "image/png"}, "file")  # with a slash command
    assert (given.link, given.link_until_ms) == (file.link, file.link_until_ms)
    return file.link, file.link_until_ms


@pytest.mark.parametrize("url", [GOOD, GOOD.replace("cdn.discordapp.com", "media.discordapp.net")])
def test_discords_own_addresses_say_when_they_end(url: str) -> None:
    assert read(url) == (url, ENDS_MS)
    ephemeral = url.replace("/attachments/", "/ephemeral-attachments/")
    assert read(ephemeral) == (ephemeral, ENDS_MS)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/a.png",
        "https://cdn.discordapp.com/attachments/1/2/a.png?ex=",
        "https://cdn.discordapp.com\n/attachments/1/2/a.png?ex=65d903de",
        "https://cdn.discordapp.com/a b\r\nX-Key: y?ex=65d903de",
        "https://cdn.discordapp.com/attachments/1/2/a.png?ex=soon",
        "https://cdn.discordapp.com/attachments/1/2/a.png?ex=65d903de&ex=75d903de",
        "https://cdn.discordapp.com/attachments/1/2/a.png?ex=" + "f" * 20,
        GOOD.replace("https:", "http:"),
        GOOD.replace("cdn.discordapp.com", "cdn.discordapp.com.evil.example"),
        GOOD.replace("cdn.discordapp.com", "evil.example"),
        GOOD.replace("cdn.discordapp.com", "cdn.discordapp.com@evil.example"),
        GOOD.replace("cdn.discordapp.com", "me:secret@cdn.discordapp.com"),
        GOOD.replace("cdn.discordapp.com", "cdn.discordapp.com:8443"),
        GOOD.replace("cdn.discordapp.com", "[cdn.discordapp.com"),
        "https://api.telegram.org/file/bot1:secret/a.png?ex=65d903de",
        GOOD + "x" * 3_000,
    ],
)
def test_any_other_address_stays_here(url: str) -> None:
    assert read(url) == ("", 0)
