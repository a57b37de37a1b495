"""What a scheme needs of every unit, counted by the indicators' own definitions."""

from minsheng.evaluation.rules import Counts
from minsheng.indicators.compute import compute
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.periods import Period

_CODES = (
    "due_count",
    "handled_count",
    "completed_late",
    "rework_count",
    "evaluated_count",
    "dissatisfied_count",
)


def count(period: Period, tables: Tables) -> list[Counts]:
    """Returns the counts of every unit that had something due in a period, by the unit's name.

    Due, handled, late and reworked are of the orders due in the period; sampled (those whose
    petitioners answered) and dissatisfied of the orders completed in it. Excluded demands are in
    none of them.
    """
    names = tables["units"].select("unit_id", "unit").to_pyarrow().to_pylist()
    ids = {row["unit"]: row["unit_id"] for row in names}
    provincial = {
        row.keys["unit"]: row.values
        for row in compute(
            _CODES[-2:], by=["unit"], period=period, where={"origin": ["province"]}, tables=tables
        )
    }
    counted = []
    for row in compute(_CODES, by=["unit"], period=period, tables=tables):
        n = {code: int(value.value or 0) for code, value in row.values.items()}
        unit = row.keys["unit"]
        if not unit or not n["due_count"]:
            continue
        of_province = provincial.get(unit, {})
        sampled, dissatisfied = (
            int(of_province[code].value or 0) if code in of_province else 0 for code in _CODES[-2:]
        )
        counted.append(
            Counts(
                unit=unit,
                due=n["due_count"],
                handled=n["handled_count"],
                overdue=n["completed_late"],
                rework=n["rework_count"],
                sampled=n["evaluated_count"],
                dissatisfied=n["dissatisfied_count"],
                provincial_sampled=sampled,
                provincial_dissatisfied=dissatisfied,
                unit_id=ids[unit],
            )
        )
    return counted
