"""Words of many scripts, and their width in terminals that add up characters."""

from __future__ import annotations

import unicodedata

WORDS = {
    "tamil": "நிகழ்வு கொ மௌனம்",
    "thai": "กำลังน้ำ ภาษาไทย",
    "lao": "ນໍ້າ ພາສາລາວ",
    "devanagari": "क्षत्रिय हिन्दी किताबें",
    "bengali": "বাংলা ভাষা",
    "sinhala": "සිංහල",
    "malayalam": "മലയാളം",
    "kannada": "ಕನ್ನಡ ಕೊ",
    "myanmar": "မြန်မာဘာသာ",
    "khmer": "ខ្មែរ ភាសា",
    "tibetan": "བོད་སྐད་",
    "balinese": "ᬩᬲᬩᬮᬶ",
    "arabic": "العربية نامه\u200cای",
    "hebrew": "שָׁלוֹם",
    "decomposed": "e\u0301 n\u0303 か\u3099",
    "chinese": "日本語、漢字",
    "jamo": "\u1112\u1161\u11ab",
    "fillers": "a\u3164b\u115fc\u1160d\uffa0e",
    "soft hyphen": "co\u00adop\u00ader",
    "mongolian": "ᠮᠣᠩ\u180eᠭᠣᠯ",
    "joiner": "c\u034fd",
    "family": "👩\u200d👩\u200d👧 👨\u200d💻",
    "skin": "👍🏽 👋🏿",
    "heart": "❤\ufe0f ☺\ufe0e 1\ufe0f\u20e3",
    "flag": "🇩🇪🇫🇷 🏳\ufe0f\u200d🌈",
    "ideographic variation": "葛\U000e0100城",
}


def drawn_width(text: str) -> int:
    """Return the cells of text in a terminal that adds up characters, by the tables of Unicode."""
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
