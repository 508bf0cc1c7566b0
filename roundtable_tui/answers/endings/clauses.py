"""Cuts a sentence down to its main clause, and recognizes sentences that state nothing."""

from __future__ import annotations

import re
from functools import lru_cache

from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.utils.lazy_pattern import lazy_compile

_CONDITION = phrase(
    r"""
    \? \W* $ | ？ | ؟
    | \b (?:
        {condition} | {doubt} | {for_example}
        | (?-i:may)  # Not the month.
        | (?: better | worse | higher | lower | more | less ) \b [^.]* \s than \s (?= those | that | the \s )
        | (?: is | are | was | were ) \s+ (?: (?: still | very ) \s+ )?
          (?: better | worse | higher | lower | good | bad | large | small | strong | weak )
          \s+ (?: in | since | from | until ) \s
    ) \b
    | {condition:cjk} | {doubt:cjk} | {for_example:cjk}
    | {condition:other} | {doubt:other}
    """
)
"""A question, a condition, an example, a doubt, or a wish."""
_DENIAL = phrase(
    r"""
    \b {denial} \b
    | \b no \s \d
    | n['’]t \b
    | {denial:cjk} | {denial:other}
    """
)
_THEN = phrase(
    r"""
    ^ {premise} \s [^.;?!]{3,150}? , \s+
    {then} \s+ (?! .* \b {otherwise} \b )
    """
)
"""A premise of the question before what follows from it."""
_DEPENDS = phrase(r"\b {depends} \b | kommt \s+ darauf \s+ an | {depends:cjk}")
_VAGUE = phrase(
    r"""
    \b depend (?: s | e ) \b
    | \b (?: {depends} | kommt \s+ darauf \s+ an ) \b
    | {depends:cjk}
    | \b i \s+ (?: can['’]t | cannot | couldn['’]t ) \b  # "I cannot tell"
    | \b for \s+ me \s+ to \b
    | ^ {please} \b | ^ {please:cjk} \b
    | \b {missing} \s [^.]{0,30} \b {information} \b  # "There is not enough information"
    | (?: 정보 | 조건 ) .{0,6} (?: 필요 | 부족 )
    | (?: 信息 | 条件 | 数据 ) .{0,4} (?: 不足 | 不够 )
    | 情報が .{0,4} (?: 必要 | 足り ) | 情報が足り | 잘 \s* 모르
    | لا \s+ أستطيع
    | \b (?: lässt | lassen ) \s+ sich \b .* \b nicht \b
    | \b kan \s+ ik \b .* \b (?: geen | niet ) \b
    | \b (?: could | might | may ) \s+ be \b
    | \b no \s* (?: one | body ) \s+ knows \b
    | (?: doesn['’]t | does \s+ not ) \s+ say \b
    | ^ (?: whether | either ) \b
    | ^ {i_need} \b
    | ^ {i_or_we} \b ['’]? (?: \s* \S+ ){3}  # "I would have to see it"
    | ^ {i_or_we:cjk}
    | matter \s+ of \s+ (?: taste | opinion | definition )
    | ^ \W* {greeting} \W* $
    | 没有 (?: 唯一 | 固定 ) | 异なり | によって異な
    | \b {several} \s+ (?: \w+ \s+ )? {ways} \b
    """
)
_STEP = phrase(
    r"""
    \W* (?:
        {step} | {step:cjk}
        | in \s+ (?: the \s+ )?
          (?: first | second | third | last | next | other | case | step | phase | this )
          \s+ (?: case | step | phase | part | place )
    ) \b
    """
)
"""How a step on the way begins."""
_MAX_CUT_CHARS = 60
_CUT = phrase(
    r"""
    (?:
        (?<= \S\s ) [-+*/×·÷=<>≤≥≈(\[{–—]  # An operator without what follows.
        | (?<= \S\s ) {cut_off}  # "The area of the"
        | (?<= .{8} ) {cut_off:cjk}
    ) \s* $
    | [,;] \s* $
    """,
    0,
)
"""The end of a text that breaks off."""
_INTRODUCTION = phrase(r"^ {introduction} \s [^.;:?!]{1,120}? [,，] \s+ (?= \S )")
"""A phrase or clause before the main clause."""
_ATTITUDE = phrase(
    r"""
    ^ (?:
        (?: i | we ) \s+ (?: (?: still | also | do ) \s+ )?
        (?: think | believe | say | conclude | maintain | find ) (?: \s+ that )? \s+ (?= \S )
        | (?: {attitude} | {attitude:cjk} ) \s* [,!:.] \s+
        | {i_think_that} \s+ (?= \S )
    )+
    """
)
_TRAILING = phrase(
    r"""
    \s* (?:
        , \s+ (?:
            {which}
            | \w+ing \s  # "..., making it the largest"
            | (?: and | but ) \s+ (?: it | he | she | they | we | this | that | \w+s \s | the ) \b
            | {subordinate} \s
            | {subordinate_without_space} \s?
            | {but_before_answer} \s
        )
        | \s+ {because} \b
        | \s+ [—–] \s+ (?= [a-z] )
        | ; \s
        | \s* [,，]? \s* 因为
        | \s* [,，] \s* (?= [\u4e00-\u9fff] )  # The next clause in Chinese.
    ) .*
    """,
    re.IGNORECASE | re.DOTALL,
)
"""A clause after the main clause."""
_ASIDE = lazy_compile(r"(?<=[\w)*`$°%²³\"”])(?:\s+\(|（)[^()（）]{3,}[)）]")
_APPOSITION = lazy_compile(r"(?<=\w), (?:[a-z]+ed|born|known|written|built|held|won) [^,;]{2,60},(?= [a-z])")
"""`, signed in 1919,` between a subject and its verb."""
_AND_NOT = lazy_compile(
    r"(?:,\s+(?:and\s+)?not|,?\s+(?:und nicht|et non(?: pas)?|y no|e non|en niet|a nie|а не))"
    r"\s+[^,.;]{1,40}$",
    re.IGNORECASE,
)
"""`and not Sydney`, after what is asserted."""
_CONNECTIVE = phrase(r"^ {HENCE}+ (?: : \s* )?")
_CONSEQUENCE = phrase(
    r"""
    ^ (?: [^.!?] | [.!?] (?! \s ) ){3,200}? [,;] \s+ (?: and \s+ )?
    (?: {consequence} | {consequence:cjk} ) \s* [,，]? \s+ (?= \S )
    """
)
"""A clause before the one that follows from it."""
_CONCESSION = phrase(r",? \s+ (?: {concession} ) \s [^.?!;]*")
"""`even if B has a nicer tone`: not a condition of what stands before it."""
_CONTRAST = phrase(
    r"""
    ^ .{3,160}? [,;，] \s* (?: {but_before_answer} | {but_before_answer:cjk} ) \s*
    (?= \S .* (?: \s {is_after_but} \s | 是 ) )
    """
)
"""A clause that is contrasted with the one that counts."""
_BUT = phrase(r"^ (?P<before> .{3,160}? ) [,;] \s+ {but_before_answer} \s+ (?= \S )")
_INNER = phrase(r"\s {therefore_inside} (?= \s | , )")
_OPINION = lazy_compile(r"(?:i|we)\s+(?:still\s+)?(?:think|believe|conclude|maintain)\b", re.IGNORECASE)
_LEFT_OUT = phrase(r"^ {so_at_start:cjk} [,，、\s]*", 0)


@lru_cache(maxsize=256)
def is_open(sentence: str) -> bool:
    """Return True for a question, a condition, an example, a doubt, a step or a sentence cut off."""
    asserted = _CONCESSION.sub("", _CONSEQUENCE.sub("", _THEN.sub("", sentence)))
    return bool(_CONDITION.search(asserted) or _STEP.match(sentence) or is_cut(sentence))


def is_vague(text: str) -> bool:
    """Return True if a text says that there is no one answer."""
    return bool(_VAGUE.search(text))


@lru_cache(maxsize=256)
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


def without_attitude(sentence: str) -> str:
    """Return `B is right` of "I think that B is right"."""
    return _ATTITUDE.sub("", sentence)


@lru_cache(maxsize=256)  # A sentence is read in several ways, and as an answer again.
def main_clause(sentence: str) -> str:
    """Return a sentence without connectives, phrases before and clauses after the main clause."""
    clause = _CONSEQUENCE.sub("", _THEN.sub("", _ATTITUDE.sub("", sentence.strip())))
    clause = _CONTRAST.sub("", clause)
    if (match := _BUT.match(clause)) and is_denied(match["before"]):
        clause = clause[match.end() :]
    for _ in range(3):
        shorter = _LEFT_OUT.sub("", _CONNECTIVE.sub("", clause)).lstrip(" ,:，")
        shorter = _INTRODUCTION.sub("", shorter) or shorter
        if shorter == clause:
            break
        clause = shorter
    clause = _INNER.sub("", clause)
    clause = _AND_NOT.sub("", clause.rstrip(".!。 "))
    clause = _APPOSITION.sub("", clause)
    clause = _CONCESSION.sub("", _ASIDE.sub("", clause))
    clause = _TRAILING.sub("", clause) or clause
    return clause.strip().rstrip(".!。！ ")
