"""A city's history from its former system, in bulk: `minsheng import orders`.

`columns` says what a file holds, `rows` reads and checks the lines of a batch, `names` finds or
makes what they call by name, `meaning` says what they are in this city and `plan` what they mean
beside what is there. `landing` brings that into the tables: `writing` says what is written,
`copying` how, with `parents` in place of the checks of single rows. `lanes` do all this in
parallel, and `run` leads them through the file. The format is described in `docs/import.md`.
"""
