"""Does a person find a key that has no certificate, and go on with it, or give it up, from the page?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.models import Renewal
from renewals.procedure import cancelling
from tests.walks import begin, run_workers

if TYPE_CHECKING:
    from renewals.models import Person
    from tests.walks import Walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]

LIST = "keys_without_certificate"


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def broken_off() -> Walk:
    walk = begin().to("install_with_new_key")
    cancelling.cancel(renewal=walk.renewal, reason="El portal dejó de responder", by=walk.by, now=timezone.now())
    return walk


def test_the_key_of_a_broken_renewal_is_listed_and_a_new_renewal_goes_on_with_it(carla: Person, dalia: Person):
    walk = broken_off()
    client = signed_in(walk.by)
    shown = client.get(reverse(LIST)).content.decode()
    assert walk.renewal.company.name in shown
    assert "Empezar otra renovación y seguir con ella" in shown
    assert walk.renewal.company.name not in signed_in(carla).get(reverse(LIST)).content.decode()
    assert "Darla por perdida" not in signed_in(dalia).get(reverse(LIST)).content.decode()
    client.post(reverse("renewal_start", args=[walk.renewal.certificate_id]))
    run_workers()
    later = Renewal.objects.get(open=True)
    assert f"Seguir con ella en la renovación {later.pk}" in client.get(reverse(LIST)).content.decode()
    step = client.get(reverse("renewal", args=[later.pk])).content.decode()
    assert "Hay una llave nueva que se quedó sin certificado" in step
    adopted = client.post(reverse("key_adopt", args=[later.pk]), {"key": str(walk.pending_key_id)}, follow=True)
    assert "La renovación sigue con esa llave" in adopted.content.decode()
    assert "Paso 7 de 14" in adopted.content.decode()
    assert "Ninguna: cada llave tiene su certificado" in client.get(reverse(LIST)).content.decode()


def test_a_key_is_given_up_on_the_page_only_with_a_reason():
    walk = broken_off()
    client, address = signed_in(walk.by), reverse("key_give_up", args=[walk.renewal.company_id])
    refused = client.post(address, {"key": str(walk.pending_key_id), "reason": "no"}, follow=True).content.decode()
    assert "por qué ya no llegará su certificado" in refused
    assert walk.renewal.company.name in refused
    told = {"key": str(walk.pending_key_id), "reason": "El IMSS canceló la solicitud"}
    assert "Quedó anotado" in client.post(address, told, follow=True).content.decode()
    assert "Alguien" in client.post(address, told, follow=True).content.decode()
    assert "Ninguna: cada llave tiene su certificado" in client.get(reverse(LIST)).content.decode()
