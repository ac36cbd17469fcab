"""One row of everything, all of one company that is assigned to Beto: what the access matrix walks over."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import (
    Alert,
    Approval,
    ApprovalKind,
    Archive,
    Bounce,
    BulkJob,
    CalendarDay,
    Checkout,
    Company,
    Delivery,
    Destruction,
    Dossier,
    Evidence,
    Feed,
    Incident,
    Installation,
    KeyWork,
    KeyWorkKind,
    Notice,
    Person,
    PlaybookRun,
    Renewal,
    RenewalStep,
    SetAside,
    StandIn,
    SweepRun,
)
from renewals.models.renewal import RenewalState
from renewals.procedure.figures import figures_of
from renewals.vault.tombstone import Tombstone
from tests.factories import client_request, company, mandate, person
from tests.integration.desk.rows import listed

MANDATE = b"%PDF-1.7 mandato"


def _destruction(theirs: Company, now: datetime) -> Destruction:
    told = Tombstone(
        id=uuid4(),
        company_id=theirs.pk,
        company_rfc=theirs.rfc,
        company_name=theirs.name,
        key_ids=[],
        secrets=2,
        destroyed_at=now,
        asked_by="ana",
        approved_by="eva",
        last_copy_lapses_on=date(2026, 12, 23),
    )
    return Destruction.objects.create(
        pk=told.id,
        company=theirs,
        key_ids=[],
        statement=told.statement(),
        signature=b"x",
        certificate=b"%PDF-1.7",
        certificate_signature=b"x",
        audit_key_id="ak-1",
        last_copy_lapses_on=told.last_copy_lapses_on,
        destroyed_at=now,
    )


def _dossier(renewal: Renewal, now: datetime) -> Dossier:
    """Of an earlier end of the renewal, before it was reopened; its paper is gone."""
    figures = figures_of(renewal, steps=[], waits=[], closed_at=now)
    return Dossier.objects.create(
        renewal=renewal,
        closed_at=now,
        pdf="dossiers/none",
        pdf_sha256="0" * 64,
        pdf_size=1,
        signature=b"x",
        audit_key_id="ak-1",
        figures=figures.as_json(),
        made_at=now,
    )


#: The step on which the renewal stands.
STEP = "obtain"


def one_of_everything(beto: Person) -> dict[str, Any]:
    """Rows by the name of the argument that an address takes for them, or of their table in the admin."""
    now = timezone.now()
    theirs = company(responsible=beto)
    certificate = listed(theirs, days=10)
    renewal = Renewal.objects.create(
        company=theirs,
        certificate=certificate,
        plan="general",
        edition=1,
        state=RenewalState.OPEN,
        current_step=STEP,
        assignee=beto,
        preflight_at=now,
    )
    step = RenewalStep.objects.create(renewal=renewal, key=STEP, position=1)
    for position, key in enumerate(("take_in", "confirm"), start=2):
        RenewalStep.objects.create(renewal=renewal, key=key, position=position)
    checkout = Checkout.objects.create(
        company=theirs,
        what="certificate_pair",
        certificate=certificate,
        renewal=renewal,
        person=beto,
        reason="Entrar al portal",
        asked_at=now,
        expires_at=now + timedelta(minutes=5),
    )
    job = BulkJob.objects.create(action="queue_renewals", request_key="0" * 32, by=beto)
    job.rows.create(certificate=certificate)
    delivery = Delivery.objects.create(
        person=beto,
        day=date(2026, 11, 23),
        purpose="digest",
        address=beto.email,
        message_id="<1@despacho.example>",
        subject="Vence un certificado",
        text="Hola",
        html="<p>Hola</p>",
        next_try_at=now,
    )
    work = KeyWork.objects.create(kind=KeyWorkKind.REKEY, company=theirs, asked_at=now)
    with transaction.atomic():
        audit.record("company.created", by=Machine("shell"), subject=theirs, company=theirs)
    absence = StandIn.objects.create(
        person=person("eva"),
        stand_in=person("fabi"),
        from_on=timezone.localdate(now),
        until_on=timezone.localdate(now),
        by=person("eva"),
    )
    asked = client_request(theirs)
    return {
        "standin": absence,
        "absence": absence,
        "approval": Approval.objects.create(
            kind=ApprovalKind.SIGN_DOCUMENT,
            company=theirs,
            reason="Firmar la carta",
            asked_by=beto,
            asked_at=now,
            expires_at=now + timedelta(hours=1),
        ),
        "company": theirs,
        "keywork": work,
        "work": work,
        "destruction": _destruction(theirs, now),
        "mandate": mandate(
            theirs,
            registered_by=person("eva"),
            confirmed_by=None,
            confirmed_at=None,
            document=ContentFile(MANDATE, name="mandato.pdf"),
            document_sha256=hashlib.sha256(MANDATE).hexdigest(),
        ),
        "certificate": certificate,
        "request": asked,
        "clientrequest": asked,
        "feed": Feed.objects.create(person=beto, token_sha256="0" * 64),
        "renewal": renewal,
        "run": PlaybookRun.objects.create(
            renewal=renewal, step_key=STEP, key="sat_misuse", stage="visit", begun_by=beto, begun_at=now
        ),
        "dossier": _dossier(renewal, now),
        "installation": Installation.objects.create(
            company=theirs, kind=certificate.kind, name="Facturación", added_by=beto, added_at=now
        ),
        "checkout": checkout,
        "evidence": Evidence.objects.create(
            step=step,
            grade="F",
            what="letter",
            file=ContentFile(b"%PDF-1.7", name="carta.pdf"),
            file_name="carta.pdf",
            by=beto,
            created_at=now,
        ),
        "bulkjob": job,
        "job": job,
        "delivery": delivery,
        "bounce": Bounce.objects.create(
            delivery=delivery,
            person=beto,
            address=beto.email,
            is_permanent=True,
            status="5.1.1",
            source="mailbox",
            report="0" * 64,
            reported_at=now,
        ),
        "incident": Incident.objects.create(portal="sat", what="No carga", opened_by=beto, opened_at=now),
        "notice": Notice.objects.create(
            certificate=certificate,
            deadline_on=certificate.deadline_on,
            mark=15,
            audience="responsible",
            channel="mail",
            crossed_on=date(2026, 11, 8),
        ),
        "event": audit.history_of(theirs).get(),
        "day": CalendarDay.objects.create(day=date(2026, 12, 24), authority="firm", source="Junta", by=person("eva")),
        "person": person("eva"),
        "sweeprun": SweepRun.objects.create(started_at=now, finished_at=now),
        "alert": Alert.objects.create(at=now, kind="night", person=beto, company=theirs),
        "archive": Archive.objects.create(kind="data", name="x.age", sha256="0" * 64, size=1, made_at=now),
        "setaside": SetAside.objects.create(job="mail", row="1", error="OSError", not_before=now),
    }
