"""With which words of its own does the firm replace those of a step, and which words were there before?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.people import Person


class StepText(models.Model):
    """One version of the firm's own words for one part of one step; never changed, only followed by another version.

    Restricted text with named placeholders, escaped where it is shown: never template code. An empty body brings the
    program's own words back.
    """

    plan = models.CharField(_("plan"), max_length=20)
    edition = models.PositiveSmallIntegerField(_("edición"))
    step_key = models.CharField(_("paso"), max_length=40)
    #: ``see``, ``do``, ``proof``, or ``playbook:<key>``.
    part = models.CharField(_("parte"), max_length=50)
    version = models.PositiveIntegerField(_("versión"))
    body = models.TextField(_("texto"), blank=True)
    is_current = models.BooleanField(_("en uso"), default=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo escribió"))
    made_at = models.DateTimeField(_("escrito el"))

    class Meta:
        verbose_name = _("texto de un paso")
        verbose_name_plural = _("textos de los pasos")
        ordering = ("plan", "edition", "step_key", "part", "-version")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "edition", "step_key", "part", "version"], name="one_row_per_text_version"
            ),
            models.UniqueConstraint(
                fields=["plan", "edition", "step_key", "part"],
                condition=Q(is_current=True),
                name="one_current_text_per_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_key}.{self.part} {self.version}"
