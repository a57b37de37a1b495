"""A city's history from its former system, in bulk: `minsheng import orders`.

`columns` says what a file holds, `rows` reads and checks one line, `names` finds or makes what the
lines call by name, `landing` brings a batch into the tables, `lanes` do that in parallel, and `run`
leads them through the file. The format is described in `docs/import.md`.
"""
