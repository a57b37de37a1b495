"""What is generated from the tables says what the tables say."""

from pathlib import Path

import pytest

from minsheng.cli.docs import pages

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["indicators.md", "lifecycle.md", "permissions.md"])
def test_is_up_to_date(name):
    assert (DOCS / name).read_text() == pages()[name], "run `minsheng docs`"


def test_names_every_action_of_the_tables():
    from minsheng.demands.rules import LIFECYCLE as DEMAND
    from minsheng.directory.permissions import PERMISSIONS
    from minsheng.orders.rules import LIFECYCLE as ORDER

    made = pages()
    for lifecycle in (DEMAND, ORDER):
        for action, row in lifecycle.rows.items():
            assert f"| `{action}` | {row.label} |" in made["lifecycle.md"]
    for action in PERMISSIONS:
        assert f"| `{action}` |" in made["permissions.md"]
