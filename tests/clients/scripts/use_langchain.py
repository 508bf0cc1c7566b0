"""LangChain: an answer, a stream, usage, and an answer of a panel in a form."""

import os

from langchain_openai import ChatOpenAI
from pydantic import BaseModel


class Verdict(BaseModel):
    """Whether the number is prime."""

    is_prime: bool
    reason: str


def connect(model: str) -> ChatOpenAI:
    return ChatOpenAI(model=model, base_url=os.environ["PROXY_URL"], api_key="none", max_retries=0)


said = connect("roundtable/debate:max_rounds=1").invoke("Is 91 prime?")
assert said.content and said.usage_metadata["total_tokens"] > 0, said
pieces = list(connect("roundtable/vote:agents=2").stream([("system", "Be brief."), ("user", "Is 91 prime?")]))
assert len(pieces) > 1 and "".join(piece.content for piece in pieces).strip(), pieces
formed = connect("roundtable/vote:agents=2").with_structured_output(Verdict, method="json_schema")
verdict = formed.invoke("Is 91 prime?")
assert isinstance(verdict, Verdict), verdict
print("langchain-openai: an answer, a stream and a form")
