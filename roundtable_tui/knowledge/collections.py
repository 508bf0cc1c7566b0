"""Names of collections and compatibility of vectors, shared by all stores."""

from __future__ import annotations

import unicodedata
from hashlib import sha256

from roundtable_tui.errors import UsageError
from roundtable_tui.knowledge.stores.base import Collection, PassageVectors
from roundtable_tui.utils.text import safe_file_name, sanitize, single_line

MAX_NAME_CHARS = 80


def validate_name(name: str) -> str:
    """Return the name of a collection as it is shown. Raises UsageError for an invalid name."""
    shown = single_line(name, MAX_NAME_CHARS + 1)
    if not shown:
        raise UsageError("a collection has to have a name")
    if len(shown) > MAX_NAME_CHARS:
        raise UsageError(
            f"a name has at most {MAX_NAME_CHARS} characters, not {len(name)}", where=single_line(name, 40)
        )
    return shown


def collection_key(name: str) -> str:
    """Return the key of a collection name in any case: a-z, 0-9 and dashes, usable as a file name."""
    folded = unicodedata.normalize("NFC", " ".join(sanitize(name).split())).casefold()
    key = safe_file_name(folded)
    if key == folded:
        return key
    # Names that differ in other letters are kept apart by digits of a hash.
    return f"{key}-{sha256(folded.encode(errors='surrogatepass')).hexdigest()[:8]}"


def check_compatible(known: Collection, vectors: PassageVectors) -> int:
    """Return the size of the vectors. Raises UsageError if they do not match those of the collection."""
    sizes = {len(row) for row in vectors.rows}
    if len(sizes) > 1:
        raise UsageError(f"{single_line(vectors.model, 60)} gave vectors of different sizes")
    (size,) = sizes
    where = f"knowledge {single_line(known.name, 60)}"
    if known.model and known.model != vectors.model:
        hint = f"Use --embedding-model {single_line(known.model, 60)}, or remove it and add it again."
        raise UsageError(f"has vectors of {single_line(known.model, 60)}", where=where, hint=hint)
    if known.vector_size and known.vector_size != size:
        hint = "Remove it and add it again."
        raise UsageError(f"has vectors of {known.vector_size} numbers, not {size}", where=where, hint=hint)
    return size
