"""LiteLLM: an answer with the turns as reasoning, a stream, an error with its status."""

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm

question = [{"role": "user", "content": "Is 91 prime?"}]
how = {"api_base": os.environ["PROXY_URL"], "api_key": "none", "messages": question, "num_retries": 0}
made = litellm.completion(model="openai/roundtable/vote:agents=2", **how)
message = made.choices[0].message
assert message.content.strip() and "**" in message.reasoning_content, message
assert made.usage.total_tokens > 0
chunks = list(litellm.completion(model="openai/roundtable/vote:agents=2", stream=True, **how))
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).strip(), chunks
try:
    litellm.completion(model="openai/roundtable/debat", **how)
    raise AssertionError("an unknown model was accepted")
except litellm.NotFoundError:
    pass
print("litellm: an answer with reasoning, a stream, an error")
