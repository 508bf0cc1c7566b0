"""Tools that seats may call: files, documents, Python, MCP servers."""
