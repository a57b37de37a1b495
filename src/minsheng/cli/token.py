"""`minsheng token …`: the keys that machines call the API with."""

from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

app = typer.Typer(
    help="Issue, list and revoke access tokens of the API.",
    no_args_is_help=True,
)


@app.command(epilog="Example: minsheng token issue --user dispatcher --scope read --days 90")
def issue(
    user: Annotated[str, typer.Option(metavar="NAME", help="Whose post the token acts for.")],
    role: Annotated[str, typer.Option(help="Which of their posts, where they have several.")] = "",
    unit: Annotated[str, typer.Option(metavar="CODE", help="Likewise: in which unit.")] = "",
    scope: Annotated[str, typer.Option(help="read, or write for everything the role may do.")] = (
        "write"
    ),
    days: Annotated[int, typer.Option(help="How long it is good for; 366 days at most.")] = 90,
    name: Annotated[str, typer.Option(help="What it is for, to know it by in lists.")] = "API",
) -> None:
    """Print a new token. It is shown this once: only its digest is kept."""
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.directory.actions import issue_token, post_of

    post = post_of(user, role=role, unit=unit)
    _token, bearer = issue_token(SYSTEM, post, name=name, scope=scope, days=days)
    print(bearer)


@app.command("list", epilog="Example: minsheng token list --format json")
def list_tokens(format: FormatOption = Format.TABLE) -> None:
    """List the tokens that work, with what they may do and until when."""
    runtime.ready(city=False)
    from dataclasses import asdict

    from minsheng.directory.queries import token_row, working_tokens

    columns = ["id", "name", "username", "role", "unit", "scope", "created_at", "expires_at"]
    rows((asdict(token_row(token)) for token in working_tokens()), columns, format)


@app.command(epilog="Example: minsheng token revoke 7")
def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", help="As `minsheng token list` shows it.")],
) -> None:
    """End a token at once."""
    runtime.ready(city=False)
    from minsheng.directory.access import SYSTEM
    from minsheng.directory.actions import revoke_token

    token = revoke_token(SYSTEM, number)
    print(f"Revoked the token of {token.post.staff.username}: {token.name}")
