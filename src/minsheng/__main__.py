"""`python -m minsheng`: the command line, for the interpreter that runs it."""

from minsheng.cli import main

main()
