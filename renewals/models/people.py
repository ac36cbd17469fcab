"""Who works in the firm, and how often did somebody try to get in as them?"""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person may do; partners are ``socio``, staff ``auxiliar``, those who only look ``auditor``."""

    PARTNER = "socio", _("Socia o socio")
    STAFF = "auxiliar", _("Auxiliar")
    AUDITOR = "auditor", _("Auditora o auditor")


class Person(AbstractUser):
    """Somebody of the firm who signs in. ``role`` decides; Django's own permissions are not used."""

    role = models.CharField(_("función"), max_length=10, choices=Role.choices, default=Role.STAFF)
    is_demo = models.BooleanField(_("de práctica"), default=False)
    #: Who is told where this person does not act.
    lead = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="led", verbose_name=_("su líder")
    )

    class Meta:
        verbose_name = _("persona")
        verbose_name_plural = _("personas")
        ordering = ("first_name", "last_name", "username")

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_partner(self) -> bool:
        """Whether the person sees and may do everything a partner may."""
        return self.role == Role.PARTNER

    @property
    def sees_everything(self) -> bool:
        """Whether every company is theirs to look at: partners and auditors."""
        return self.role in {Role.PARTNER, Role.AUDITOR}

    @property
    def may_work(self) -> bool:
        """Whether the person changes anything at all; an auditor only looks."""
        return self.role in {Role.PARTNER, Role.STAFF}


class SignInAttempt(models.Model):
    """One failed try to sign in or to confirm an identity; rows and not a cache, so that every process counts alike.

    ``account`` is a keyed hash of the name that was typed (people type passwords there by mistake).
    """

    account = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True)
    failed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "failed_at"], name="attempt_account"),
            models.Index(fields=["address", "failed_at"], name="attempt_address"),
        ]

    def __str__(self) -> str:
        return f"{self.failed_at:%Y-%m-%d %H:%M}"
