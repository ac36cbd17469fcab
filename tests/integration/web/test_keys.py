"""Do partners have master keys changed and retired, and companies re-keyed, from the pages, and see the progress?"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.models import Approval, KeyWork, KeyWorkState, Person
from renewals.models.stored_key import CompanyKey
from tests.integration.vault.kept import another_master_key, company_with_secrets, do, opened

pytestmark = pytest.mark.django_db(transaction=True)


def browser(person: Person) -> Client:
    """Signed in, the password typed just now."""
    client = Client()
    client.force_login(person)
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_partner_asks_for_a_rotation_and_watches_it_to_its_proof(vault_keys, ana, work):
    company = company_with_secrets()
    old = (vault_keys / "active").read_text()
    another_master_key(vault_keys)
    client = browser(ana)
    assert old in text(client.get(reverse("master_keys")))

    page = client.post(reverse("master_key_rotate")).headers["Location"]
    assert "En espera" in text(client.get(page))
    assert "X-Live" not in client.get(page + "avance/").headers
    work()
    assert client.get(page + "avance/").headers["X-Live"] == "done"
    told = text(client.get(page))
    assert "Terminado" in told
    assert "Llaves de datos de empresas" in told
    assert opened(company) == {b"una llave", b"su clave"}


def test_a_second_rotation_is_refused_in_words(vault_keys, ana):
    client = browser(ana)
    client.post(reverse("master_key_rotate"))
    answer = client.post(reverse("master_key_rotate"), follow=True)
    assert "Ya hay un trabajo de llaves como este" in text(answer)
    assert KeyWork.objects.count() == 1


def test_a_retirement_waits_for_another_partner_and_says_so(vault_keys, ana):
    company_with_secrets()
    old = (vault_keys / "active").read_text()
    client = browser(ana)
    page = client.post(reverse("master_key_retire"), {"key_id": old, "reason": "Se cambió"}).headers["Location"]
    assert "Espera a que otra persona lo apruebe" in text(client.get(page))
    asked = Approval.objects.get()
    assert reverse("approval", args=[asked.pk]) in text(client.get(page))
    assert old in text(client.get(reverse("approval", args=[asked.pk])))


@pytest.mark.parametrize(("key_id", "reason"), [("", "Se cambió"), ("mk-nobody", "Se cambió"), ("mk-nobody", "")])
def test_a_retirement_of_nothing_is_refused_in_words(vault_keys, ana, key_id, reason):
    answer = browser(ana).post(reverse("master_key_retire"), {"key_id": key_id, "reason": reason}, follow=True)
    assert answer.status_code == 200
    assert 'class="message error' in text(answer) or "notice bad" in text(answer)
    assert not KeyWork.objects.exists()


def test_a_company_is_rekeyed_from_its_page(vault_keys, ana, work):
    company = company_with_secrets(1, b"una")
    client = browser(ana)
    address = reverse("company_rekey", args=[company.pk])
    assert address in text(client.get(reverse("company", args=[company.pk])))
    assert company.name in text(client.get(address))
    page = client.post(address).headers["Location"]
    assert "Ya hay un trabajo" in text(client.post(address))
    work()
    assert "Llaves de datos anteriores destruidas" in text(client.get(page))
    assert opened(company) == {b"una"}


def test_what_failed_is_told_with_its_reason(vault_keys, ana):
    company_with_secrets()
    CompanyKey.objects.update(wrapped_key=b"\x03\x07mk-gone" + bytes(60))
    another_master_key(vault_keys)
    client = browser(ana)
    page = client.post(reverse("master_key_rotate")).headers["Location"]
    assert do(KeyWork.objects.get()).state == KeyWorkState.FAILED
    assert "no se pudieron pasar" in text(client.get(page))


def test_the_list_leads_to_the_work_and_to_the_page_where_more_is_asked(vault_keys, ana, dalia):
    company_with_secrets()
    client = browser(ana)
    page = client.post(reverse("master_key_rotate")).headers["Location"]
    listing = reverse("admin:renewals_keywork_changelist")
    assert page in text(client.get(listing))
    assert client.get(reverse("admin:renewals_keywork_master_keys")).headers["Location"] == reverse("master_keys")
    assert page in text(browser(dalia).get(listing))
    assert browser(dalia).get(page).status_code == 200
