"""Patterns of the sentences and labels with which replies end, and of what surrounds an answer in them."""

from __future__ import annotations

import re

from roundtable_tui.answers.languages import ANSWER_LABEL, HENCE, IS
from roundtable_tui.utils.lazy_pattern import lazy_compile

TAG = lazy_compile(r"<(final_answer|answer|result|final)>\s*(.*?)\s*</\1>", re.DOTALL | re.IGNORECASE)
SQUARE_TAG = lazy_compile(r"\[(answer|final|result)\]\s*([^\[\]\n]+?)\s*\[/\1\]", re.IGNORECASE)
COLON_LABEL = lazy_compile(
    r"(?:tl;?dr|final|in\s+(?:short|brief|sum|summary|total|conclusion)|bottom\s+line|the\s+short\s+version|(?:the\s+)?(?:grand\s+|"
    r"overall\s+)?(?:total|sum)(?:\s+\w+)?|(?:the\s+)?value|kurz|en\s+resumen|en\s+résumé|insgesamt|итого|合计|合計)\s*[:：=]\s*(?P<answer>\S.*)",
    re.IGNORECASE,
)
AT_THE_END = lazy_compile(
    rf"{HENCE}[^\d.:;\n]{{3,100}}?\s(?:at|to|in|on|for|by|of|is|are|was|costs?|weighs?|takes?|needs?|pays?|earns?|has|have|get|gets|makes?|"
    r"totals|contains?|leaves|gives|yields|lasts?|covers?|travels?|exactly|only)\s+(?P<answer>(?:(?:about|approximately|roughly|around|nearly|almost)\s+)?[-+$€£¥]?\d\S*(?:\s+[^\W\d_][^\s.]*)?)[.!]?",
    re.IGNORECASE,
)
"""A conclusion with one figure, at its end."""
RETURNS = lazy_compile(
    r"[^.:;\n]{2,80}?\s(?:returns|prints|outputs|yields|evaluates\s+to|gives|displays)\s+[`*\"']*(?P<answer>[^`*\n]{1,40}?)[`*\"']*[.!]?"
)
SELECTED = lazy_compile(
    r"(?:(?:综上|所以|因此)\s*[,，]?\s*)?(?:故|应|應|应该)?[选選](?:择|擇)?\s*[:：]?\s*(?P<answer>[(（]?[A-J][)）]?)[.。]?"
)
TABLE_ROW = lazy_compile(r"\|\s*([^|\n]+?)\s*\|\s*([^|\n]+?)\s*\|")
ONE_FIGURE = lazy_compile(
    rf"(?:{HENCE}|that\s+(?=leaves|gives|makes|means)|this\s+(?=leaves|gives|makes|means)|(?=[^\d.:;,\n]{{3,40}}\scomes?\s+(?:out\s+)?(?:as|at|to)\s)|"
    r"(?=[^\d.:;,\n]{3,60}\b(?:thus|therefore|hence|donc|somit|daher|also|quindi|entonces|portanto|dus)\s))"
    r"(?!(?:\S+\s+){13})(?:[^\d.:;!?\n]{0,60}?(?<!\bin)(?<!since)(?<!\bby)(?<!over)(?<!within)(?<!next)(?<!last)(?<!every)(?<!least)(?<!most)(?<!than)(?<!about)(?<!around)(?<!roughly)(?<!nearly)(?<!almost)(?<!approximately)\s)?"
    r"(?P<figure>[-+$€£]?\d[\d,.]*(?:/\d+)?)(?:\s+(?:more|other|additional|further|different|whole|full))?\s+(?P<unit>(?!(?:is|are|was|were|has|have|had|does|do|must|can|will|would|divides|equals)\b)(?:(?:square|cubic)\s+)?[^\W\d_][^\s.,;:!?]*)"
    r"(?:\s+(?!but\b|or\b|if\b|unless\b|and\b)[^\d.:;!?,\n]*)?[.!]?",
    re.IGNORECASE,
)
"""A short conclusion with one figure and what is counted."""
IN_YEAR = lazy_compile(r"[^\d:;\n]{8,80}\s(?:in|since|from|until)\s+(?P<answer>1\d{3}|20\d\d)[.!]?")
ASIDE = lazy_compile(r"(?P<answer>[^()]{1,40}?)[*_]*\s+\((?P<aside>[^()]*[^\W\d_]{3}.*)\)[.!]?")
MEASURE = lazy_compile(
    r"(?P<answer>.{1,40}?)\s+(?:(?:square\s+|cubic\s+)?units|old|long|wide|tall|high|deep|away|left|in\s+(?:total|all|length))[.!]?"
)
"""A figure with what is measured, as in `14 years old` or `36π square units`."""
IT_TAKES = lazy_compile(
    r"(?:it|this|that|he|she|they|we|each)\s+(?:would\s+|will\s+)?(?:takes?|costs?|weighs?|needs?|pays?|earns?|lasts?|gets?|leaves|gives|makes|has|have)\s+"
    r"(?:(?:them|him|her|us|you|me|both)\s+)?(?P<answer>[^.!?\n]{1,40}?(?:\.\d+[^.!?\n]{0,30}?)?)(?:\s+\([^()\n]*\))?(?:\s+(?:to|for|until|together|each)\b[^.!?\n]*)?[.!]?",
    re.IGNORECASE,
)
BOXED = lazy_compile(r"\\(?:boxed|fbox)\s*\{")
HASHES = lazy_compile(r"^\s*####\s+(\S.*)$")
RULE = lazy_compile(r"\s*(?:[-*_=~]\s*){3,}|\s*```\w*\s*|\s*\\\]\s*|\s*\\\[\s*|\s*\$\$\s*|\s*</?\w+>\s*")
COURTESY = lazy_compile(
    r"(?:i\s+hope|hope\s+(?:this|that|it)|let\s+me\s+know|feel\s+free|please\s+(?:let|feel|ask|note\s+that\s+i)|"
    r"if\s+you\s+(?:have|need|want|would|'d)|(?:is|was)\s+there\s+anything|happy\s+to|glad\s+to|do\s+you\s+(?:want|need)|"
    r"would\s+you\s+like|thank|good\s+luck|have\s+a\s+(?:nice|great|good)|don't\s+hesitate|you're\s+welcome|cheers|best\s+regards|"
    r"this\s+(?:completes|concludes)|confidence\b|(?:ich\s+)?hoffe|lass\s+(?:es\s+)?mich|wenn\s+du|falls\s+(?:du|sie)|bei\s+fragen|viel\s+erfolg|"
    r"j['’]espère|n['’]hésite|si\s+(?:vous|tu|tienes|necesitas|hai|você|precisar)|espero|avísame|déjame\s+saber|"
    r"spero|fammi\s+sapere|se\s+(?:hai|você|tiver|precisar)|fique\s+à\s+vontade|hopelijk|laat\s+(?:het\s+)?me|als\s+je|надеюсь|если\s+(?:у\s+вас|вам|нужно)|"
    r"дайте\s+знать|希望|如果(?:你|您|还|有)|如有|请(?:随时|告诉)|お役に|ご不明|何か|他に|도움이|궁금한|더\s+필요|qed\b|∎|□)",
    re.IGNORECASE,
)
EMOJI = lazy_compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f✅]+")
EMPHASIS = lazy_compile(r"\*{1,3}|(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)")
LABEL_ALONE = lazy_compile(
    rf"{HENCE}?{ANSWER_LABEL}(?:\s+(?:is|ist|est|es|è|é)|\s*[是为は])?\s*[:：.]?", re.IGNORECASE
)
LABEL = lazy_compile(rf"{HENCE}?{ANSWER_LABEL}(?:\s+\([^()]*\))?{IS}(?P<answer>\S.*)", re.IGNORECASE)
SENTENCE = lazy_compile(
    rf"(?:^|(?<=[.!?;,:。！？；，]\s)|(?<=[。！？；，])|(?<=—\s)|(?<=\bthat\s)|(?<=\bbut\s)|(?<=\bi\s(?:think|guess)\s)|(?<=\bi\sbelieve\s))"
    rf"{HENCE}?{ANSWER_LABEL}{IS}(?P<answer>\S.*)",
    re.IGNORECASE,
)  # fmt: skip
NAMED = lazy_compile(
    rf"(?:{HENCE}(?:the|there|we|it|he|she|they|x|y|n|die|der|das|la|le|el|il|o|a)?\b\s*[^.:;\n]{{0,80}}?)\s(?:is|are|was|equals|"
    r"have|has|had|get|gets|obtain|find|ist|sind|est|es|è|é|são|zijn|haben|=)\s*:?\s+(?P<answer>\S[^\n]{0,80})",
    re.IGNORECASE,
)
INVERTED = lazy_compile(
    rf"{HENCE}(?:ist|lautet|is|blijkt)\s+{ANSWER_LABEL}\s+(?P<answer>\S.*)", re.IGNORECASE
)
COPULA = lazy_compile(r"\s*(?:です|でした|である|だ|입니다|이다|となります|になります)$")
CONCLUSION = lazy_compile(HENCE, re.IGNORECASE)
CHOSEN = lazy_compile(
    r"(?:(?:if\s+i\s+(?:had|have)\s+to\s+[^,.;\n]{2,40},\s+)?i(?:['’]d|\s+would)?\s+(?:choose|pick|select|say|go\s+(?:with|for)|vote\s+for)|my\s+vote\s+is)\s*:?\s+(?!so\b)(?P<answer>\S.*)",
    re.IGNORECASE,
)
IS_RIGHT = lazy_compile(
    r"(?:(?:so|therefore|thus|hence|of\s+(?:the|these)|among\s+(?:the|these)|from\s+(?:the|these))\b[^.:;\n]{0,60}?,?\s+)?(?:(?:the\s+)?(?:option|choice|answer)\s+)?\(?(?P<answer>[A-J])\)?\s+(?:is|would\s+be)\s+"
    r"(?:the\s+)?(?:correct|right|best)(?:\s+(?:answer|option|choice|one))?[.!]?",
    re.IGNORECASE,
)
REASON = lazy_compile(
    r"[,;:]?\s+(?:because|since|as\s+(?=it|the|this|they)|weil|da\s+(?=es|die|der|das)|parce\s+que|porque|perché|omdat|потому\s+что|so\s+kam)\b.*"
    r"|[,，]\s*(?:因为|由于)?.*$(?<=。)|[,，]?\s*因为.*",
    re.IGNORECASE | re.DOTALL,
)
NEXT_SENTENCE = lazy_compile(
    r"(?<=[^\W\d]{2}[.!?])\s+(?=[A-ZÄÖÜÉ]).*|(?<=[\d)%\]$*][.!?])\s+(?=[A-ZÄÖÜÉ][^\W\d_]+\s).*|(?<=[。！？]).+",
    re.DOTALL,
)
HEDGE = lazy_compile(
    r"[,;]?\s+(?:but|though|although|however)\s*,?\s+(?:i(?:['’](?:m|d|ll)|\s+am)?|it(?:['’]s|\s+is)?|this(?:\s+is)?|please|you\s+may)\s+"
    r"(?:[\w'’]+\s+){0,5}?(?:not|un\w+|double-?check|check|verify|guess\w*|could|may|might|sure|certain|confident)\b.*",
    re.IGNORECASE | re.DOTALL,
)
"""Doubt about an answer, which is its answer all the same."""
ALSO = lazy_compile(
    r"(?P<answer>[^,;]{1,60}?),?\s+(?:or|i\.e\.,?|that\s+is,?|which\s+is|=|(?P<about>≈))\s+(?P<other>[^,;]{1,40})"
)
ABOUT = lazy_compile(r"(?:about|approximately|approx\.?|roughly|around|nearly|≈|~)\s*", re.IGNORECASE)
ALTOGETHER = lazy_compile(r"(?:一共|总共|總共|共|合计|全部で)(?:有|是|需要|要|为)?\s*(?=\d)")
OPTION_WORD = lazy_compile(
    r"(?:the|die|der|das|la|le|el|a|o|het|l['’])?\s*(?:options?|choices?|answers?|alternativ[ae]|letra|lettre|lettera|buchstabe|letter|opción|opção|opzione|antwort|réponse|option|вариант|选项|選項)\s+"
    r"(?=\(?[A-J]\b)|(?:die|der|das|la|le|el|l['’])\s*(?=\(?[A-J]\)?$)",
    re.IGNORECASE,
)
OPTION_DASH = lazy_compile(r"\(?([A-J])\)?\s*(?:—|–|-(?=\s))\s*(?=[^\W\d_]{2})")
ORDINAL_SIGN = lazy_compile(r"(?:第\s*)?(\d+)\s*(?:번|番|項|项)")
BOLD_END = lazy_compile(r"[^*]*?(?:\*\*|__)(?P<answer>[^*_\n]{1,60})(?:\*\*|__)[.!。]?")
"""A sentence that ends with one part in bold type."""
COPULA_BEFORE = lazy_compile(
    r"\b(?:is|are|was|were|ist|sind|war|est|sont|es|son|è|é|são|zijn)\s+(?:\w+\s+)?(?:the\s+|an?\s+)?[*_\"'“]*$",
    re.IGNORECASE,
)
THEREFORE = lazy_compile(
    r"\b(?:therefore|thus|hence|consequently|daher|somit|donc|quindi|dunque|entonces|portanto|dus)\s+",
    re.IGNORECASE,
)
FIGURE_FIRST = lazy_compile(
    r"[-+−–±~≈(\[{$€£¥₹]*\d|[A-Za-z]\s*[=<>≤≥]|(?:about|approximately|roughly|around|nearly|almost|exactly|at\s+(?:least|most)|more\s+than|less\s+than|"
    r"fewer\s+than|no\s+more\s+than|over|under|between)\s+\S*\d",
    re.IGNORECASE,
)
BOUND_WORDS = frozenset(
    """than least most not no never under over above below or and to by in since until from without except
    between nor about step part question section chapter equation case round number of""".split()  # noqa: SIM905
)
"""Words before a figure without which it says something else."""
MAX_CONCLUSION_WORDS = 24
THEREFORE_IS = lazy_compile(
    r"[^.:;\n]{3,80}?\s(?:is|are|was|equals|ist|est|es|è|é)\s+(?:therefore|thus|hence|then|consequently|also|daher|somit|donc|entonces|quindi|portanto)\s+"
    r"(?P<answer>\S[^\n]{0,60}?)[.!]?",
    re.IGNORECASE,
)
NAMES = lazy_compile(r"\s(?:is|are|was)\s+\W*[A-Z][^\W\d_]*(?:\s[A-Z][^\W\d_]*){0,2}\W*$")
ITEM = lazy_compile(r"(?:[-*•+]|\d{1,2}[.)])\s")
EQUALITY = lazy_compile(r"[^=<>≤≥≠]*\d[^=<>≤≥≠]*[-+*/×·÷^][^=<>≤≥≠]*=\s*([^=]+)")
