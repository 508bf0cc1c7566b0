"""The demo: an OpenAI-compatible server without a model. Its text is made from the request's own words.

Deterministic by seed, streamed at a set pace, with reasoning, tool calls and JSON that fits a schema.
`server.create_demo_server` puts it under the ordinary client without a socket; `wire.serve_demo` on a port.
"""
