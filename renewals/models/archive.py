"""Which backups were written, and when did a drill last show that one can be brought back?"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArchiveKind(models.TextChoices):
    """What an archive holds; the two never lie in one file."""

    DATA = "data", _("Datos y archivos")
    KEYS = "keys", _("Llaves envueltas")


class Archive(models.Model):
    """One archive that was written, encrypted; the archive itself lies elsewhere, under this name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("qué contiene"), max_length=4, choices=ArchiveKind.choices)
    name = models.CharField(_("archivo"), max_length=120)
    #: Hex, over the encrypted file: what tells it from one that somebody else put in its place.
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField(_("bytes"))
    made_at = models.DateTimeField(_("escrito el"))
    #: Of keys: the day on which it is deleted.
    lapses_on = models.DateField(_("se borra el"), null=True, blank=True)
    proved_at = models.DateTimeField(_("probado en un simulacro el"), null=True, blank=True)

    class Meta:
        verbose_name = _("respaldo")
        verbose_name_plural = _("respaldos")
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.name
