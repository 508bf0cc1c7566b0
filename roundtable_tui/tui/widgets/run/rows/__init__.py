"""Parts of rows: seats, stances, files and votes in one line each."""
