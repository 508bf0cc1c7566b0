"""What comes with the question of a run, and how it stands in prompts."""

from __future__ import annotations

from dataclasses import dataclass

from roundtable_tui.engine.material.attachments import MAX_NAME_CHARS, Attachment
from roundtable_tui.engine.material.earlier import EarlierQuestion, quote_earlier
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.utils.text import single_line

TEXT_INTRODUCTION = "Attached text:"
TEXTS_INTRODUCTION = "Attached texts:"
PICTURE_NOTE = """Attached as a picture: {names}. If you do not see it, do not guess what it shows: say so, or
rely on what others report of it."""


@dataclass(frozen=True, slots=True)
class Material:
    """Attachments, and the questions asked before in the conversation."""

    attachments: tuple[Attachment, ...] = ()
    earlier: tuple[EarlierQuestion, ...] = ()
    texts_were_read: bool = False
    """True once a stage has read the texts in passages: the prompts of later stages do not have them."""

    @property
    def texts(self) -> list[Attachment]:
        """The attached texts."""
        return [one for one in self.attachments if not one.is_picture]

    @property
    def pictures(self) -> list[Attachment]:
        """The attached pictures."""
        return [one for one in self.attachments if one.is_picture]

    def quote(self, quoter: Quoter) -> str:
        """Return all of it as it stands before a question; "" for nothing."""
        parts = (self.quote_earlier(quoter), self.quote_texts(quoter), self.picture_note())
        return "\n\n".join(part for part in parts if part)

    def quote_earlier(self, quoter: Quoter) -> str:
        """Return the earlier questions with their answers, quoted; "" for none."""
        return quote_earlier(self.earlier, quoter)

    def quote_texts(self, quoter: Quoter) -> str:
        """Return the attached texts that the prompts have in full, quoted with their names; "" for none."""
        shown = [] if self.texts_were_read else [one for one in self.texts if not one.in_passages]
        if not shown:
            return ""
        introduction = TEXT_INTRODUCTION if len(shown) == 1 else TEXTS_INTRODUCTION
        quoted = (quoter.quote(f"text: {_name(one)}", one.text) for one in shown)
        return "\n\n".join([introduction, *quoted, quoter.quoting_rule()])

    def picture_note(self) -> str:
        """Return the sentence about attached pictures, for seats that see them and those that do not."""
        names = ", ".join(map(_name, self.pictures))
        return PICTURE_NOTE.format(names=names) if names else ""

    def join_texts(self) -> str:
        """Return the attached texts as one, each under its name if there are several; "" for none."""
        if len(self.texts) == 1:
            return self.texts[0].text
        return "\n\n".join(f"{_name(one)}\n\n{one.text}" for one in self.texts)


def _name(one: Attachment) -> str:
    return single_line(one.name, MAX_NAME_CHARS)
