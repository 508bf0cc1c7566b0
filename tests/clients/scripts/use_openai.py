"""The openai package: models, a whole and a streamed completion, errors, cancelling, responses."""

import os

import openai

client = openai.OpenAI(base_url=os.environ["PROXY_URL"], api_key="none")
question = [{"role": "user", "content": "Is 91 prime?"}]

names = [model.id for model in client.models.list()]
assert "roundtable/debate" in names and client.models.retrieve("roundtable/team/pro").id in names, names

made = client.chat.completions.create(
    model="roundtable/debate:max_rounds=1",
    messages=question,
    extra_body={"roundtable": {"options": {"mask": True}}},
)
assert made.choices[0].message.content and made.choices[0].finish_reason == "stop"
assert made.usage.total_tokens > 0 and made.model_extra["roundtable"]["mode"] == "debate"

with client.chat.completions.stream(
    model="roundtable/vote:agents=3", messages=question, stream_options={"include_usage": True}
) as stream:
    kinds = [event.type for event in stream]
    final = stream.get_final_completion()
assert "content.delta" in kinds and final.choices[0].message.content and final.usage.total_tokens > 0

try:
    client.chat.completions.create(model="roundtable/debat", messages=question)
    raise AssertionError("an unknown model was accepted")
except openai.NotFoundError as error:
    assert error.code == "model_not_found" and "Did you mean" in str(error)
try:
    client.chat.completions.create(model="roundtable/vote", messages=question, n=2)
    raise AssertionError("n was accepted")
except openai.BadRequestError:
    pass

opened = client.chat.completions.create(model="roundtable/debate", messages=question, stream=True)
next(iter(opened))
opened.close()

said = client.responses.create(model="roundtable/vote:agents=2", input="Is 91 prime?").output_text
assert said
print(f"openai {openai.__version__}: {len(names)} models, create, stream, errors, cancel, responses")
