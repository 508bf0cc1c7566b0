"""Whether a model answers chats, from its name: lists also have models for embeddings, images, speech."""

from __future__ import annotations

import re
from collections.abc import Sequence

from roundtable_tui.llm.types import ModelInfo

_NOT_CHAT = re.compile(
    r"embed|rerank|sentence-transformers|stable-?diffusion|whisper|moderation|dall-e|image|diffusion|transcri|realtime|speech|audio|computer-use"
    r"|(?:^|[/_.:-])(?:tts|ocr|bge|e5|gte|clip|colbert|minilm|sora|veo|flux|sdxl|mpnet|kokoro|orpheus|parakeet"
    r"|guard|shieldgemma|lyria|aqa)(?:$|[/_.:\d-])"
    r"|(?:^|/)(?:babbage|davinci|curie|ada|text-davinci|code-davinci|starcoder\d?|santacoder)(?:$|[-:])"
    r"|turbo-instruct|-base(?:$|[:@-])|(?:^|[-/])(?:prompt|llama)-guard",
    re.IGNORECASE,
)


def is_chat_model(model: str) -> bool:
    """Return True unless the name says that the model is for something else, such as embeddings."""
    return _NOT_CHAT.search(model[:300]) is None


def is_chat(model: ModelInfo) -> bool:
    """Return whether a model answers chats: as the server reports it, else by its name."""
    return is_chat_model(model.id) if model.chat is None else model.chat


def default_chat_model(models: Sequence[ModelInfo], *, is_local: bool) -> str:
    """Return the first chat model; "" if there is none, or several on a server that is not on this machine.

    There a model has to be named, because the first one may be expensive.
    """
    chat = [model.id for model in models if is_chat(model)]
    return chat[0] if len(chat) == 1 or (chat and is_local) else ""
