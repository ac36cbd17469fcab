"""Can people read the dossier, take it along on the record, and answer for the places on the pages?"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.models import Dossier, Installation, InstallationTick, RenewalState
from tests.factories import renewal_at
from tests.walks import run_workers

if TYPE_CHECKING:
    from tests.walks import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(vault_keys, ana, beto, settings, tmp_path) -> Walk:
    settings.MEDIA_ROOT = tmp_path / "files"
    return renewal_at("confirm")


@pytest.fixture
def browser(walk) -> Client:
    client = Client()
    client.force_login(walk.by)
    return client


def test_from_the_place_on_the_list_to_the_dossier_in_the_hand(walk, ana, browser):
    company, renewal = walk.renewal.company, walk.renewal
    added = {"kind": "efirma", "name": "Facturación", "note": "PC de Laura"}
    page = browser.post(reverse("installation_add", args=[company.pk]), added, follow=True).content.decode()
    assert "PC de Laura" in page
    place = Installation.objects.get()

    guide = reverse("renewal", args=[renewal.pk])
    assert f'name="lugar-{place.pk}"' in browser.get(guide).content.decode()
    hand_in = reverse("step_hand_in", args=[renewal.pk, "confirm"])
    refused = browser.post(hand_in, {"version": walk.row.version, "confirmed": "yes"})
    assert "Falta: Facturación" in refused.content.decode()
    browser.post(reverse("renewal_places", args=[renewal.pk]), {f"lugar-{place.pk}": "later"})
    browser.post(hand_in, {"version": walk.row.version, "confirmed": "yes"})
    renewal.refresh_from_db()
    assert renewal.state == RenewalState.DONE
    assert "Se está preparando y firmando" in browser.get(guide).content.decode()

    assert "Falta instalar el certificado nuevo" in browser.get(reverse("admin:index")).content.decode()
    assert "Falta instalar el certificado nuevo" in browser.get(reverse("company", args=[company.pk])).content.decode()
    browser.post(reverse("renewal_places", args=[renewal.pk]), {f"lugar-{place.pk}": "done"})
    assert InstallationTick.objects.get().answer == "done"
    assert "Falta instalar" not in browser.get(reverse("admin:index")).content.decode()

    run_workers()
    row = Dossier.objects.get()
    shown = reverse("dossier", args=[row.pk])
    assert shown in browser.get(guide).content.decode()
    assert "openssl pkeyutl -verify" in browser.get(shown).content.decode()
    pdf = browser.get(reverse("dossier_file", args=[row.pk, "expediente.pdf"]))
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="expediente.pdf"'
    assert pdf.content.startswith(b"%PDF-")
    taken = browser.post(reverse("dossier_package", args=[row.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(taken))) as archive:
        assert {"expediente.pdf", "expediente.pdf.sig", "manifest.json", "LEEME.txt"} <= set(archive.namelist())
    event = audit.history_of(row).filter(name="dossier.taken").get()
    assert event.person == walk.by


def test_a_stranger_to_the_company_has_none_of_it(walk, carla, dalia):
    walk.to_the_end()
    run_workers()
    row = Dossier.objects.get()
    for person, status in ((carla, 404), (dalia, 200)):
        client = Client()
        client.force_login(person)
        assert client.get(reverse("dossier", args=[row.pk])).status_code == status
        assert client.get(reverse("dossier_file", args=[row.pk, "expediente.pdf.sig"])).status_code == status
        assert client.post(reverse("dossier_package", args=[row.pk])).status_code == status


def test_odd_answers_are_told_and_change_nothing(walk, browser):
    place = Installation.objects.create(
        company=walk.renewal.company, kind="efirma", name="Nómina", added_by=walk.by, added_at=timezone.now()
    )
    for odd in ({}, {f"lugar-{place.pk}": "perhaps"}, {"lugar-x": "done"}, {"lugar-999999": "done"}):
        page = browser.post(reverse("renewal_places", args=[walk.renewal.pk]), odd, follow=True).content.decode()
        assert "Elige qué pasó" in page or "quitó ese lugar" in page
    assert not InstallationTick.objects.exists()
    page = browser.post(reverse("installation_add", args=[walk.renewal.company_id]), {"kind": "x"}, follow=True)
    assert "elige el certificado" in page.content.decode()
    page = browser.post(reverse("installation_remove", args=[place.pk]), follow=True)
    assert "ya no está en la lista" in page.content.decode()
