"""Verbs that change who is who: one transaction, one permission check, one journal entry each."""

from minsheng.directory.actions.staff import (
    add_staff,
    change_password,
    end_post,
    give_post,
    reset_password,
    switch_staff,
)
from minsheng.directory.actions.tokens import digest_of, issue_token, post_of, revoke_token

__all__ = [
    "add_staff",
    "change_password",
    "digest_of",
    "end_post",
    "give_post",
    "issue_token",
    "post_of",
    "reset_password",
    "revoke_token",
    "switch_staff",
]
