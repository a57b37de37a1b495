"""How often things happen at a hotline, and how long they take: shares, minutes, weights.

Chosen so that the sums come out like those of published half-year bulletins of Chinese cities of
five million and less: about half of the calls answered at once, nine of ten orders signed and
completed in time, nine of ten petitioners satisfied.
"""

from collections.abc import Mapping
from datetime import time

# -- what comes in

#: Weight of each channel by its code.
CHANNELS: Mapping[str, float] = {
    "phone": 54,
    "patrol": 34,
    "web": 1.8,
    "wechat": 2.6,
    "app": 1.6,
    "chat": 0.5,
    "weibo": 0.2,
    "provincial": 1.1,
    "enterprise": 0.8,
    "approval_desk": 0.6,
    "ring_back": 0.5,
    "grid": 0.8,
    "video": 0.4,
    "leader_mailbox": 0.4,
    "forum": 0.3,
    "people_board": 0.15,
    "line_water": 0.3,
    "line_power": 0.2,
    "line_gas": 0.15,
    "police": 0.3,
}
OTHER_CHANNEL = 0.05  # weight of a channel that is not listed

#: Weight of each hour of the day, by how people come: they call, write, patrol or sit in an office.
HOURS: Mapping[str, tuple[float, ...]] = {
    "call": (
        *(0.9, 0.6, 0.4, 0.3, 0.3, 0.5, 1.2, 2.6, 6.4, 9.0, 9.2, 7.4),
        *(4.8, 5.2, 7.6, 8.4, 8.0, 6.6, 4.8, 4.4, 4.2, 3.6, 2.6, 1.5),
    ),
    "write": (
        *(1.8, 1.0, 0.6, 0.4, 0.3, 0.5, 1.4, 3.0, 5.0, 6.4, 6.4, 5.8),
        *(5.8, 5.0, 5.2, 5.4, 5.2, 5.0, 5.2, 6.2, 7.4, 7.6, 6.2, 3.8),
    ),
    "patrol": (0, 0, 0, 0, 0, 0, 1, 6, 12, 13, 12, 8, 3, 5, 11, 12, 9, 5, 2, 1, 0, 0, 0, 0),
    "office": (0, 0, 0, 0, 0, 0, 0, 0, 5, 12, 12, 8, 1, 6, 12, 12, 10, 4, 0, 0, 0, 0, 0, 0),
}
#: Weight of a day for each way to come: a working day, a day off, the first day after days off.
DAYS: Mapping[str, tuple[float, float, float]] = {
    "call": (1.0, 0.66, 1.22),
    "write": (1.0, 0.85, 1.1),
    "patrol": (1.0, 0.7, 1.0),
    "office": (1.0, 0.0, 1.3),
}
#: How people come through each door; what is not listed is handed over by another office.
WAYS: Mapping[str, str] = {
    "phone": "call",
    **dict.fromkeys(("web", "wechat", "weibo", "app", "forum", "mailbox"), "write"),
    **dict.fromkeys(("patrol", "video", "collector"), "patrol"),
}
#: Doors where people fill in a form themselves; whatever else is written comes from other systems.
FORMS = frozenset({"web", "wechat", "app"})
TREND = 0.10  # growth of the arrivals in thirty days, as a ratio
DAY_NOISE = 0.07  # standard deviation of a day's arrivals, as a ratio

#: Weight of each kind among what the public says; what collectors see is always a complaint.
KINDS: Mapping[str, float] = {
    "consult": 50,
    "complaint": 27,
    "help": 16,
    "report": 4,
    "suggestion": 1.6,
    "praise": 1.0,
}

ANONYMOUS = 0.07
CONFIDENTIAL: Mapping[str, float] = {"report": 0.55, "complaint": 0.05}
ENTERPRISE = 0.05
ENTERPRISES = frozenset({"enterprise"})  # channels that only enterprises use
DO_NOT_CALL = 0.03
KNOWN_CALLER = 0.10  # somebody who called before about something else
REGULAR_CALLER = 0.03  # one of the few who call all the time
REGULARS = 12
URGENT = 0.012  # beside those whose words say so
DRAFT = 0.012
DRAFT_LEFT = 0.35  # of the drafts
UNSURE_CATEGORY = 0.03  # the agent leaves it to the dispatcher
LOOK_UP_CALLER = 0.04

# A matter that several people tell of: how many matters are of that kind, how many people, when.
SHARED = 0.045
SHARED_MOST = 4
SHARED_DAYS = 4.0  # mean time until the next one calls
AGAIN = 0.035  # the same person calls again about the same matter, days later
AGAIN_DAYS = (3.0, 16.0)


# Events of the city's book: their share of what the public tells, and the number of tellings a day
# from which more people tell of each.
EVENT_SHARE = 0.09
EVENT_CROWD = 100
OUT_OF_SEASON = 0.12
LONGEST_COURSE = 21  # days from a demand's arrival until its limits are usually over

# -- what the centre does

#: Share of each kind that is answered at once, where there is something to answer from.
ANSWERED: Mapping[str, float] = {
    "consult": 0.93,
    "help": 0.25,
    "suggestion": 0.1,
    "praise": 0.5,
    "complaint": 0.1,
}
TRANSFERRED = 0.3  # of the answers, where a line takes such calls
TALK = (2.0, 9.0)  # minutes of a call until the answer
ANSWER_DESK = (8.0, 90.0)  # working minutes until a written question is answered

ENQUIRED = 0.6  # of what enterprises raise and no agent answers, put to a specialist
ENQUIRY_DESK = (20.0, 600.0)  # working minutes until the specialist gets to it
ENQUIRY_ANSWERED = 0.6  # by the specialist, where there is something to answer from

REJECTED = 0.004
REJECTED_ROUTED = 0.2  # of what may belong to courts, arbitrators, petition offices
MERGED = 0.8  # of what was told before by somebody else
DISPATCH = (4.0, 55.0)  # working minutes
ASSISTED = 0.5  # of the orders for which the catalogue names assistants
WRONG_UNIT = 0.05
MARKED = 0.008
EXCLUDED = 0.008
EXCLUSION_REFUSED = 0.15  # by either of the two who decide
RULING = (60.0, 900.0)  # working minutes until each of them does
RECALLED = 0.003
REASSIGNED = 0.004
REVEALED = 0.03

CONTESTED = 0.3  # of what is about something that may be nobody's
SITE_VISIT = (60.0, 900.0)  # working minutes
OWNED = (60.0, 900.0)  # working minutes until it is decided whose it is
PUT_OFF = 0.15
PUT_OFF_DAYS = (5, 20)
OWNED_BY_ANOTHER = 0.4

WITHDRAWN = 0.012
SUPPLEMENTED = 0.035
INTERLUDE = (1.0, 60.0)  # hours after the acceptance

# -- what units do

SIGNED_LATE = 0.075
SIGN_EARLY = (1.2, 4.5)  # beta distribution over the limit
SIGN_LATE = 0.8  # mean, in limits, of what is beyond it
RETURN_WRONG = 0.93
RETURN_RIGHT = 0.012
RETURN_ACCEPTED = 0.35  # of the returns of units that were the right ones
DECISION = (15.0, 240.0)  # working minutes until a return or an extension is decided on
RETURN_TO_DESK = 0.15  # accepted without naming the next unit
CONTACTED = 0.9  # of those who can be called
CONTACT_REACHED = 0.85
TRIED_AGAIN = 0.7  # of those who were not reached
CONTACT_METHODS = (("phone", 0.72), ("visit", 0.2), ("message", 0.06), ("meeting", 0.02))
REVEALED_BY_CLERK = 0.05
ONWARD: Mapping[str, float] = {"county": 0.7, "department": 0.22, "enterprise": 0.2, "street": 0.12}
ONWARD_TWO = 0.08  # to two units at once
DONE_EARLY = (1.7, 3.1)  # beta distribution over the limit
LATE = 0.035
LATE_BY = 0.5  # mean, in limits, of what is beyond it
LOST = 0.012
SLOWNESS = 0.55  # how units differ: standard deviation of the logarithm of their late share
EXTENDED = 0.05
EXTENDED_TWICE = 0.16  # of those extended once
EXTENSION_APPROVED = 0.84
SUSPENDED = 0.008
SUSPENDED_DAYS = (7, 25)
SOLVED = 0.9
EVASIVE = 0.05
SIGN_OFF_REFUSED = 0.025
SIGN_OFF = (5.0, 120.0)  # working minutes
URGED_OVERDUE = 0.75
SUPERVISED = 0.3  # of those still late after an urge
FOUND_AGAIN = (480.0, 4800.0)  # working minutes until an urged order is handled after all

# -- what becomes of it

AUDIT = (5.0, 150.0)  # working minutes
AUDIT_FAILED = 0.03
AUDIT_FAILED_EVASIVE = 0.6
FOLLOW_UP = (30.0, 900.0)  # working minutes after the completion
REACHED = 0.74
NEXT_ATTEMPT = (60.0, 600.0)  # working minutes
LINK_USED = 0.3
LINK_WAIT = (30.0, 1500.0)  # minutes until a link is used, or is not waited for any more
ASKED_AGAIN = 0.1  # of the dissatisfied who are not helped at once
SELF_EVALUATED = 0.06
SELF_EVALUATED_ANSWER = 0.05
SELF_EVALUATION = (0.5, 60.0)  # hours after the end
SELF_EVALUATION_SOURCES = (("sms", 0.55), ("wechat", 0.35), ("portal", 0.1))
#: Share of the dissatisfied: helped, told why not, put off with words.
DISSATISFIED: Mapping[str, float] = {"solved": 0.03, "unsolved": 0.24, "evasive": 0.55}
#: Weights of the three grades above dissatisfied.
GRADES = (("very_satisfied", 0.36), ("satisfied", 0.5), ("fairly_satisfied", 0.14))
VERY_DISSATISFIED = 0.3  # of the dissatisfied
REWORKED = 0.7  # of the dissatisfied
MOST_REWORKS = 2
ARCHIVE_AT = time(2, 10)
REOPENED = 0.004
REOPENED_DAYS = (2.0, 20.0)
