"""The replies in the formats of the clients: chat completions, responses, messages."""
