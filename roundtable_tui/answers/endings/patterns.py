"""Patterns of the labels and lines with which replies end, and of what surrounds an answer in them."""

from __future__ import annotations

import re
from functools import lru_cache

from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.utils.lazy_pattern import lazy_compile

TAG = lazy_compile(
    r"<(final[-_]?answer|answer|ans|vote|verdict|decision|stance|result|final|solution|conclusion|choice)>\s*(.*?)\s*</\1>",
    re.DOTALL | re.IGNORECASE,
)
SQUARE_TAG = lazy_compile(r"\[(answer|final|result)\]\s*([^\[\]\n]+?)\s*\[/\1\]", re.IGNORECASE)
COLON_LABEL = phrase(
    r"""
    (?:
        (?:the \s+)? [^\W\d_]+ (?:\s+ [^\W\d_]+){0,4} \s+ {is_before_colon} (?=:)  # "The sum is: 4"
        | {short_label} | {short_label:cjk}
        | (?: (?: predicted | overall | final ) \s+ )? (?:
              winner | culprit | diagnosis | translation
              | label | class | category | classification | sentiment | prediction | output | rating | score
              | grade
          )
        | in \s+ (?: short | brief | sum | summary | total | conclusion )
        | bottom \s+ line | the \s+ short \s+ version
        | (?:the \s+)? (?: grand \s+ | overall \s+ )? (?: total | sum ) (?:\s+ \w+)?
        | (?:the \s+)? value
    ) \s* [:：=] \s* (?P<answer>\S.*)
    """
)
TABLE_ROW = lazy_compile(r"\|\s*([^|\n]+?)\s*\|\s*([^|\n]+?)\s*\|")
ALIAS = phrase(
    r"""
    (?P<answer>[^()]{2,60}?) [*_]* \s+ \( (?:
        [^\W\d_]+: \s | also \b | was: | previously \b | before \b
        | aka \b | a\.k\.a\. | or \s | i\.e\. | formerly \b | known \b
        | (?:c\. \s*)? \d{3,4} \s? [-–—] | born \b | ≈ | ~ | about \b | approx | roughly \b | =
    ) [^()]*\)[.!]?
    """
)
"""An answer with another name, or its rounded value, in parentheses."""
ASIDE = lazy_compile(r"(?P<answer>[^()]{1,40}?)[*_]*\s+\((?P<aside>[^()]*[^\W\d_]{3}.*)\)[.!]?")
CONVERTED = lazy_compile(
    r"(?P<answer>[^()\n]*\d[^()\n]*[^\W\d_][^()\n]{0,20}?)[*_]*\s*\((?P<other>[^()\n]*\d[^()\n]*[^\W\d_][^()\n]{0,20})\)\.?"
)
"""A measure and the same in another unit: `165 °F (74 °C)`."""
CHANGED_OPTION = lazy_compile(r"(?P<answer>\(?[A-J]\)?)\s*（[^（）]*）[.。]?")
AND_SO_ON = phrase(
    r"""
    (?! wrong | incorrect | false | {right} ) (?P<answer> [^,;]{1,40}? )
    \s* [,;] \s+ (?: {and_clause} | {but_before_answer} | {and} | {short_and} ) \s+
    (?: {i_or_we} | {elaboration} | everyone ) (?: ['’] | \b ) .*
    """,
    re.IGNORECASE | re.DOTALL,
)
"""`20, and I'd encourage the others to count again`: an answer and a clause about something else."""
SURELY = lazy_compile(
    r"(?:definitely|clearly|certainly|surely|obviously|most likely)\s+(?P<answer>\S.*)", re.IGNORECASE
)
OPTION_RIGHT = phrase(r"(?P<answer> \(?[A-J]\)? ) \s+ {right} [.!]?")
"""`C richtig`, of "Damit ist Antwort C richtig"."""
GO_WITH = phrase(
    r"""
    (?: go \s+ (?: with | for ) | choose | pick | select ) \s+
    (?P<answer> (?: the \s+ )? [^.,;:\n]{1,50}? ) (?: \. (?: \s+ (?: it | this | that ) \s .* )? )?
    """,
    re.IGNORECASE | re.DOTALL,
)
"""`go with Plan B`, as an answer."""
BOLD_TITLED = lazy_compile(
    r"(?P<label>[A-Z][^\W\d_]*(?:\s[^\W\d_]+){0,3}):\s+[*_]{2}(?P<answer>[^*_:\n]{1,40})[*_]{2}[.!]?"
)
"""`Relationship: **neutral**`: a value in bold type under a title."""
THERE_IS = lazy_compile(r"there(?:['’]s|\s+(?:is|are|was|were))\s", re.IGNORECASE)
THERE_IS_NO = lazy_compile(
    r"there\s+(?:is|are)\s+(?P<answer>no\s+(?:[^\W\d_]+\s+){0,2}(?:solution|root|limit|maximum|minimum|intersection|value)s?)\.?",
    re.IGNORECASE,
)
"""`There are no real solutions.`"""
LONG_ANSWER = lazy_compile(
    r"(?<=[.!\n*])\s\W{0,4}(?:the )?long(?:er)? (?:answer|version)\W{0,3}:", re.IGNORECASE
)
"""What follows a short answer."""
CONTINUED = lazy_compile(
    r"^[*# ]{0,6}(?:Question|Problem|User|Human|Input|Q) ?\d{0,3} ?[*]{0,2}:", re.MULTILINE | re.IGNORECASE
)
"""A line with which a model begins to ask and answer itself."""
MEASURE = phrase(
    r"""
    (?P<answer>.{1,40}?) \s+ (?:
        (?: square \s+ | cubic \s+ )? units
        | old | long | wide | tall | high | deep | away | left
        | in \s+ (?: total | all | length )
    ) [.!]?
    """,
    0,
)
"""A figure with what is measured, as in `14 years old` or `36π square units`."""
BOXED = lazy_compile(r"\\(?:boxed|fbox)\s*\{")
HASHES = lazy_compile(r"(?:^|.*\d\.?\s)\s*####\s+(\S.*)$")
RULE = phrase(
    r"""
    \s* (?:[-*_=~] \s*){3,} | \s* ```\w* \s* | \s* \\\] \s* | \s* \\\[ \s* | \s* \$\$ \s* | \s* </?\w+> \s*
    | \s* (?: \\begin | \\end ) \{\w+\*?\} \s*
    """,
    0,
)
EMOJI = lazy_compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\ufe0f✅]+")
EMPHASIS = lazy_compile(r"(?<!\s)\*{1,3}|\*{1,3}(?!\s)|(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)")
LABEL_ALONE = phrase(
    r"{HENCE}? {ANSWER_LABEL} (?: \s+ {is_after_label} | \s* {is_after_label:cjk} )? \s* [:：.]?"
)
LABEL = phrase(r"{HENCE}? {ANSWER_LABEL} (?: \s+ \( (?! [A-J]\) ) [^()]* \) )? {IS} (?P<answer>\S.*)")
SENTENCE = phrase(
    r"""
    (?:
        ^ | (?<= [.!?;,:。！？；，] \s ) | (?<=[。！？；，]) | (?<=— \s) | (?<=\b that \s) | (?<=\b but \s)
        | (?<= \b i \s (?: think | guess ) \s )
        | (?<= \b i \s believe \s )
    ) {HENCE}? {ANSWER_LABEL} {IS} (?= (?P<answer>\S.*) )
    """
)
COPULA = phrase(r"\s* {is_at_end:cjk} $", 0)
NOT_BUT = phrase(
    r"""
    (?: so \s+ | it['’]s \s+ | it \s+ is \s+ | the \s+ answer \s+ is \s+ )? not \s+
    (?P<other> [^,.;\n]{1,40}? ) \s* ,? \s+ but \s+ (?:rather \s+)? (?P<answer> [^,.;\n]{1,40} ) [.!]?
    """
)
"""`Not A but B`: the second counts."""
AND_NOT = phrase(
    r"""
    (?P<answer> [^,;.\n]{1,60}? ) \s* [,(]? \s* \b {and_not} \s+ (?: simply \s+ | just \s+ )?
    (?P<other> [^,;.\n]{1,40}? ) \)?[.!]?
    """
)
"""`B, not A`: the first counts if the second is of the same kind."""
OPTION_NOT = phrase(
    r"""
    (?: {option_word} \s+ )? \(? (?P<answer>[A-J]) \)? ,? \s+ {and_not} \s+
    (?: {option_word} \s+ )? \(? [A-J] \)? (?= \s*[:;.,—–] )
    """,
    0,
)
"""`B, not A: ...`, whatever is said of the other."""
REASON = phrase(
    r"""
    [,;:]? \s+ {reason} \b .*
    | ,? \s+ {concession} \s .*
    | \s* (?: : | \s [—–] ) \s+
      (?= (?: it | this | they | he | she | there | we ) (?:['’]\w+)? \s+ [^\W\d_] ) .*
    | [,，] \s* (?: 因为 | 由于 )? .* $ (?<=。)
    | [,，]? \s* 因为.*
    """,
    re.IGNORECASE | re.DOTALL,
)
NEXT_SENTENCE = phrase(
    r"""
    (?<= [^\W\d]{2}[.!?] )  # After a word, not an initial or a title.
    (?<! \b Dr\. ) (?<! \b Mr\. ) (?<! \b Ms\. ) (?<! \b St\. ) (?<! \b Mt\. ) (?<! \b Lt\. ) (?<! \b Ft\. )
    (?<! \b Mrs\. ) (?<! \b Gen\. ) (?<! \b Col\. ) (?<! \b Sgt\. ) (?<! \b Rev\. ) (?<! \b Sen\. )
    (?<! \b Gov\. ) (?<! \b Prof\. ) (?<! \b Capt\. ) (?<! \b Hon\. )
    \s+ (?=[A-ZÄÖÜÉ]) .*
    | (?<= [\d)%\]$*][.!?] ) \s+ (?= [A-ZÄÖÜÉ][^\W\d_]+[\s,] ) .*
    | (?<=[。！？]) .+
    """,
    re.DOTALL,
)
HEDGE = phrase(
    r"""
    [,;]? \s+ (?: but | though | although | however ) \s* ,? \s+
    (?:
        i (?: ['’] (?: m | d | ll ) | \s+ am )?
        | it (?: ['’]s | \s+ is )? | this (?:\s+ is)? | please | you \s+ may
    ) \s+ (?:[\w'’]+ \s+){0,5}? (?:
        not | un\w+ | double-?check | check | verify | guess\w* | could | may | might | sure | certain
        | confident
    ) \b .*
    """,
    re.IGNORECASE | re.DOTALL,
)
"""Doubt about an answer, which is its answer all the same."""
ALSO = phrase(
    r"""
    (?P<answer>[^,;]{1,60}?) ,? \s+ (?: or | i\.e\.,? | that \s+ is,? | which \s+ is | = | (?P<about>≈) )
    \s+ (?P<other>[^,;]{1,40})
    """,
    0,
)
ABOUT = lazy_compile(r"(?:about|approximately|approx\.?|roughly|around|nearly|≈|~)\s*", re.IGNORECASE)
BOUND = lazy_compile(
    r"(?:at\s+(?:least|most)|more\s+than|(?:less|fewer)\s+than|up\s+to)\s+(?=\S*\d)", re.IGNORECASE
)
ALTOGETHER = phrase(
    r"""
    (?: ^ [\u4e00-\u9fff]{0,20} )? {altogether:cjk} (?: 有 | 是 | 需要 | 要 | 为 )? \s* (?=\d)
    """,
    0,
)
OPTION_WORD = phrase(
    r"""
    {article_before_option}? \s* (?: {option_word} | {option_word:cjk} ) \s+ (?=\(?[A-J] \b)
    | (?: die | der | das | la | le | el | l['’] ) \s* (?=\(?[A-J]\)? $)
    """
)
OPTION_DASH = lazy_compile(r"\(?([A-J])\)?\s*(?:—|–|-(?=\s))\s*(?=[^\W\d_]{2})")
ORDINAL_SIGN = lazy_compile(r"(?:第\s*)?(\d+|[①-⑳])\s*(?:번|番|項|项)")
BOLD_END = lazy_compile(r"[^*]*?(?:\*\*|__)(?P<answer>[^*_\n]{1,60})(?:\*\*|__)[.!。]?")
"""A sentence that ends with one part in bold type."""
COPULA_BEFORE = phrase(
    r"""
    \b {is_before_bold} \s+ (?:\w+ \s+)? (?: the \s+ | an? \s+ )? [*_\"'“]* $
    """
)
PLAIN_TITLE = phrase(
    r"""
    (?P<label> [A-Z][^\W\d_]+ (?:\s [^\W\d_]+){0,2} ) : \s+ (?P<answer>
        (?: [A-Z][\w.'’-]* ) (?: \s (?: [A-Z][\w.'’-]* | of | the | de | von | van | da | di ) ){0,4}
    ) [.!]?
    """,
    0,
)
OPEN_SENTENCE = phrase(r"\? \W* $ | \b {open} \b")
"""A question, a condition, or a sentence that denies something."""
LIST_HEAD = phrase(r"[^.:;!?\n]{3,120} \s {are} :")
"""A line after which a list is the answer."""
MILD_BUT = lazy_compile(r"(?<=[^\s.!?;:])\s+but\s+(?!(?:only|if|not|yes|when|then)\b)", re.IGNORECASE)
"""A contrast within the explanation of a no."""
VALUE_OF = phrase(
    r"""
    \$? (?:
        \\?[A-Za-z]{1,10} \s* (?: [({][-\d.,\s/π]*[)}] \s* )+
        | (?: P | Pr | \\Pr ) \s* \( [^()=<>]{1,40} \)
        | [\d.]+!
        | \\ (?: int | sum | prod | lim | frac | sqrt | log | ln | sin | cos | tan | det | gcd )
          (?![A-Za-z]) [^=<>\n]*
    ) \s* = \s* (?P<answer> [^=<>,;\n]{1,60}? ) \$?
    """,
    0,
)
"""The value of a function or a formula: `f(10) = 89`, `\\int_0^1 x e^x dx = 1`."""
ABOUT_VALUE = lazy_compile(r"\$?[^\W\d_]{1,3}\s*(?:≈|\\approx(?![A-Za-z]))\s*(?P<answer>[^=<>≈\n]{1,60}?)\$?")
"""`pH ≈ 4.76`, `c \\approx 3`: a variable and its rounded value."""
NUMBERED_OPTION = phrase(r"(?:the \s+)? {numbered_option} \s+ (\d{1,2})")
SMALL_OPTION = lazy_compile(r"\(?([a-j])\)\s+(?=[^\W_]|\$)")
OPTIONS = lazy_compile(r"\([A-J]\)(?:(?:,|,?\s+(?:and|und|et|y|e|&))\s+\([A-J]\))+")
WORD_EQUALS = lazy_compile(r"(?:[^\W\d_]{2,}\s+){0,4}[^\W\d_]{2,}\s*=\s*(?P<answer>[^=\n]{1,60})")
"""`Probability = 1/7`."""
NAMES = lazy_compile(r"\s(?:is|are|was)\s+\W*[A-Z][^\W\d_]*(?:\s[A-Z][^\W\d_]*){0,2}\W*$")
ITEM = lazy_compile(r"(?:[-*•+]|\d{1,2}[.)])\s")
CHAIN = lazy_compile(r"[^=<>≤≥≠\n]*(?:=[^=<>≤≥≠\n]+)+=\s*(?P<answer>[^=<>≤≥≠\n]+)")
"""A chain of equal terms, of which the last is the answer."""
SEVERAL = phrase(r"[,;] | \b {and_or} \b")
DOUBLE_BRACKETS = lazy_compile(r"\[\[\s*([^\[\],;]{1,60}?)\s*\]\]")
TITLE = phrase(
    r"""
    [*_]{2,3} \s* (?P<label> [^\W\d_][^*_:\n]{0,40}? ) \s* (?: : \s* [*_]{2,3} | [*_]{2,3} \s* : ) \s*
    (?P<answer>\S.{0,80})
    """,
    0,
)
"""A line with a title in bold type: `**Author:** Jane Austen`."""
EQUALITY = lazy_compile(r"[^=<>≤≥≠]*\d[^=<>≤≥≠]*[-+*/×·÷^][^=<>≤≥≠]*=\s*([^=]+)")
ARTICLE = phrase(r"^ (?: {article_of_name} \s+ | l['’] )")
QUANTIFIER = lazy_compile(r"(?:all|no|any|every)\s", re.IGNORECASE)
BOLD_LINE = lazy_compile(r"[*_]{2,3}[^*_\n]{1,60}[*_]{2,3}[.:!]?")
TAKEN_BACK = phrase(r"\b {taken_back} \b | {taken_back:cjk}")
"""Words with which a reply takes back what it began with."""
DENIED = phrase(
    r"""
    \b (?:
        (?: that | this | it | which ) (?: ['’]s | \s+ is | \s+ was ) \s+
        (?: wrong | incorrect | not \s+ right | not \s+ correct | a \s+ mistake )
        | correction \b | scratch \s+ that
        | i \s+ made \s+ an? \s+ (?:\w+ \s+)? (?: mistake | error )
        | {that_is_wrong}
    ) \b
    """
)
"""A statement that the answer before it is wrong."""
BUT = phrase(r"\b {but} \b | {but:cjk}")
"""Words that may limit a yes or a no."""
NO_TITLE = phrase(
    r"""
    (?:
        [A-J] \b | {title_of_option} \b | confidence | note | check | step | explanation | reason | hint
        | tip | source | caveat | example | warning
    )
    """
)
"""Titles of texts that are not an answer."""


# A text is read for several forms of answers, which ask the same of it.
@lru_cache(maxsize=256)
def has_answer_sentence(text: str) -> bool:
    """Return True if a text has a sentence such as "The answer is 42"."""
    return bool(SENTENCE.search(text))


@lru_cache(maxsize=256)
def takes_back(text: str) -> bool:
    """Return True if a text has words with which a reply takes back what it began with."""
    return bool(TAKEN_BACK.search(text))


@lru_cache(maxsize=256)
def without_reason(text: str) -> str:
    """Return a text without a clause that gives the reason."""
    return REASON.sub("", text)
