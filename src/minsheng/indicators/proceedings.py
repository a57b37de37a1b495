"""What is done about orders and units beside handling them, in one shape: the rows of a fact table.

Steps of the ladder, re-checks, ownership cases, decisions, instructions, promises, exclusions,
appeals, surveys, what third parties judge and entries of registers have little in common but this:
they are opened, often with a limit and for a unit, answered, and come to an end with an outcome or
a score. Each is one literal row of SQL below. None of them can be about a restricted demand: the
actions refuse that. Clues for discipline officers are left out.
"""

# ruff: noqa: S608 (the SQL is put together from this file's own literals)

from collections.abc import Mapping
from dataclasses import dataclass

#: The kinds of proceedings, as people call them.
KINDS: Mapping[str, str] = {
    "urge": "催办",
    "supervise": "督办",
    "notice": "通报",
    "interview": "约谈",
    "recheck": "回头看",
    "field_check": "现场核查",
    "site": "联合督查点位",
    "ownership": "权属案件",
    "meeting": "会办",
    "decision": "议定事项",
    "instruction": "领导批示",
    "promise": "民生承诺",
    "enquiry": "专员咨询",
    "review": "研判",
    "survey": "外呼调查",
    "exclusion": "剔除申请",
    "appeal": "考核申诉",
    "register": "台账条目",
    "third_party": "第三方评估件",
}


@dataclass(frozen=True, slots=True)
class _Sort:
    """Proceedings that stand in one table `p`; all but `kind` and `source` are SQL of a column."""

    source: str
    kind: str
    opened: str
    answered: str
    closed: str
    unit: str = "p.unit_id"
    due: str = "NULL::timestamptz"
    outcome: str = "NULL"
    register: str = "NULL"
    score: str = "NULL::bigint"  # hundredths of a point


# A day as a limit: what happens on it is in time.
_END_OF_DAY = "(({} + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - interval '1 second')"

_SORTS = (
    _Sort(
        "supervision_measure p",
        "p.step",
        "p.opened_at",
        "p.answered_at",
        "p.closed_at",
        due="p.due_at",
        outcome="CASE WHEN p.level <> 'centre' THEN 'escalated' END",
    ),
    _Sort(
        "supervision_recheck p",
        "'recheck'",
        "p.drawn_at",
        "p.at",
        "p.at",
        outcome="CASE WHEN p.state <> 'drawn' THEN p.state END",
    ),
    _Sort(
        "supervision_fieldcheck p",
        "'field_check'",
        "p.opened_at",
        "p.reported_at",
        "p.reported_at",
        due="p.due_at",
        outcome="p.verdict",
    ),
    _Sort(
        "supervision_site p JOIN supervision_joint j ON j.id = p.joint_id",
        "'site'",
        "j.opened_at",
        "p.at",
        "p.at",
        outcome="p.verdict",
    ),
    _Sort(
        "supervision_ownership p",
        "'ownership'",
        "p.opened_at",
        "p.visited_at",
        "p.decided_at",
        due="p.visit_due_at",
        outcome="CASE WHEN p.state IN ('decided', 'backlog') THEN p.state END",
    ),
    _Sort(
        "supervision_meeting p",
        "'meeting'",
        "p.opened_at",
        "p.held_at",
        "p.closed_at",
        unit="NULL::bigint",
    ),
    _Sort(
        "supervision_decision p JOIN supervision_meeting m ON m.id = p.meeting_id",
        "'decision'",
        "m.held_at",
        "p.reported_at",
        "p.settled_at",
        due="p.due_at",
    ),
    _Sort(
        "supervision_instruction p",
        "'instruction'",
        "p.opened_at",
        "p.reported_at",
        "p.closed_at",
        due="p.due_at",
    ),
    _Sort(
        "supervision_promise p",
        "'promise'",
        "p.opened_at",
        "p.reported_at",
        "p.judged_at",
        due=_END_OF_DAY.format("p.due_on"),
        outcome="p.verdict",
    ),
    _Sort(
        "demands_enquiry p",
        "'enquiry'",
        "p.asked_at",
        "CASE WHEN p.state IN ('answered', 'passed') THEN p.ended_at END",
        "p.ended_at",
        due="p.due_at",
        outcome="CASE WHEN p.state <> 'asked' THEN p.state END",
    ),
    _Sort(
        "followups_review p JOIN followups_followup f ON f.id = p.follow_up_id"
        " LEFT JOIN orders_assignment a ON a.id = f.assignment_id",
        "'review'",
        "p.at",
        "p.at",
        "p.at",
        unit="a.unit_id",
        outcome="p.decision",
    ),
    _Sort(
        "followups_campaigncall p JOIN followups_campaign c ON c.id = p.campaign_id",
        "'survey'",
        "c.at",
        "p.at",
        "CASE WHEN p.state <> 'waiting' THEN p.at END",
        unit="NULL::bigint",
        outcome="CASE WHEN p.state <> 'waiting' THEN p.state END",
    ),
    _Sort(
        "evaluation_exclusion p",
        "'exclusion'",
        "p.applied_at",
        "p.decided_at",
        "p.decided_at",
        due="p.due_at",
        outcome="CASE WHEN p.state NOT IN ('applied', 'approved') THEN p.state END",
    ),
    _Sort(
        "evaluation_appeal p",
        "'appeal'",
        "p.submitted_at",
        "p.answered_at",
        "p.answered_at",
        due="p.due_at",
        outcome="CASE WHEN p.state <> 'submitted' THEN p.state END",
    ),
    _Sort(
        "registers_entry p",
        "'register'",
        "p.added_at",
        "p.closed_at",
        "p.closed_at",
        due=_END_OF_DAY.format("p.due_on"),
        outcome="p.outcome",
        register="p.register",
    ),
    _Sort(
        "followups_commissionitem p JOIN followups_commission c ON c.id = p.commission_id",
        "'third_party'",
        "c.at",
        "p.scored_at",
        "p.scored_at",
        score="(p.score * 100)::bigint",
    ),
)

#: SQL of all proceedings `p`, whatever table they stand in; `id` is unique among them.
SOURCE = "({}) p".format(
    " UNION ALL ".join(
        f"SELECT p.id * {len(_SORTS)} + {place} AS id, {sort.kind} AS kind, {sort.unit} AS unit_id,"
        f" {sort.opened} AS opened_at, {sort.due} AS due_at, {sort.answered} AS answered_at,"
        f" {sort.closed} AS closed_at, nullif({sort.outcome}, '') AS outcome,"
        f" {sort.register} AS register, {sort.score} AS score FROM {sort.source}"
        for place, sort in enumerate(_SORTS)
    )
)
