// openai-node against the emulator; prints one JSON line for each check.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.NODE_PACKAGES}/`);
const OpenAI = require("openai");
const expected = JSON.parse(readFileSync(process.env.EXPECTED, "utf-8"));
const client = new OpenAI({ apiKey: "any", baseURL: process.env.EMULATOR_URL, maxRetries: 0 });

const user = (content) => [{ role: "user", content }];
const model = expected.CHAT;
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const toolDefinition = { type: "function", function: { name: "get_forecast", parameters } };

const checks = {
  async chat() {
    const messages = user(expected.QUESTION);
    const completion = await client.chat.completions.create({ model, messages });
    assert.equal(completion.choices[0].message.content, expected.TEXT);
    assert.ok(completion.usage.completion_tokens > 0);
  },
  async stream() {
    const messages = user(expected.QUESTION);
    const stream_options = { include_usage: true };
    const options = { model, messages, stream: true, stream_options };
    const parts = [];
    let usage = null;
    for await (const chunk of await client.chat.completions.create(options)) {
      if (chunk.choices.length) parts.push(chunk.choices[0].delta.content ?? "");
      usage = chunk.usage ?? usage;
    }
    assert.equal(parts.join(""), expected.TEXT);
    assert.ok(parts.length > 3 && usage);
  },
  async tools() {
    const run = client.chat.completions.runTools({
      model,
      messages: user(expected.WEATHER),
      stream: true,
      tools: [
        {
          type: "function",
          function: {
            name: "get_forecast",
            parameters,
            parse: JSON.parse,
            function: ({ city }) => {
              assert.equal(city, expected.CITY);
              return expected.FORECAST;
            },
          },
        },
      ],
    });
    assert.equal(await run.finalContent(), expected.SUMMARY);
  },
  async structured_output() {
    const schema = {
      type: "object",
      properties: { boat: { type: "string" }, nights: { type: "integer" } },
      required: ["boat", "nights"],
      additionalProperties: false,
    };
    const json_schema = { name: "Booking", strict: true, schema };
    const completion = await client.chat.completions.parse({
      model,
      messages: user(expected.BOOKING_REQUEST),
      response_format: { type: "json_schema", json_schema },
    });
    const content = completion.choices[0].message.content;
    assert.deepEqual(JSON.parse(content), { boat: expected.BOAT, nights: expected.NIGHTS });
  },
  async embeddings() {
    const options = { model: expected.EMBEDDING, input: ["a", "b"], encoding_format: "float" };
    const response = await client.embeddings.create(options);
    assert.deepEqual(response.data.map((item) => item.index), [0, 1]);
    assert.equal(response.data[0].embedding.length, 1024);
  },
  async images() {
    const options = { model: expected.IMAGE, prompt: "A quay", size: "1024x1024" };
    const response = await client.images.generate(options);
    assert.ok(response.data[0].b64_json);
  },
  async models() {
    const ids = [];
    for await (const each of client.models.list()) ids.push(each.id);
    assert.ok(ids.includes(model));
  },
  async errors() {
    const options = { model, messages: user(expected.LIMITED), tools: [toolDefinition] };
    const error = await client.chat.completions.create(options).catch((reason) => reason);
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.headers.get("retry-after"), "1");
  },
};

for (const [check, run] of Object.entries(checks)) {
  const error = await run().then(() => "", (reason) => `${reason.name}: ${reason.message}`);
  console.log(JSON.stringify({ check, error: error.slice(0, 300) }));
}
