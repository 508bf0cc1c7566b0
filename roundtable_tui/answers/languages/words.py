"""Words by role and language, of which the patterns of answers consist.

To add a word, add it to the role below; to add a language, add its words to the roles that it has, and
nothing else. `phrases.py` puts the words of a role into a pattern where it has `{role}`.

In a string, ` | ` separates words, a space stands for white space, `_` for one space, and `'` for a straight
or a curved apostrophe; a word may be a regular expression, such as `costs?`. Of two words of which one begins
with the other, the first that is listed wins.
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
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "ar": "Arabic",
    "hi": "Hindi",
}
GROUPS = {"cjk": ("zh", "ja", "ko"), "other": ("ar", "hi")}
"""Languages whose words have no white space around them, or marks that no `\\b` follows.

A pattern has them apart from the others, as `{role:cjk}` and `{role:other}`.
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
        "en": """final | correct | right | best | most likely | likeliest | selected | chosen | predicted
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
        "en": """answer | ans | result | solution | conclusion | choice | option | verdict | vote | pick
            | decision""",
        "de": "antwort | ergebnis | lösung | endergebnis",
        "fr": "réponse | résultat",
        "es": "respuesta | resultado | solución",
        "it": "risposta | risultato | soluzione",
        "pt": "resposta | solução",
        "nl": "antwoord | resultaat | oplossing | eindantwoord",
        "pl": "odpowiedź | wynik",
        "ru": "ответ | вариант(?: ответа)? | результат | решение",
        "tr": "cevap | sonuç | yanıt",
        "uk": "відповідь",
        "sv": "svar",
        "vi": "đáp_án",
        "zh": "(?:最终|最后|正确|因此)?(?:答案|结果|結果|选项|選項)",
        "ja": "最終的?な?(?:答え|回答) | 正解 | 答え | 答 | 解答 | 回答",
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
        "en": "is | are | was | be | would be | should be | must be | will be | equals",
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
        "en": """therefore | thus | hence | then | clearly | simply | indeed | probably | likely
            | most likely | definitely | certainly | actually | just | also""",
        "de": "daher | somit | damit | folglich",
        "fr": "donc",
        "es": "entonces | por (?:lo )?tanto",
        "it": "quindi | dunque",
        "pt": "portanto",
    },
    # What begins a sentence that draws a conclusion.
    "hence": {
        "en": """so | we (?:conclude|find|see|get|obtain)(?: that)? | it follows that
            | this (?:means|gives|implies)(?: that)? | thus | therefore | hence | finally | and
            | in_conclusion | in_summary | in_short | in_brief | to_sum_up | to_summarize | all_in_all
            | all_told | overall | consequently | as_a_result | in_total | in_all | altogether | ultimately
            | in_the_end | that_means(?: that)? | also""",
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
        "en": """would | could | might | perhaps | maybe | possibly | unclear | unknown | mistaken
            | some people | many people | should | need to know | i (?:need|want) | please | enough""",
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
    # What begins a phrase before the main clause: "In 1912, ...".
    "introduction": {
        "en": """(?:out )?of | among | amongst | considering | having | looking | weighing | after | at
            | with | since | because | as | given | from | for | in | on | by | based on | when | under
            | over | during | using""",
        "de": "nach | bei | mit | da | weil | von | aus | aufgrund | im",
        "fr": "après | avec | puisque | comme | dans | pour | parmi | à | en",
        "es": "con | de | después | como | entre | para | tras",
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
        "en": r"""which | who | whose | where | when | while | whereas | because | as | since | from | due
            | thanks | with | making | covering | located | meaning | giving | known | named | including
            | according | given | for | so | not | though | although
            | i\.e\."""
    },
    "subordinate": {
        "de": """denn | weil | da | der | die | das
            | dessen | deren | wo | was | wobei | und (?:er|sie|es) | mit""",
        "fr": "car | parce | puisque | qui | dont | où | avec | ce qui",
        "es": "porque | ya que | pues | que | quien | donde | con | lo que | cuyo",
        "it": "perché | poiché | che | dove | con | cui",
        "pt": "pois | porque | já que | que | onde | com",
        "nl": "omdat | want | die | dat | waar | met",
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
        "de": "daher | somit | damit | also | folglich",
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
}
