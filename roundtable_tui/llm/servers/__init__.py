"""Finding servers, their models and their capabilities."""
