"""The anthropic package: messages whole and streamed, tokens, errors."""

import os

import anthropic

base = os.environ["PROXY_URL"].removesuffix("/v1")
client = anthropic.Anthropic(base_url=base, api_key="none")
question = [{"role": "user", "content": "Is 91 prime?"}]

made = client.messages.create(model="roundtable/vote:agents=2", max_tokens=1000, messages=question)
assert [block.type for block in made.content] == ["thinking", "text"], made
assert made.stop_reason == "end_turn" and made.usage.output_tokens > 0

with client.messages.stream(
    model="roundtable/debate:max_rounds=1", max_tokens=1000, messages=question, system="Be brief."
) as stream:
    text = "".join(stream.text_stream)
    final = stream.get_final_message()
assert text and final.content[-1].text == text

assert client.messages.count_tokens(model="roundtable/debate", messages=question).input_tokens > 0
try:
    client.messages.create(model="claude", max_tokens=100, messages=question)
    raise AssertionError("an unknown model was accepted")
except anthropic.NotFoundError:
    pass
print(f"anthropic {anthropic.__version__}: create, stream, count_tokens, errors")
