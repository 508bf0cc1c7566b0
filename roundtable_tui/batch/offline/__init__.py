"""The first calls of runs as OpenAI Batch requests, and runs from the answers to them."""
