"""The pages lead from a letter to its signature: hand in, second person, signed file; and say what is in the way."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from renewals.models import Approval, Renewal, Signing
from tests import factories, pdfs

pytestmark = pytest.mark.django_db(transaction=True)
STEP = "sign_terms_old"


@pytest.fixture
def walk(vault_keys, beto):
    walk = factories.renewal_at("enter_idse")
    Renewal.objects.update(current_step=STEP)
    walk.renewal.refresh_from_db()
    return walk


@pytest.fixture
def as_(client):
    """Sign somebody in who has just typed their password."""

    def sign_in(person):
        client.force_login(person)
        session = client.session
        session["confirmed_at"] = timezone.now().isoformat()
        session.save()
        return client

    return sign_in


def hand_in(client, walk, document: bytes):
    return client.post(
        reverse("step_sign", args=[walk.renewal.pk, STEP]),
        {"document": SimpleUploadedFile("carta.pdf", document), "reason": "Renovar"},
    )


def page(client, walk) -> str:
    return str(client.get(reverse("renewal", args=[walk.renewal.pk])).content.decode())


def test_from_the_letter_to_the_signed_file(as_, walk, work):
    browser = as_(walk.by)
    step = page(browser, walk)
    assert "Pedir la firma a la bóveda" in step
    assert "El certificado está vencido y aun así firma." in step
    asked = hand_in(browser, walk, pdfs.letter())
    signing = Signing.objects.get()
    assert asked.headers["Location"] == reverse("approval", args=[signing.approval_id])
    assert "Falta que otra persona apruebe la firma" in page(browser, walk)

    second = as_(walk.second)
    request = second.get(reverse("approval", args=[signing.approval_id])).content.decode()
    assert reverse("evidence_file", args=[signing.document_id]) in request
    assert "Firma la carta con el certificado anterior" in request
    second.post(reverse("approval_approve", args=[signing.approval_id]))
    assert "La bóveda está firmando" in page(second, walk)
    work()

    browser = as_(walk.by)
    step = page(browser, walk)
    assert "La bóveda firmó la carta" in step
    assert "Se firmó con el certificado vencido" in step
    signing.refresh_from_db()
    file = browser.get(reverse("evidence_file", args=[signing.signed_id]))
    assert b"".join(file.streaming_content).startswith(b"%PDF-")
    assert file.headers["Content-Disposition"] == 'attachment; filename="carta_firmada.pdf"'
    browser.post(reverse("step_hand_in", args=[walk.renewal.pk, STEP]), {"version": walk.row.version})
    walk.renewal.refresh_from_db()
    assert walk.renewal.current_step != STEP
    done = browser.get(reverse("step", args=[walk.renewal.pk, STEP])).content.decode()
    assert "Firmada por la bóveda con el certificado de serie" in done


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"hoja de calculo", "No es un PDF"),
        (pdfs.encrypted(), "protegido con contraseña"),
        (b"", "El archivo está vacío"),
    ],
)
def test_what_cannot_be_signed_is_said_at_its_field(as_, walk, document, words):
    answer = hand_in(as_(walk.by), walk, document)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Approval.objects.exists()


def test_an_old_confirmation_leads_to_the_password(client, walk):
    client.force_login(walk.by)
    answer = client.get(reverse("step_sign", args=[walk.renewal.pk, STEP]))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("confirm_identity"))


def test_a_refused_request_says_so_and_offers_another_try(as_, walk):
    hand_in(as_(walk.by), walk, pdfs.letter())
    as_(walk.second).post(reverse("approval_refuse", args=[Approval.objects.get().pk]))
    step = page(as_(walk.by), walk)
    assert "así que no se firmó nada" in step
    assert "Pedir la firma otra vez" in step


def test_a_failure_is_said_at_the_step(as_, walk, work):
    hand_in(as_(walk.by), walk, pdfs.letter())
    as_(walk.second).post(reverse("approval_approve", args=[Approval.objects.get().pk]))
    kept = Signing.objects.get().document.file
    kept.storage.delete(str(kept.name))
    work()
    step = page(as_(walk.by), walk)
    assert "No se pudo firmar" in step
    assert "ya no es el que se aprobó" in step


def test_an_auditor_sees_where_it_stands_and_is_offered_nothing(as_, walk, dalia):
    assert "Pedir la firma a la bóveda" not in page(as_(dalia), walk)
