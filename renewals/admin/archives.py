"""Which backups were written, and which of them did a drill bring back?"""

from datetime import date
from typing import Protocol

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import BooleanField, Case, Q, QuerySet, When
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renewals import audit
from renewals.access import Right, Somebody, may
from renewals.admin.chips import chip
from renewals.admin.columns import moment
from renewals.admin.lists import ListAdmin
from renewals.models import Archive, ArchiveKind, Person


class _Shown(Protocol):
    """A row as the list asks for it."""

    lapses_on: date | None
    outlives_its_day: bool


@admin.register(Archive)
class ArchiveAdmin(ListAdmin):
    """Every archive, newest first; for partners and auditors, who answer for there being one."""

    list_display = (
        moment("made_at", _("Escrito")),
        "kind",
        "proved",
        "until",
        "weight",
        "name",
    )
    list_filter = ("kind",)
    ordering = ("-made_at",)
    sortable_by = ()
    fields = ("name", "kind", "made_at", "size", "sha256", "lapses_on", "proved_at")

    def rows_for(self, person: Somebody) -> QuerySet[Archive]:
        """All, or none; each with whether its day came and nothing says that it was deleted."""
        if not self.may_look(person):
            return Archive.objects.none()
        lapsed = Q(kind=ArchiveKind.KEYS, lapses_on__lte=timezone.localdate())
        gone = Q(pk__in=audit.subjects_with("backup.keys_deleted", of=Archive))
        outlives = Case(When(lapsed & ~gone, then=True), default=False, output_field=BooleanField())
        return Archive.objects.annotate(outlives_its_day=outlives)

    def may_look(self, person: Somebody) -> bool:
        """Partners and auditors."""
        return may(person, Right.SEE) and isinstance(person, Person) and person.sees_everything

    @display(description=_("Simulacro"))
    def proved(self, archive: Archive) -> SafeString:
        """Whether a drill has opened pairs from it."""
        return chip("grey", _("Sin probar")) if archive.proved_at is None else chip("green", _("Abrió"))

    @display(description=_("Tamaño"))
    def weight(self, archive: Archive) -> str:
        """In the unit that people read."""
        return filesizeformat(archive.size)

    @display(description=_("Se borra el"))
    def until(self, archive: _Shown) -> str | SafeString:
        """The last day of an archive of keys; red where it came and no deletion is on the record."""
        day = date_format(archive.lapses_on, "d/m/Y") if archive.lapses_on else "—"
        return chip("red", _("Debió borrarse el %(day)s") % {"day": day}) if archive.outlives_its_day else day
