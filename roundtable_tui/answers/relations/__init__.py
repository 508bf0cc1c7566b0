"""Sets of numbers and orders that several relations describe."""
