"""Commands: one table, one grammar, thin handlers; the same for every platform."""
