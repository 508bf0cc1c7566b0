"""Model calls of a run: prompts, parallel calls, budget, forecast."""
