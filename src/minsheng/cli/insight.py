"""`minsheng insight …`: what the platform suggests, and how good its suggestions are."""

import typer

app = typer.Typer(help="Suggestions: their models and their measured quality.", no_args_is_help=True)
evaluate = typer.Typer(help="Measure suggestions on texts of your own.", no_args_is_help=True)
app.add_typer(evaluate, name="evaluate")
