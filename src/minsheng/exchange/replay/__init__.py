"""Replays: a published bulletin computed again from records that carry its counts.

`plan` reads what a bulletin printed and how its counts become records, `records` writes these as
files of a former system, `place` sets up the bare city, `cells` computes every printed cell again,
`report` makes our own bulletin of the period, and `run` does one after the other.
"""
