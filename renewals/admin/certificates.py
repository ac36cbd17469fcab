"""Which certificates need somebody, and what can be asked for many of them at once?"""

import secrets
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renewals.access import Right, Somebody, may
from renewals.admin.chips import light_chip, pair_chip, short, step_text, two_lines
from renewals.admin.filters import CertificateState, DaysLeft, EndingMonth, Responsible, Silenced
from renewals.admin.lists import ListAdmin
from renewals.models import Certificate, Renewal, Silence
from renewals.models.certificate import CertificateQuerySet, Kind
from renewals.wording.notices import say_deadline

#: So many are looked at in one go where files are asked for.
MOST_CHOSEN = 100
#: So many certificates are named on the page that asks whether to go on; the others are only counted.
NAMED = 100


@admin.register(Certificate)
class CertificateAdmin(ListAdmin):
    """All certificates of the person's companies; those in use unless the filter says otherwise."""

    list_display = (
        "light",
        "company_name",
        "kind_name",
        "where",
        "ends",
        "days_left",
        "key",
        "renewal",
        "responsible",
    )
    list_display_links = ("company_name",)
    list_filter = ("kind", CertificateState, DaysLeft, Responsible, EndingMonth, Silenced)
    # Looked at by ``get_search_results``; named here so that the box is there.
    search_fields = ("serial",)
    search_help_text = _("RFC, empresa, registro patronal o número de serie")
    ordering = ("expires_on", "id")
    sortable_by = ("ends", "days_left")
    actions = ("queue_renewals", "ask_for_files")
    page_name = "certificate"

    def rows_for(self, person: Somebody) -> CertificateQuerySet:
        """Of the person's companies."""
        return Certificate.objects.visible_to(person)

    def shown(self, rows: QuerySet[Certificate]) -> QuerySet[Certificate]:
        """With company, who answers, the renewal under way and what keeps it quiet; its bytes stay where they are."""
        under_way = Prefetch("renewals", queryset=Renewal.objects.under_way())
        quiet = Prefetch("silences", queryset=Silence.objects.in_force(timezone.localdate()))
        return rows.select_related("company__responsible").defer("der").prefetch_related(under_way, quiet)

    def get_search_results(
        self, request: HttpRequest, queryset: CertificateQuerySet, search_term: str
    ) -> tuple[QuerySet[Certificate], bool]:
        """Any identifier, with or without hyphens and accents."""
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    def has_work_permission(self, request: HttpRequest) -> bool:
        """Whoever changes anything at all."""
        return may(request.user, Right.WORK)

    @admin.action(description=_("Poner en cola la renovación"), permissions=["work"])
    def queue_renewals(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        """Show what was chosen and ask; going on posts to the page of bulk jobs, which queues each once."""
        chosen = list(queryset.values_list("pk", flat=True))
        if not chosen:
            messages.warning(request, _("No elegiste ningún certificado tuyo."))
            return None
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Poner en cola la renovación"),
            "opts": self.opts,
            "named": queryset[:NAMED],
            "count": len(chosen),
            "unnamed": max(0, len(chosen) - NAMED),
            "chosen": ",".join(map(str, chosen)),
            "request_key": secrets.token_hex(16),
        }
        return TemplateResponse(request, "admin/queue_renewals.html", context)

    @admin.action(description=_("Pedir los archivos"), permissions=["work"])
    def ask_for_files(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        """Lead to the page where the files of what was chosen are asked for."""
        chosen = list(queryset.values_list("pk", flat=True)[: MOST_CHOSEN + 1])
        if not chosen:
            messages.warning(request, _("No elegiste ningún certificado tuyo."))
            return None
        if len(chosen) > MOST_CHOSEN:
            messages.warning(request, _("Son demasiados a la vez: elige hasta %(most)s.") % {"most": MOST_CHOSEN})
            return None
        if len(chosen) == 1:
            return redirect(f"{reverse('checkout_ask')}?certificado={chosen[0]}")
        return redirect(f"{reverse('bundle_ask')}?certificados={','.join(map(str, chosen))}")

    @display(description=_("Semáforo"))
    def light(self, certificate: Certificate) -> SafeString:
        """Colour, shape and word."""
        return light_chip(certificate, timezone.localdate())

    @display(description=_("Empresa y RFC"))
    def company_name(self, certificate: Certificate) -> SafeString:
        """Whose it is."""
        return two_lines(certificate.company.name, certificate.company.rfc)

    @display(description=_("Tipo"))
    def kind_name(self, certificate: Certificate) -> str:
        """Of which authority, for what."""
        return str(Kind(certificate.kind).label)

    @display(description=_("Registro o sucursal"))
    def where(self, certificate: Certificate) -> str:
        """Registro patronal of an NPIE certificate, branch of a CSD."""
        return certificate.scope or "—"

    @display(description=_("Vence"), ordering="expires_on")
    def ends(self, certificate: Certificate) -> SafeString | str:
        """The last local day, and below it the deadline where it is another one, with its reason."""
        last = date_format(certificate.expires_on, "d/m/Y")
        is_over = certificate.retired_at is not None or certificate.days_left(timezone.localdate()) < 0
        if is_over or certificate.deadline_on == certificate.expires_on:
            return last
        deadline = _("plazo %(day)s") % {"day": date_format(certificate.deadline_on, "d/m/Y")}
        return format_html(
            '<span class="two-lines" title="{}">{}<small>{}</small></span>', _why(certificate), last, deadline
        )

    @display(description=_("Días"), ordering="expires_on")
    def days_left(self, certificate: Certificate) -> SafeString:
        """Whole local days until the last one; negative afterwards."""
        return format_html('<span class="number">{}</span>', certificate.days_left(timezone.localdate()))

    @display(description=_("Llave"))
    def key(self, certificate: Certificate) -> SafeString:
        """How far the private key has come."""
        return pair_chip(certificate)

    @display(description=_("Renovación"))
    def renewal(self, certificate: Certificate) -> SafeString | str:
        """The step it is on, where one is under way; below it, until when nobody is told."""
        under_way = next(iter(certificate.renewals.all()), None)
        shown = short(step_text(under_way)) if under_way else "—"
        silence = next(iter(certificate.silences.all()), None)
        if silence is None:
            return shown
        day = date_format(silence.ends_on, "d/m/Y")
        return two_lines(shown, _("Avisos en pausa hasta el %(day)s") % {"day": day})

    @display(description=_("Responsable"))
    def responsible(self, certificate: Certificate) -> str:
        """Who answers for the company."""
        return str(certificate.company.responsible or "—")


def _why(certificate: Certificate) -> str:
    return say_deadline(
        certificate.deadline_reason,
        expires_on=certificate.expires_on,
        deadline_on=certificate.deadline_on,
        today=timezone.localdate(),
    )
