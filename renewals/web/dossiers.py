"""How does somebody read the dossier of a renewal, take it along with its files, and learn how to check it?"""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from renewals.access import Right, dossier_for, require
from renewals.errors import NotVisible
from renewals.models import Dossier
from renewals.procedure.dossier_package import package, pdf_of, public_key_of
from renewals.procedure.dossier_paper import PDF, command
from renewals.procedure.figures import read_figures
from renewals.wording.figures import say_blocked, say_business_days, say_days_before


@never_cache
@require_GET
def dossier(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """What it tells in short, and how anybody checks it."""
    row = dossier_for(request.user, dossier_id, Right.SEE)
    figures = read_figures(row.figures)
    before_expiry, before_deadline = figures.days_before_expiry, figures.days_before_deadline
    context = {
        "dossier": row,
        "renewal": row.renewal,
        "company": row.renewal.company,
        "figures": figures,
        "before_expiry": "" if before_expiry is None else say_days_before(before_expiry),
        "before_deadline": "" if before_deadline is None else say_days_before(before_deadline),
        "business_days": say_business_days(figures.business_days),
        "blocked": [say_blocked(kind, days) for kind, days in figures.blocked.items()],
        "command": command(key_id=row.audit_key_id),
        "key_file": f"{row.audit_key_id}.pem",
        "section": "renewals",
    }
    return render(request, "renewals/dossier.html", context)


@never_cache
@require_GET
def dossier_file(request: HttpRequest, dossier_id: int, name: str) -> HttpResponse:
    """The paper, its signature, or the key that checks it."""
    row = dossier_for(request.user, dossier_id, Right.SEE)
    files = {
        PDF: pdf_of(row),
        f"{PDF}.sig": bytes(row.signature),
        f"{row.audit_key_id}.pem": public_key_of(row).encode(),
    }
    content = files.get(name)
    if not content:
        raise NotVisible
    kind = "application/pdf" if name == PDF else "application/octet-stream"
    return HttpResponse(content, content_type=kind, headers=_as(name))


@never_cache
@require_POST
def dossier_package(request: HttpRequest, dossier_id: int) -> StreamingHttpResponse:
    """All of it in a ZIP, with the files; on the record."""
    row = dossier_for(request.user, dossier_id, Right.SEE)
    pieces = package(row=row, by=require(request.user, Right.SEE))
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=_as(f"{_stem(row)}.zip"))


def _stem(row: Dossier) -> str:
    day = f"{timezone.localdate(row.closed_at):%Y%m%d}"
    return f"expediente-{row.renewal.company.rfc}-{day}-{row.pk}"


def _as(name: str) -> dict[str, str]:
    return {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
