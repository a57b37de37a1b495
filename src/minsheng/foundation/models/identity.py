"""Who the petitioners are: the vault's tables. `foundation.vault` seals and opens them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VaultKey(models.Model):
    """One version of the vault's key: not the key, but a text sealed with it to know it by."""

    version = models.PositiveSmallIntegerField(_("版本"), primary_key=True)
    canary = models.BinaryField(_("校验密文"))
    made_at = models.DateTimeField(_("启用时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("密钥版本")
        constraints = [
            # The version is the first byte of every sealed cell.
            models.CheckConstraint(
                condition=models.Q(version__gte=1, version__lte=255), name="vaultkey_one_byte"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class Identity(models.Model):
    """One person or body behind a demand, sealed. An empty cell is an empty value.

    `uid` binds every cell to its row, so that cells copied between rows or columns do not open.
    `phone_key` and `id_key` are keyed hashes to search by; the masks are for display and all that
    is ever printed of a person.
    """

    uid = models.UUIDField(editable=False)
    # Without an index: only rotation asks for it, and walks the whole table anyway. The foreign
    # key keeps a key version from being retired while a row still needs it.
    key = models.ForeignKey(
        VaultKey, models.PROTECT, db_column="key_version", db_index=False, related_name="+"
    )
    name = models.BinaryField(_("姓名"), default=b"")
    phone = models.BinaryField(_("电话"), default=b"")
    id_number = models.BinaryField(_("证件号码"), default=b"")
    address = models.BinaryField(_("地址"), default=b"")
    phone_key = models.BinaryField(null=True)
    id_key = models.BinaryField(null=True)
    name_mask = models.CharField(_("姓名（脱敏）"), max_length=16, blank=True)
    phone_mask = models.CharField(_("电话（脱敏）"), max_length=32, blank=True)
    address_mask = models.CharField(_("地址（脱敏）"), max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("诉求人身份")
        indexes = [
            models.Index(fields=["phone_key"], name="identity_phone"),
            models.Index(fields=["id_key"], name="identity_id"),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.name_mask, self.phone_mask))) or "—"

    def __repr__(self) -> str:
        return f"<Identity {self.pk}: {self}>"
