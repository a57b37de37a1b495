"""The journal's two tables. Lines are written by `foundation.journal` only."""

from typing import Any

import orjson
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class JournalEntry(models.Model):
    """One line of the journal: who did what to one subject, when and why.

    `body` is canonical JSON and the only thing that is hashed; the other columns repeat it for
    searching. `seq` and `hash` are filled in by the database (trigger `journal_chain`), whoever
    writes and however: the hash of a line is sha256(hash of the line before, `seq` as 8 bytes
    big-endian, body as UTF-8), where the line before the first is empty.
    """

    subject_kind = models.CharField(_("对象类型"), max_length=32, db_collation="C")
    subject_id = models.BigIntegerField(_("对象"))
    seq = models.IntegerField(_("序号"), db_default=0)
    ref = models.CharField(_("编号"), max_length=64)
    at = models.DateTimeField(_("时间"))
    action = models.CharField(_("动作"), max_length=64)
    staff = models.CharField(_("人员"), max_length=150)
    role = models.CharField(_("角色"), max_length=32)
    unit = models.CharField(_("单位"), max_length=64, blank=True)
    # No foreign keys: demands and orders live in rooms above this one.
    order_id = models.BigIntegerField(_("工单"), null=True)
    order_ref = models.CharField(_("工单编号"), max_length=64, blank=True)
    body = models.TextField(_("内容"))
    hash = models.BinaryField(_("散列"), db_default=b"")

    class Meta:
        verbose_name = verbose_name_plural = _("日志")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "seq"], name="journalentry_seq"
            ),
        ]
        indexes = [
            # Lines arrive in the order of time, so that a few pages answer for any period.
            BrinIndex(fields=["at"], autosummarize=True, name="journalentry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} #{self.seq} {self.action}"

    @property
    def said(self) -> dict[str, Any]:
        """The body as read back: `changes`, `reason`, `previous_due_at` and the columns' values."""
        said: dict[str, Any] = orjson.loads(self.body)
        return said


class JournalHead(models.Model):
    """Where the chain of one subject stands: its last `seq` and hash, and its latest `ref`."""

    pk = models.CompositePrimaryKey("subject_kind", "subject_id")
    subject_kind = models.CharField(_("对象类型"), max_length=32, db_collation="C")
    subject_id = models.BigIntegerField(_("对象"))
    ref = models.CharField(_("编号"), max_length=64)
    seq = models.IntegerField(_("序号"))
    hash = models.BinaryField(_("散列"))

    class Meta:
        verbose_name = verbose_name_plural = _("日志链首")
        indexes = [models.Index(fields=["ref"], name="journalhead_ref")]

    def __str__(self) -> str:
        return f"{self.ref} #{self.seq}"
