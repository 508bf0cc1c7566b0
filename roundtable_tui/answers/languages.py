"""Words of the larger languages in which answers are stated."""

from __future__ import annotations

import re

from roundtable_tui.utils.lazy_pattern import lazy_compile

YES_NO = {
    **dict.fromkeys(
        """yes true correct yep yeah ja richtig wahr oui vrai vraie sí verdadera vera verdadeira si
        verdadero cierto correcto sì vero sim
        verdadeiro
        correto waar juist да верно правда истина 是 是的 对 对的 對 正确 正确的
        正確 真 はい 正しい 예 네 참 نعم صحيح हाँ
        हां
        सही evet doğru tak prawda так ja так vâng đúng ใช่ כן ναι ano igen kyllä""".split(),  # noqa: SIM905
        True,
    ),
    **dict.fromkeys(
        """no false incorrect wrong nope nein falsch non faux fausse falso falsa não nee onwaar onjuist
        нет неверно ложь
        неправда
        否 不 不是 错 錯 错误 错误的 不对 假 いいえ 正しくない 아니요 아니오 거짓 لا خطأ
        नहीं गलत hayır yanlış nie
        fałsz
        ні nej không sai ไม่ לא όχι ne nem ei""".split(),  # noqa: SIM905
        False,
    ),
}
"""Words that alone are a yes or a no."""

REVERSALS = frozenset(
    """but however although though unless except only if when sometimes partly mostly usually maybe perhaps or
    most cases rarely some often generally typically depending depends likely probably possibly almost under
    assuming provided given without not never no nor yes true false wrong incorrect aber jedoch nur
    wenn nicht nein falsch ja außer mais seulement
    sauf oui non faux pas pero sólo solo salvo no sí si falso ma soltanto tranne mas apenas maar alleen
    niet нет да но только
    если не 但 但是 不过 除非 如果 不 是 いいえ はい しかし ただし 하지만 단 لكن إذا""".split()  # noqa: SIM905
)
"""Words that may take back a yes or a no before them."""

AND = lazy_compile(
    r"\s*[,;]\s*(?:and|und|et|y|e|en|и|&)\s+(?=\w)|\s*[;,]\s+|\s*[;；]\s*|(?<=\w),(?=[^\W\d])"
    r"|\s+(?:and|und|et|&)\s+|(?<=[^\W\d_]{2})\s+(?:y|e|en|и)\s+(?=[^\W\d_]{2})|(?<=\d)\s+(?:y|e|en|и)\s+(?=\d)"
    r"|(?<=[\u3040-\u9fff])(?:和|と|及び|以及)(?=[\u3040-\u9fff])"
)
"""What separates the items of an enumeration."""

ORDER_WORDS = lazy_compile(
    r"\b(?:order(?:ed)?|sort(?:ed)?|sequence|rank(?:ed|ing)?|steps|first|ascending|descending|chronological\w*|"
    r"arrange|permutation|reihenfolge|ordre|orden|ordine|ordem|volgorde|порядк\w*)\b|顺序|順序|順番|순서",
    re.IGNORECASE,
)
"""Words of a question that asks for items in order."""

ANSWER_LABEL = (
    r"(?:(?:the|my|our|your|die|meine|la|ma|mi|a|o|minha|het|mijn|mon|el|il|le|das|der)\s+)?"
    r"(?:(?:final|correct|right|best|most\s+likely|likeliest|selected|chosen|predicted|proposed|short|overall|exact|endgültige|richtige|korrekte|finale|bonne|réponse|respuesta|"
    r"resposta|risposta|correcta|definitieve|juiste|итоговый|окончательный|правильный|prawidłowa|poprawna|ostateczna|końcowa|doğru|nihai)\s+)*"
    r"(?:answer|ans|result|solution|conclusion|choice|option|verdict|vote|pick|decision|antwort|ergebnis|lösung|endergebnis|réponse|résultat|"
    r"respuesta|resultado|solución|risposta|risultato|soluzione|resposta|solução|antwoord|resultaat|oplossing|"
    r"eindantwoord|ответ|вариант(?:\s+ответа)?|"
    r"результат|решение|odpowiedź|wynik|cevap|sonuç|yanıt|відповідь|svar|đáp án|"
    r"(?:最终|最后|正确|因此)?(?:答案|结果|結果|选项|選項)|最終的?な?(?:答え|回答)|正解|答え|答|解答|回答|정답|답|최종\s*답|결과|"
    r"الإجابة(?:\s+النهائية)?|الجواب|उत्तर|अंतिम\s+उत्तर)"
    r"(?:\s+(?:finale?|définitive|final|correcta|correta|corretta|correcte|exacte|to\s+(?:the|your|this)\s+(?:question|problem)|(?:to|of|for|de\s+la|del|de\s+l['’]|du|della|des|der)\s+(?:(?:the|this|our|your)\s+)?[^\W\d_]+(?:\s+[^\W\d_]+)?))*"
)
"""A pattern for the name of the answer."""

IS = (
    r"(?:(?:,\s*(?:then|therefore|thus|hence|of\s+course|in\s+short)\s*,)?"
    r"(?:['’]s\s+|(?<=\bans)\.\s*[:=]?\s*|\s*(?:->|=>|→|[:：=]|[-–—](?=\s))+\s*|\s+(?:is|are|was|be|would\s+be|should\s+be|must\s+be|will\s+be|equals|ist|lautet|est|es|"
    r"è|é|são|sono|is\s+dus|это|является|to(?=\s+(?:jest\s+)?\S)(?:\s+jest)?|jest|wynosi|brzmi|—|هي|هو|है)\b(?:\s+(?:therefore|thus|hence|then|clearly|simply|indeed|probably|likely|most\s+likely|definitely|certainly|actually|just|also|donc|daher|somit|damit|folglich|quindi|dunque|portanto|entonces|por\s+(?:lo\s+)?tanto))?\s*:?\s*|\s*(?:是|为|為|は|이|은|는)\s*[:：]?\s*))"
)
"""A pattern for what stands between the name of the answer and the answer."""

HENCE = (
    r"(?:(?:so|"
    r"we\s+(?:conclude|find|see|get|obtain)(?:\s+that)?|it\s+follows\s+that|"
    r"this\s+(?:means|gives|implies)(?:\s+that)?|"
    r"thus|therefore|hence|finally|and|in conclusion|in summary|in short|in brief|to sum up|"
    r"to summarize|all in all|all told|zusammenfassend|en conclusion|en resumen|en résumé|in sintesi|"
    r"em resumo|overall|consequently|"
    r"as a result|in total|in all|altogether|ultimately|in the end|"
    r"that means(?:\s+that)?|also|daher|damit|mithin|"
    r"somit|deshalb|folglich|donc|ainsi|alors|par conséquent|luego|así que|por consiguiente|значит|"
    r"por lo tanto|por tanto|así|entonces|quindi|dunque|"
    r"perciò|portanto|logo|"
    r"assim|dus|daarom|итак|следовательно|таким образом|поэтому|"
    r"所以|因此|故|综上|综上所述|したがって|よって|따라서|그러므로|"
    r"لذلك|إذن|इसलिए|अतः|więc|zatem|stąd|dlatego|таким\s+образом)(?:\b|(?<=[\u3040-\u9fff\uac00-\ud7af]))\s*[,，、]?\s*)"
)
"""A pattern for a word that draws a conclusion."""
