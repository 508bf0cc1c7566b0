"""Patterns of the sentences and labels with which replies end, and of what surrounds an answer in them."""

from __future__ import annotations

import re

from roundtable_tui.answers.languages.phrases import ANSWER_LABEL, HENCE, IS
from roundtable_tui.utils.lazy_pattern import lazy_compile

TAG = lazy_compile(
    r"<(final[-_]?answer|answer|ans|result|final|solution|conclusion|choice)>\s*(.*?)\s*</\1>",
    re.DOTALL | re.IGNORECASE,
)
SQUARE_TAG = lazy_compile(r"\[(answer|final|result)\]\s*([^\[\]\n]+?)\s*\[/\1\]", re.IGNORECASE)
COLON_LABEL = lazy_compile(
    r"(?:(?:the\s+)?[^\W\d_]+(?:\s+[^\W\d_]+){0,4}\s+(?:is|are|was|were|ist|est|es)(?=:)|tl;?dr|final|correct|richtig|correct[ao]|(?:(?:predicted|overall|final)\s+)?(?:label|class|category|classification|sentiment|prediction|output|rating|score|grade)|in\s+(?:short|brief|sum|summary|total|conclusion)|bottom\s+line|the\s+short\s+version|(?:the\s+)?(?:grand\s+|"
    r"overall\s+)?(?:total|sum)(?:\s+\w+)?|(?:the\s+)?value|kurz|en\s+resumen|en\s+résumé|insgesamt|итого|合计|合計)\s*[:：=]\s*(?P<answer>\S.*)",
    re.IGNORECASE,
)
AT_THE_END = lazy_compile(
    rf"{HENCE}[^\d.:;\n]{{3,100}}?\s(?:at|to|in|on|for|by|of|is|are|was|costs?|weighs?|takes?|needs?|pays?|earns?|has|have|get|gets|makes?|"
    r"totals|contains?|leaves|gives|yields|lasts?|covers?|travels?|exactly|only)\s+(?P<answer>(?:(?:about|approximately|roughly|around|nearly|almost)\s+)?(?!(?<=\sin\s)(?:1\d|20)\d\d\b)[-+$€£¥]?\d\S*(?:\s+[^\W\d_][^\s.]*(?:\s+(?:per|pro|par|por|an|a)\s+[^\W\d_]+)?)?)[.!]?",
    re.IGNORECASE,
)
"""A conclusion with one figure, at its end."""
RETURNS = lazy_compile(
    r"[^.:;\n]{2,80}?\s(?:returns|prints|outputs|yields|evaluates\s+to|gives|displays)\s+[`*\"']*(?P<answer>[^`*\n]{1,40}?)[`*\"']*[.!]?"
)
SELECTED = lazy_compile(
    r"(?:(?:综上|所以|因此)\s*[,，]?\s*)?(?:故|应|應|应该|(?:正确)?答案)?[选選](?:择|擇)?\s*[:：]?\s*(?P<answer>[(（]?[A-J][)）]?)[.。]?"
)
TABLE_ROW = lazy_compile(r"\|\s*([^|\n]+?)\s*\|\s*([^|\n]+?)\s*\|")
ONE_FIGURE = lazy_compile(
    rf"(?:{HENCE}|that\s+(?=leaves|gives|makes|means)|this\s+(?=leaves|gives|makes|means)|(?=[^\d.:;,!?\n]{{3,60}}\s\d[^.:;!?\n]{{0,40}}\s(?:in\s+total|in\s+all|altogether|left)[.!]?$)|"
    r"(?=[^\d.:;,\n]{3,40}\scomes?\s+(?:out\s+)?(?:as|at|to)\s)|"
    r"(?=[^\d.:;,\n]{3,60}\b(?:thus|therefore|hence|donc|somit|daher|also|quindi|entonces|portanto|dus)\s))"
    r"(?!(?:\S+\s+){13})(?:[^\d.:;!?\n]{0,60}?(?<!\bin)(?<!since)(?<!\bby)(?<!over)(?<!within)(?<!next)(?<!last)(?<!every)(?<!least)(?<!most)(?<!than)(?<!about)(?<!around)(?<!roughly)(?<!nearly)(?<!almost)(?<!approximately)\s)?"
    r"(?P<figure>[-+$€£]?\d[\d,.]*(?:/\d+)?)(?:\s+(?:more|other|additional|further|different|whole|full|new|extra|remaining|possible|distinct|unique|separate|correct|equal|red|blue|green|white|black|yellow|old|small|large|big))?\s+(?P<unit>(?!(?:is|are|was|were|has|have|had|does|do|must|can|will|would|divides|equals)\b)(?:(?:square|cubic)\s+)?[^\W\d_][^\s.,;:!?]*(?:\s+per\s+[^\W\d_]+)?)"
    r"(?:\s+(?!but\b|or\b|if\b|unless\b|and\b)(?![^.\n]*\s(?:is|are|was|were|will|would)\b)[^\d.:;!?,\n]*)?[.!]?",
    re.IGNORECASE,
)
"""A short conclusion with one figure and what is counted."""
IN_YEAR = lazy_compile(
    r"[^\d:;\n]{3,80}\b(?:(?:was|were|been|is)\s+(?:(?:first|finally|officially|originally|\w+ly)\s+)?(?:\w+ed|born|built|won|written|made|held|lost|"
    r"begun|sold|cut|sung|shot|taken|given|drawn|broken|driven|sent|laid|shown|known|fought)|"
    r"happened|occurred|began|started|ended|died|took\s+place|fell|broke\s+out|opened|closed|landed|arose|won|wrote|published|invented|discovered|"
    r"became|came\s+(?:out|into\s+force)|joined|left|ruled|lived|sailed|arrived|appeared|was)\b"
    r"(?!\s+(?:better|worse|higher|lower|more|less|good|bad|large|small|strong|weak|very|still|already|likely|up|down|pleased|expected)\b)"
    r"(?:(?<!was)[^\d:;\n]{0,60})?\s(?:in|since|from|until)\s+(?P<answer>1\d{3}|20\d\d)[.!]?",
    re.IGNORECASE,
)
"""A sentence that says in which year something happened."""
ALIAS = lazy_compile(
    r"(?P<answer>[^()]{2,60}?)[*_]*\s+\((?:[^\W\d_]+:\s|also\b|aka\b|a\.k\.a\.|or\s|i\.e\.|formerly\b|known\b|(?:c\.\s*)?\d{3,4}\s?[-–—]|born\b|≈|~|about\b|approx|roughly\b|=)[^()]*\)[.!]?",
    re.IGNORECASE,
)
"""An answer with another name, or its rounded value, in parentheses."""
ASIDE = lazy_compile(r"(?P<answer>[^()]{1,40}?)[*_]*\s+\((?P<aside>[^()]*[^\W\d_]{3}.*)\)[.!]?")
MEASURE = lazy_compile(
    r"(?P<answer>.{1,40}?)\s+(?:(?:square\s+|cubic\s+)?units|old|long|wide|tall|high|deep|away|left|in\s+(?:total|all|length))[.!]?"
)
"""A figure with what is measured, as in `14 years old` or `36π square units`."""
FOUND = lazy_compile(
    r"(?:(?:hence|thus|so|therefore|then|and|now|finally)?,?\s*(?:i|we|you|one)\s+(?:get|got|gets|obtain|obtained|find|found|arrive\s+at|end\s+up\s+with|calculate|calculated|"
    r"compute|computed|have|come\s+to|conclude|settle\s+on)|(?:so|hence|thus|therefore)?,?\s*(?:it|this|that|the\s+\w+(?:\s+\w+)?)\s+(?:must|has\s+to|can\s+only|should|would|will)\s+be)\s*:?\s+"
    r"(?P<answer>\S[^\n]{0,60}?)[.!]?",
    re.IGNORECASE,
)
"""`We get 72 km/h`, `It must be 72`."""
IT_TAKES = lazy_compile(
    r"(?:it|this|that|he|she|they|we|each)\s+(?:would\s+|will\s+)?(?:takes?|costs?|weighs?|needs?|pays?|earns?|lasts?|gets?|leaves|gives|makes|has|have)\s+"
    r"(?:(?:them|him|her|us|you|me|both)\s+)?(?P<answer>[^.!?\n]{1,40}?(?:\.\d+[^.!?\n]{0,30}?)?)(?:\s+\([^()\n]*\))?(?:\s+(?:to|for|until|together|each)\b[^.!?\n]*)?[.!]?",
    re.IGNORECASE,
)
BOXED = lazy_compile(r"\\(?:boxed|fbox)\s*\{")
HASHES = lazy_compile(r"(?:^|.*\d\.?\s)\s*####\s+(\S.*)$")
RULE = lazy_compile(
    r"\s*(?:[-*_=~]\s*){3,}|\s*```\w*\s*|\s*\\\]\s*|\s*\\\[\s*|\s*\$\$\s*|\s*</?\w+>\s*|\s*(?:\\begin|\\end)\{\w+\*?\}\s*"
)
EMOJI = lazy_compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\ufe0f✅]+")
EMPHASIS = lazy_compile(r"(?<!\s)\*{1,3}|\*{1,3}(?!\s)|(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)")
LABEL_ALONE = lazy_compile(
    rf"{HENCE}?{ANSWER_LABEL}(?:\s+(?:is|ist|est|es|è|é)|\s*[是为は])?\s*[:：.]?", re.IGNORECASE
)
LABEL = lazy_compile(
    rf"{HENCE}?{ANSWER_LABEL}(?:\s+\((?![A-J]\))[^()]*\))?{IS}(?P<answer>\S.*)", re.IGNORECASE
)
SENTENCE = lazy_compile(
    rf"(?:^|(?<=[.!?;,:。！？；，]\s)|(?<=[。！？；，])|(?<=—\s)|(?<=\bthat\s)|(?<=\bbut\s)|(?<=\bi\s(?:think|guess)\s)|(?<=\bi\sbelieve\s))"
    rf"{HENCE}?{ANSWER_LABEL}{IS}(?=(?P<answer>\S.*))",
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
CONCLUSION = lazy_compile(rf"{HENCE}(?::\s*)?", re.IGNORECASE)
CHOSEN = lazy_compile(
    r"(?:(?:if\s+i\s+(?:had|have)\s+to\s+[^,.;\n]{2,40},\s+)?(?:i(?:['’]d|['’]ll|\s+would|\s+will)?\s+(?:choose|pick|select|say|answer|stay\s+with|stick\s+with|go\s+(?:with|for)|vote\s+for)|i(?:['’]m|\s+am)\s+(?:choosing|picking|selecting|staying\s+with|sticking\s+with|going\s+(?:with|for)))|my\s+vote\s+is)\s*:?\s+(?!so\b)(?P<answer>\S.*)",
    re.IGNORECASE,
)
IS_RIGHT = lazy_compile(
    r"(?:(?:so|therefore|thus|hence|only|daher|also|somit|donc|entonces|quindi|portanto|dus|of\s+(?:the|these)|among\s+(?:the|these)|from\s+(?:the|these))\b[^.:;\n]{0,60}?,?\s+)?"
    r"(?:(?:the|die|la|a|o|de|het|l['’])?\s*(?:options?|choice|answer|letter|antwort|réponse|opción|opção|respuesta|resposta|risposta|opzione|antwoord|optie|odpowiedź|вариант|ответ)\s+)?"
    r"\(?(?P<answer>[A-J])\)?\s+(?:(?:is|would\s+be|must\s+be|has\s+to\s+be|ist|est|es|è|é|jest|—)\s+"
    r"(?:(?:the|die|la|le|a|o|il|el)\s+)?(?:(?:only|most)\s+)?(?:(?:correct|right|best|true|richtig|korrekt|bonne|juste|exacte?|correct[ao]?|corret[ao]|juist|goed|corretta|poprawn[ae]|prawidłow[ae]|верн\w*|правильн\w*)"
    r"(?:\s+(?:answer|option|choice|one|statement|antwort|réponse|respuesta|risposta|resposta|antwoord|odpowiedź|ответ|вариант))?|left|answer|one(?:\s+(?:that\s+)?(?:left|remaining|fits|works))?)"
    r"|(?:remains|fits|works|stays|survives|is\s+left|holds)|(?:best|correctly|most\s+accurately|accurately)\s+[^\W\d_]+s\s[^.\n]{1,80})[.!]?",
    re.IGNORECASE,
)
NOT_BUT = lazy_compile(
    r"(?:so\s+|it['’]s\s+|it\s+is\s+|the\s+answer\s+is\s+)?not\s+(?P<other>[^,.;\n]{1,40}?)\s*,?\s+but\s+(?:rather\s+)?(?P<answer>[^,.;\n]{1,40})[.!]?",
    re.IGNORECASE,
)
"""`Not A but B`: the second counts."""
AND_NOT = lazy_compile(
    r"(?P<answer>[^,;.\n]{1,60}?)\s*[,(]?\s*\b(?:(?:and\s+)?not|rather\s+than|instead\s+of|as\s+opposed\s+to|nicht|et\s+non(?:\s+pas)?|(?<=,\s)non|y\s+no|e\s+não|(?<=,\s)não|en\s+niet|(?<=,\s)niet|а\s+не)\s+"
    r"(?:simply\s+|just\s+)?(?P<other>[^,;.\n]{1,40}?)\)?[.!]?",
    re.IGNORECASE,
)
"""`B, not A`: the first counts if the second is of the same kind."""
REASON = lazy_compile(
    r"[,;:]?\s+(?:because|since|as\s+(?=it|the|this|they)|weil|da\s+(?=es|die|der|das)|parce\s+que|porque|perché|omdat|потому\s+что|so\s+kam)\b.*"
    r"|\s*(?::|\s[—–])\s+(?=(?:it|this|they|he|she|there|we)(?:['’]\w+)?\s+[^\W\d_]).*"
    r"|[,，]\s*(?:因为|由于)?.*$(?<=。)|[,，]?\s*因为.*",
    re.IGNORECASE | re.DOTALL,
)
NEXT_SENTENCE = lazy_compile(
    r"(?<=[^\W\d]{2}[.!?])\s+(?=[A-ZÄÖÜÉ]).*|(?<=[\d)%\]$*][.!?])\s+(?=[A-ZÄÖÜÉ][^\W\d_]+[\s,]).*|(?<=[。！？]).+",
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
BOUND = lazy_compile(
    r"(?:at\s+(?:least|most)|more\s+than|(?:less|fewer)\s+than|up\s+to)\s+(?=\S*\d)", re.IGNORECASE
)
ALTOGETHER = lazy_compile(
    r"(?:^[\u4e00-\u9fff]{0,20})?(?:一共|总共|總共|共|合计|全部で)(?:有|是|需要|要|为)?\s*(?=\d)"
)
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
    r"\b(?:by|called|named|known\s+as|is|are|was|were|ist|sind|war|est|sont|es|son|è|é|são|zijn)\s+(?:\w+\s+)?(?:the\s+|an?\s+)?[*_\"'“]*$",
    re.IGNORECASE,
)
THEREFORE = lazy_compile(
    r"\b(?:therefore|thus|hence|consequently|daher|somit|donc|quindi|dunque|entonces|portanto|dus)\s+",
    re.IGNORECASE,
)
FIGURE_FIRST = lazy_compile(
    r"[-+−–±~≈(\[{$€£¥₹`]*(?:\d|\\infty|∞)|[A-Za-z]\s*[=<>≤≥]|(?:about|approximately|roughly|around|nearly|almost|exactly|at\s+(?:least|most)|more\s+than|less\s+than|"
    r"fewer\s+than|no\s+more\s+than|over|under|between)\s+\S*\d",
    re.IGNORECASE,
)
BOUND_WORDS = frozenset(
    """than least most not no never under over above below or and to by in since until from without except
    between nor about step part question section chapter equation case round number of""".split()  # noqa: SIM905
)
"""Words before a figure without which it says something else."""
MAX_CONCLUSION_WORDS = 24
LAST_WORDS = frozenset(
    """is are was were be equals equal gives yields get gets obtain find leaves makes totals need needs
    require requires cost costs weighs takes contains holds lasts : ist sind
    beträgt lautet est sont vaut es son è sono é são jest wynosi равна равно""".split()  # noqa: SIM905
)
"""Words before the answer with which a sentence ends."""
AMOUNTS_TO = lazy_compile(
    r"\b(?:works?\s+out|amounts?|comes?(?:\s+out)?|equal|adds?\s+up|sums?(?:\s+up)?|reduces|simplifies|evaluates|leads|rounds?(?:\s+up|\s+down)?)\s+to\s*$",
    re.IGNORECASE,
)
IT_IS_WHO = lazy_compile(
    r"(?:so\s+|thus\s+|therefore\s+)?[Ii]t\s+(?:is|was)\s+(?P<answer>(?:the\s+)?[A-Z][^,.;:\n]{1,50}?)\s+(?:who|that|which)\s[^\n]*"
    r"|(?i:so|thus|hence|then),?\s+(?:option\s+)?(?P<letter>[A-J])\s+it\s+is[.!]?"
)
"""`It was Ada who ...`, `So D it is`."""
PLAIN_TITLE = lazy_compile(
    r"(?P<label>[A-Z][^\W\d_]+(?:\s[^\W\d_]+){0,2}):\s+(?P<answer>(?:[A-Z][\w.'’-]*)(?:\s(?:[A-Z][\w.'’-]*|of|the|de|von|van|da|di)){0,4})[.!]?"
)
OPEN_SENTENCE = lazy_compile(
    r"\?\W*$|\b(?:if|whether|unless|not|never|suppose|assume|let|would|could|may|might|example|instance|such\s+as|try|until|wenn|falls|nicht|si|se|als|niet|ne|если|не)\b",
    re.IGNORECASE,
)
"""A question, a condition, or a sentence that denies something."""
LEAVES = lazy_compile(
    r"[^.\n]{0,120}?\b(?:leav\w+|left\s+with|narrows\s+(?:it\s+)?down\s+to|eliminates\s+all\s+but)\s+(?:us\s+with\s+)?(?:only\s+|just\s+)?(?:(?:option|choice|answer)\s+)?\(?(?P<answer>[A-J])\)?(?:\s+as\s+[^.\n]{1,60})?[.!]?",
    re.IGNORECASE,
)
CALLED = lazy_compile(
    r"(?:it|this|that|he|she|they|(?:the|this|that)\s+[^,.;:\n]{2,60}?)\s+(?:is|are|was|were)\s+(?:(?:also|usually|commonly|generally|officially|therefore|thus)\s+)?(?:called|named|known\s+as)\s+"
    r"(?P<answer>[^,.;:\n]{1,60})[.!]?",
    re.IGNORECASE,
)
SO_IT_IS = lazy_compile(
    r"[^\n]{3,120}?,\s+(?:i\.e\.,?|that\s+is,|in\s+other\s+words,?|so|hence|thus|therefore|and\s+so|which\s+means|also|donc|dus|quindi)\s+(?P<answer>[^,;\n]{1,60})"
)
"""`The target is 12, so x = 3`: what follows from the first clause is the answer."""
SUPERLATIVE = lazy_compile(
    r"(?i:(?:so\s+|thus,?\s+|therefore,?\s+|hence,?\s+)?the\s+(?:\w+est|most\s+\w+|least\s+\w+|best|worst|right|correct|first|last|only|winner|capital)\b)[^.:;\n]{0,60}?\s(?:is|are|was|were)\s+"
    r"(?P<answer>(?:the\s+|[^\W\d_]+\s+(?=\d)|(?=[A-Z\d*]))[^.:;\n]{1,50})[.!]?",
)
DEFINITE = lazy_compile(
    r"(?:(?:[Tt]hus|[Ss]o|[Hh]ence|[Tt]herefore),?\s+)?(?:[Tt]he|[Tt]hese|[Tt]hose)\s[^.:;!?\n]{3,100}?\s(?:is|are|was|were)\s"
    r"(?P<answer>[A-Z][^\s,.;:]*(?:,?\s(?:and\s)?(?:of\s|the\s|de\s|von\s|van\s|da\s)?[A-Z][^\s,.;:]*){0,11})[.!]?"
)
"""`The three countries in question are France, Spain and Italy`: a sentence that ends with names."""
LIST_HEAD = lazy_compile(
    r"[^.:;!?\n]{3,120}\s(?:is|are|was|were|sind|sont|son|sono|são|zijn):",
    re.IGNORECASE,
)
"""A line after which a list is the answer."""
CLAUSE = lazy_compile(
    r"\S[^\d\n]{0,80}?\s(?:is|are|was|were|has|have|had|will|would|must|should|needs?|takes?|costs?|gets?|pays?|makes?|gives?|earns?|travels?|contains?)\s[^\d\n]{0,60}[-+$€£¥]?"
    r"\d[\d.,:/]*(?![\d.,:/]*\d)(?:\s+[^\s\d,]+){0,4}",
    re.IGNORECASE,
)
"""A sentence with one figure, after its verb."""
CJK_CLAUSE = lazy_compile(
    r"(?!.*(?:至少|最多|不|超过|大约|约))[\u3040-\u9fff\uac00-\ud7af、，]{2,20}\s*(?P<answer>\d[\d.,/]*\s*(?:[\u3040-\u9fff\uac00-\ud7af]{1,4})?)[。.]?"
)
"""A Chinese, Japanese or Korean sentence with one figure, at its end."""
MILD_BUT = lazy_compile(r"(?<=[a-z,])\s+but\s+(?!(?:only|if|not|yes|when|then)\b)", re.IGNORECASE)
"""A contrast within the explanation of a no."""
ONLY_ONE = lazy_compile(
    r"(?:(?:so|thus|hence|therefore)\W+)?(?:option\s+|choice\s+)?\(?(?P<answer>[A-J])\)?\s+(?:is|seems|appears\s+to\s+be|remains)\s+the\s+"
    r"(?:only|best|correct|right|most\s+\w+)\s+(?:\w+\s+)?(?:option|choice|answer|one|statement|candidate|explanation|description)\b[^.\n]{0,100}[.!]?",
    re.IGNORECASE,
)
VALUE_OF = lazy_compile(
    r"\$?(?:\\?[A-Za-z]{1,10}\s*(?:[({][-\d.,\s/π]*[)}]\s*)+|[\d.]+!|\\(?:int|sum|prod|lim|frac|sqrt|log|ln|sin|cos|tan|det|gcd)(?![A-Za-z])[^=<>\n]*)"
    r"\s*=\s*(?P<answer>[^=<>,;\n]{1,60}?)\$?"
)
"""The value of a function or a formula: `f(10) = 89`, `\\int_0^1 x e^x dx = 1`."""
NUMBERED_OPTION = lazy_compile(
    r"(?:the\s+)?(?:option|choice|opción|opção|opzione|вариант)\s+(\d{1,2})", re.IGNORECASE
)
SMALL_OPTION = lazy_compile(r"\(?([a-j])\)\s+(?=[^\W_]|\$)")
OPTIONS = lazy_compile(r"\([A-J]\)(?:(?:,|,?\s+(?:and|und|et|y|e|&))\s+\([A-J]\))+")
WORD_EQUALS = lazy_compile(r"(?:[^\W\d_]{2,}\s+){0,4}[^\W\d_]{2,}\s*=\s*(?P<answer>[^=\n]{1,60})")
"""`Probability = 1/7`."""
THEREFORE_IS = lazy_compile(
    r"[^.:;\n]{3,80}?\s(?:is|are|was|equals|ist|est|es|è|é)\s+(?:therefore|thus|hence|then|consequently|also|daher|somit|donc|entonces|quindi|portanto)\s+"
    r"(?P<answer>\S[^\n]{0,60}?)[.!]?",
    re.IGNORECASE,
)
NAMES = lazy_compile(r"\s(?:is|are|was)\s+\W*[A-Z][^\W\d_]*(?:\s[A-Z][^\W\d_]*){0,2}\W*$")
ITEM = lazy_compile(r"(?:[-*•+]|\d{1,2}[.)])\s")
CHAIN = lazy_compile(r"[^=<>≤≥≠\n]*(?:=[^=<>≤≥≠\n]+)+=\s*(?P<answer>[^=<>≤≥≠\n]+)")
"""A chain of equal terms, of which the last is the answer."""
SEVERAL = lazy_compile(r"[,;]|\b(?:and|or|und|oder|et|ou|y|o|e|en|и|или)\b", re.IGNORECASE)
DOUBLE_BRACKETS = lazy_compile(r"\[\[\s*([^\[\],;]{1,60}?)\s*\]\]")
TITLE = lazy_compile(
    r"[*_]{2,3}\s*(?P<label>[^\W\d_][^*_:\n]{0,40}?)\s*(?::\s*[*_]{2,3}|[*_]{2,3}\s*:)\s*(?P<answer>\S.{0,80})"
)
"""A line with a title in bold type: `**Author:** Jane Austen`."""
EQUALITY = lazy_compile(r"[^=<>≤≥≠]*\d[^=<>≤≥≠]*[-+*/×·÷^][^=<>≤≥≠]*=\s*([^=]+)")
ARTICLE = lazy_compile(r"^(?:(?:the|le|la|el|il)\s+|l['’])", re.IGNORECASE)
QUANTIFIER = lazy_compile(r"(?:all|no|any|every)\s", re.IGNORECASE)
BOLD_LINE = lazy_compile(r"[*_]{2,3}[^*_\n]{1,60}[*_]{2,3}[.:!]?")
TAKEN_BACK = lazy_compile(
    r"\b(?:wait|actually|correction|(?<!common\s)mistake|mistaken|let\s+me\s+(?:re\w*|check\s+again)|on\s+second\s+thought|wrong\s+above|scratch\s+that|"
    r"moment|halt|korrektur|attendez|en\s+fait|espera|corrección|aspetta|correzione|wacht|correctie|czekaj|подождите|исправ\w+)\b|等等|不对|更正|訂正",
    re.IGNORECASE,
)
"""Words with which a reply takes back what it began with."""
DENIED = lazy_compile(
    r"\b(?:(?:that|this|it|which)(?:['’]s|\s+is|\s+was)\s+(?:wrong|incorrect|not\s+right|not\s+correct|a\s+mistake)|correction\b|scratch\s+that|"
    r"i\s+made\s+an?\s+(?:\w+\s+)?(?:mistake|error)|(?:das|es)\s+(?:ist|war)\s+falsch|c['’]est\s+faux|es\s+incorrecto|è\s+sbagliato|está\s+errad[oa])\b",
    re.IGNORECASE,
)
"""A statement that the answer before it is wrong."""
BUT = lazy_compile(
    r"\b(?:but|however|although|though|unless|except|only\s+(?:if|when|for|in|on|some|after|before)|depends|not\s+(?:always|necessarily|quite|entirely)|aber|jedoch|allerdings|nur|mais|cependant|sauf|"
    r"pero|sin\s+embargo|salvo|sólo|mas|porém|ma|però|maar|echter|ale|jednak|но|однако)\b|但|不过|只有|ただし|しかし|하지만",
    re.IGNORECASE,
)
"""Words that may limit a yes or a no."""
NO_TITLE = lazy_compile(
    r"(?:[A-J]\b|(?:option|choice|answer|antwort|opción|opzione)\b|confidence|note|check|step|explanation|reason|hint|tip|source|caveat|example|warning)",
    re.IGNORECASE,
)
"""Titles of texts that are not an answer."""
