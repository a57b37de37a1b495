"""The lines of the journal that the centre is told of, found without reading the others.

Which they are is `doors.console.notices.CENTRE`, a room above the journal's: so the index stands
here. Whoever adds an action there makes the index anew; a test compares them.
"""

from django.db import migrations

NEWS = (
    "appeal.submit",
    "clue.submit",
    "decision.report",
    "exclusion.apply",
    "field_check.report",
    "follow_up.ask_rework",
    "follow_up.evaluate",
    "hot_issue.raise",
    "instruction.give",
    "instruction.report",
    "knowledge.propose",
    "measure.answer",
    "order.request_extension",
    "order.request_return",
    "ownership.visit",
    "promise.report",
    "sample.draw",
    "scheme.propose",
)
_LISTED = ", ".join(f"'{action}'" for action in NEWS)


class Migration(migrations.Migration):
    dependencies = [("doors", "0004_intake_drafts"), ("foundation", "0002_calendar")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX journalentry_news ON foundation_journalentry (id)"
            f" WHERE action IN ({_LISTED})",
            "DROP INDEX journalentry_news",
        )
    ]
