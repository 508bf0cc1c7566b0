"""Who may ask, and how much: names, pages, keys, limits."""
