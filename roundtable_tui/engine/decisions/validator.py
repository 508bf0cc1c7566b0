"""Validators of JSON Schemas; nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roundtable_tui.errors import FileError

_REMOTE_SCHEMES = ("http", "https", "ftp", "file")


def compile_validator(schema: Mapping[str, Any], where: str = "the schema") -> Callable[[Any], Any]:
    """Compile a schema into a validator that returns the data or raises ValueError with one line.

    Raises:
        FileError: the schema is not valid; `where` names it in the message.
    """
    import fastjsonschema  # Loaded only by runs that use a schema.

    try:
        check = fastjsonschema.compile(dict(schema), handlers=dict.fromkeys(_REMOTE_SCHEMES, _refuse_remote))
    except Exception as error:  # An invalid schema can raise any kind of exception here.
        raise FileError(f"not a JSON Schema: {error}", where=where) from None

    def validate(data: Any) -> Any:
        try:
            return check(data)
        except fastjsonschema.JsonSchemaException as error:
            raise ValueError(str(error)) from None

    return validate


def _refuse_remote(uri: str) -> Any:
    raise ValueError(f"it refers to {uri}; remote schemas are not loaded")
