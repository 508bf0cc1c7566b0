"""The demo: an OpenAI-compatible server without a model.

Its text is ready sentences about the topics of the request. It is deterministic by seed and streamed at a set
pace, with reasoning, tool calls and JSON that fits a schema.
`create_demo_server` puts it under the ordinary client without a socket, `port.serve_demo` on a port.
"""

DEMO_URL = "http://demo.invalid/v1"
"""A host that cannot exist: if the transport is forgotten, nothing is reached."""
EXAMPLE_TITLES = {
    "decision": "A decision with trade-offs",
    "maths": "A question with one right answer",
    "salon": "A talk",
}
"""The written examples in the order in which they are offered, by the task whose question they answer."""
