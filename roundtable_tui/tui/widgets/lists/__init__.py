"""Lists with search, and text fields."""
