"""What Telegram can do beyond what `bots.surfaces` says of all platforms (sizes in bytes)."""

from dataclasses import replace

from bots.surfaces import TELEGRAM

PLATFORM = "telegram"
MIB = 1024 * 1024
ALBUM_MAX = 10
PHOTO_SIDES_MAX, PHOTO_RATIO_MAX = 10_000, 20
TOAST_MAX = 200  # the answer to a press
DOWNLOAD_MAX_BYTES = 20 * MIB

LOCAL_TELEGRAM = replace(TELEGRAM, file_max_bytes=2000 * MIB)
"""Behind a local Bot API server."""
