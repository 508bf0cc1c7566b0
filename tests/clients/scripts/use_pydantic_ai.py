"""pydantic-ai: an agent whose model is a panel, with a history, a stream and usage."""

import asyncio
import os

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = OpenAIProvider(base_url=os.environ["PROXY_URL"], api_key="none")
agent = Agent(OpenAIChatModel("roundtable/vote:agents=2", provider=provider), instructions="Be brief.")


async def main() -> None:
    first = await agent.run("Is 91 prime?")
    assert first.output and first.usage.output_tokens > 0, first
    second = await agent.run("And 97?", message_history=first.all_messages())
    assert second.output, second
    async with agent.run_stream("Is 89 prime?") as streamed:
        text = await streamed.get_output()
    assert text.strip(), text


asyncio.run(main())
print("pydantic-ai: an agent, its history, a stream")
