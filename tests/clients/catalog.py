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
    config: str = ""
    """A file in that folder, which is its home then: the recipe has its content."""
    has_recipe: bool = True
    """False if it is not one of the proxy: docs/proxy.md has none for it."""


CLIENTS = (
    Client("openai", "here", (), "use_openai.py"),
    Client("llm", "pip", ("llm>=0.36,<1",), "use_llm.py", "llm", "extra-openai-models.yaml"),
    Client("anthropic", "pip", ("anthropic<1",), "use_anthropic.py"),
    Client("ai-sdk", "npm", ("ai@6", "@ai-sdk/openai-compatible@2"), "use_ai_sdk.mjs"),
    Client("inspect-ai", "pip", ("inspect-ai>=0.3.285,<0.4", "openai"), "use_inspect.py", "inspect"),
    Client("aider", "pip", ("aider-chat>=0.86,<1",), "use_aider.py", "aider"),
    Client("langchain", "pip", ("langchain-openai>=1.7,<2",), "use_langchain.py"),
    Client("pydantic-ai", "pip", ("pydantic-ai-slim[openai]>=2.68,<3",), "use_pydantic_ai.py"),
    Client("llama-index", "pip", ("llama-index-llms-openai-like>=0.8,<1",), "use_llama_index.py"),
    Client("litellm", "pip", ("litellm>=1.110,<2",), "use_litellm.py"),
    Client("opencode", "npm", ("opencode-ai@1.18",), "use_opencode.py", "opencode", "opencode.json"),
    Client("codex", "npm", ("@openai/codex@0.169",), "use_codex.py", "codex", ".codex/config.toml"),
    Client(
        "mcp-servers",
        "npm",
        ("@modelcontextprotocol/server-everything@2026", "@modelcontextprotocol/server-filesystem@2026"),
        "use_mcp_servers.py",
        has_recipe=False,
    ),
    Client("pi", "npm", ("@mariozechner/pi-coding-agent@0.73",), "use_pi.py", "pi", ".pi/agent/models.json"),
)
