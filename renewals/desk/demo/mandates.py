"""What did the demo firm's companies allow, and what does the paper look like that says so?"""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

from renewals import audit
from renewals.audit import Entry, Machine
from renewals.clients import documents
from renewals.clients.documents import KeptDocument
from renewals.desk.demo import invented, story
from renewals.models import Company, Mandate, Person
from renewals.models.certificate import Kind

DEMO = Machine("demo")
SINCE, LASTS = timedelta(days=40), timedelta(days=730)
PAPER = (
    "CARTA MANDATO (de práctica)",
    "La empresa autoriza al despacho a resguardar y usar sus certificados y llaves",
    "del IMSS y del SAT para renovarlos y presentar sus trámites.",
    "Este papel pertenece a los datos de demostración y no lo firmó nadie.",
)


def keep_paper() -> KeptDocument:
    """Store the one sheet that all demo mandates point to."""
    sheet = io.BytesIO()
    canvas = Canvas(sheet, pagesize=LETTER)
    for line, text in enumerate(PAPER):
        canvas.drawString(72, LETTER[1] - 96 - 24 * line, text)
    canvas.save()
    return documents.keep(name="carta_mandato.pdf", data=sheet.getvalue())


def allow(
    ties: Sequence[tuple[int, invented.InventedCompany, Company]],
    *,
    paper: KeptDocument,
    cast: dict[str, Person],
    now: datetime,
) -> None:
    """Write the mandates of new companies, in the caller's transaction; ``ties`` are their numbers, plans and rows."""
    mandates = Mandate.objects.bulk_create(
        _mandate(index, plan, company, paper=paper, cast=cast, now=now)
        for index, plan, company in ties
        if index != story.WITHOUT_MANDATE
    )
    audit.record_many(
        Entry(name, by=DEMO, subject=one, company_id=one.company_id, facts={"given_by": one.given_by})
        for one in mandates
        for name in ("mandate.registered", "mandate.confirmed")[: 1 if one.confirmed_at is None else 2]
    )


def _mandate(
    index: int,
    plan: invented.InventedCompany,
    company: Company,
    *,
    paper: KeptDocument,
    cast: dict[str, Person],
    now: datetime,
) -> Mandate:
    today = timezone.localdate(now)
    confirmed = index != story.UNCONFIRMED_MANDATE
    return Mandate(
        company=company,
        kinds=[Kind.NPIE, Kind.EFIRMA, Kind.CSD],
        valid_from_on=today - SINCE,
        valid_until_on=today + LASTS,
        given_by=(plan.representative or plan.contact).name.title(),
        document=paper.path,
        document_name=paper.name,
        document_sha256=paper.sha256,
        registered_by=cast["beto" if company.responsible_id == cast["beto"].pk else "carla"],
        registered_at=now,
        confirmed_by=cast["ana"] if confirmed else None,
        confirmed_at=now if confirmed else None,
        # As on a paper from before there were links: nobody at an invented company can open one.
        accepted_at=now,
        accepted_by=(plan.representative or plan.contact).name.title(),
    )
