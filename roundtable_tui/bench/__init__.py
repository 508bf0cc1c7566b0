"""Measure modes on questions with known answers, at equal tokens: questions, graders, statistics, tables."""
