"""Cuts a sentence down to its main clause, and recognizes sentences that state nothing."""

from __future__ import annotations

import re

from roundtable_tui.answers.languages.phrases import HENCE
from roundtable_tui.utils.lazy_pattern import lazy_compile

_CONDITION = lazy_compile(
    r"\?\W*$|？|؟|\b(?:if|whether|unless|suppose|assume|let(?:['’]s|\s+me|\s+us)|would|could|(?-i:may)|might|for\s+(?:example|instance)|e\.g\.|such\s+as|depends?|either|perhaps|maybe|possibly|unclear|unknown|"
    r"(?:better|worse|higher|lower|more|less)\b[^.]*\sthan\s(?=those|that|the\s)|(?:is|are|was|were)\s+(?:still\s+|very\s+)?(?:better|worse|higher|lower|good|bad|large|small|strong|weak)\s+(?:in|since|from|until)\s|"
    r"mistaken|some\s+people|many\s+people|should|need\s+to\s+know|i\s+(?:need|want)|please|enough|"
    r"wenn|falls\s+(?:du|sie|es|der|die|das|man|ein\w*)|könnten?|vielleicht|hängt|zum\s+beispiel|z\.\s?b\.|bitte|si|peut-être|dépend|par\s+exemple|assez\s+d|quizás?|quizá|tal\s+vez|depende|por\s+ejemplo|"
    r"se(?!\s+(?:llama|chiama|fund|public|produ|encuentra|celebr|sit|trova))|forse|dipende|per\s+esempio|talvez|por\s+exemplo|als|misschien|hangt|bijvoorbeeld|jeśli|może|zależy|na\s+przykład|"
    r"если|может|возможно|зависит|например)\b|如果|可能|也许|取决|例如|もし|かもしれ|例えば|만약|إذا|ربما|यदि|अगर|शायद",
    re.IGNORECASE,
)
"""A question, a condition, an example, a doubt, or a wish."""
_DENIAL = lazy_compile(
    r"\b(?:not|never|neither|nor|cannot|can['’]t|wrong|incorrect(?!\.?$)|unlike|instead\s+of|rather\s+than|nicht|keine?[nmrs]?|weder|ne|n['’]est|pas|no\s+(?:se|es|hay|puedo|tiene)|non|não|niet|geen|nie|"
    r"не|нет)\b|n['’]t\b|不是|没有|无法|ません|ではなく|아니|않|ليس|नहीं",
    re.IGNORECASE,
)
_THEN = lazy_compile(
    r"^(?:if|wenn|si|se|als|jeśli|если)\s[^.;?!]{3,150}?,\s+(?:(?=(?:you|we|one)\s+(?:get|obtain|have)\s)|then|dann|alors|entonces|allora|então|dan|to|то)\s+(?!.*\b(?:if|wenn|otherwise|sonst)\b)",
    re.IGNORECASE,
)
"""A premise of the question before what follows from it."""
_DEPENDS = lazy_compile(
    r"\b(?:depends|depende|dépend|dipende|hängt|hangt|zależy|зависит)\b|kommt\s+darauf\s+an|取决|要看|場合による",
    re.IGNORECASE,
)
_VAGUE = lazy_compile(
    r"\bdepend(?:s|e)\b|\bi\s+(?:can['’]t|cannot|couldn['’]t)\b|\bfor\s+me\s+to\b|^(?:please|bitte|por\s+favor|per\s+favore|proszę|пожалуйста|请)\b|"
    r"\b(?:need|missing|lacks?|insufficient|without|brauche|fehl\w+|ohne|manque|besoin|falta\w*|necesito|sin|manca\w*|serve|senza|preciso|faltam|sem|nodig|ontbre\w+|brak\w*|potrzeb\w+|недостаточно|нужн\w+|не\s+хватает)\s[^.]{0,30}"
    r"\b(?:information\w*|infos?|data|details|context|angaben|daten|donnée?s?|précisions|datos|información|informazioni|dati|informações|dados|gegevens|informatie|danych|informacji|данных|информации)\b|"
    r"(?:정보|조건).{0,6}(?:필요|부족)|(?:信息|条件|数据).{0,4}(?:不足|不够)|情報が.{0,4}(?:必要|足り)|لا\s+أستطيع|异なり|\b(?:lässt|lassen)\s+sich\b.*\bnicht\b|\bkan\s+ik\b.*\b(?:geen|niet)\b|\b(?:could|might|may)\s+be\b|\bno\s*(?:one|body)\s+knows\b|(?:doesn['’]t|does\s+not)\s+say\b|^(?:whether|either)\b|^(?:necesito|preciso|potrzebuję)\b|^(?:i|we|you|your|let|next|je|j['’]|nous|ich|wir|yo|io|eu|ik|ja|я|мы)\b['’]?(?:\s*\S+){3}|^(?:我|我们|저는)|잘\s*모르|情報が足り|matter\s+of\s+(?:taste|opinion|definition)|^\W*(?:hello|hi|hey|bonjour|hola|ciao|olá|hallo)\W*$|\b(?:dépend|dipende|hängt|kommt\s+darauf\s+an|hangt|zależy|зависит)\b|取决|要看|没有(?:唯一|固定)|場合による|によって異な|"
    r"\b(?:several|many|various|different|mehrere|viele|verschiedene|plusieurs|varias|muchas|diverse|várias|verschillende|kilka|несколько)\s+(?:\w+\s+)?(?:ways|reasons|answers|options|possibilities|approaches|factors|"
    r"möglichkeiten|wege|gründe|antworten|façons|réponses|raisons|solutions|formas|maneras|respuestas|razones|modi|risposte|maneiras|respostas|manieren|sposobów|способов)\b",
    re.IGNORECASE,
)
_STEP = lazy_compile(
    r"\W*(?:steps?|first(?:ly)?|second(?:ly)?|third(?:ly)?|then|next|now|case|in\s+(?:the\s+)?(?:first|second|third|last|next|other|case|step|phase|this)\s+(?:case|step|phase|part|place)|"
    r"agent|according\s+to|zuerst|zunächst|dann|d['’]abord|ensuite|primero|luego|después|prima|poi|primeiro|depois|eerst|daarna|najpierw|сначала|затем|首先|然后|接着|まず|次に|먼저|다음)\b",
    re.IGNORECASE,
)
"""How a step on the way begins."""
_MAX_CUT_CHARS = 60
_CUT = lazy_compile(
    r"(?:(?<=\S\s)[-+*/×·÷=<>≤≥≈(\[{–—]|(?<=\w\s)(?:and|or|but|the|of|to|in|is|are|was|were|we\s+get|which|that|with|by|for|from|then|try|as|means|gives|equals|because|so|if|when|where|has|have|can|will|"
    r"und|oder|der|die|das|ist|et|ou|le|la|les|est|de|el|il|het|или|на)|(?<=.{8})(?:的|是|和|は|が|を))\s*$|[,;]\s*$"
)
"""The end of a text that breaks off."""
_INTRODUCTION = lazy_compile(
    r"^(?:(?:out\s+)?of|among|amongst|considering|having|looking|weighing|after|at|with|since|because|as|given|from|for|in|on|by|based\s+on|when|under|over|during|using|"
    r"nach|bei|mit|da|weil|von|aus|aufgrund|im|in|après|avec|puisque|comme|dans|pour|parmi|après|à|en|con|de|después|como|entre|para|tras|dopo|poiché|con|nel|di|tra|per|após|com|em|dentre|"
    r"na|met|omdat|van|bij|in|po|przy|ponieważ|w|z|после|при|так\s+как|поскольку|в|из|с)\s[^.;:?!]{1,120}?[,，]\s+(?=\S)",
    re.IGNORECASE,
)
"""A phrase or clause before the main clause."""
_ATTITUDE = lazy_compile(
    r"^(?:(?:(?:i|we)\s+(?:still\s+|also\s+|do\s+)?(?:think|believe|say|conclude|maintain|find)(?:\s+that)?\s+(?=\S))|(?:sure|okay|ok|alright|all\s+right|great|certainly|of\s+course|great\s+question|good\s+question|actually|well|clearly|indeed|finally|now|here|natürlich|gerne?|klar|bien\s+sûr|claro|por\s+supuesto|certo|"
    r"certamente|com\s+certeza|natuurlijk|oczywiście|конечно|当然|はい|네|물론)\s*[,!:.]\s+)+",
    re.IGNORECASE,
)
_TRAILING = lazy_compile(
    r"\s*(?:,\s+(?:which|who|whose|where|when|while|whereas|because|as|since|from|due|thanks|with|making|covering|located|meaning|giving|known|named|including|according|given|for|so|not|named|though|although|i\.e\.|"
    r"\w+ing\s|(?:and|but)\s+(?:it|he|she|they|we|this|that|\w+s\s|the)\b|"
    r"(?:denn|weil|da|der|die|das|dessen|deren|wo|was|wobei|und\s+(?:er|sie|es)|mit)\s|(?:car|parce|puisque|qui|dont|où|avec|ce\s+qui)\s|(?:porque|ya\s+que|pues|que|quien|donde|con|lo\s+que|cuyo)\s|"
    r"(?:perché|poiché|che|dove|con|cui)\s|(?:pois|porque|já\s+que|que|onde|com)\s|(?:omdat|want|die|dat|waar|met)\s|(?:ponieważ|bo|który|która|które|gdzie)\s|(?:потому|так\s+как|который|которая|которое|поскольку|где)\s?)"
    r"|\s+(?:because|since|as\s+(?=it|the|this|they|he|she)|weil|denn|parce\s+qu|porque|perché|omdat|ponieważ|потому\s+что|so\s+that)\b|\s+[—–]\s+(?=[a-z])|;\s|\s*[,，]?\s*因为|\s*[,，]\s*(?=[\u4e00-\u9fff])).*",
    re.IGNORECASE | re.DOTALL,
)
"""A clause after the main clause."""
_ASIDE = lazy_compile(r"(?<=[\w)*`$°%²³])(?:\s+\(|（)[^()（）]{3,}[)）]")
_CONNECTIVE = lazy_compile(rf"^(?:{HENCE})+(?::\s*)?", re.IGNORECASE)
_CONSEQUENCE = lazy_compile(
    r"^(?:[^.!?]|[.!?](?!\s)){3,200}?[,;]\s+(?:and\s+)?(?:so|therefore|thus|hence|which\s+means(?:\s+that)?|giving|leaving|yielding|resulting\s+in|for\s+a\s+total\s+of|which\s+(?:gives|makes|leaves|yields|equals)|also|daher|somit|donc|quindi|perciò|così|entonces|por\s+lo\s+(?:que|tanto)|portanto|dus|więc|zatem|поэтому|значит|следовательно|所以|因此)\s*[,，]?\s+(?=\S)",
    re.IGNORECASE,
)
"""A clause before the one that follows from it."""
_CONTRAST = lazy_compile(
    r"^.{3,160}?[,;，]\s*(?:but|aber|mais|pero|ma|mas|maar|но|ale|但|但是|しかし|하지만)\s*(?=\S.*(?:\s(?:is|are|was|were|ist|war|est|était|es|era|è|é|jest|—)\s|是))",
    re.IGNORECASE,
)
"""A clause that is contrasted with the one that counts."""
_INNER = lazy_compile(
    r"\s(?:therefore|thus|hence|consequently|daher|somit|damit|also|folglich|donc|ainsi|quindi|dunque|pertanto|entonces|portanto|dus|więc|zatem|следовательно|поэтому)(?=\s|,)",
    re.IGNORECASE,
)
_OPINION = lazy_compile(r"(?:i|we)\s+(?:still\s+)?(?:think|believe|conclude|maintain)\b", re.IGNORECASE)
_LEFT_OUT = lazy_compile(
    r"^(?:然后|那么|也就是说|所以|因此|因而|故|于是|따라서|그러므로|그래서|よって|したがって|つまり|なので)[,，、\s]*"
)


def is_open(sentence: str) -> bool:
    """Return True for a question, a condition, an example, a doubt, a step or a sentence cut off."""
    asserted = _CONSEQUENCE.sub("", _THEN.sub("", sentence))
    return bool(_CONDITION.search(asserted) or _STEP.match(sentence) or is_cut(sentence))


def is_vague(text: str) -> bool:
    """Return True if a text says that there is no one answer."""
    return bool(_VAGUE.search(text))


def is_dependent(sentence: str) -> bool:
    """Return True if a sentence says that the answer depends on something."""
    return bool(_DEPENDS.search(sentence))


def is_denied(clause: str) -> bool:
    """Return True if a clause denies something."""
    return bool(_DENIAL.search(clause))


def is_cut(text: str) -> bool:
    """Return True if a text breaks off within a sentence or a formula."""
    return bool(_CUT.search(text[-_MAX_CUT_CHARS:].rstrip(" *_`$")))


def is_conclusion(sentence: str) -> bool:
    """Return True if a sentence draws a conclusion: "So ...", "... is therefore ..."."""
    return bool(
        _CONNECTIVE.match(sentence)
        or _OPINION.match(sentence)
        or _CONSEQUENCE.match(sentence)
        or _INNER.search(sentence)
        or _LEFT_OUT.match(sentence)
    )


def main_clause(sentence: str) -> str:
    """Return a sentence without connectives, phrases before and clauses after the main clause."""
    clause = _CONSEQUENCE.sub("", _THEN.sub("", _ATTITUDE.sub("", sentence.strip())))
    clause = _CONTRAST.sub("", clause)
    for _ in range(3):
        shorter = _LEFT_OUT.sub("", _CONNECTIVE.sub("", clause)).lstrip(" ,:，")
        shorter = _INTRODUCTION.sub("", shorter) or shorter
        if shorter == clause:
            break
        clause = shorter
    clause = _INNER.sub("", clause)
    clause = _TRAILING.sub("", clause) or clause
    return _ASIDE.sub("", clause).strip().rstrip(".!。！ ")
