"""One model call over any OpenAI-compatible server."""
