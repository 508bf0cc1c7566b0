"""Words and phrases of the languages in which answers are stated."""
