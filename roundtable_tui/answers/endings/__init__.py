"""The forms in which replies state their answers at the end."""
