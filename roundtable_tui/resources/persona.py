"""A persona: a JSON file that describes an agent."""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from roundtable_tui.config.params import check_params
from roundtable_tui.errors import UsageError
from roundtable_tui.utils import text


def _clean_name(value: str) -> str:
    """Return a name with normalized blanks. Raises ValueError for hidden characters."""
    value = " ".join(value.split(" ")).strip()
    if text.sanitize(value, tab=1) != value or "\n" in value:
        raise ValueError("one line of text without hidden characters")
    return " ".join(value.split())


def _require_text(value: str) -> str:
    if not value.strip():
        raise ValueError("a text that says who this is")
    return value


def check_params_field(value: Any) -> dict[str, Any]:
    """Return valid generation parameters. Raises PydanticCustomError with what is wrong."""
    try:
        return check_params(value)
    except UsageError as error:
        about = {"what": error.what, "name": _find_wrong_param(value)}
        raise PydanticCustomError("generation_params", "{what}", about) from None


def _find_wrong_param(value: Any) -> str:
    """Return the name of the first parameter that is wrong by itself; "" if there is none."""
    for name, one in value.items() if isinstance(value, dict) else ():
        try:
            check_params({name: one})
        except UsageError:
            return str(name)
    return ""


SingleLine = Annotated[str, AfterValidator(_clean_name)]
Name = Annotated[str, AfterValidator(_clean_name), Field(min_length=1, max_length=40)]
Params = Annotated[dict[str, Any], BeforeValidator(check_params_field)]
COLOR_PATTERN = r"^(#[0-9a-fA-F]{6})?$"


class FileModel(BaseModel):
    """Base of the models read from files: strict types, no unknown fields, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, serialize_by_alias=True)

    schema_ref: str = Field(
        default="", alias="$schema", description="The schema of this file, for editors.", max_length=500
    )


class NamedFile(FileModel):
    """Base of the models with a name."""

    name: Name = Field(description="What it is called.")

    @property
    def slug(self) -> str:
        """The stable id: a file name, equal for names that differ only in case or accents."""
        return slugify(self.name)


class Persona(NamedFile):
    """An agent: its name, its instructions, its temperature, and optionally its model and server."""

    full_name: SingleLine = Field(default="", max_length=120, description="How it is introduced.")
    role: SingleLine = Field(
        default="", max_length=60, description="What it is for, in a word or two; shown beside the name."
    )
    creativity: float = Field(
        default=0.7,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="How freely it speaks: 0 is sober, 1 is wild; the temperature.",
    )
    prompt: Annotated[str, AfterValidator(_require_text)] = Field(
        min_length=1,
        max_length=100_000,
        description="Who it is and how it judges and speaks, told to it: You are ...",
    )
    model: SingleLine = Field(
        default="", max_length=200, description="The model that plays it; empty: the run's."
    )
    server: SingleLine = Field(
        default="", max_length=100, description="The server of the settings it runs on; empty: the run's."
    )
    temperature: float | None = Field(
        default=None,
        ge=0,
        le=2,
        allow_inf_nan=False,
        description="The temperature, where creativity will not do.",
    )
    max_tokens: int | None = Field(
        default=None, ge=1, le=10_000_000, description="The most tokens of one turn."
    )
    params: Params = Field(
        default_factory=dict,
        description="Further parameters of the generation, by name, such as top_k or reasoning_effort.",
    )
    color: str = Field(
        default="", pattern=COLOR_PATTERN, description="The colour of its name, such as #c678dd."
    )

    @property
    def effective_temperature(self) -> float:
        """The temperature to use."""
        return self.creativity if self.temperature is None else self.temperature


@lru_cache(maxsize=4096)  # Every look-up in the library compares all slugs.
def slugify(name: str) -> str:
    """Return the id of a name: its file name, with a suffix if letters are lost in it."""
    base = text.safe_file_name(name)
    plain = unicodedata.normalize("NFKD", name)
    if all(char.isascii() or not char.isalnum() for char in plain) and base != "x-":
        return base
    mark = hashlib.sha256(plain.casefold().encode("utf-8", "replace")).hexdigest()[:6]
    return f"{base.rstrip('-')}-{mark}"
