"""LlamaIndex: a chat and a stream with a panel."""

import os

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

llm = OpenAILike(
    model="roundtable/vote:agents=2", api_base=os.environ["PROXY_URL"], api_key="none", is_chat_model=True,
    max_retries=0,
)  # fmt: skip
question = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="Is 91 prime?")]
said = llm.chat(question)
assert said.message.content.strip(), said
pieces = [piece.delta or "" for piece in llm.stream_chat(question)]
assert "".join(pieces).strip(), pieces
assert llm.complete("Is 97 prime?").text.strip()
print("llama-index: a chat, a stream, a completion")
