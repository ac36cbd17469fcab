"""A year of a firm of 300 companies, day by day, with an oracle beside it."""
