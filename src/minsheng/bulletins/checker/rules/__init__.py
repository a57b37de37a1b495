"""The rules, one module each. Each takes a `Reading`, yields findings, and says what it sees."""
