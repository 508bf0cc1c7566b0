// The AI SDK with its provider for compatible servers: text, stream with reasoning and usage, options, errors.

import assert from "node:assert";
import { generateText, streamText } from "ai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

const roundtable = createOpenAICompatible({
  name: "roundtable",
  baseURL: process.env.PROXY_URL,
  apiKey: "none",
  includeUsage: true,
});
const prompt = "Is 91 prime?";

const whole = await generateText({ model: roundtable("roundtable/debate:max_rounds=1"), prompt });
assert(whole.text && whole.reasoningText.includes("**"), "text and reasoning");

const parts = [];
const streamed = streamText({
  model: roundtable("roundtable/vote"),
  prompt,
  providerOptions: { roundtable: { roundtable: { agents: 3, options: { early_stop: false } } } },
});
for await (const part of streamed.fullStream) parts.push(part);
const reasoning = parts.filter((part) => part.type === "reasoning-delta");
assert.equal(reasoning.length, 3, "one piece for each voter");
assert(await streamed.text, "text");
assert((await streamed.usage).totalTokens > 0, "usage");

await assert.rejects(
  generateText({ model: roundtable("roundtable/debat"), prompt, maxRetries: 0 }),
  /there is no model/,
);
console.log("ai with @ai-sdk/openai-compatible: text, stream with reasoning and usage, options, errors");
