"""Tables of follow-ups: whom to ask and what was said, what is sent, and what comes of it."""

from minsheng.followups.models.asking import Attempt, FollowUp, PlanRule, Sample
from minsheng.followups.models.outside import Campaign, CampaignCall, Commission, CommissionItem
from minsheng.followups.models.sending import Link, Message, Review

__all__ = [
    "Attempt",
    "Campaign",
    "CampaignCall",
    "Commission",
    "CommissionItem",
    "FollowUp",
    "Link",
    "Message",
    "PlanRule",
    "Review",
    "Sample",
]
