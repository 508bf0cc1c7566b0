"""Words by role and language, of which the patterns of answers consist.

To add a word, add it to its role below. To add a language, name it in `LANGUAGES` and add its words to the
roles; `tests/answers/test_words.py` lists the roles for which a larger language has none.

`phrases.py` puts the words of a role into a pattern that has `{role}`. In a string, ` | ` separates words, a
space stands for white space, `_` for one space, and `'` for a straight or a curved apostrophe; a word may be
a regular expression, such as `costs?`. Of two words of which one begins with the other, the first wins.
"""

from __future__ import annotations

LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "sv": "Swedish",
    "vi": "Vietnamese",
    "th": "Thai",
    "he": "Hebrew",
    "el": "Greek",
    "cs": "Czech",
    "hu": "Hungarian",
    "fi": "Finnish",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "ar": "Arabic",
    "hi": "Hindi",
}
GROUPS = {"cjk": ("zh", "ja", "ko"), "other": ("ar", "hi")}
"""Languages whose words have no white space around them, or marks that no `\\b` follows.

A pattern has them apart from the others, as `{role:cjk}` and `{role:other}`; `tests/answers/test_words.py`
fails for words that no pattern has.
"""
WORDS: dict[str, dict[str, str]] = {
    # "the", "my", "your" before "answer".
    "article_of_answer": {
        "en": "the | my | our | your",
        "de": "die | das | der | meine",
        "fr": "la | le | ma | mon",
        "es": "la | el | mi",
        "it": "la | il",
        "pt": "a | o | minha",
        "nl": "het | mijn",
    },
    # "final" in "final answer".
    "final": {
        "en": """final | consensus | majority | joint | new | revised | updated | corrected | current
            | correct | right | best
            | most likely | likeliest | selected | chosen | predicted
            | proposed | short | overall | exact""",
        "de": "endgültige | richtige | korrekte | finale",
        "fr": "bonne | réponse",
        "es": "respuesta | correcta",
        "it": "risposta",
        "pt": "resposta",
        "nl": "definitieve | juiste",
        "pl": "prawidłowa | poprawna | ostateczna | końcowa",
        "ru": "итоговый | окончательный | правильный",
        "tr": "doğru | nihai",
    },
    # The name of the answer.
    "answer": {
        "en": """answer | ans | recommendation | ruling | stance | position | result | solution
            | conclusion | choice | option
            | verdict | vote | pick
            | decision""",
        "de": "antwort | ergebnis | lösung | endergebnis | standpunkt | stimme | urteil",
        "fr": "réponse | résultat | vote | verdict",
        "es": "respuesta | resultado | solución | voto | veredicto | postura",
        "it": "risposta | risultato | soluzione | voto | verdetto",
        "pt": "resposta | solução | voto | veredito",
        "nl": "antwoord | resultaat | oplossing | eindantwoord | standpunt | stem | oordeel",
        "pl": "odpowiedź | wynik",
        "ru": "ответ | вариант(?: ответа)? | результат | решение | позиция | голос | вердикт",
        "tr": "cevap | sonuç | yanıt",
        "uk": "відповідь",
        "sv": "svar",
        "vi": "đáp_án",
        "zh": "(?:我的)?(?:最终|最后|正确|因此)?(?:答案|结果|結果|选项|選項|立场|立場|结论|结論)",
        "ja": "最終的?な?(?:答え|回答) | (?:私の)?立場 | 正解 | 答え | 答 | 解答 | 回答",
        "ko": r"정답 | 답 | 최종\s*답 | 결과",
        "ar": "الإجابة(?: النهائية)? | الجواب",
        "hi": "उत्तर | अंतिम उत्तर",
    },
    # "correct" after "answer", where the language puts it there.
    "final_after_answer": {
        "fr": "finale? | définitive | correcte | exacte",
        "es": "final | correcta",
        "it": "corretta",
        "pt": "correta",
    },
    # "of the" in "the answer of the puzzle".
    "of_after_answer": {
        "en": "to | of | for",
        "de": "des | der",
        "fr": "de la | de l' | du",
        "es": "de la | del",
        "it": "della",
    },
    # "is" between the name of the answer and the answer.
    "is_after_answer": {
        "en": r"""is | are | was | be | remains(?: with)? | stays | would be | should be | must be
            | will be | equals""",
        "de": "ist | lautet",
        "fr": "est",
        "es": "es",
        "it": "è | sono",
        "pt": "é | são",
        "nl": "is dus",
        "pl": r"to(?= (?:jest )?\S)(?: jest)? | jest | wynosi | brzmi",
        "ru": "это | является | —",
        "zh": "是 | 为 | 為",
        "ja": "は",
        "ko": "이 | 은 | 는",
        "ar": "هي | هو",
        "hi": "है",
    },
    # "therefore" in "the answer is therefore".
    "therefore_after_is": {
        "en": """now | still | therefore | thus | hence | then | clearly | simply | indeed | probably | likely
            | most likely | definitely | certainly | actually | just | also""",
        "de": "daher | somit | damit | folglich",
        "fr": "donc",
        "es": "entonces | por (?:lo )?tanto",
        "it": "quindi | dunque",
        "pt": "portanto",
        "zh": "仍然?是? | 依然是? | 还是",
        "ja": "変わらず | やはり",
    },
    # What begins a sentence that draws a conclusion.
    "hence": {
        "en": r"""so | we (?:conclude|find|see|get|obtain)(?: that)? | it follows that
            | this (?:means|gives|implies)(?: that)? | thus | therefore | hence | finally | and
            | in_conclusion | in_summary | in_short | in_brief | to_sum_up | to_summarize | all_in_all
            | all_told | overall | consequently | as_a_result | in_total | in_all | altogether | ultimately
            | in_the_end | that_means(?: that)? | also(?!,)
            | as (?:you|we)_can_see | as (?:the|this) \w+ (?:above |below )?shows
            | as_shown(?: above| below| here)?""",
        "de": "zusammenfassend | daher | damit | mithin | somit | deshalb | folglich",
        "fr": "en_conclusion | en_résumé | donc | ainsi | alors | par_conséquent",
        "es": "en_resumen | luego | así_que | por_consiguiente | por_lo_tanto | por_tanto | así | entonces",
        "it": "in_sintesi | quindi | dunque | perciò",
        "pt": "em_resumo | portanto | logo | assim",
        "nl": "dus | daarom",
        "pl": "więc | zatem | stąd | dlatego",
        "ru": r"значит | итак | следовательно | таким_образом | поэтому | таким образом",
        "zh": "所以 | 因此 | 故 | 综上 | 综上所述",
        "ja": "したがって | よって",
        "ko": "따라서 | 그러므로",
        "ar": "لذلك | إذن",
        "hi": "इसलिए | अतः",
    },
    # "if" and other words that make a sentence a condition.
    "condition": {
        "en": "if | whether | unless | suppose | assume | let's | let me | let us | either | depends?",
        "de": r"wenn | falls (?:du|sie|es|der|die|das|man|ein\w*) | hängt",
        "fr": "si | dépend | assez d",
        "es": "si | depende",
        "it": "se(?! (?:llama|chiama|fund|public|produ|encuentra|celebr|sit|trova)) | dipende",
        "pt": "depende",
        "nl": "als | hangt",
        "pl": "jeśli | zależy",
        "ru": "если | зависит",
        "zh": "如果 | 取决",
        "ja": "もし",
        "ko": "만약",
        "ar": "إذا",
        "hi": "यदि | अगर",
    },
    # "perhaps", "please": the sentence asserts nothing.
    "doubt": {
        "en": r"""would(?! (?:take|cost|be|have|weigh|give|make|leave)\b) | could | might | perhaps
            | maybe | possibly | unclear | unknown | mistaken
            | some people | many people | should(?! (?:be|reach|take|use|choose|have)\b) | need to know
            | i (?:need|want) | please | enough""",
        "de": "könnten? | vielleicht | bitte",
        "fr": "peut-être",
        "es": "quizás? | quizá | tal vez",
        "it": "forse",
        "pt": "talvez",
        "nl": "misschien",
        "pl": "może",
        "ru": "может | возможно",
        "zh": "可能 | 也许",
        "ja": "かもしれ",
        "ar": "ربما",
        "hi": "शायद",
    },
    "for_example": {
        "en": r"for (?:example|instance) | e\.g\. | such as",
        "de": r"zum beispiel | z\.\s?b\.",
        "fr": "par exemple",
        "es": "por ejemplo",
        "it": "per esempio",
        "pt": "por exemplo",
        "nl": "bijvoorbeeld",
        "pl": "na przykład",
        "ru": "например",
        "zh": "例如",
        "ja": "例えば",
    },
    "denial": {
        "en": r"""not | never | neither | nor | cannot | can't | wrong | incorrect(?!\.?$) | unlike
            | instead of | rather than""",
        "de": "nicht | keine?[nmrs]? | weder",
        "fr": "ne | n'est | pas",
        "es": "no (?:se|es|hay|puedo|tiene)",
        "it": "non",
        "pt": "não",
        "nl": "niet | geen",
        "pl": "nie",
        "ru": "не | нет",
        "zh": "不是 | 没有 | 无法",
        "ja": "ません | ではなく",
        "ko": "아니 | 않",
        "ar": "ليس",
        "hi": "नहीं",
    },
    # "if" at the start of a sentence whose premise is that of the question.
    "premise": {
        "en": "if",
        "de": "wenn",
        "fr": "si",
        "es": "si",
        "it": "se",
        "pt": "se",
        "nl": "als",
        "pl": "jeśli",
        "ru": "если",
    },
    # "then" after such a premise.
    "then": {
        "en": "then",
        "de": "dann",
        "fr": "alors",
        "es": "entonces",
        "it": "allora",
        "pt": "então",
        "nl": "dan",
        "pl": "to",
        "ru": "то",
    },
    "otherwise": {"en": "if | otherwise", "de": "wenn | sonst"},
    # "it depends".
    "depends": {
        "en": "depends",
        "de": "hängt",
        "fr": "dépend",
        "es": "depende",
        "it": "dipende",
        "pt": "depende",
        "nl": "hangt",
        "pl": "zależy",
        "ru": "зависит",
        "zh": "取决 | 要看",
        "ja": "場合による",
    },
    # "please" at the start of a request.
    "please": {
        "en": "please",
        "de": "bitte",
        "es": "por favor",
        "it": "per favore",
        "pt": "por favor",
        "pl": "proszę",
        "ru": "пожалуйста",
        "zh": "请",
    },
    # "missing" in "the data are missing".
    "missing": {
        "en": "need | missing | lacks? | insufficient | without",
        "de": r"brauche | fehl\w+ | ohne",
        "fr": "manque | besoin",
        "es": r"falta\w* | necesito | sin",
        "it": r"manca\w* | serve | senza",
        "pt": "preciso | faltam | sem",
        "nl": r"nodig | ontbre\w+",
        "pl": r"brak\w* | potrzeb\w+",
        "ru": r"недостаточно | нужн\w+ | не хватает",
    },
    # What is missing: "information", "data".
    "information": {
        "en": r"information\w* | infos? | data | details | context",
        "de": "angaben | daten",
        "fr": "donnée?s? | précisions",
        "es": "datos | información",
        "it": "informazioni | dati",
        "pt": "informações | dados",
        "nl": "gegevens | informatie",
        "pl": "danych | informacji",
        "ru": "данных | информации",
    },
    # "I need" at the start.
    "i_need": {"es": "necesito", "pt": "preciso", "pl": "potrzebuję"},
    # A pronoun that begins a sentence of four words or more.
    "i_or_we": {
        "en": "i | we | you | your | let | next",
        "de": "ich | wir",
        "fr": "je | j' | nous",
        "es": "yo",
        "it": "io",
        "pt": "eu",
        "nl": "ik",
        "pl": "ja",
        "ru": "я | мы",
        "zh": "我 | 我们",
        "ko": "저는",
    },
    "greeting": {
        "en": "hello | hi | hey",
        "de": "hallo",
        "fr": "bonjour",
        "es": "hola",
        "it": "ciao",
        "pt": "olá",
    },
    # "several" in "there are several ways".
    "several": {
        "en": "several | many | various | different",
        "de": "mehrere | viele | verschiedene",
        "fr": "plusieurs",
        "es": "varias | muchas",
        "it": "diverse",
        "pt": "várias",
        "nl": "verschillende",
        "pl": "kilka",
        "ru": "несколько",
    },
    # Of what there are several.
    "ways": {
        "en": "ways | reasons | answers | options | possibilities | approaches | factors",
        "de": "möglichkeiten | wege | gründe | antworten",
        "fr": "façons | réponses | raisons | solutions",
        "es": "formas | maneras | respuestas | razones",
        "it": "modi | risposte",
        "pt": "maneiras | respostas",
        "nl": "manieren",
        "pl": "sposobów",
        "ru": "способов",
    },
    # How a step before the conclusion begins.
    "step": {
        "en": """steps? | first(?:ly)? | second(?:ly)? | third(?:ly)? | then | next | now | case | agent
            | according to""",
        "de": "zuerst | zunächst | dann",
        "fr": "d'abord | ensuite",
        "es": "primero | luego | después",
        "it": "prima | poi",
        "pt": "primeiro | depois",
        "nl": "eerst | daarna",
        "pl": "najpierw",
        "ru": "сначала | затем",
        "zh": "首先 | 然后 | 接着",
        "ja": "まず | 次に",
        "ko": "먼저 | 다음",
    },
    # A word with which no sentence ends.
    "cut_off": {
        "en": """and | or | but | the | of | to | in | is | are | was | were | we get | which | that | with
            | by | for | from | then | try | as | means | gives | equals | because | so | if | when | where
            | has | have | can | will""",
        "de": "und | oder | der | die | das | ist",
        "fr": "et | ou | le | la | les | est | de",
        "es": "el",
        "it": "il",
        "nl": "het",
        "ru": "или | на",
        "zh": "的 | 是 | 和",
        "ja": "は | が | を",
    },
    # "probably" before a yes or a no.
    "hedge": {
        "en": r"""probably | most likely | likely | almost certainly | perhaps | maybe | generally
            | usually | ideally""",
        "de": "wahrscheinlich | vermutlich | eher",
        "fr": "probablement | sans doute",
        "es": "probablemente",
        "it": "probabilmente",
        "pt": "provavelmente",
        "nl": "waarschijnlijk",
    },
    # What a sentence says that only reacts to the question.
    "interjection": {
        "en": r"""understood | agreed | hm+ | right | good | interesting | fair enough | got it | done
            | absolutely
            | thanks | thank you | nice | let's | so | yeah""",
        "de": "verstanden | gut | danke | richtig",
        "fr": "d'accord | merci | bon",
        "es": "entendido | gracias | bueno",
        "it": "capito | grazie | bene",
        "pt": "entendido | obrigado | bom",
        "nl": "begrepen | goed | dank",
        "pl": "dobrze | rozumiem",
        "ru": "понятно | хорошо",
    },
    # What says how a story ends.
    "now": {
        "en": "now | left | then | total | altogether | still | remains?",
        "de": "jetzt | übrig | insgesamt",
        "fr": "maintenant | reste",
        "es": "ahora | quedan?",
        "it": "ora | rimangono",
        "pt": "agora | restam?",
        "nl": "nu | over",
        "pl": "teraz | zostało",
        "ru": "теперь | осталось",
    },
    # What begins a phrase before the main clause: "In 1912, ...".
    "introduction": {
        "en": """(?:out )?of | among | amongst | considering | having | looking | weighing | after | at
            | with | since | because | as | given | from | for | in | on | by | based on | when | under
            | over | during | using""",
        "de": "nach | bei | mit | da | weil | von | aus | aufgrund | im",
        "fr": "après | avec | puisque | comme | dans | pour | parmi | à | en",
        "es": """con | de (?=l[oa]s|estos|estas|entre|todos|todas|acuerdo|est[ea]) | después | como
            | entre | para | tras""",
        "it": "dopo | poiché | nel | di | tra | per",
        "pt": "após | com | em | dentre | na",
        "nl": "met | omdat | van | bij",
        "pl": "po | przy | ponieważ | w | z",
        "ru": "после | при | так как | поскольку | в | из | с",
    },
    # "Sure, ...": says how the speaker stands to the answer.
    "attitude": {
        "en": """sure | okay | ok | alright | all right | great | certainly | of course | great question
            | good question | actually | well | clearly | indeed | finally | now | here""",
        "de": "natürlich | gerne? | klar",
        "fr": "bien sûr",
        "es": "claro | por supuesto",
        "it": "certo | certamente",
        "pt": "com certeza",
        "nl": "natuurlijk",
        "pl": "oczywiście",
        "ru": "конечно",
        "zh": "当然",
        "ja": "はい",
        "ko": "네 | 물론",
    },
    # What begins a clause after the main clause and a comma.
    "which": {
        "en": r"""(?:of )?which | who | whose | where | when | while | whereas | because | as | since
            | from | due
            | thanks | with | making | covering | located | meaning | giving | known | named | including
            | according | given | for | so | not | though | although
            | i\.e\."""
    },
    "subordinate": {
        "de": """denn | weil | da | der | die | das
            | dessen | deren | davon | darunter | von denen | wo | was | wobei | und (?:er|sie|es) | mit""",
        "fr": "car | parce | puisque | qui | dont | où | avec | ce qui",
        "es": "porque | ya que | pues | de l[ao]s cuales | que | quien | donde | con | lo que | cuyo",
        "it": "perché | poiché | di cui | che | dove | con | cui",
        "pt": "pois | porque | já que | d[ao]s quais | que | onde | com",
        "nl": "omdat | want | die | dat | waarvan | waar | met",
        "pl": "ponieważ | bo | który | która | które | gdzie",
    },
    # "because" after the main clause, without a comma.
    "because": {
        "en": "because | since | as (?=it|the|this|they|he|she) | so that",
        "de": "weil | denn",
        "fr": "parce qu",
        "es": "porque",
        "it": "perché",
        "pt": "porque",
        "nl": "omdat",
        "pl": "ponieważ",
        "ru": "потому что",
    },
    # With what a speaker changes an answer, and the words before the old and the new one.
    "change_answer": {
        "en": r"""(?:chang|switch|revis|updat|correct|mov|amend)(?:e|ing)? my (?:\w+ )?(?:answer|vote|choice
            |view|verdict|position|estimate|stance) | (?:chang|switch)(?:e|ing)?""",
        "de": r"ändere (?:ich )?mein\w* \w+ | wechsle (?:ich )?",
        "fr": r"je (?:change|modifie|corrige) m\w+ \w+",
        "es": r"(?:cambio|corrijo) mi \w+",
        "it": r"(?:cambio|correggo) (?:la mia|il mio) \w+",
        "pt": r"(?:mudo|altero|corrijo) (?:a |o )?(?:minha|meu) \w+",
        "nl": r"(?:wijzig|verander) (?:ik )?mijn \w+",
        "pl": r"zmieniam (?:moją |swoją )?\w+",
        "ru": r"меняю (?:свой|свою|мой|моё) \w+",
    },
    "from_old": {
        "en": "from",
        "de": "von",
        "fr": "de",
        "es": "de",
        "it": "da",
        "pt": "de",
        "nl": "van",
        "pl": "z",
        "ru": "с | со",
    },
    "to_new": {
        "en": "to",
        "de": "zu | auf | nach",
        "fr": "à | en",
        "es": "a | por",
        "it": "a",
        "pt": "para",
        "nl": "naar",
        "pl": "na",
        "ru": "на",
    },
    # What a speaker does with an answer, after "I" in English.
    "stand_by": {
        "en": r"""maintain(?:ing)? | stand(?:ing)? by | stick(?:ing)? (?:with|to) | stay(?:ing)? with
            | sid(?:e|ing) with | remain(?:ing)? with | settl(?:e|ing) on | vot(?:e|ing) for | vote | answer
            | opt(?:ing)? for | go(?:ing)? with"""
    },
    "i_stand_by": {
        "en": """my (?:vote|pick) (?:goes|is going) to | my money is on | put me down for | count me in for
            | i'd lean (?:towards?|to) | i lean (?:towards?|to) | i'm leaning (?:towards?|to)""",
        "de": r"""bleibe (?:ich )?(?:also |weiterhin |daher |somit )?bei | stimme (?:ich )?für | ich wähle
            | entscheide (?:ich )?mich für""",
        "fr": "je maintiens | je reste sur | je m'en tiens à | je vote(?: pour)? | je choisis",
        "es": "mantengo | me quedo con | voto (?:por|a favor de) | sigo con | elijo",
        "it": "mantengo | confermo | resto su | voto(?: per)? | scelgo",
        "pt": "mantenho | fico com | voto (?:em|por) | escolho",
        "nl": "ik blijf bij | blijf ik bij | ik stem (?:voor|op) | ik kies(?: voor)?",
        "pl": "pozostaję przy | głosuję (?:na|za) | wybieram",
        "ru": "остаюсь при | голосую за | выбираю",
        "zh": "我(?:仍然?|依然|还是|最终)?(?:坚持|选择|投票给|支持|选)",
        "ko": "저는 계속",
    },
    "withdraw": {
        "en": "withdraw | retract | take back | keep | hold",
        "de": "ziehe",
        "fr": "retire",
        "es": "retiro",
        "it": "ritiro",
        "pt": "retiro",
    },
    "possessive": {
        "en": "my | mine | our | your | their | his | her",
        "de": "mein | meine | meiner | meinem | meinen",
        "fr": "mon | ma | mes | ma première",
        "es": "mi | mis",
        "it": "la mia | il mio",
        "pt": "a minha | o meu | minha | meu",
        "nl": "mijn",
        "pl": "moją | swoją | swojej",
        "ru": "свой | свою | своём | своем | мой",
    },
    # "I think that".
    "i_think_that": {
        "en": "i (?:would )?(?:say|think|believe|guess) that",
        "de": "ich (?:denke|glaube|meine),?(?: dass)?",
        "fr": "je (?:pense|crois|dirais) qu[e']",
        "es": "(?:yo )?(?:creo|pienso|diría) que",
        "it": "(?:io )?(?:credo|penso|direi) che",
        "pt": "(?:eu )?(?:acho|penso|diria) que",
        "nl": "ik (?:denk|geloof) dat",
        "pl": "(?:myślę|sądzę), że",
        "ru": "(?:я )?(?:думаю|считаю), что",
    },
    # "even if" after a main clause.
    "concession": {
        "en": "even (?:if|though|when) | though | although",
        "de": "auch wenn | obwohl | selbst wenn",
        "fr": "même si | bien que",
        "es": "aunque | incluso si",
        "it": "anche se | sebbene",
        "pt": "mesmo que | embora",
        "nl": "ook al | hoewel",
        "pl": "nawet jeśli | choć",
        "ru": "даже если | хотя",
    },
    # "so" between a clause and the one that follows from it.
    "consequence": {
        "en": """so | therefore | thus | hence | which means(?: that)? | giving | leaving | yielding
            | resulting in | for a total of | which (?:gives|makes|leaves|yields|equals) | also""",
        "de": "daher | somit",
        "fr": "donc",
        "es": "entonces | por lo (?:que|tanto)",
        "it": "quindi | perciò | così",
        "pt": "portanto",
        "nl": "dus",
        "pl": "więc | zatem",
        "ru": "поэтому | значит | следовательно",
        "zh": "所以 | 因此",
    },
    # "but" between a clause and the one that counts.
    "but_before_answer": {
        "en": "but",
        "de": "aber",
        "fr": "mais",
        "es": "pero",
        "it": "ma",
        "pt": "mas",
        "nl": "maar",
        "pl": "ale",
        "ru": "но",
        "zh": "但 | 但是",
        "ja": "しかし",
        "ko": "하지만",
    },
    # "is" in the clause after such a "but".
    "is_after_but": {
        "en": "is | are | was | were",
        "de": "ist | war",
        "fr": "est | était",
        "es": "es | era",
        "it": "è",
        "pt": "é",
        "pl": "jest",
        "ru": "—",
    },
    # "therefore" within a sentence.
    "therefore_inside": {
        "en": "therefore | thus | hence | consequently",
        "de": r"""daher | somit | damit | folglich
            | (?<=(?:ist|hat)\s)also | (?<=sind\s)also | (?<=haben\s)also
            | (?<=(?:kostet|lautet|ergibt)\s)also
            | (?<=beträgt\s)also""",  # "also" in English draws no conclusion.
        "fr": "donc | ainsi",
        "es": "entonces",
        "it": "quindi | dunque | pertanto",
        "pt": "portanto",
        "nl": "dus",
        "pl": "więc | zatem",
        "ru": "следовательно | поэтому",
    },
    # "so" at the start of a sentence, left out of its answer.
    "so_at_start": {
        "zh": "然后 | 那么 | 也就是说 | 所以 | 因此 | 因而 | 故 | 于是",
        "ja": "よって | したがって | つまり | なので",
        "ko": "따라서 | 그러므로 | 그래서",
    },
    # "is" before the colon after which the answer stands.
    "is_before_colon": {"en": "is | are | was | were", "de": "ist", "fr": "est", "es": "es"},
    # A label before a colon: "In short: 42".
    "short_label": {
        "en": "tl;?dr | final | correct",
        "de": "richtig | kurz | insgesamt",
        "fr": "en résumé",
        "es": "correct[ao] | en resumen",
        "ru": "итого",
        "zh": "合计",
        "ja": "合計",
    },
    # "therefore" within a sentence with one figure.
    "therefore_inside_short": {
        "en": "thus | therefore | hence",
        "de": "somit | daher | also",
        "fr": "donc",
        "es": "entonces",
        "it": "quindi",
        "pt": "portanto",
        "nl": "dus",
    },
    # How the subject of a conclusion begins.
    "subject": {
        "en": "the | there | we | it | he | she | they | x | y | n",
        "de": "die | der | das",
        "fr": "la | le",
        "es": "el",
        "it": "il",
        "pt": "o | a",
    },
    # "is" in a conclusion that names something.
    "is_named": {
        "de": "ist | sind | haben",
        "fr": "est",
        "es": "es",
        "it": "è",
        "pt": "é | são",
        "nl": "zijn",
    },
    # "is" before its subject: "Daher ist die Antwort 42".
    "is_inverted": {"de": "ist | lautet", "nl": "is | blijkt"},
    # "So" or "only" before the option that is right.
    "therefore_option": {
        "en": "so | therefore | thus | hence | only",
        "de": "daher | also | somit",
        "fr": "donc",
        "es": "entonces",
        "it": "quindi",
        "pt": "portanto",
        "nl": "dus",
    },
    "article_of_option": {
        "en": "the",
        "de": "die",
        "fr": "la | l'",
        "es": "la | el",
        "it": "la | il",
        "pt": "a | o",
        "nl": "de | het",
    },
    # "option" before the letter of the option that is right.
    "option": {
        "en": "options? | choice | answer | letter",
        "de": "antwort",
        "fr": "réponse",
        "es": "opción | respuesta",
        "it": "risposta | opzione",
        "pt": "opção | resposta",
        "nl": "antwoord | optie",
        "pl": "odpowiedź",
        "ru": "вариант | ответ",
    },
    # "is" in "B is right".
    "is_right": {
        "en": "is | would be | must be | has to be",
        "de": "ist",
        "fr": "est",
        "es": "es",
        "it": "è",
        "pt": "é",
        "pl": "jest",
        "ru": "—",
    },
    "article_of_right": {
        "en": "the",
        "de": "die",
        "fr": "la | le",
        "es": "el | la",
        "it": "il | la",
        "pt": "a | o",
    },
    "right": {
        "en": "correct | right | best | true",
        "de": "richtig | korrekt",
        "fr": "bonne | juste | exacte?",
        "es": "correct[ao]?",
        "it": "corretta",
        "pt": "corret[ao]",
        "nl": "juist | goed",
        "pl": "poprawn[ae] | prawidłow[ae]",
        "ru": r"верн\w* | правильн\w*",
    },
    # "answer" in "B is the right answer".
    "right_answer": {
        "en": "answer | option | choice | one | statement",
        "de": "antwort",
        "fr": "réponse",
        "es": "respuesta",
        "it": "risposta",
        "pt": "resposta",
        "nl": "antwoord",
        "pl": "odpowiedź",
        "ru": "ответ | вариант",
    },
    # "not" in "B, not A".
    "and_not": {
        "en": "(?:and )?not | rather than | instead of | as opposed to",
        "de": "nicht",
        "fr": r"et non(?: pas)? | (?<=,\s)non",
        "es": "y no",
        "pt": r"e não | (?<=,\s)não",
        "nl": r"en niet | (?<=,\s)niet",
        "ru": "а не",
    },
    # "because" after an answer.
    "reason": {
        "en": "because | since | as (?=it|the|this|they)",
        "de": "weil | denn | da (?=es|die|der|das) | so kam",
        "fr": r"parce que | (?<=,\s)car | puisque",
        "es": "porque | ya que | pues",
        "it": "perché | poiché",
        "pt": "porque | pois | já que",
        "nl": r"omdat | (?<=,\s)want",
        "pl": "ponieważ | bo",
        "ru": "потому что | так как",
    },
    "article_before_option": {
        "en": "the",
        "de": "die | der | das",
        "fr": "la | le | l'",
        "es": "el",
        "pt": "a | o",
        "nl": "het",
    },
    # "option" before a letter, left out of the answer.
    "option_word": {
        "en": "options? | choices? | answers? | letter | responses? | statement | assistant | candidate",
        "de": "alternativ[ae] | buchstabe | antwort",
        "fr": "lettre | réponse | option",
        "es": "letra | opción",
        "it": "lettera | opzione",
        "pt": "opção",
        "nl": "optie | antwoord",
        "pl": "odpowiedź | opcja",
        "ru": "вариант | ответ",
        "tr": "seçenek | şık",
        "uk": "варіант | відповідь",
        "sv": "alternativ | svar",
        "he": "אפשרות | תשובה",
        "el": "επιλογή | απάντηση",
        "th": "ข้อ | ตัวเลือก",
        "zh": "选项 | 選項",
        "ja": "選択肢",
        "ko": "선택지 | 보기",
        "ar": "الخيار | الإجابة | الجواب",
        "hi": "विकल्प",
    },
    # The day after, or before, the one that was spoken of, beside a time.
    "next_day": {
        "en": r"""(?:on )?(?:the )?(?:next|following) (?:calendar )?day | the day after | (?:one|1) day later
            | (?:on )?the next (?:morning|evening|afternoon|night)""",
        "de": "am (?:nächsten|folgenden) (?:tag|morgen|abend) | (?:am )?tags? darauf | am tag danach",
        "fr": "(?:le )?lendemain(?: matin| soir)? | le jour suivant | du lendemain",
        "es": "(?:del|al|el) día siguiente | (?:de|a) la mañana siguiente",
        "it": "(?:del|il) giorno (?:dopo|seguente|successivo) | (?:del)?l'indomani",
        "pt": "(?:do|no) dia seguinte",
        "nl": "(?:van )?de volgende (?:dag|ochtend|avond) | de dag erna",
        "pl": "następnego (?:dnia|ranka) | kolejnego dnia",
        "ru": "(?:на )?следующ(?:его|ий) (?:дня|день|утра)",
        "zh": "第二天 | 次日 | 翌日",
        "ja": "翌日 | 次の日",
    },
    "previous_day": {
        "en": "(?:on )?(?:the )?(?:previous|preceding) day | the day before | (?:one|1) day earlier",
        "de": "am (?:vorherigen|vorigen) tag | am tag (?:davor|zuvor) | am vortag",
        "fr": "la veille | le jour précédent",
        "es": "(?:del|el) día anterior",
        "it": "(?:del|il) giorno (?:prima|precedente)",
        "pt": "(?:do|no) dia anterior",
        "nl": "(?:van )?de vorige dag | de dag ervoor",
        "pl": "poprzedniego dnia",
        "ru": "(?:в )?предыдущ(?:его|ий) (?:дня|день)",
    },
    # Names of what stands in a block of code.
    "code_noun": {
        "en": r"""regular expression | regex | pattern | command | query | one-liner | expression | selector
            | (?:code|program|script|loop|snippet|it|this|that) (?:prints|outputs|returns) | output""",
        "de": r"regulärer? ausdruck | befehl | kommando | abfrage | muster | ausgabe | ausdruck",
        "fr": "expression régulière | commande | requête | motif | sortie",
        "es": "expresión regular | comando | consulta | patrón | salida",
        "it": "espressione regolare | comando | query | output",
        "pt": "expressão regular | comando | consulta | saída",
        "nl": "reguliere expressie | opdracht | uitvoer",
        "pl": "wyrażenie regularne | polecenie | zapytanie",
        "ru": "регулярное выражение | команда | запрос | вывод",
        "zh": "正则表达式 | 命令 | 输出",
        "ja": "正規表現 | コマンド | 出力",
    },
    # Names of figures that a name may carry in parentheses.
    "measure_word": {
        "en": r"""mohs(?: hardness)? | hardness | ph | atomic number | z | population | pop\.? | rank(?:ed)?
            | height | elevation | area | density | aged? | mass | weight | length | depth | score""",
        "de": "mohs(?:härte)? | härte | ordnungszahl | einwohner | höhe | fläche | dichte | alter | masse",
        "fr": "dureté | numéro atomique | population | altitude | superficie | densité | âge | masse",
        "es": "dureza | número atómico | población | altura | superficie | densidad | edad | masa | longitud",
        "it": "durezza | numero atomico | popolazione | altezza | superficie | densità | età | massa",
    },
    "of_measure": {
        "en": "of | is | about",
        "de": "von | ist | etwa",
        "fr": "de | environ",
        "es": "de | unos",
        "it": "di | circa",
    },
    # Begins a remark in parentheses on what the answer is not.
    "contrast": {
        "en": "not | and not | unlike | rather than",
        "de": "nicht | und nicht | anders als",
        "fr": "pas | et non | et pas",
        "es": "no | y no",
        "it": "non | e non",
        "pt": "não | e não",
        "nl": "niet | en niet",
        "pl": "nie | a nie",
        "ru": "не | а не",
    },
    # Asks how a running time, or a space, grows with the size of the input; orders of growth.
    "asks_complexity": {
        "en": r"""(?:time |space )?complexity | running time | run ?time | big-?_?o | asymptotic\w*
            | order of growth | growth rate""",
        "de": r"laufzeit\w* | (?:zeit|platz|speicher)?komplexität | speicherbedarf",
        "fr": "complexité",
        "es": "complejidad",
        "it": "complessità",
        "pt": "complexidade",
        "nl": "(?:tijds)?complexiteit | looptijd",
        "pl": "złożoność",
        "ru": "сложность",
        "zh": "复杂度 | 複雜度",
        "ja": "計算量",
        "ko": "복잡도",
    },
    "running_time": {
        "en": "time | running time | runtime",
        "de": "zeit | laufzeit | zeitkomplexität",
        "fr": "temps | en temps",
        "es": "tiempo | en tiempo",
        "it": "tempo | in tempo",
        "pt": "tempo | em tempo",
    },
    "memory_space": {
        "en": "space | memory",
        "de": "platz | speicher | speicherbedarf | platzkomplexität",
        "fr": "espace | mémoire",
        "es": "espacio | memoria",
        "it": "spazio | memoria",
    },
    "constant": {
        "en": "constant",
        "de": "konstante? | konstanter",
        "fr": "constante?",
        "es": "constante",
        "it": "costante",
    },
    "logarithmic": {
        "en": "logarithmic | log",
        "de": "logarithmisch(?:er?)?",
        "fr": "logarithmique",
        "es": "logarítmic[ao] | logaritmic[ao]",
        "it": "logaritmic[ao]",
    },
    "loglinear": {
        "en": "linearithmic | log linear | loglinear",
        "de": "linearithmisch(?:er?)?",
        "es": "linearítmic[ao] | linearitmic[ao]",
        "it": "linearitmic[ao]",
    },
    "linear": {
        "en": "linear",
        "de": "linear(?:er?)?",
        "fr": "linéaire | lineaire",
        "es": "lineal",
        "it": "lineare",
    },
    "quadratic": {
        "en": "quadratic",
        "de": "quadratisch(?:er?)?",
        "fr": "quadratique",
        "es": "cuadrátic[ao] | cuadratic[ao]",
        "it": "quadratic[ao]",
    },
    "cubic": {
        "en": "cubic",
        "de": "kubisch(?:er?)?",
        "fr": "cubique",
        "es": "cúbic[ao] | cubic[ao]",
        "it": "cubic[ao]",
    },
    # "then" between the items of a sequence.
    "afterwards": {
        "en": "then | next | followed by | after that",
        "de": "dann | danach | anschließend",
        "fr": "puis | ensuite",
        "es": "luego | después",
        "it": "poi | dopo",
        "pt": "depois | então",
        "nl": "dan | daarna",
        "pl": "potem | następnie",
        "ru": "затем | потом",
    },
    # Asks for a value of a programming language.
    "asks_code": {
        "en": r"""(?:string|python|javascript|java|ruby|json|code) (?:literal|expression|value)s? | literal
            | with(?: the)? quotes | evaluates? to | repr | typeof | data type""",
        "de": "literal | anführungszeichen | datentyp",
        "fr": "littéral | guillemets | type de données",
        "es": "literal | comillas | tipo de dato",
        "it": "letterale | virgolette | tipo di dato",
    },
    # Titles before a name; without "Mrs" and others that distinguish members of a family.
    "title_of_person": {
        "en": """sir | dame | dr | doctor | prof | professor | president | prime minister | chancellor | king
            | queen | emperor | empress | tsar | tsarina | pope | cardinal | bishop | archbishop | general
            | admiral | colonel | major | captain | lieutenant | sergeant | senator | judge | justice
            | reverend | rev | mr | gen | col | capt | lt | sgt | sen | gov | governor | saint""",
        "de": """herr | könig | königin | kaiser | kaiserin | präsident | bundeskanzler | bundeskanzlerin
            | papst""",
        "fr": "monsieur | roi | reine | empereur | président | présidente | pape | docteur | professeur",
        "es": "don | rey | reina | emperador | presidente | presidenta | papa | profesor",
        "it": "signor | re | regina | imperatore | papa | professor | dottor",
        "pt": "dom | rei | rainha | presidente | imperador",
        "nl": "meneer | koning | koningin | keizer | paus",
        "pl": "pan | król | królowa | cesarz | papież | prezydent",
        "ru": "король | королева | император | императрица | царь | президент | папа",
    },
    # "if and only if"
    "iff": {
        "en": "if,? and only if",
        "de": "genau dann,? wenn | dann und nur dann,? wenn",
        "fr": "si et seulement si",
        "es": "si y s[oó]lo si",
        "it": "se e solo se",
        "pt": "se e somente se | se e só se",
        "nl": "dan en slechts dan,? als",
        "pl": "wtedy i tylko wtedy,? gdy",
        "ru": "тогда и только тогда,? когда",
    },
    # Limits an answer to what it names.
    "only": {
        "en": "only",
        "de": "nur",
        "fr": "seulement | uniquement",
        "es": "solo | sólo | solamente | únicamente",
        "it": "solo | soltanto",
        "pt": "só | somente | apenas",
        "nl": "alleen",
        "pl": "tylko",
        "ru": "только",
    },
    # Asks which of several things: before options with numbers.
    "asks_choice": {
        "en": "which | what | choose | select | pick | mark | identify",
        "de": r"welche\w* | wähle\w* | kreuze\w*",
        "fr": r"quel\w* | lequel | laquelle | choisi\w* | coche\w*",
        "es": r"cuál\w* | qué | elige | elija | selecciona\w* | marque",
        "it": r"quale | quali | scegli\w*",
        "pt": "qual | quais | escolha | selecione | assinale",
        "nl": "welke? | kies",
        "pl": r"któr\w+ | wybierz | zaznacz",
        "ru": r"как(?:ой|ая|ое|ие|ого|их) | котор\w+ | выбер\w+ | укажите",
        "tr": r"hangi\w* | seçin\w*",
        "uk": r"як(?:ий|а|е|і) | обер\w+ | вибер\w+",
        "sv": "vilke[nt] | vilka | välj",
        "zh": "哪 | 下列 | 选 | 選",
        "ja": "どれ | 次の | 選",
        "ko": "어느 | 다음 | 고르",
        "ar": "أي | اختر",
        "hi": "कौन | चुन",
    },
    # Asks for all right options, of which there may be several.
    "asks_several": {
        "en": r"""(?:all|any|those|ones) (?:\w+ ){0,3}(?:that|which) (?:\w+ ){0,3}(?:apply|applies|are|is)
            | (?:select|choose|mark|check|pick|list|name) (?:all|every|any|each|both|(?:the )?(?:two|three))
            | one or more | more than one | at least two | two or more | (?:all|two|three) (?:of the )?correct
            | which (?:two|three|four|ones)
            | which of (?:the following|these|those|them|the \w+)(?: \w+){0,3} are
            | which (?!of\b|is\b)(?:\w+ ){1,2}are""",
        "de": r"""alle (?:\w+ )?(?:zutreffenden|richtigen|korrekten) | mehrere | welche (?:\w+ ){0,3}sind
            | kreuze(?:n sie)? alle | wähle(?:n sie)? (?:alle|zwei|drei)""",
        "fr": r"""toutes les | tous les | plusieurs | lesquels | lesquelles | deux réponses | cochez les""",
        "es": r"todas las | todos los | cuáles | varias | varios | (?:elige|seleccione?) (?:dos|tres)",
        "it": r"tutte le | tutti i | quali | più di una | più risposte | scegli(?:ere)? (?:due|tre)",
        "pt": r"todas as | todos os | quais | mais de uma | várias",
        "nl": r"alle (?:juiste|correcte) | meerdere | welke (?:\w+ ){0,3}zijn | kies (?:twee|drie)",
        "pl": r"wszystkie | kilka | które (?:\w+ ){0,3}są | wybierz (?:dwie|dwa|trzy)",
        "ru": r"""все (?:\w+ )?(?:верные|правильные|подходящие|варианты|ответы) | несколько
            | выберите (?:все|два|две|три)""",
        "zh": "多选 | 多選 | 所有 | 哪些 | 全部 | 哪几",
        "ja": "すべて | 全て | 二つ選 | 2つ選",
        "ko": "모두 | 두 개를",
        "ar": "جميع | كل ما",
        "hi": "सभी",
    },
    # "is" or "called" before a part in bold type.
    "is_before_bold": {
        "en": "by | called | named | known as | is | are | was | were",
        "de": "ist | sind | war",
        "fr": "est | sont",
        "es": "es | son",
        "it": "è",
        "pt": "é | são",
        "nl": "zijn",
    },
    # "therefore" before the figure that ends a sentence.
    "therefore": {
        "en": "therefore | thus | hence | consequently",
        "de": "daher | somit",
        "fr": "donc",
        "es": "entonces",
        "it": "quindi | dunque",
        "pt": "portanto",
        "nl": "dus",
    },
    # A word that makes a sentence a condition, an example or a denial.
    "open": {
        "en": """if | whether | unless | not | never | suppose | assume | let | would | could | may | might
            | example | instance | such as | try | until""",
        "de": "wenn | falls | nicht",
        "fr": "si | ne",
        "es": "si",
        "it": "se",
        "nl": "als | niet",
        "ru": "если | не",
    },
    # "so" between the first clause and what follows from it.
    "so_it_is": {
        "en": r"""i\.e\.,? | that is, | in other words,? | so | hence | thus | therefore | and so
            | which means""",
        "de": "also",
        "fr": "donc",
        "it": "quindi",
        "nl": "dus",
    },
    # "are" before the list that is the answer.
    "are": {
        "en": "is | are | was | were",
        "de": "sind",
        "fr": "sont",
        "es": "son",
        "it": "sono",
        "pt": "são",
        "nl": "zijn",
    },
    # "is" in "the sum is therefore 42", and its "therefore".
    "is_therefore": {
        "en": "is | are | was | equals",
        "de": "ist",
        "fr": "est",
        "es": "es",
        "it": "è",
        "pt": "é",
    },
    "therefore_then": {
        "en": "therefore | thus | hence | then | consequently",
        "de": "also | daher | somit",
        "fr": "donc",
        "es": "entonces",
        "it": "quindi",
        "pt": "portanto",
    },
    # With what a reply takes back what it began with.
    "taken_back": {
        "en": r"""wait | actually | correction | (?<!common\s)mistake | mistaken
            | let me (?:re\w*|check again|try (?:again|that)) | correct myself | hm+, no
            | on second thought | wrong above | scratch that""",
        "de": "moment | halt | korrektur",
        "fr": "attendez | en fait",
        "es": "espera | corrección",
        "it": "aspetta | correzione",
        "nl": "wacht | correctie",
        "pl": "czekaj",
        "ru": r"подождите | исправ\w+",
        "zh": "等等 | 不对 | 更正",
        "ja": "訂正",
    },
    "that_is_wrong": {
        "de": "(?:das|es) (?:ist|war) falsch",
        "fr": "c'est faux",
        "es": "es incorrecto",
        "it": "è sbagliato",
        "pt": "está errad[oa]",
    },
    # Limits a yes or a no.
    "but": {
        "en": """but | however | although | though | unless | except
            | only (?:if|when|for|in|on|some|after|before) | depends
            | not (?:always|necessarily|quite|entirely)""",
        "de": "aber | jedoch | allerdings | nur (?:wenn|falls|für|in|am|an|mit|bei)",
        "fr": "mais | cependant | sauf",
        "es": "pero | sin embargo | salvo | sólo",
        "it": "ma | però",
        "pt": "mas | porém",
        "nl": "maar | echter",
        "pl": "ale | jednak",
        "ru": "но | однако",
        "zh": "但 | 不过 | 只有",
        "ja": "ただし | しかし",
        "ko": "하지만",
    },
    "and_or": {
        "en": "and | or",
        "de": "und | oder",
        "fr": "et | ou",
        "es": "y | o",
        "it": "e",
        "nl": "en",
        "ru": "и | или",
    },
    # "is" at the end of a sentence.
    "is_at_end": {"ja": "です | でした | である | だ | となります | になります", "ko": "입니다 | 이다"},
    "altogether": {"zh": "一共 | 总共 | 總共 | 共 | 合计", "ja": "全部で"},
    "article_of_name": {"en": "the", "fr": "le | la", "es": "el", "it": "il"},
    # "option" before a number.
    "numbered_option": {
        "en": "option | choice",
        "es": "opción",
        "it": "opzione",
        "pt": "opção",
        "ru": "вариант",
    },
    # "option" in a title that is not an answer.
    "title_of_option": {"en": "option | choice | answer", "de": "antwort", "es": "opción", "it": "opzione"},
    # "namely" before a value at the end of a sentence.
    "namely": {
        "en": r"which (?:is|equals|was) | i\.\s?e\.,? | that is,? | namely",
        "de": r"nämlich | d\.\s?h\. | das heißt",
        "fr": "soit | c'est-à-dire",
        "es": "es decir,? | o sea",
        "it": "cioè",
        "pt": "ou seja,? | isto é,?",
        "nl": "oftewel | namelijk",
        "pl": "czyli",
        "ru": "то есть",
    },
    # What stands for no answer.
    "no_answer": {
        "en": """wrong | incorrect | unknown | unclear
            | not (?:yet )?(?:clear|known|given|determined|possible)""",
        "de": "falsch | unklar | unbekannt",
        "fr": "faux | inconnu",
        "es": "incorrect[oa]",
        "it": "sconosciut[oa]",
    },
    # A verb without which a text is not a sentence.
    "verb": {
        "en": """is | are | was | were | be | has | have | had | takes? | costs? | gets? | needs? | earns?
            | weighs? | covers? | runs? | travels? | pays? | makes? | gives? | contains? | equals?
            | received? | scored? | remains?""",
        "de": "ist | sind | war | hat | haben | beträgt | kostet | braucht",
        "fr": "est | sont | était | a | ont | coûte | mesure",
        "es": "es | son | era | fue | tiene | tienen | cuesta",
        "it": "è | sono | ha | hanno | costa",
        "pt": "é | são | tem | têm",
        "nl": "is | zijn | heeft | hebben",
        "pl": "jest | są | ma | mają | wynosi",
        "ru": "это | составляет | равно | равна | стоит | является",
        "tr": r"vardır | var | olur | eder | \w+d[ıiuü]r",
        "ar": "هي | هو",
        "hi": "है | हैं | हो",
    },
    "verb_inside": {
        "en": "is | are | was | equals",
        "de": "ist",
        "fr": "est",
        "es": "es",
        "it": "è",
        "pt": "é",
        "pl": "jest",
        "ru": "равно | равна",
    },
    "since_at_start": {"en": "since | because | as", "de": "da | weil", "fr": "comme", "es": "como"},
    # "and" before a second main clause, and its "is".
    "and_clause": {
        "en": "and | while | but | whereas",
        "de": "und",
        "fr": "et",
        "es": "y",
        "it": "e",
        "nl": "en",
    },
    "is_of_clause": {
        "en": "is | are | was | were",
        "de": "ist | sind",
        "fr": "est",
        "es": "es",
        "it": "è",
        "pt": "é",
    },
    # What begins a sentence that says more of the answer before it.
    "elaboration": {
        "en": """(?:only )?(?:it|he|she|they) | its | this | these | that | those | here | there | you
            | we | his
            | her | their""",
        "de": r"er | sie | es | dies\w* | nur (?:er|sie|es)",
        "fr": "il | elle | ils | cela",
        "es": "él | ella | esta?e?",
        "it": "lui | lei | questo",
        "pt": "ele | ela",
        "nl": "hij | zij | dit | deze",
        "pl": "to | jest | on | ona",
        "ru": "он | она | это",
        "zh": "它 | 他 | 她 | 这",
        "ja": "これ | それ",
        "ko": "이는 | 그",
    },
    # "it is" before a value.
    "it_is_value": {"en": "it's | it is", "de": "es ist", "fr": "c'est", "es": "es", "it": "è", "pt": "é"},
    # "step" in "step 3".
    "step_number": {
        "en": "seat | voter | juror | reviewer | speaker | participant | judge | round | respondent",
        "de": "schritt | aufgabe | sitz | stimme | teilnehmer | runde",
        "fr": "étape | votant | siège | participant",
        "es": "paso | votantes? | participantes?",
        "it": "passo | votante | partecipante",
        "pt": "votante | participante",
        "nl": "stap | stem | deelnemer",
        "pl": "krok",
        "ru": "шаг | участник | голос",
        "zh": "席位",
    },
    # What joins two figures.
    "between": {
        "en": "and | or | to | of",
        "de": "und | oder | bis",
        "fr": "et | ou | à",
        "es": "y | o | a",
        "it": "e",
        "nl": "en | tot",
        "pl": "i | lub | do",
        "ru": "и | или | до",
        "zh": "和 | 或",
        "ja": "と",
        "ko": "또는",
    },
    # What belongs to a figure after it.
    "about": {
        "en": r"""no (?:more|less|fewer) than | about | approximately | approx\. | roughly | around
            | nearly | almost | at (?:least|most)
            | (?:more|less|fewer) than | up to | over | under""",
        "de": "etwa | ungefähr | rund | mindestens | höchstens | mehr als | weniger als",
        "fr": "environ | au (?:moins|plus) | plus de | moins de",
        "es": "aproximadamente | unos | unas | al menos | más de | menos de",
        "it": "circa | almeno | più di | meno di",
        "pt": "cerca de | pelo menos | mais de",
        "nl": "ongeveer | minstens | meer dan",
        "pl": "około | co najmniej | ponad",
        "ru": "примерно | около | не менее | более",
        "zh": "约 | 大约 | 至少 | 最多 | 超过",
        "ja": "約 | およそ | 少なくとも",
        "ko": "약 | 최소 | 최대",
    },
    # A word before a figure without which it says something else.
    "bound": {
        "en": """between | from | above | below | before | after | until | till | since | without | except
            | plus | minus | negative | times | divided by""",
        "de": "bis | zwischen | vor | nach",
        "fr": "jusqu'en | entre | avant | après",
        "es": "hasta | antes | después",
        "it": "fino al? | tra | prima | dopo",
        "pt": "até",
        "nl": "tot | tussen | voor",
        "pl": "do | między | przed",
        "ru": "до | между | после",
    },
    # A verb after a figure that says something of it, and an article with which it names it instead.
    "is_of_subject": {
        "en": "is | are | was | were",
        "de": "ist",
        "fr": "est",
        "es": "es",
        "it": "è",
        "pt": "é",
        "pl": "jest",
    },
    "article_after_is": {
        "de": "der | die | das",
        "fr": "la | le",
        "es": "el",
        "it": "il | lo",
        "pt": "o | a resposta",
    },
    # A verb before a figure.
    "is_before_figure": {
        "en": """is | are | was | were | be | equals? | gives? | yields? | makes? | leaves? | totals?
            | takes? | needs? | weighs? | lasts? | holds? | amounts? to | comes? to | costs?""",
        "de": "ist | sind | war | beträgt | betragen | ergibt | ergeben | lautet | kostet | bleiben",
        "fr": "est | sont | vaut | donne | fait | mesure | coûte",
        "es": "es | son | fue | da | vale | cuesta | mide",
        "it": "è | sono | misura | vale | costa",
        "pt": "é | são | custa",
        "nl": "is | zijn | bedraagt | kost",
        "pl": r"jest | wynosi | (?<!\d\s)(?<!up\s)(?<!close\s)(?<!next\s)to | kosztuje | równa się",
        "ru": "равно | равна | равен | составляет | это | —",
        "zh": "是 | 为 | 為 | 等于 | 共有",
        "ja": "は",
        "ko": r"은\s | 는\s | 이\s | 가\s",
        "ar": "هي | هو | يساوي",
        "hi": "है | हैं",
    },
    # A verb between a name and what it names.
    "is_before_name": {
        "en": """(?:will|would|must|can only) be | is | are | was | were | remains | equals | means
            | stands for""",
        "de": "ist | sind | wird | war | waren | heißt | lautet",
        "fr": "est | sont | était | s'appelle | s'appelait",
        "es": "es | son | fue | era | se llama",
        "it": "è | sono | fu | si chiama",
        "pt": "é | são | foi | se chama",
        "nl": "is | zijn | heet",
        "pl": "jest | są | był | była | nazywa się",
        "ru": "— | – | это | является | был | была | называется",
        "ar": "هي | هو",
    },
    # "also" after that verb.
    "adverb_after_is": {
        "en": """also | still | by far | therefore | thus | called | named | known as | simply | clearly
            | indeed | definitely | most likely | probably | this""",
        "de": "somit | daher",
        "fr": "donc",
        "es": "entonces",
        "it": "quindi",
        "pt": "portanto",
        "nl": "dus",
        "ru": "это",
    },
    # "was" and "by" in "it was built by".
    "passive": {
        "en": "was | were | is | are",
        "de": "wurde | wurden",
        "fr": "fut | est",
        "es": "fue",
        "it": "fu | è",
        "pt": "foi",
        "nl": "werd",
        "pl": "został[aoy]? | był[ao]?",
    },
    "by": {"en": "by", "de": "von", "fr": "par", "es": "por", "it": "da", "nl": "door", "pl": "przez"},
    # What an author or a founder did.
    "made": {
        "en": """painted | wrote | invented | discovered | composed | founded | directed | designed | built
            | created | developed | proposed | formulated | won | sculpted""",
        "de": "malte | schrieb | erfand | entdeckte | komponierte | gründete | entwarf | baute | gewann",
        "fr": "a peint | a écrit | a inventé | a découvert | a composé | a fondé | a gagné",
        "es": "pintó | escribió | inventó | descubrió | compuso | fundó | diseñó | ganó",
        "it": "dipinse | scrisse | inventò | scoprì | compose | fondò | ha scritto | ha dipinto",
        "pt": "pintou | escreveu | inventou | descobriu | compôs | fundou",
        "nl": "schilderde | schreef | ontdekte | componeerde | stichtte",
        "pl": "namalował | napisał | odkrył | wynalazł | skomponował",
        "ru": "написал | открыл | изобрёл | изобрел | сочинил | основал",
    },
    # What makes a subject definite.
    "definite": {
        "en": "the | this | that | its | our | their | his | her",
        "de": "der | die | das",
        "fr": "le | la | les | l'",
        "es": "el | los | las",
        "it": "il | lo | gli | i",
        "pt": "o | a | os | as",
        "nl": "de | het",
    },
    "superlative": {
        "en": r"""\w{2,}est | most | least | first | last | only
            | (?:\w{2,}er|more \w+|less \w+|better|worse)(?=\s(?:choice|option|one|deal|way|plan|of)\b)""",
        "de": r"größte\w* | höchste\w* | längste\w* | kleinste\w* | älteste\w*",
        "fr": "plus",
        "es": "más",
        "it": "più",
        "pt": "mais",
        "nl": "grootste | hoogste",
        "pl": r"naj\w+",
        "ru": "сам(?:ый|ая|ое)",
    },
    "indefinite": {"en": "an?", "de": "eine?", "fr": "une?", "es": "una?", "pt": "um | uma", "nl": "een"},
    # What only one thing is.
    "unique": {
        "en": r"""\w{2,}est | most | least | first | second | third | fourth | fifth | last | only | best
            | worst | main | name | term | word
            | capital | author | symbol | color | colour | language | process | element | winner | culprit
            | thief | murderer
            | odd one out | answer | synonym | antonym | plural | opposite | planet | animal | organ
            | season | day | month | country | city | metal | gas | shape | instrument | currency | output
            | type | part of speech""",
        "de": r"größte\w* | höchste\w* | längste\w* | kleinste\w* | häufigste\w* | hauptstadt | name | wort",
        "fr": "plus | mot",
        "es": "más | palabra",
        "it": "più | parola",
        "pt": "mais | palavra",
        "nl": "grootste | hoogste | hoofdstad | woord",
        "pl": r"naj\w+ | stolica",
        "ru": r"сам\w+ | столица | слово",
    },
    # "on" before a day of the week, which may begin with a small letter.
    "on_before_day": {
        "en": "on | in",
        "de": "am | im",
        "fr": "le",
        "es": "el",
        "it": "il",
        "pt": "en",
        "nl": "op",
        "pl": "w | we",
        "ru": "в | во",
    },
    # How the name of a day begins.
    "day_start": {
        "fr": "lun | mar | mer | jeu | ven | sam | dim",
        "es": "sáb | dom",
        "pl": "poniedz | wtor | śro | czwar | piąt | sobo | niedz",
        "ru": "пон | вто | сре | чет | пят | суб | вос",
    },
    # A word before the day of the week that ends a clause.
    "before_day": {
        "en": "on | is | be",
        "de": "ist | auf | am",
        "fr": "est | un | le | à",
        "es": "es | el",
        "it": "il | di",
        "pt": "na",
        "nl": "een | op",
        "pl": "w | we",
        "ru": "в | во",
    },
    "article_of_day": {"en": "an?", "de": "einen", "fr": "un", "pt": "uma?"},
    "day": {
        "en": "(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
        "de": "(?:mon|diens|donners|frei|sams|sonn)tag | mittwoch",
        "fr": "lundi | mardi | mercredi | jeudi | vendredi | samedi | dimanche",
        "es": "lunes | martes | miércoles | jueves | viernes | sábado | domingo",
        "it": "lunedì | martedì | mercoledì | giovedì | venerdì | sabato | domenica",
        "nl": "maandag | dinsdag | woensdag | donderdag | vrijdag | zaterdag | zondag",
    },
    "preposition_after_name": {
        "en": "in | at | on | of | for | by | from | with | to",
        "de": "im | von | für",
        "fr": "dans | en | de",
        "it": "di | da",
        "pt": "do | em",
        "nl": "van",
        "pl": "w | z",
        "ru": "в | из",
    },
    # What begins a sentence about something definite.
    "definite_before_bold": {
        "en": "the | this | that | it | its | these | they | he | she",
        "de": "der | die | das | es",
        "fr": "la | le | l'",
        "es": "el",
        "it": "il | lo",
        "pt": "o | a",
        "nl": "het | de",
    },
    # What begins a gloss in parentheses.
    "gloss": {
        "en": "the | an? | in | located | not",
        "de": "die | der | das",
        "fr": "la | le | l'",
        "es": "el",
        "it": "il",
        "nl": "de | het",
    },
    "article_after_option": {
        "en": "the",
        "de": "die | der | das",
        "fr": "la | le",
        "es": "el",
        "it": "il",
        "pt": "a | o",
        "nl": "het | de",
    },
    "right_option": {
        "en": "option | answer | choice",
        "de": "antwort",
        "fr": "réponse",
        "es": "respuesta | opción",
        "it": "risposta",
        "pt": "resposta",
        "nl": "antwoord",
    },
    # What counts the figure before it.
    "counter": {
        "zh": """个 | 枚 | 人 | 名 | 元 | 年 | 月 | 日 | 号 | 时间 | 小时 | 分钟 | 分 | 秒 | 岁 | 台 | 次
            | 回 | 天 | 周 | 页 | 只 | 张 | 条 | 件 | 支 | 块 | 棵 | 题 | 种 | 度 | 点 | 倍 | 千克 | 公斤
            | 公里 | 千米 | 平方厘米 | 平方米 | 厘米 | 米 | 斤""",
        "ja": "個 | 円 | 時間 | 歳 | 本 | 匹 | 冊 | 週間 | 頁 | 通り | 割",
        "ko": """개월 | 개 | 명 | 원 | 년 | 월 | 시간 | 분 | 초 | 살 | 세 | 마리 | 권 | 번 | 일 | 도 | 가지
            | 쪽 | 장 | 킬로미터 | 미터 | 센티미터""",
    },
    # "if you" and what it is that you may want, in an offer at the end of a reply.
    "if_you": {
        "en": "if (?:you|there)",
        "de": "wenn (?:du|sie) | falls (?:du|sie|ihr)",
        "fr": "si (?:vous|tu)",
        "es": "si (?:tienes|necesitas)",
        "it": "se hai | si hai",
        "pt": "si (?:você|precisar) | se (?:você|tiver|precisar)",
        "nl": "als (?:je|u)",
        "pl": "jeśli",
        "ru": "если (?:у|вам)",
    },
    "help": {
        "en": "questions? | help | else | further | more | ask | know | details?",
        "de": "fragen? | hilfe | mehr",
        "fr": "aide | plus",
        "es": "preguntas? | ayuda | más",
        "it": "domande | aiuto",
        "pt": "dúvidas? | perguntas",
        "nl": "vragen | hulp",
        "pl": "pytania",
        "ru": r"вопрос\w* | помощь",
    },
    # An offer on a line of its own.
    "if_you_have": {
        "en": "if you (?:have|need|want|would|'d)",
        "de": "wenn du | falls (?:du|sie)",
        "fr": "si (?:vous|tu)",
        "es": "si (?:tienes|necesitas)",
        "it": "se hai | si hai",
        "pt": "si (?:você|precisar) | se (?:você|tiver|precisar)",
        "nl": "als je",
        "ru": "если (?:у вас|вам|нужно)",
        "ja": "何か",
    },
    # How a courtesy or an offer begins; those in English are in `afterword.py`.
    "closing": {
        "de": r"""(?:ich )?hoffe | lass (?:es )?mich | meld\w* dich | bei (?:weiteren )?fragen | viel erfolg
            | gerne? (?:helfe|beantworte) | sag\w* (?:mir )?(?:bescheid|gern) | (?:soll|kann) ich
            | möcht\w+\s""",
        "fr": "j'espère | n'hésite | voulez-vous | souhaitez-vous | veux-tu | tu veux",
        "es": r"""espero | avísame | déjame saber | dime si | no dudes | (?:te|le|les) gustaría
            | (?:quier\w+|dese\w+|necesit\w+) que""",
        "it": r"spero | fammi sapere | vuoi\s",
        "pt": "fique à vontade | me avise | gostaria | quer(?:es)? que",
        "nl": "hopelijk | ik hoop | laat (?:het )?me | wil je | zal ik",
        "pl": "mam nadzieję | daj (?:mi )?znać | czy chce",
        "ru": "надеюсь | дайте знать | обращайтесь | хот(?:ите|ели|ел)",
        "zh": "希望 | (?:你|您)?需要我 | 要我 | 如果(?:你|您|还|有) | 如有 | 请(?:随时|告诉)",
        "ja": "お役に | ご不明 | 他に",
        "ko": "도움이 | 궁금한 | 더 필요",
    },
    # A word of a question that offers more.
    "offered": {
        "en": r"""else | another | help | assist | more (?:detail|help|example)\w* | explain | elaborate
            | walk you""",
        "de": "hilfe | helfen | noch (?:etwas|eine)",
        "fr": "aider? | autre chose",
        "es": "ayuda | ayudarte | algo más",
        "it": "aiuto | altro",
        "pt": "ajuda | ajudar | mais alguma",
        "nl": "helpen | hulp | nog (?:iets|een)",
        "pl": "pomóc | coś jeszcze",
        "ru": "помочь | ещё | еще",
        "zh": "还有 | 帮助",
        "ja": "他に | お手伝い",
        "ko": r"도움 | 더\s",
    },
    # What ends a letter, before the name of its writer.
    "regards": {
        "en": r"""best | regards | (?:kind|best|warm) (?:regards|wishes) | sincerely | yours(?: \w+)? | cheers
            | respectfully""",
        "de": "(?:mit )?(?:freundliche|viele|beste|liebe)[nr]? grüßen? | grüße",
        "fr": "cordialement | bien à vous",
        "es": "saludos(?: cordiales)? | atentamente",
        "it": "cordiali saluti | saluti",
        "pt": "atenciosamente | cumprimentos",
        "nl": "(?:met )?vriendelijke groet(?:en)?",
        "pl": "pozdrawiam | z poważaniem",
        "ru": "с уважением",
    },
    # A participant of a discussion.
    "participant": {
        "en": "seat | voter | juror | agent | model | speaker | participant | candidate | reviewer",
        "de": "sitz | stimme | teilnehmer",
        "fr": "siège | votant | participant",
        "es": "votante | participante",
        "it": "votante | partecipante",
        "pt": "votante | participante",
        "nl": "stem | deelnemer",
        "ru": "участник",
        "zh": "席位",
        "ja": "席",
    },
    # The name of what is said of an answer below it, before a colon.
    "about_answer": {
        "en": r"""confidence | certainty | agreement | second choice | runner-up | alternative | changed
            | round
            | seat | difficulty | dissent""",
        "de": "sicherheit | konfidenz | zuversicht",
        "fr": "confiance | certitude",
        "es": "confianza | certeza",
        "it": "fiducia | confidenza | certezza",
        "pt": "confiança | certeza",
        "nl": "zekerheid | vertrouwen",
        "pl": "pewność",
        "ru": "уверенность",
        "zh": "置信度 | 信心",
        "ja": "確信度 | 自信",
        "ko": "확신도",
    },
    # What a speaker adds to an answer, after a comma.
    "added": {
        "en": r"""though | however | then | i (?:think|believe|guess|suppose|reckon|would say)
            | if i(?:'m| am) not mistaken | if i (?:remember|recall) (?:correctly|right)
            | in my (?:opinion|view)
            | for the reasons? (?:given|stated|above|explained)\b[^.!?\n]* | to be (?:precise|exact|sure)
            | as (?:explained|shown|stated|noted|argued) (?:above|before|earlier)""",
        "de": "denke ich | glaube ich | meine ich | wenn ich mich nicht irre | wie oben gezeigt",
        "fr": "je crois | je pense | à mon avis | si je ne me trompe pas",
        "es": "creo | si no me equivoco | en mi opinión",
        "it": "credo | se non sbaglio | secondo me",
        "pt": "acho | creio | se não me engano",
        "nl": "denk ik | als ik me niet vergis",
        "pl": "jak sądzę",
        "ru": "думаю | если не ошибаюсь | по-моему",
    },
    # The name of a note after the answer, before a colon.
    "note": {
        "en": r"""notes? | nb | n\.b\. | ps | p\.s\. | checks? | verification | proof | explanation
            | reason(?:s|ing)? | rationale | justification | assumptions? | hint | tip | sources?
            | references? | caveats? | disclaimer | why\b[^:?\n]{0,60} | because | details | background
            | context | steps | working | further reading""",
        "de": "erklärung | begründung | probe | hinweis | anmerkung",
        "fr": "explication | vérification | remarque",
        "es": "explicación | nota | comprobación | justificación",
        "it": "spiegazione | verifica",
        "pt": "explicação | justificativa | verificação",
        "nl": "uitleg | toelichting | controle | opmerking",
        "pl": "uzasadnienie | wyjaśnienie | uwaga",
        "ru": "пояснение | объяснение | проверка | примечание",
        "zh": "解释 | 解析 | 说明 | 理由 | 注",
        "ja": "検算 | 説明",
        "ko": "설명 | 이유 | 참고",
    },
    # How a sentence begins that is a note.
    "note_that": {
        "en": "(?:please )?note that | keep in mind | bear in mind | be aware",
        "de": r"beachten? sie | beachte",
        "fr": "notez que | attention",
        "es": "ten(?:ga)? en cuenta | nótese",
        "it": "nota che | tieni presente",
        "pt": "note que | observe que",
        "nl": r"let op | merk op",
        "pl": "należy pamiętać | uwaga",
        "ru": "обратите внимание | заметим",
        "zh": "注意 | 请注意",
        "ja": "なお",
        "ko": "참고로",
    },
    # The heading of a note.
    "heading": {
        "en": r"""explanation | reasoning | rationale | justification | verification | check | notes?
            | why\b.{0,60}""",
        "de": "begründung | erklärung",
        "fr": "explication",
        "es": "explicación",
    },
    # Alone, a yes.
    "yes": {
        "en": "yes | true | correct | yep | yeah",
        "de": "ja | richtig | wahr",
        "fr": "oui | vrai | vraie",
        "es": "sí | si | verdadera | verdadero | cierto | correcto",
        "it": "sì | vera | vero",
        "pt": "sim | verdadeira | verdadeiro | correto",
        "nl": "waar | juist",
        "pl": "tak | prawda",
        "ru": "да | верно | правда | истина",
        "tr": "evet | doğru",
        "uk": "так",
        "sv": "ja",
        "vi": "vâng | đúng",
        "th": "ใช่",
        "he": "כן",
        "el": "ναι",
        "cs": "ano",
        "hu": "igen",
        "fi": "kyllä",
        "zh": "是 | 是的 | 对 | 对的 | 對 | 正确 | 正确的 | 正確 | 真",
        "ja": "はい | 正しい",
        "ko": "예 | 네 | 참",
        "ar": "نعم | صحيح",
        "hi": "हाँ | हां | सही",
    },
    # Alone, a no.
    "no": {
        "en": "no | false | incorrect | wrong | nope",
        "de": "nein | falsch",
        "fr": "non | faux | fausse",
        "es": "no | falso | falsa",
        "it": "no | falso | falsa",
        "pt": "não",
        "nl": "nee | onwaar | onjuist",
        "pl": "nie | fałsz",
        "ru": "нет | неверно | ложь | неправда",
        "tr": "hayır | yanlış",
        "uk": "ні",
        "sv": "nej",
        "vi": "không | sai",
        "th": "ไม่",
        "he": "לא",
        "el": "όχι",
        "cs": "ne",
        "hu": "nem",
        "fi": "ei",
        "zh": "否 | 不 | 不是 | 错 | 錯 | 错误 | 错误的 | 不对 | 假",
        "ja": "いいえ | 正しくない",
        "ko": "아니요 | 아니오 | 거짓",
        "ar": "لا | خطأ",
        "hi": "नहीं | गलत",
    },
    # May take back a yes or a no before it.
    "reversal": {
        "en": """but | however | although | though | unless | except | only | if | when | sometimes | partly
            | mostly | usually | maybe | perhaps | or | most | cases | rarely | some | often | generally
            | typically | depending | depends | likely | probably | possibly | almost | under | assuming
            | provided | given | without | not | never | no | nor | yes | true | false | wrong | incorrect""",
        "de": "aber | jedoch | nur | wenn | nicht | nein | falsch | ja | außer",
        "fr": "mais | seulement | sauf | oui | non | faux | pas",
        "es": "pero | sólo | solo | salvo | no | sí | si | falso",
        "it": "ma | soltanto | tranne",
        "pt": "mas | apenas",
        "nl": "maar | alleen | niet",
        "ru": "нет | да | но | только | если | не",
        "zh": "但 | 但是 | 不过 | 除非 | 如果 | 不 | 是",
        "ja": "いいえ | はい | しかし | ただし",
        "ko": "하지만 | 단",
        "ar": "لكن | إذا",
    },
    # A word before the answer with which a sentence ends.
    "last_word": {
        "en": """is | are | was | were | be | equals | equal | gives | yields | get | gets | obtain | find
            | leaves | makes | totals | need | needs | require | requires | cost | costs | weighs | takes
            | contains | holds | lasts""",
        "de": "ist | sind | beträgt | lautet",
        "fr": "est | sont | vaut",
        "es": "es | son",
        "it": "è | sono",
        "pt": "é | são",
        "pl": "jest | wynosi",
        "ru": "равна | равно",
    },
    # Names nothing by itself.
    "pronoun": {
        "en": """it | this | that | he | she | they | we | i | you | there | what | which | who | here
            | these | those | one | such | mine | both | all | each | every | another | some | any | however
            | since | if | when | while | as | for | in | on | at | by | with | to | from | of | but | and
            | or | so | thus | hence | yours | ours | theirs""",
        "de": "es | er | sie | wir | ich | das | dies",
        "fr": "il | elle | ils | elles | on | nous | je | cela | ça | ce | c'est",
        "es": "él | ella | ellos | yo | eso | esto",
        "it": "lui | lei | loro | questo",
        "pt": "ele | ela | eles | isso | isto",
        "nl": "hij | zij | het | ik | dit | dat",
        "pl": "to | on | ona | oni",
        "ru": "он | она | они | я | это",
    },
    # Follows a figure and is not its unit.
    "no_unit": {
        "en": """is | are | was | were | be | been | being | has | have | had | do | does | did | will
            | would | can | must | of | in | on | at | to | and | or | than | from | by | for | with | when
            | while | which | that | who | as | so | but | then | after | before | during | into | over
            | under | through | since | until | because | per | inside | if | it | its | this | these | the
            | a | an | they | he | she | we | you | there | here | each | every | both | away | ago | remain
            | remains | make | makes | again | together | exactly""",
        "de": """ist | sind | war | waren | hat | haben | im | in | am | an | auf | zu | und | oder | als
            | von | mit | für | bei | der | die | das | den | dem | ein | eine | einen | pro | aus | nach
            | wird | wurde | tragen | gibt | übrig""",
        "fr": """est | sont | était | a | ont | à | au | aux | de | du | des | le | la | les | un | une | et
            | ou | par | pour | dans | en | sur | avec | qui | que""",
        "es": """es | son | fue | era | ha | han | en | el | los | las | del | y | o | para | por | con
            | que | un | una""",
        "it": "di | del | della | nel | è | sono | era | ha | hanno | il | lo | gli | i | e | da | per | che",
        "pt": "é | são | foi | em | no | na | os | as | um | uma | ao | do | dos | das | com",
        "nl": "zijn | was | heeft | hebben | op | van | het | een | te | bij | en | of | voor | met | dragen",
        "pl": "jest | są | był | ma | mają | w | na | z | do | i | lub | od | za | to",
        "ru": "по | в | на | с | и | или | для | от | из | у | к | это | был | было",
    },
    # Asks for items in order.
    "order": {
        "en": r"""order(?:ed)? | sort(?:ed)? | sequence | rank(?:ed|ing)? | steps | first | ascending
            | descending | chronological\w* | alphabetical\w* | arrange | permutation | respectively | in turn
            | timeline | one after the other | (?:starting|beginning) (?:with|from|at) the \w{2,}(?:e|r)st
            | (?:left|right|west|east|top|bottom|north|south|front|back)(?:most)?
              to (?:the )?(?:left|right|west|east|top|bottom|north|south|front|back)(?:most)?
            | (?!closest|nearest)(?:\w{2,}(?:e|r)st|(?:most|least)(?: \w+)?)(?: \w+)?
              to (?:the )?(?:\w{2,}(?:e|r)st|most|least)
            | from (?:the )?(?:small|big|large|great|low|high|light|heavy|heavi|short|tall|long|young|old|new
              |earl|late|slow|fast|quick|cold|warm|hot|weak|strong|cheap|poor|rich|near|far|eas|hard|simpl|dark
              |bright|soft|loud|mild|more|less|few|many|top|bottom|left|right)\w{0,4} to""",
        "de": r"""reihenfolge | aufsteigend\w* | absteigend\w* | geordnet\w* | ordnen? | ordne | sortier\w*
            | chronologisch\w* | alphabetisch\w* | der reihe nach
            | der (?:größe|länge|höhe|dem alter) nach | rangfolge | rangliste
            | (?:angefangen|beginnend) (?:mit|bei) \w+ \w+st\w*
            | vo[nm] (?:(?:der|dem|den) )?\w+[sß]t\w+ (?:\w+ )?(?:bis )?zu[mr]? \w+[sß]t\w+
            | von (?:groß|klein|oben|unten|links|rechts|nord|süd|west|ost|alt|jung|leicht|schwer|kurz|lang
              |warm|kalt)\w* nach""",
        "fr": r"""ordre | ordonne[rz]? | croissante?s? | décroissante?s? | classe[rz] | classement | triez
            | respectivement | chronologi\w* | en commençant par l[ae] plus
            | (?:du|de la|des) (?:plus|moins) \w+ (?:au|à la|aux) (?:plus|moins) | de gauche à droite
            | de haut en bas""",
        "es": r"""orden(?:a|e|ad[ao]s?|ar)? | ascendentes? | descendentes? | creciente | decreciente
            | respectivamente | cronol\w* | (?:empezando|comenzando) (?:por|con) (?:el|la) más
            | (?:del?|de la) (?:más \w+|menos \w+|mayor|menor) al? (?:la )?(?:más|menos|mayor|menor)
            | de izquierda a derecha | de arriba abajo""",
        "it": r"""ordin(?:e|a|are|ate|ati|ato) | crescente | decrescente | rispettivamente | cronologic\w*
            | (?:iniziando|cominciando|partendo) dal(?:la)? più
            | dal(?:la)? (?:più \w+|meno \w+|maggiore|minore) al(?:la)? (?:più|meno|maggiore|minore)
            | da sinistra a destra""",
        "pt": r"""ordem | orden[ae]\w* | crescente | decrescente | respectivamente | respetivamente
            | cronol\w*
            | (?:começando|a começar) pel[ao] mais
            | d[oa] (?:mais \w+|menos \w+|maior|menor) (?:para|a|até)(?: [oa])? (?:mais|menos|maior|menor)
            | da esquerda para a direita""",
        "nl": r"""volgorde | oplopend\w* | aflopend\w* | gesorteerd | sorteer | rangschik\w* | respectievelijk
            | chronologisch\w* | van (?:(?:de|het) )?\w+st\w* (?:tot|naar) (?:(?:de|het) )?\w+st\w*
            | van (?:groot|klein|hoog|laag|oud|jong|licht|zwaar|links|rechts) naar""",
        "pl": r"""kolejno\w* | uporządkuj\w* | uszereguj\w* | posortuj\w* | rosnąco | malejąco
            | od naj\w+ do naj\w+ | od (?:większ|mniejsz)\w+ do (?:większ|mniejsz)\w+""",
        "ru": r"""порядк\w* | порядок | упорядоч\w* | отсортир\w* | по возрастани\w+ | по убывани\w+
            | соответственно | последовательност\w* | от сам\w+ (?:\w+ )?(?:к|до) сам\w+
            | от (?:больш|меньш|наибольш|наименьш)\w+ (?:к|до) (?:больш|меньш|наибольш|наименьш)\w+
            | слева направо""",
        "tr": r"sırala\w* | sırasıyla | sıras\w*",
        "uk": r"порядк\w* | впорядк\w* | за зростанням | за спаданням | від най\w+ до най\w+",
        "sv": r"""ordning\w* | ordna | sortera\w* | rangordna | stigande | fallande
            | från \w+st\w* till \w+st\w*""",
        "zh": """顺序 | 順序 | 排序 | 依次 | 排列 | 次序 | 分别
            | [从從由][大小高低早晚快慢长短長轻重輕远近遠左右上下]到""",
        "ja": "順序 | 順番 | い順 | た順 | 順に | 並べ | 昇順 | 降順 | それぞれ",
        "ko": "순서 | 순으로 | 차례 | (?:큰|작은|높은|낮은|긴|짧은) 것부터 | 각각",
    },
    # "not" before a part in bold type.
    "not_before_bold": {"de": "nicht", "fr": "pas | non", "nl": "niet", "ru": "не"},
    # "so" before an answer, left out of it.
    "so_before_answer": {
        "de": "also | daher",
        "fr": "donc",
        "es": "entonces",
        "it": "quindi | dunque",
        "pt": "portanto",
        "nl": "dus",
        "pl": "więc",
    },
    "of_before_figure": {"de": "von", "fr": "de", "it": "di", "nl": "van"},
    # "it is" before a name or an option.
    "it_is": {"en": "it's | it is | it was", "de": "es ist | es war", "fr": "c'est | c'était"},
    # "is" after the name of the answer, at the end of a line.
    "is_after_label": {
        "en": "is",
        "de": "ist",
        "fr": "est",
        "es": "es",
        "it": "è",
        "pt": "é",
        "zh": "是 | 为",
        "ja": "は",
    },
    # The definite article before a noun, before a name, and before what a subject is.
    "the_before_noun": {
        "en": "the",
        "de": "der | die | das",
        "fr": "le | la | l'",
        "es": "el",
        "it": "il | lo",
        "pt": r"o\s | a(?=\s\w+a\b)",
        "nl": "de | het",
    },
    "the_before_name": {
        "de": "der | die | das",
        "fr": "le | la | les",
        "es": "el | los | las",
        "it": "il | lo | gli",
        "pt": "o | os | as",
        "nl": "de | het",
    },
    "article_of_subject": {
        "en": "the",
        "de": "die | der | das",
        "fr": "la | le",
        "es": "el",
        "it": "il",
        "pt": "o | a",
        "nl": "de | het",
    },
    "article_of_kind": {
        "en": "an?",
        "de": "ein | eine",
        "fr": "un | une",
        "es": "una | uno",
        "pt": "um | uma",
        "nl": "een",
    },
    # "is" after an option, and the article with which that names the answer.
    "is_of_option": {"en": "is", "de": "ist", "fr": "est", "es": "es", "it": "è", "pt": "é"},
    "article_of_choice": {"en": "the", "de": "der | die", "fr": "la", "es": "el", "it": "il"},
    # "of" between a verb and a figure.
    "preposition_of_figure": {
        "en": "of | to",
        "de": "von | um",
        "fr": "de | d' | à",
        "it": "di",
        "nl": "van",
    },
    # "in" before a year.
    "in_year": {
        "en": "in | since",
        "de": "im",
        "fr": "en",
        "es": "año",
        "it": "nel | anno",
        "pt": "em",
        "nl": "jaar",
        "pl": "w | roku",
        "ru": "в",
    },
    # What begins a clause after a comma, with or without a space after it.
    "subordinate_without_space": {"ru": "потому | так как | который | которая | которое | поскольку | где"},
    # "and" between the items of an enumeration.
    "and": {"en": "and", "de": "und", "fr": "et", "zh": "和 | 以及", "ja": "と | 及び"},
    # "and" that may as well be a variable.
    "short_and": {"es": "y", "it": "e", "nl": "en", "ru": "и"},
    # A small word within a name.
    "particle_of_name": {
        "en": "of | the | and",
        "de": "von | der | den",
        "fr": "de | la | le | du | des",
        "es": "del | el | y",
        "it": "da | di",
        "nl": "van",
        "ar": "al | bin | ibn",
    },
    # Carries no meaning in a sentence that repeats its question: articles, prepositions, "is", "there".
    "in_restatement": {
        "en": """the | a | an | of | in | on | at | to | for | from | with | by | into | as | and | that
            | which | who | what | is | are | was | were | be | been | has | have | had | do | does
            | did | will | would | can | could | should | it | its | they | them | he | she | we | you
            | i | there | this | these | those | then | so | therefore | thus | hence | each | per
            | called | named | known | located | situated | found | based | equals | city | country
            | book | novel | planet | animal | word | person | team | language | number""",
        "de": """der | die | das | den | dem | des | ein | eine | einen | einem | einer | von | vom | in
            | im | an | am | auf | zu | zur | zum | für | mit | aus | und | ist | sind | war | waren
            | wird | wurde | hat | haben | hatte | es | sie | er | man | also | somit | dort | dies
            | insgesamt""",
        "fr": """le | la | les | l' | un | une | des | de | du | d' | en | dans | à | au | aux | pour
            | par | sur | avec | et | est | sont | était | a | ont | il | elle | on | c'est | y | donc
            | ce | cette""",
        "es": """el | la | los | las | un | una | de | del | en | a | al | para | por | con | y | es
            | son | fue | era | tiene | tienen | ha | hay | que | se | lo | entonces | está""",
        "it": """il | la | lo | i | gli | le | l' | un | una | di | del | della | dei | delle | in | nel
            | nella | a | al | per | da | con | e | è | sono | era | fu | ha | hanno | ci | c'è | si
            | quindi""",
        "pt": """o | a | os | as | um | uma | de | do | da | dos | das | em | no | na | para | por | com
            | e | é | são | foi | era | tem | têm | há | que | portanto""",
        "nl": """de | het | een | van | in | op | aan | te | voor | met | uit | en | is | zijn | was
            | waren | heeft | hebben | er | dus | dat | wordt | werd""",
        "pl": "w | na | z | do | i | jest | są | to | był | była | się | ma | więc",
        "ru": "в | на | из | с | и | это | был | была | есть | у | к",
    },
    # Changes what is said: never taken as a mere repetition.
    "qualifier": {
        "en": """minus | negative | plus | not | no | never | none | neither | nor | without | except
            | only | at least | at most | least | most | about | around | approximately | almost
            | nearly | roughly | over | under | above | below | up | than | but | if | unless | or
            | maybe | perhaps | probably | exactly | before | after | until | since | between | half
            | twice | double | other | another | some | all""",
        "de": """nicht | kein | keine | keinen | nie | ohne | außer | nur | mindestens | höchstens
            | etwa | fast | oder""",
        "fr": "ne | pas | jamais | sans | sauf | seulement | moins | plus | environ | presque | ou",
        "es": "no | nunca | sin | excepto | solo | sólo | menos | más | casi | o",
        "it": "non | mai | senza | tranne | solo | meno | più | circa | quasi | o",
        "pt": "não | nunca | sem | exceto | só | menos | mais | quase | ou",
        "nl": """niet | geen | nooit | zonder | behalve | alleen | minstens | hoogstens | ongeveer
            | bijna | of""",
        "pl": "nie | nigdy | bez | oprócz | tylko | co najmniej | około | prawie | lub",
        "ru": "не | нет | никогда | без | кроме | только | около | почти | или",
    },
    # Beside a number in a phrase without a verb, makes it another number: "all but 3", "3 fewer".
    "changes_figure": {
        "en": """but | except | another | other | others | twice | double | triple | half | third
            | quarter | most | some | any | fewer | less | more | extra | additional | too | short
            | remaining | first | last | next | one | none | neither""",
        "de": """außer | weitere | andere | doppelt | halb | meisten | einige | weniger
            | mehr | zusätzlich | übrigen | ersten | letzten | nächsten | jeder | einer""",
        "fr": """sauf | autres | double | moitié | plupart | quelques | moins | plus | premiers
            | derniers | prochains | un""",
        "es": """excepto | salvo | menos | otros | otras | doble | mitad | más | primeros | últimos
            | uno""",
        "it": "tranne | altri | altre | doppio | metà | meno | più | primi | ultimi | uno",
        "pt": "exceto | menos | outros | outras | dobro | metade | mais | primeiros | últimos | um",
        "nl": "behalve | andere | dubbel | helft | minder | meer | eerste | laatste | een",
        "pl": "oprócz | innych | mniej | więcej | pierwsze | ostatnie",
        "ru": "кроме | других | меньше | больше | первые | последние",
    },
    # Begins a question whose answer is a number.
    "asks_number": {
        "en": r"""how (?:many | much | long | far | old | tall | high | deep | fast | heavy | wide
            | often | big | large) | what percent(?:age)? | what fraction | calculate | compute
            | what (?:number | year | time) | in what year | in which year""",
        "de": r"""wie (?:viele? | lange? | alt | hoch | tief | schnell | schwer | weit | groß | oft)
            | berechne | in welchem jahr""",
        "fr": r"combien | quel âge | en quelle année | calcule[rz]?",
        "es": r"cu[aá]nt[oa]s? | en qué año | calcula",
        "it": r"quant[oiae] | in che anno | in quale anno | calcola",
        "pt": r"quant[oa]s? | em que ano | calcule",
        "nl": r"""hoeveel | hoe (?:lang | oud | hoog | diep | snel | zwaar | ver | groot | vaak)
            | in welk jaar""",
        "pl": r"ile | w którym roku",
        "ru": r"сколько | в каком году",
    },
    # Begins a question whose answer is a name.
    "asks_name": {
        "en": "who | whom | whose | where",
        "de": "wer | wen | wem | wo",
        "fr": "qui | où",
        "es": r"qui[eé]n(?:es)? | dónde",
        "it": "chi | dove",
        "pt": "quem | onde",
        "nl": "wie | waar",
        "pl": "kto | gdzie",
        "ru": "кто | где",
    },
    "asks_year": {
        "en": "(?:what | which) year",
        "de": "welchem jahr",
        "fr": "quelle année",
        "es": "qué año",
        "it": "che anno | quale anno",
        "pt": "que ano",
        "nl": "welk jaar",
        "pl": "którym roku",
        "ru": "каком году",
    },
    # Questions for "3 : 2", "1 in 8" and "the 21st".
    "asks_ratio": {
        "en": "ratio",
        "de": "verhältnis",
        "fr": "rapport | ratio",
        "es": "razón | proporción",
        "it": "rapporto",
        "pt": "razão",
        "nl": "verhouding",
    },
    "in_lowest_terms": {
        "en": "simplest | lowest | simplified | simplify | reduced",
        "de": "gekürzt\\w* | einfachste\\w*",
        "fr": "simplifiée? | irréductible",
        "es": "simplificada | irreducible",
        "it": "semplificat[ao] | ridott[ao]",
    },
    "asks_share": {
        "en": r"""probability | chances? | likelihood | (?:what|which) (?:fraction|proportion|share|part
            |percentage|percent)""",
        "de": "wahrscheinlichkeit | anteil | bruchteil",
        "fr": "probabilité | fraction",
        "es": "probabilidad | fracción",
        "it": "probabilità | frazione",
        "pt": "probabilidade | fração",
        "nl": "kans | waarschijnlijkheid",
    },
    "out_of": {
        "en": "in | out of",
        "de": "von | zu | aus",
        "fr": "sur",
        "es": "de cada | entre | de",
        "it": "su",
        "pt": "em | de",
        "nl": "op",
    },
    "asks_reals": {
        "en": "domain | real (?:numbers?|values?|x)",
        "de": "definitionsbereich\\w* | definitionsmenge | reellen? zahl(?:en)?",
        "fr": "domaine(?: de définition)? | ensemble de définition | réels?",
        "es": "dominio | números? reales",
        "it": "dominio | numeri reali",
    },
    "asks_vector": {
        "en": "vectors? | gradient",
        "de": r"\\w*vektor\\w* | gradient",
        "fr": "vecteurs? | gradient",
        "es": "vector(?:es)? | gradiente",
        "it": "vettor[ei] | gradiente",
    },
    "asks_point": {
        "en": "points? | coordinates? | ordered pair | intersect(?:s|ion)? | system",
        "de": r"\\w*punkte? | koordinaten? | gleichungssystem\\w*",
        "fr": "points? | coordonnées | système",
        "es": "puntos? | coordenadas | sistema",
        "it": "punt[oi] | coordinate | sistema",
    },
    "asks_place": {
        "en": """(?:which|what) (?:term|day|place|position|floor|row|column|century|step|attempt|rank
            |week|lap|round)""",
        "de": r"(?:welche[rmns]?|wievielte[rmns]?) (?:glied|tag|platz|stelle|stock|reihe|jahrhundert|runde)",
        "fr": "quel(?:le)? (?:terme|jour|place|position|étage|rang|siècle|tour)",
        "es": "qué (?:término|día|lugar|posición|piso|fila|siglo|vuelta)",
        "it": "quale (?:termine|giorno|posto|posizione|piano|fila|secolo|giro)",
    },
    # What is measured in degrees or radians.
    "angle": {
        "en": "angles? | radians?",
        "de": r"\w*winkel\w* | bogenmaß",
        "fr": "angles? | radians?",
        "es": "ángulos? | radianes",
        "it": "angol[oi] | radianti",
        "pt": "ângulos? | radianos",
    },
    # What after a figure has an opposite: "5 km north", "5 minutes late".
    "opposite_after": {
        "en": """north | south | east | west | more | less | fewer | ago | older | younger | higher | lower
            | above | below | under | over | fast | slow | ahead | behind | early | late | longer | shorter
            | larger | smaller | bigger | heavier | lighter | faster | slower | warmer | colder | deeper
            | taller | later | earlier | profit | loss | gain | debt | deficit | surplus | increase
            | decrease | growth | decline | rise | drop | up | down | off | upwards? | downwards?""",
        "de": """nördlich | südlich | östlich | westlich | mehr | weniger | älter | jünger | höher | tiefer
            | niedriger | über | unter | länger | kürzer | größer | kleiner | früher | später | gewinn
            | verlust | zuwachs | rückgang""",
        "fr": "plus | moins | au-dessus | au-dessous | avant | après | bénéfice | perte | hausse | baisse",
        "es": "más | menos | antes | después | beneficio | pérdida",
        "it": "più | meno | prima | dopo | guadagno | perdita",
    },
    # What before a figure has an opposite: "early 1945", "a loss of $50".
    "opposite_before": {
        "en": r"""early | late | beginning | start | middle | end | increas(?:e|es|ed) | decreas(?:e|es|ed)
            | loss | profit | gain(?:ed)? | lost | rise | rises | rose | falls? | fell | drop(?:s|ped)?
            | reduction | surplus | deficit | growth | decline | decline[sd] | grew | shrank
            | (?:mon|tues|wednes|thurs|fri|satur|sun)day""",
        "de": """anfang | mitte | ende | zunahme | abnahme | verlust | gewinn | anstieg | rückgang
            | (?:mon|diens|donners|frei|sams|sonn)tag | mittwoch""",
        "fr": "début | fin | hausse | baisse | perte | bénéfice | gain",
        "es": "principios | finales | aumento | disminución | pérdida | ganancia",
        "it": "inizio | fine | aumento | diminuzione | perdita | guadagno",
    },
    # A question for what is numbered with dots, such as 1.10.
    "asks_version": {
        "en": r"""(?:which|what(?: is the)?) (?:[\w+#-]+ ){0,2}(?:version|release|build|section|subsection
            |chapter|clause|article|paragraph|exercise|rule)s?""",
        "de": r"welche[rmns]? (?:[\w+#-]+ )?[\w+#-]*(?:version|release|abschnitt|kapitel|artikel|paragraf)s?",
        "fr": r"quelle? (?:version|section|chapitre|article|paragraphe)",
        "es": r"qué (?:versión|sección|capítulo|artículo|párrafo)",
        "it": r"quale (?:versione|sezione|capitolo|articolo|paragrafo)",
        "pt": r"qual (?:versão|seção|capítulo|artigo|parágrafo)",
        "nl": r"welke? (?:versie|sectie|hoofdstuk|artikel|paragraaf)",
        "pl": r"któr\w+ (?:wersj\w+|rozdzia\w+)",
        "ru": r"как\w+ (?:верси\w+|раздел\w*|глав\w+)",
    },
    # Verbs of a change, and what stands before its amount: "rises by 10%".
    "rises": {
        "en": r"""rises? | rose | risen | rising | increas(?:e|es|ed|ing) | grows? | grew | grown
            | climb(?:s|ed)? | (?:goes|go|went|gone) up | jump(?:s|ed)? | up""",
        "de": "steigt | stieg | gestiegen | steigen | wächst | wuchs | erhöht sich",
        "fr": "augmente | augmenté | monte | monté",
        "es": "aumenta | aumentó | sube | subió | crece | creció",
        "it": "aumenta | aumentato | sale | salito | cresce",
    },
    "falls": {
        "en": r"""falls? | fell | fallen | falling | decreas(?:e|es|ed|ing) | drop(?:s|ped)?
            | declin(?:e|es|ed)
            | (?:goes|go|went|gone) down | shrinks? | shrank | shrunk | sinks? | sank | reduc(?:e|es|ed)
            | lower(?:s|ed) | diminish(?:es|ed)? | down""",
        "de": "sinkt | sank | gesunken | sinken | fällt | fiel | gefallen | verringert sich",
        "fr": "baisse | baissé | diminue | diminué | chute",
        "es": "baja | bajó | disminuye | disminuyó | cae | cayó",
        "it": "diminuisce | diminuito | scende | sceso | cala",
    },
    "by_amount": {"en": "by", "de": "um", "fr": "de", "es": "en | un", "it": "del"},
    "to_amount": {"en": "to", "de": "auf", "fr": "à", "es": "a | al", "it": "a | al"},
    "from_amount": {"en": "from", "de": "von", "fr": "de", "es": "de | del", "it": "da | dal"},
    # What asks for a change of any kind.
    "asks_change": {
        "en": r"happens? | chang(?:e|es|ed|ing) | effects? | affects? | impacts? | influences?",
        "de": "passiert | verändert | ändert | wirkt",
        "fr": "arrive | change | effet",
        "es": "pasa | cambia | efecto",
        "it": "succede | cambia | effetto",
    },
    # "who" as a subject.
    "who": {
        "en": "who | which (?:team | country | company | person | player)",
        "de": "wer",
        "fr": "qui",
        "es": "quién",
        "it": "chi",
        "pt": "quem",
        "nl": "wie",
        "pl": "kto",
        "ru": "кто",
    },
    # Limits an answer that stands before it.
    "limit": {
        "en": "only | if | unless | except | but | maybe | perhaps | or | not sure",
        "de": "nur | wenn | falls | außer | aber | vielleicht | oder",
        "fr": "seulement | si | sauf | mais | peut-être | ou",
        "es": "solo | sólo | si | salvo | excepto | pero | quizás",
        "it": "solo | se | tranne | ma | forse",
        "pt": "só | se | exceto | mas | talvez | ou",
        "nl": "alleen | als | tenzij | behalve | maar | misschien",
        "pl": "tylko | jeśli | chyba że | oprócz | ale | może | lub",
        "ru": "только | если | кроме | но | может быть | или",
    },
    # Forms of "be".
    "copula": {
        "en": "is | are | was | were",
        "de": "ist | sind | war | waren",
        "fr": "est | sont | était",
        "es": "es | son | fue",
        "it": "è | sono | era",
        "pt": "é | são | foi",
        "nl": "is | zijn",
        "pl": "jest | są",
    },
    "article": {
        "en": "the | a | an",
        "de": "der | die | das | ein | eine",
        "fr": "le | la | un | une",
        "es": "el | la | un | una",
        "it": "il | lo | la | un | una",
        "pt": "o | a | os | um | uma",
        "nl": "de | het | een",
    },
    # What a phrase before the subject of a sentence begins with.
    "preposition": {
        "en": "in | on | at | with | as | for | from",
        "de": "im | am | in | bei",
        "fr": "en | dans",
        "es": "en",
        "it": "in | nel",
        "pt": "em",
        "nl": "in | op",
        "pl": "w | na",
        "ru": "в | на",
    },
    # What a question begins with that is answered by yes or no.
    "asks_yes_or_no": {
        "en": r"""is | are | was(?!\s+(?:ist|sind|war|wird|hat|haben|kostet|macht|heißt)\b) | were | do | does
            | did | can | could | will | would | should | has | have | had | may | must""",
        "de": "ist | sind | hat | haben | kann | können | darf | wird",
        "fr": "est-ce qu[e']",
        "es": "es | son | está | tiene",
        "it": "è | sono | c'è",
        "nl": "zijn | heeft | hebben | kan",
        "pl": "czy",
    },
}
