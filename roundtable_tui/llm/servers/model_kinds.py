"""Whether a model answers chats, from its name: lists also have models for embeddings, images, speech."""

from __future__ import annotations

import re

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
