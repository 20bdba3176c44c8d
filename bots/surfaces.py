"""The platforms as data: what a message may hold, how often a preview may come, and how many calls are let through.

The numbers of `RATES` are a little under what the platforms enforce, so that calls which arrive bunched up by the network
still pass.
"""

from __future__ import annotations

from bots.outlet import Surface
from bots.pace import Bucket, Rates, Window

TELEGRAM = Surface(
    platform="telegram",
    text_max=4096,
    text_cut=4000,
    caption_max=1024,
    entities_max=95,
    drafts_in_private=True,
    draft_pace=(0.8, 1.2, 2.0),
    draft_life_s=30.0,
    private_pace=(1.3, 2.0, 3.0),
    group_pace=(3.2, 4.5, 6.0),
    first_edit_s=1.5,
    part_gap_s=1.1,
    photo_max_bytes=10 * 1024 * 1024,
    file_max_bytes=50 * 1024 * 1024,
    progress_s=(10.0, 20.0, 30.0),
    media_stays=True,
)

DISCORD = Surface(
    platform="discord",
    text_max=2000,
    text_cut=1950,
    caption_max=2000,
    private_pace=(1.2, 2.0, 3.0),
    group_pace=(1.2, 2.0, 3.0),
    first_edit_s=1.0,
    min_growth_chars=60,
    part_gap_s=0.5,
    photo_max_bytes=10 * 1024 * 1024,
    file_max_bytes=10 * 1024 * 1024,
    progress_s=(15.0, 30.0, 30.0),
    forms=True,
    button_rows_max=5,
)

CONSOLE = Surface(
    platform="console",
    text_max=500_000,
    text_cut=490_000,
    caption_max=500_000,
    drafts_in_private=True,
    draft_pace=(0.03, 0.03, 0.03),
    draft_life_s=3600.0,
    min_growth_chars=1,
    part_gap_s=0.0,
    parts_max=1000,
    photo_max_bytes=1 << 40,
    file_max_bytes=1 << 40,
    progress_s=(0.2, 0.5, 1.0),
    private_answers=False,
)

RATES = {
    "telegram": Rates(
        chat=Bucket(size=2.8, per_s=1.0),  # 3 at once, then 1 a second
        group=Window(count=20, seconds=60.5),  # 20 a minute
        bot=Window(count=28, seconds=1.1),  # 30 a second
        chat_reserve=1,
        group_reserve=4,
        bot_reserve=12,
        previews_per_s=8.0,
    ),
    "discord": Rates(
        chat=Window(count=5, seconds=5.2),  # 5 in 5 seconds of a channel, edits and sends taken together
        per_thread=True,
        bot=Window(count=45, seconds=1.1),  # 50 a second
        chat_reserve=1,
        bot_reserve=15,
        previews_per_s=8.0,
    ),
}
"""A platform that is not named here is not paced (the console)."""
