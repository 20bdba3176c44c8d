"""Files within a content of Gemini's format (gateway contract, chat 8.4 and 8.5)."""

from bots.sandbox.attachments import BadMedia, inline, kind_of
from bots.sandbox.fields import mapping, text
from bots.sandbox.question import Attached, Fields
from bots.sandbox.refusals import GeminiRefusal
from bots.sandbox.studio import Studio

_MIMES = frozenset(
    [
        "image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "application/pdf", "text/plain",
        "text/markdown", "text/html", "text/csv", "text/xml", "application/json", "text/rtf", "text/css",
        "text/javascript", "application/rtf", "video/mp4", "video/mpeg", "video/mov", "video/quicktime", "video/avi",
        "video/x-flv", "video/mpg", "video/webm", "video/wmv", "video/3gpp", "audio/wav", "audio/x-wav", "audio/mp3",
        "audio/mpeg", "audio/aiff", "audio/aac", "audio/ogg", "audio/flac", "audio/mp4", "audio/m4a",
    ]
)  # fmt: skip


def is_file(part: Fields) -> bool:
    return "inlineData" in part or "inline_data" in part or "fileData" in part


def _inline(part: Fields) -> Fields:
    return mapping(part.get("inlineData")) or mapping(part.get("inline_data"))


def _mime(part: Fields) -> str:
    """Its type without parameters, such as `;codecs=opus`."""
    data = _inline(part) or mapping(part.get("fileData"))
    return (text(data.get("mimeType")) or text(data.get("mime_type"))).partition(";")[0].strip().lower()


def is_image(part: Fields) -> bool:
    return is_file(part) and bool(_inline(part)) and _mime(part).startswith("image/")


async def checked_file(part: Fields, studio: Studio) -> Attached:
    mime = _mime(part)
    if "fileData" in part:
        link = text(mapping(part["fileData"]).get("fileUri"))
        if not link.startswith("https://"):
            raise GeminiRefusal("Invalid or unsupported file uri.")
        return Attached(kind_of(mime or "video/mp4"), mime or "video/mp4")
    if mime not in _MIMES:
        raise GeminiRefusal(f"Unsupported MIME type: {mime[:60]}")
    try:
        return await inline(studio, mime, _inline(part).get("data"))
    except BadMedia as error:
        raise GeminiRefusal(f"Unable to process input: {error}") from None


async def bytes_of(part: Fields, studio: Studio) -> bytes:
    return await studio.unpack(text(_inline(part).get("data"))) or b""
