"""Recognizes replies that refuse to answer or say that they have no answer: they never count as an answer."""

from __future__ import annotations

import re

_MAX_REFUSAL_CHARS = 600
"""A longer text answers something, whatever it begins with."""
_MAX_UNKNOWN_CHARS = 240
_ENGLISH = (
    r"(?:i['’]m\s+afraid\W+(?:that\s+)?|(?:i['’]?m|i\s+am)\s+(?:very\s+|really\s+|so\s+)?sorry\W+(?:but\s+)?|sorry\W+(?:but\s+)?|"
    r"(?:unfortunately|i\s+apologi[sz]e|as\s+an?\s+(?:ai|language\s+model)[^,.]{0,40})\W+(?:but\s+)?)*"
    r"i\s*(?:['’]m|\s+am|\s+must|\s+have\s+to|\s+will|\s+would|['’]ll|['’]d)?\s*"
    r"(?:can\s?not|can['’]?t|won['’]?t|will\s+not|not\s+able\s+to|unable\s+to|not\s+comfortable|decline\s+to|"
    r"refuse\s+to|have\s+to\s+decline)\s+"
    r"(?:to\s+)?(?:help|assist|answer|comply|provide|discuss|engage|share|reveal|disclose|respond|fulfil|fulfill|do\s+that|support|"
    r"continue|with)\b"
)
_OTHERS = (
    r"(?:es\s+tut\s+mir\s+leid\W+(?:aber\s+)?|entschuldigung\W+|leider\s+)?(?:dabei\s+|da\s+)?(?:ich\s+kann|kann\s+ich|darf\s+ich|ich\s+darf)\s+(?:\w+\s+){0,5}?nicht\s+"
    r"(?:\w+\s+)?(?:helfen|beantworten|antworten|weiterhelfen|unterstützen|bereitstellen)"
    r"|(?:je\s+suis\s+désolée?\W+(?:mais\s+)?|désolée?\W+(?:mais\s+)?)?je\s+ne\s+(?:peux|puis)\s+pas\s+(?:\w+\s+){0,3}?(?:aider|répondre|fournir|assister)"
    r"|(?:lo\s+siento\W+(?:pero\s+)?)?no\s+puedo\s+(?:ayudar\w*|responder|proporcionar|asistir\w*)"
    r"|(?:desculpe\W+(?:mas\s+)?|infelizmente\W+|sinto\s+muito\W+(?:mas\s+)?)?(?:eu\s+)?não\s+posso\s+(?:ajudar|responder|fornecer)"
    r"|(?:mi\s+dispiace\W+(?:ma\s+)?)?non\s+posso\s+(?:aiutar\w*|rispondere|fornire)"
    r"|(?:het\s+spijt\s+me\W+(?:maar\s+)?)?ik\s+kan\s+(?:\w+\s+){0,4}?niet\s+(?:helpen|beantwoorden)"
    r"|(?:przykro\s+mi\W+(?:ale\s+)?)?nie\s+mogę\s+(?:\w+\s+){0,2}?(?:pomóc|odpowiedzieć)"
    r"|(?:извините\W+(?:но\s+)?|к\s+сожалению\W+)?я\s+не\s+могу\s+(?:\w+\s+){0,3}?(?:помочь|ответить|предоставить)"
    r"|(?:很)?(?:抱歉|对不起|對不起)[，,。\s]*(?:但)?我?(?:不能|无法|無法|不便)|我(?:无法|不能)(?:帮助|协助|回答|提供)"
    r"|(?:申し訳|すみません)[^。]{0,30}(?:できません|お答えできません|かねます)"
)
_REFUSAL = re.compile(rf"\W*(?:{_ENGLISH}|{_OTHERS})", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"\W*(?:(?:sorry|unfortunately|hmm+|honestly|well|i['’]m\s+sorry|i\s+am\s+sorry)\W+(?:but\s+)?)*"
    r"(?:i(?:['’]m|\s+am)\s+(?:really\s+|still\s+)?(?:not\s+(?:\w+\s+)?(?:sure|certain)|unsure|unable\s+to\s+(?:say|tell|determine|find|solve))\b"
    r"|i\s+(?:really\s+|honestly\s+)?(?:don['’]?t|do\s+not)\s+(?:really\s+)?(?:know|have\s+(?:enough|sufficient|access|any))\b"
    r"|i\s+(?:cannot|can\s?not|can['’]?t|could\s?n['’]?t|could\s+not)\s+(?:\w+\s+)?(?:determine|find|say|tell|decide|solve|know|give)\b"
    r"|i\s+(?:need|would\s+need)\s+(?:more|further|additional)\s+(?:information|context|details)\b"
    r"|(?:there\s+is\s+not|there\s+isn['’]t)\s+enough\s+information|ich\s+habe\s+nicht\s+gen(?:ug|ügend)\s|je\s+(?:ne\s+dispose|n['’]ai)\s+pas\s+(?:d['’])?(?:assez|suffisamment)\b|(?:lo\s+siento\W+)?no\s+(?:tengo|dispongo\s+de)\s+suficiente"
    r"|não\s+tenho\s+informaç\w+\s+suficient|non\s+ho\s+(?:abbastanza|sufficienti)|ik\s+heb\s+niet\s+genoeg|nie\s+mam\s+wystarczając|у\s+меня\s+(?:нет|недостаточно)\s|(?:죄송|미안)[^.]{0,40}(?:없|못)|정보가\s+부족"
    r"|(?:das\s+)?wei(?:ß|ss)\s+ich\s+nicht|ich\s+wei(?:ß|ss)\s+(?:es\s+)?(?:leider\s+)?nicht|ich\s+bin\s+(?:mir\s+)?nicht\s+sicher"
    r"|je\s+ne\s+(?:le\s+)?sais\s+pas|je\s+ne\s+suis\s+pas\s+sûre?|no\s+(?:lo\s+)?sé\b|no\s+estoy\s+segur[oa]|(?:eu\s+)?não\s+sei\b|non\s+lo\s+so\b|ik\s+weet\s+het\s+niet"
    r"|(?:i\s+have\s+)?(?:absolutely\s+)?no\s+idea\b|keine\s+ahnung|(?:je\s+n['’]ai\s+)?aucune\s+idée|ni\s+idea\b"
    r"|(?:eu\s+)?não\s+faço\s+(?:a\s+menor\s+)?ideia|geen\s+idee|nie\s+mam\s+pojęcia|понятия\s+не\s+имею|不好说|不清楚"
    r"|nie\s+wiem|(?:я\s+)?не\s+знаю|(?:题目|题|问题|已知)?[^。]{0,6}(?:没有给出足够|没有提供足够|条件不足|信息不足|无法(?:确定|求出|判断|计算))|我?不知道|我不确定|わかりません|分かりません|모르겠)",
    re.IGNORECASE,
)
_ANSWERS_ALL_THE_SAME = re.compile(
    r"\b(?:but|so|however|therefore|still|aber|jedoch|mais|pero|mas|ma|maar|ale|но)\b", re.IGNORECASE
)


def is_refusal(text: str) -> bool:
    """Return True if a reply begins with a refusal, in one of the larger languages, and is short."""
    stripped = text.strip()
    return len(stripped) <= _MAX_REFUSAL_CHARS and _REFUSAL.match(stripped) is not None


def is_unknown(text: str) -> bool:
    """Return True if a reply says only that it has no answer: "I don't know", "I cannot determine it"."""
    stripped = text.strip()
    match = _UNKNOWN.match(stripped) if len(stripped) <= _MAX_UNKNOWN_CHARS else None
    return match is not None and not _ANSWERS_ALL_THE_SAME.search(stripped, match.end())
