"""The bare city of a replay: what the imports and indicators need, and nothing else."""

from datetime import datetime

from minsheng.catalogue.models import Channel, City, Kind
from minsheng.directory.models import District, Post, Staff, Unit, UnitAlias
from minsheng.directory.permissions import Role
from minsheng.exchange.replay.plan import Plan
from minsheng.foundation import clock, recent

KINDS = {
    "consult": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "suggestion": "建议",
    "praise": "表扬",
    "municipal": "市政管理",
}


def found(plan: Plan) -> None:
    """Makes the city, its channels and kinds, and its units with the groups they belong to."""
    City.objects.create(code=plan.name, name=plan.city, hotline="12345", population=plan.population)
    area = District.objects.create(
        code=plan.name, name=plan.city, level=District.Level.CITY, population=plan.population
    )
    District.objects.filter(pk=area.pk).update(lineage=[area.pk])
    Channel.objects.bulk_create(
        Channel(
            code=code,
            name=name,
            door="other",
            is_public=what == "public",
            is_collector=what == "collector",
        )
        for code, (name, what) in plan.channels.items()
    )
    Kind.objects.bulk_create(Kind(code=code, name=name) for code, name in KINDS.items())
    group_of = {unit: group for group, units in plan.groups.items() for unit in units}
    others = group_of.get("*", "")
    names = {part.values["unit"] for part in plan.parts if "unit" in part.values}
    names = {plan.aliases.get(name, name) for name in names} | {"12345"}
    units = Unit.objects.bulk_create(
        Unit(code=name, name=name, kind=Unit.Kind.OTHER, unit_group=group_of.get(name, others))
        for name in sorted(names)
    )
    for unit in units:
        unit.lineage = [unit.pk]
    Unit.objects.bulk_update(units, ["lineage"])
    by_name = {unit.name: unit for unit in units}
    UnitAlias.objects.bulk_create(
        UnitAlias(unit=by_name[name], name=alias) for alias, name in plan.aliases.items()
    )
    _employ(plan, by_name["12345"])
    recent.forget()


def _employ(plan: Plan, centre: Unit) -> None:
    since = datetime.combine(plan.period.first, datetime.min.time(), clock.ZONE)
    staff = Staff.objects.bulk_create(
        Staff(username=f"agent{place}", name=f"agent{place}") for place in range(plan.agents)
    )
    Post.objects.bulk_create(
        Post(staff=one, role=Role.AGENT, unit=centre, since=since) for one in staff
    )
