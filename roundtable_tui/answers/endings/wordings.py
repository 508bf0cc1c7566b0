"""Patterns of the sentences that state an answer."""

from __future__ import annotations

from roundtable_tui.answers.languages.phrases import phrase, words_of

AT_THE_END = phrase(
    r"""
    {HENCE} [^\d.:;\n]{3,100}? \s (?:
        at | to | in | on | for | by | of | is | are | was | costs? | weighs? | takes? | needs? | pays?
        | earns? | has | have | get | gets | makes? | totals | contains? | leaves | gives | yields | lasts?
        | covers? | travels? | exactly | only
    ) \s+ (?P<answer>
        (?: (?: about | approximately | roughly | around | nearly | almost ) \s+ )?
        (?! (?<=\s in \s) (?: 1\d | 20 ) \d\d \b ) [-+$€£¥]?\d\S*
        (?: \s+ [^\W\d_][^\s.]* (?: \s+ (?: per | pro | par | por | an | a ) \s+ [^\W\d_]+ )? )?
    ) [.!]?
    """
)
"""A conclusion with one figure, at its end."""
RETURNS = phrase(
    r"""
    [^.:;\n]{2,80}? \s (?: returns | prints | outputs | yields | evaluates \s+ to | gives | displays ) \s+
    [`*\"']* (?P<answer> [^`*\n]{1,40}? ) [`*\"']*[.!]?
    """,
    0,
)
SELECTED = phrase(
    r"""
    (?: (?: 综上 | 所以 | 因此 ) \s* [,，]? \s* )?
    (?: 故 | 应 | 應 | 应该 | (?:正确)? 答案 )? [选選] (?: 择 | 擇 )?
    \s* [:：]? \s* (?P<answer> [(（]?[A-J][)）]? ) [.。]?
    """,
    0,
)
ONE_FIGURE = phrase(
    r"""
    (?:
        {HENCE}
        | that \s+ (?= leaves | gives | makes | means )  # "That leaves 4 apples"
        | this \s+ (?= leaves | gives | makes | means )
        | (?=
              [^\d.:;,!?\n]{3,60} \s \d[^.:;!?\n]{0,40} \s
              (?: in \s+ total | in \s+ all | altogether | left ) [.!]? $
          )
        | (?= [^\d.:;,\n]{3,40} \s comes? \s+ (?:out \s+)? (?: as | at | to ) \s )
        | (?= [^\d.:;,\n]{3,60} \b {therefore_inside_short} \s )  # "Tom therefore has 4 apples"
    )
    (?! (?:\S+ \s+){13} )  # At most 13 words.
    (?:  # No year, bound or estimate.
        [^\d.:;!?\n]{0,60}? (?<!\b in) (?<!since) (?<!\b by) (?<!over) (?<!within) (?<!next) (?<!last)
        (?<!every) (?<!least) (?<!most) (?<!than) (?<!about) (?<!around) (?<!roughly) (?<!nearly)
        (?<!almost) (?<!approximately) \s
    )? (?P<figure> [-+$€£]?\d[\d,.]* (?:/\d+)? ) (?:
        \s+ (?:
            more | other | additional | further | different | whole | full | new | extra | remaining
            | possible | distinct | unique | separate | correct | equal | red | blue | green | white
            | black | yellow | old | small | large | big
        )
    )? \s+ (?P<unit>
        (?!
            (?:
                is | are | was | were | has | have | had | does | do | must | can | will | would | divides
                | equals
            ) \b
        ) (?: (?: square | cubic ) \s+ )? [^\W\d_][^\s.,;:!?]* (?: \s+ per \s+ [^\W\d_]+ )?
    ) (?:
        \s+ (?! but \b | or \b | if \b | unless \b | and \b )
        (?! [^.\n]* \s (?: is | are | was | were | will | would ) \b ) [^\d.:;!?,\n]*
    )? [.!]?
    """
)
"""A short conclusion with one figure and what is counted."""
IN_YEAR = phrase(
    r"""
    [^\d:;\n]{3,80} \b (?:
        (?: was | were | been | is ) \s+ (?: (?: first | finally | officially | originally | \w+ly ) \s+ )?
        (?:
            \w+ed | born | built | won | written | made | held | lost | begun | sold | cut | sung | shot
            | taken | given | drawn | broken | driven | sent | laid | shown | known | fought
        )
        | happened | occurred | began | started | ended | died | took \s+ place | fell | broke \s+ out
        | opened | closed | landed | arose | won | wrote | published | invented | discovered | became
        | came \s+ (?: out | into \s+ force )
        | joined | left | ruled | lived | sailed | arrived | appeared | was
    ) \b (?!
        \s+ (?:
            better | worse | higher | lower | more | less | good | bad | large | small | strong | weak
            | very | still | already | likely | up | down | pleased | expected
        ) \b
    ) (?: (?<!was) [^\d:;\n]{0,60} )? \s (?: in | since | from | until ) \s+ (?P<answer> 1\d{3} | 20\d\d )
    [.!]?
    """
)
"""A sentence that says in which year something happened."""
FOUND = phrase(
    r"""
    (?:
        (?: hence | thus | so | therefore | then | and | now | finally )? ,? \s* (?: i | we | you | one )
        (?: ['’](?:d|ll) | \s+ (?: would | will ) )? \s+ (?:
            get | got | gets | obtain | obtained | find | found | arrive \s+ at | end \s+ up \s+ with
            | calculate | calculated | compute | computed | have | come \s+ to | conclude | settle \s+ on
        )
        | (?: so | hence | thus | therefore )? ,? \s* (?: it | this | that | the \s+ \w+ (?:\s+ \w+)? ) \s+
          (?: must | has \s+ to | can \s+ only | should | would | will ) \s+ be
    ) \s* :? \s+ (?P<answer> \S[^\n]{0,60}? ) [.!]?
    """
)
"""`We get 72 km/h`, `It must be 72`."""
IT_TAKES = phrase(
    r"""
    (?: it | this | that | he | she | they | we | each ) \s+ (?: would \s+ | will \s+ )?
    (?:
        takes? | costs? | weighs? | needs? | pays? | earns? | lasts? | gets? | leaves | gives | makes | has
        | have
    ) \s+ (?: (?: them | him | her | us | you | me | both ) \s+ )?
    (?P<answer> [^.!?\n]{1,40}? (?: \.\d+[^.!?\n]{0,30}? )? ) (?: \s+ \([^()\n]*\) )?
    (?: \s+ (?: to | for | until | together | each ) \b [^.!?\n]* )? [.!]?
    """
)
NAMED = phrase(
    r"""
    (?: {HENCE} {subject}? \b \s* [^.:;\n]{0,80}? ) \s
    (?: is | are | was | equals | have | has | had | get | gets | obtain | find | {is_named} | = ) \s* :?
    \s+ (?P<answer>\S[^\n]{0,80})
    """
)
INVERTED = phrase(r"{HENCE} {is_inverted} \s+ {ANSWER_LABEL} \s+ (?P<answer>\S.*)")
CONCLUSION = phrase(r"{HENCE} (?: : \s* )?")
CHOSEN = phrase(
    r"""
    (?:
        (?: if \s+ i \s+ (?: had | have ) \s+ to \s+ [^,.;\n]{2,40}, \s+ )?
        (?:
            i (?: ['’]d | ['’]ll | \s+ would | \s+ will )? \s+
            (?:
                choose | pick | select | say | answer | stay \s+ with | stick \s+ with
                | go \s+ (?: with | for ) | vote \s+ for
            )
            | i (?: ['’]m | \s+ am ) \s+ (?:
                  choosing | picking | selecting | staying \s+ with | sticking \s+ with
                  | going \s+ (?: with | for )
              )
        )
        | my \s+ vote \s+ is
    ) \s* :? \s+ (?!so \b) (?P<answer>\S.*)
    """
)
IS_RIGHT = phrase(
    r"""
    (?:
        (?:
            {therefore_option} | of \s+ (?: the | these ) | among \s+ (?: the | these )
            | from \s+ (?: the | these )
        ) \b [^.:;\n]{0,60}?,? \s+
    )? (?: (?: {article_of_option}? \s* {option} | {article_of_option} ) \s+ )? \(? (?P<answer>[A-J]) \)? \s+
    (?:
        {is_right} \s+ (?: {article_of_right} \s+ )? (?: (?: only | most ) \s+ )?
        (?:
            {right} (?: \s+ {right_answer} )?
            | left | answer
            | one (?: \s+ (?:that \s+)? (?: left | remaining | fits | works ) )?
        )
        | (?: remains | fits | works | stays | survives | is \s+ left | holds )  # "Only B remains"
          (?: \s+ (?: best | better ) )?
        | (?: best | correctly | most \s+ accurately | accurately )  # "B best describes the tone"
          \s+ [^\W\d_]+s \s [^.\n]{1,80}
    ) [.!]?
    """
)
THEREFORE = phrase(r"\b {therefore} \s+")
FIGURE_FIRST = phrase(
    r"""
    [-+−–±~≈(\[{$€£¥₹`]* (?: \d | \\infty | ∞ )
    | [A-Za-z] \s* [=<>≤≥]
    | (?:
          about | approximately | roughly | around | nearly | almost | exactly | at \s+ (?: least | most )
          | more \s+ than | less \s+ than | fewer \s+ than | no \s+ more \s+ than | over | under | between
      ) \s+ \S*\d
    """
)
BOUND_WORDS = frozenset(
    """than least most not no never under over above below or and to by in since until from without except
    seat voter juror participant agent model speaker candidate
    between nor about step part question section chapter equation case round
    number of""".split()  # noqa: SIM905
)
"""Words before a figure without which it says something else."""
MAX_CONCLUSION_WORDS = 24
LAST_WORDS = words_of("last_word") | {":"}
"""Words before the answer with which a sentence ends."""
AMOUNTS_TO = phrase(
    r"""
    \b (?:
        works? \s+ out | amounts? | comes? (?:\s+ out)? | equal | adds? \s+ up | sums? (?:\s+ up)?
        | reduces | simplifies | evaluates | leads
        | rounds? (?: \s+ up | \s+ down )?
    ) \s+ to \s* $
    """
)
IT_IS_WHO = phrase(
    r"""
    (?: so \s+ | thus \s+ | therefore \s+ )? [Ii]t \s+ (?: is | was ) \s+
    (?P<answer> (?:the \s+)? [A-Z][^,.;:\n]{1,50}? ) \s+ (?: who | that | which ) \s [^\n]*
    | (?i: so | thus | hence | then ) ,? \s+ (?:option \s+)? (?P<letter>[A-J]) \s+ it \s+ is[.!]?
    """,
    0,
)
"""`It was Ada who ...`, `So D it is`."""
LEAVES = phrase(
    r"""
    [^.\n]{0,120}? \b
    (?: leav\w+ | left \s+ with | narrows \s+ (?:it \s+)? down \s+ to | eliminates \s+ all \s+ but ) \s+
    (?: us \s+ with \s+ )? (?: only \s+ | just \s+ )? (?: (?: option | choice | answer ) \s+ )? \(?
    (?P<answer>[A-J]) \)? (?: \s+ as \s+ [^.\n]{1,60} )? [.!]?
    """
)
ONLY = phrase(
    r"""
    .* \b only \s+ (?P<answer> [^,;.\n]{1,40}? ) \s+ (?:
        satisf(?:y|ies) | works? | fits? | solves? | qualif(?:y|ies) | meets? | makes? \s+ sense
        | (?: is | are ) \s+ (?: valid | possible | correct | left | consistent )
    ) \b [^;]*
    """
)
"""`Only x = 4 satisfies the equation`."""
USE = phrase(
    r"""
    (?: try | use | choose | you \s+ (?: should | can | need \s+ to ) | i (?: ['’]d | \s+ would ) ) \s+
    (?: use | choose | pick | write | say | go \s+ with ) \s+ (?: the \s+ word \s+ )?
    [\"“«] (?P<answer> [^\"”»\n]{1,40}? ) [,.]? [\"”»]
    (?! \s+ (?: or | and | if | when | for ) \b )
    """
)
"""`You should use "affect"`."""
CALLED = phrase(
    r"""
    (?: it | this | that | he | she | they | (?: the | this | that ) \s+ [^,.;:\n]{2,60}? ) \s+
    (?: is | are | was | were ) \s+
    (?: (?: also | usually | commonly | generally | officially | therefore | thus ) \s+ )?
    (?: called | named | known \s+ as ) \s+ (?P<answer> [^,.;:\n]{1,60} ) [.!]?
    """
)
SO_IT_IS = phrase(r"[^\n]{3,120}?, \s+ {so_it_is} \s+ (?P<answer>[^,;\n]{1,60})", 0)
"""`The target is 12, so x = 3`: what follows from the first clause is the answer."""
SUPERLATIVE = phrase(
    r"""
    (?i:
        (?: so \s+ | thus,? \s+ | therefore,? \s+ | hence,? \s+ )? the \s+
        (?:
            \w+est | most \s+ \w+ | least \s+ \w+ | best | worst | right | correct | first | last | only
            | winner | capital
        ) \b
    ) [^.:;\n]{0,60}? \s (?: is | are | was | were ) \s+
    (?P<answer> (?: the \s+ | [^\W\d_]+ \s+ (?=\d) | (?=[A-Z\d*]) ) [^.:;\n]{1,50} ) [.!]?
    """,
    0,
)
DEFINITE = phrase(
    r"""
    (?: (?: [Tt]hus | [Ss]o | [Hh]ence | [Tt]herefore ) ,? \s+ )? (?: [Tt]he | [Tt]hese | [Tt]hose ) \s
    [^.:;!?\n]{3,100}? \s (?: is | are | was | were ) \s (?P<answer>
        [A-Z][^\s,.;:]* (?:
            ,? \s (?:and \s)? (?: of \s | the \s | de \s | von \s | van \s | da \s )? [A-Z][^\s,.;:]*
        ){0,11}
    ) [.!]?
    """,
    0,
)
"""`The three countries in question are France, Spain and Italy`: a sentence that ends with names."""
CLAUSE = phrase(
    r"""
    \S[^\d\n]{0,80}? \s (?:
        is | are | was | were | has | have | had | will | would | must | should | needs? | takes? | costs?
        | gets? | pays? | makes? | gives? | earns? | travels? | contains?
    ) \s [^\d\n]{0,60}[-+$€£¥]?\d[\d.,:/]* (?![\d.,:/]*\d) (?:\s+ [^\s\d,]+){0,4}
    """
)
"""A sentence with one figure, after its verb."""
CJK_CLAUSE = phrase(
    r"""
    (?! .* (?: 至少 | 最多 | 不 | 超过 | 大约 | 约 ) ) [\u3040-\u9fff\uac00-\ud7af、，]{2,20} \s*
    (?P<answer> \d[\d.,/]* \s* (?: [\u3040-\u9fff\uac00-\ud7af]{1,4} )? ) [。.]?
    """,
    0,
)
"""A Chinese, Japanese or Korean sentence with one figure, at its end."""
ONLY_ONE = phrase(
    r"""
    (?: (?: so | thus | hence | therefore ) \W+ )? (?: option \s+ | choice \s+ )? \(? (?P<answer>[A-J]) \)?
    \s+ (?: is | seems | appears \s+ to \s+ be | remains ) \s+ the \s+
    (?: only | best | correct | right | most \s+ \w+ ) \s+ (?:\w+ \s+)?
    (?: option | choice | answer | one | statement | candidate | explanation | description ) \b
    [^.\n]{0,100}[.!]?
    """
)
THEREFORE_IS = phrase(
    r"""
    [^.:;\n]{3,80}? \s {is_therefore} \s+ {therefore_then} \s+ (?P<answer> \S[^\n]{0,60}? )
    [.!]?
    """
)
