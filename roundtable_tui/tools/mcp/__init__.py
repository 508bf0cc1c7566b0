"""Tools of MCP servers: which servers, their connections, and their tools as those of seats."""
