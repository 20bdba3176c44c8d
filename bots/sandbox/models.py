"""The models the sandbox lists: names of the gateway contracts (chat 4.2, images 0, videos 3 to 8, audio 2 to 6), by
kind.

Midjourney has no names of models, and Suno one for its songs and one for its words.
`sandbox-new` is nobody's: it refuses by name the fields that newer models no longer take (chat 9.7).
"""

from typing import Literal

Kind = Literal["chat", "image", "video", "speech", "music", "voice", "song", "words", "hearing"]

_NAMES: dict[Kind, str] = {
    "chat": """gpt-5-mini gpt-5 gpt-5.1 gpt-4o gpt-4.1 claude-haiku-4-5-20251001 claude-sonnet-4-5-20250929
        gemini-2.5-flash gemini-2.5-pro gemini-2.5-flash-image o3-pro sandbox-new""",
    "image": """gpt-image-2 gemini-3.1-flash-image-preview gemini-3-pro-image-preview nano-banana-2-4k
        flux-kontext-pro flux-kontext-max jimeng-4.5 seedream-4.6 seedream-4.7 seedream-5.0
        doubao-seedream-4-5-251128""",
    "video": """sora-2 sora-2-pro grok-imagine-1.0-video sora-2-8s sora-2-12s
        veo3.1-lite veo-3.1-generate-preview veo-3.1-fast-generate-preview veo-3.0-generate-001 veo-3.0-fast-generate-001
        kling-1.0 kling-1.5 kling-2.0 kling-2.1 kling-2.5 kling-2.6 kling-3.0 kling-3.0-omni kling-o1
        kling-identify-face kling-avatar-720p kling-avatar-1080p
        grok-video-3 grok-video-3-10s grok-video-3(线路W) sora-2(线路BF) sdance2-fast-15s
        doubao-seedance-2-0-260128 doubao-seedance-2-0-260128-480p doubao-seedance-2-0-260128-720p
        doubao-seedance-2-0-fast-260128 doubao-seedance-2-0-fast-260128-480p doubao-seedance-2-0-fast-260128-720p
        gen4_turbo gen3a_turbo gen4.5 gen4_aleph aleph2 runwayml-gen4_turbo-5 runwayml-gen4_turbo-10""",
    "speech": "gemini-2.5-flash-preview-tts gemini-2.5-pro-preview-tts",
    "music": "lyria-3-clip-preview lyria-3-pro-preview",
    "voice": """speech-2.8-hd speech-2.8-turbo speech-2.6-hd speech-2.6-turbo speech-02-hd speech-02-turbo
        tts-1 tts-1-hd gpt-4o-mini-tts""",
    "song": "suno_music music-2.6 music-2.5+ music-2.5",
    "words": "suno_lyrics",
    "hearing": "whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe",
}


def known_models() -> dict[str, Kind]:
    """A fresh table of model name to kind, for one `Behaviour` to change."""
    return {name: kind for kind, names in _NAMES.items() for name in names.split()}
