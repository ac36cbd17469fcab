"""What does the practice portal remember of a practice company between two pages?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company


class PracticeAccount(models.Model):
    """One practice company at the practice portal: what that portal believes, and which failures are switched on.

    The portal stands for a stranger's system, so it keeps its own memory and looks at no renewal.
    """

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="practice_account")
    #: What the portal believes of the company (never a secret): public key, serials, how far it came.
    memory = models.JSONField(default=dict, blank=True)
    #: Known failures that are switched on, by name.
    switches = models.JSONField(default=list, blank=True)
    #: Raised by every change: claims are conditional.
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("cuenta del portal de práctica")
        verbose_name_plural = _("cuentas del portal de práctica")

    def __str__(self) -> str:
        return f"{self.company_id}"
