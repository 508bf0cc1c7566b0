"""The clients: what is installed, and the script that uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Client:
    """A program or library of others."""

    name: str
    manager: Literal["here", "pip", "npm"]
    """`here`: it is in the environment of the tests."""
    packages: tuple[str, ...]
    script: str
    folder: str = "."
    """Where its recipe is run, below the home of the run; its script makes the folder."""


CLIENTS = (
    Client("openai", "here", (), "use_openai.py"),
    Client("llm", "pip", ("llm>=0.36,<1",), "use_llm.py", "llm"),
    Client("anthropic", "pip", ("anthropic<1",), "use_anthropic.py"),
    Client("ai-sdk", "npm", ("ai@6", "@ai-sdk/openai-compatible@2"), "use_ai_sdk.mjs"),
    Client("inspect-ai", "pip", ("inspect-ai>=0.3.285,<0.4", "openai"), "use_inspect.py", "inspect"),
    Client("aider", "pip", ("aider-chat>=0.86,<1",), "use_aider.py", "aider"),
)
