"""A city's hotline lives through a period: the same actions as in the console, on a moved clock.

`arrivals` says who tells what and when, `speech` in which words, `life` what the staff make of it,
`office` what they do beside, `habits` how often and how fast. All of it follows from one seed: the
same seed in a database with the same past gives the same journal.
"""
