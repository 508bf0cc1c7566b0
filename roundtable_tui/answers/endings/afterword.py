"""What stands after the answer of a reply and is not part of it: courtesies, offers, notes and checks."""

from __future__ import annotations

import re

from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.markup import strip_markup

MAX_AFTERWORD_LINES = 15
_MAX_SENTENCES = 4
_OFFER = (
    r"(?:if\s+(?:you|there)|si\s+(?:vous|tu|tienes|necesitas|hai|você|precisar)|se\s+(?:hai|você|tiver|precisar)|wenn\s+(?:du|sie)|"
    r"falls\s+(?:du|sie|ihr)|als\s+(?:je|u)|если\s+(?:у|вам)|jeśli)\b[^.!?]*\b(?:questions?|help|else|further|more|ask|know|details?|"
    r"fragen?|hilfe|mehr|aide|preguntas?|ayuda|dúvidas?|perguntas|domande|aiuto|vragen|hulp|вопрос\w*|помощь|pytania)\b"
)
_CLOSING = re.compile(
    rf"(?:if\s+you[^,.?!]{{0,40}},\s+i(?:\s+can|['’]d|['’]ll|\s+could)\b|i\s+hope|hope\s+(?:this|that|it)|let\s+me\s+know|feel\s+free|please\s+(?:let|feel|ask|do\s+not|don['’]t)|{_OFFER}|"
    r"(?:is|was)\s+there\s+anything|(?:i['’]?(?:m|d)\s+(?:be\s+)?|i\s+am\s+)?(?:happy|glad)\s+to|(?:do|would)\s+you\s+(?:want|like|need)\b|thanks\b|"
    r"thank\s+you|good\s+luck|have\s+a\s+(?:nice|great|good)|(?:you\s+can\s+)?(?:don['’]t|do\s+not)\s+hesitate|you['’]re\s+welcome|cheers\b|best\s+(?:regards|wishes)|"
    r"(?:this|that)\s+(?:is|was|should\s+be|would\s+be)\s+(?:the|my|your)\s+(?:\w+\s+)?(?:answer|result|solution|choice)(?!\s*(?:[:=]|is|to\s+(?!(?:the|your)\s+(?:question|problem))))\b|"
    r"(?:this|that)\s+(?:answers|solves|settles|completes|concludes)\b|(?:so\s+)?there\s+you\s+(?:have|go)\b|(?:i['’]m|i\s+am)\s+(?:\w+\s+)?(?:confident|certain|sure)\s+(?:in|of|about)\s+(?:this|that|it|my)\b|"
    r"(?:my\s+)?confidence(?:\s+(?:level|score))?\s*(?:is\b|[:=(–—-]|\d)|q\.?e\.?d\b|"
    r"(?:ich\s+)?hoffe|lass\s+(?:es\s+)?mich|meld\w*\s+dich|bei\s+(?:weiteren\s+)?fragen|viel\s+erfolg|gerne?\s+(?:helfe|beantworte)|"
    r"sag\w*\s+(?:mir\s+)?(?:bescheid|gern)|j['’]espère|n['’]hésite|espero|avísame|déjame\s+saber|dime\s+si|no\s+dudes|spero|fammi\s+sapere|"
    r"fique\s+à\s+vontade|me\s+avise|hopelijk|ik\s+hoop|laat\s+(?:het\s+)?me|mam\s+nadzieję|daj\s+(?:mi\s+)?znać|надеюсь|дайте\s+знать|обращайтесь|"
    r"(?:shall|should|can|may|could)\s+i\s+(?:also\s+)?(?:help|explain|show|go|give|walk|provide|elaborate|clarify|do)\b|(?:soll|kann)\s+ich|möcht\w+\s|"
    r"voulez-vous|souhaitez-vous|veux-tu|tu\s+veux|(?:te|le|les)\s+gustaría|(?:quier\w+|dese\w+|necesit\w+)\s+que|vuoi\s|gostaria|quer(?:es)?\s+que|wil\s+je|zal\s+ik|хот(?:ите|ели|ел)|czy\s+chce|"
    r"希望|(?:你|您)?需要我|要我|如果(?:你|您|还|有)|如有|请(?:随时|告诉)|お役に|ご不明|他に|도움이|궁금한|더\s+필요)",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"\b(?:else|another|help|assist|more\s+(?:detail|help|example)\w*|explain|elaborate|walk\s+you|ayuda|ayudarte|algo\s+más|aider?|autre\s+chose|hilfe|helfen|noch\s+(?:etwas|eine)|aiuto|altro|ajuda|ajudar|mais\s+alguma|"
    r"helpen|hulp|nog\s+(?:iets|een)|pomóc|coś\s+jeszcze|помочь|ещё|еще)\b|还有|帮助|他に|お手伝い|도움|더\s",
    re.IGNORECASE,
)
"""Words of a question that offers more."""
_NOTE = re.compile(
    r"(?:notes?|nb|n\.b\.|ps|p\.s\.|checks?|verification|proof|explanation|reason(?:s|ing)?|rationale|justification|assumptions?|hint|tip|sources?|"
    r"references?|caveats?|disclaimer|why\b[^:?\n]{0,60}|because|details|background|context|steps|working|further\s+reading|"
    r"erklärung|begründung|probe|hinweis|anmerkung|explication|vérification|remarque|explicación|nota|comprobación|justificación|"
    r"spiegazione|verifica|explicação|justificativa|verificação|uitleg|toelichting|controle|opmerking|uzasadnienie|wyjaśnienie|uwaga|"
    r"пояснение|объяснение|проверка|примечание|解释|解析|说明|理由|注|検算|説明|설명|이유|참고)\s*[:：]",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"(?:explanation|reasoning|rationale|justification|verification|check|notes?|why\b.{0,60}|begründung|erklärung|explication|explicación)[?:]?",
    re.IGNORECASE,
)
_LOOSE_OFFER = re.compile(
    r"(?:if\s+you\s+(?:have|need|want|would|['’]d)|wenn\s+du|falls\s+(?:du|sie)|si\s+(?:vous|tu|tienes|necesitas|hai|você|precisar)|"
    r"se\s+(?:hai|você|tiver|precisar)|als\s+je|если\s+(?:у\s+вас|вам|нужно)|何か|∎|□)",
    re.IGNORECASE,
)
"""A line that begins so is an offer; a sentence of an answer may be its condition."""
_SENTENCE_END = re.compile(r"(?<=[.!?…)*\]])\s+(?=[^\W\d_]|[*¿¡])|(?<=[。！？])(?=\S)")


def strip_closing(text: str) -> str:
    """Return a text without the courtesies that end its last line, such as "Hope this helps!"."""
    if not _SENTENCE_END.search(text):
        return text
    for _ in range(_MAX_SENTENCES):
        start = text.rfind("\n") + 1
        place = max((match.end() for match in _SENTENCE_END.finditer(text, start)), default=start)
        if place == start or not is_closing(text[place:]):
            return text
        text = text[:place].rstrip()
    return text


def is_closing(sentence: str) -> bool:
    """Return True if a sentence is a courtesy, an offer, or one that only says that this was the answer."""
    bare = _bare(sentence)
    is_offer = bare.endswith(("?", "？", "؟")) and _OFFERED.search(bare) and not _SENTENCE_END.search(bare)
    return bool(_CLOSING.match(bare) or is_offer)


def is_closing_line(line: str) -> bool:
    """Return True if a line of its own at the end of a reply is a courtesy."""
    return is_closing(line) or bool(_LOOSE_OFFER.match(_bare(line)))


def find_afterword(lines: list[str]) -> int:
    """Return the place of the line with which an explanation after the stated answer begins, else the end."""
    for place in range(len(lines) - 1, max(0, len(lines) - MAX_AFTERWORD_LINES), -1):
        line = strip_markup(lines[place])
        if patterns.LABEL.match(line) or patterns.LABEL_ALONE.fullmatch(line):
            break
        is_heading = lines[place].lstrip().startswith(("#", "*", "_")) and _HEADING.fullmatch(line)
        if (_NOTE.match(line) or is_heading) and _is_stated(lines, place):
            return find_afterword(lines[:place])
    return len(lines)


def _bare(text: str) -> str:
    return patterns.EMOJI.sub("", text).strip(" *_>#-(¿¡")


def _is_stated(lines: list[str], end: int) -> bool:
    """Return True if the line before `end` states an answer under a label, boxed or in tags."""
    line = strip_markup(lines[end - 1])
    if patterns.LABEL.match(line) or patterns.BOXED.search(line) or patterns.TAG.search(line):
        return True
    if patterns.HASHES.match(lines[end - 1]):
        return True
    return end > 1 and bool(patterns.LABEL_ALONE.fullmatch(strip_markup(lines[end - 2])))
