"""Which language a vendor's voice speaks, as its id tells, and a sentence to hear it by. Pure data."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "": "Hello, this is how I sound.",
    "Arabic": "مرحبًا، هكذا يبدو صوتي.",
    "Cantonese": "你好，呢把就係我嘅聲。",
    "Chinese": "你好，这就是我的声音。",
    "Czech": "Dobrý den, takhle zní můj hlas.",
    "Dutch": "Hallo, zo klink ik.",
    "English": "Hello, this is how I sound.",
    "Finnish": "Hei, tältä minä kuulostan.",
    "French": "Bonjour, voici le son de ma voix.",
    "German": "Hallo, so klinge ich.",
    "Greek": "Γεια σας, έτσι ακούγομαι.",
    "Hindi": "नमस्ते, मेरी आवाज़ ऐसी है।",
    "Indonesian": "Halo, seperti inilah suara saya.",
    "Italian": "Ciao, questa è la mia voce.",
    "Japanese": "こんにちは、これが私の声です。",
    "Korean": "안녕하세요, 제 목소리는 이렇습니다.",
    "Polish": "Cześć, tak brzmi mój głos.",
    "Portuguese": "Olá, esta é a minha voz.",
    "Romanian": "Bună, așa sună vocea mea.",
    "Russian": "Здравствуйте, вот так я звучу.",
    "Spanish": "Hola, así suena mi voz.",
    "Thai": "สวัสดี นี่คือเสียงของฉัน",
    "Turkish": "Merhaba, sesim böyle.",
    "Ukrainian": "Вітаю, ось так я звучу.",
    "Vietnamese": "Xin chào, đây là giọng của tôi.",
}

_CHINESE = ("male-qn-", "female-", "male-", "Chinese")


def language_of(voice: str) -> str:
    """By the word that its id begins with; "" when that says none."""
    if voice.startswith(_CHINESE):
        return "Chinese"
    word = voice.partition("_")[0].partition(" ")[0]
    return word if word in SENTENCES else ""


def said_in(language: str) -> str:
    return SENTENCES.get(language, SENTENCES[""])
