"""Does the pre-flight run again by itself once what a renewal lacked has come, and only then?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from renewals.models import Contact, Renewal
from renewals.procedure import preflight
from tests import factories
from tests.walks import begin, run_workers

if TYPE_CHECKING:
    from django.test import Client

    from renewals.models import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]


def lacking(beto: Person) -> Renewal:
    """A renewal of a company that lacks everything: key, mandate, contact, proof of its mailbox."""
    home = factories.company(responsible=beto, renewal_mailbox="imss@empresa.example", with_mandate=False)
    return begin(by=beto, company=home, with_key=False).renewal


def code_of(renewal: Renewal, point: str) -> str:
    renewal.refresh_from_db()
    return str(renewal.preflight[point]["code"])


def test_what_lacks_is_found_once_and_every_point_says_where_it_is_mended(beto: Person, client: Client):
    renewal = lacking(beto)
    found = {key: point["state"] for key, point in renewal.preflight.items()}
    assert {key for key, state in found.items() if state in {"failed", "warn"}} >= {
        "old_pair",
        "mailbox",
        "mandate",
        "contact",
    }
    assert found["assignee"] == "ok"
    client.force_login(beto)
    page = client.get(f"/renovaciones/{renewal.pk}/").content.decode()
    for button in (
        "Subir la llave",
        "Pedirla al cliente",
        "Pedir al cliente que lo compruebe",
        "Registrar el mandato",
        "Registrar un contacto",
        "Registrar la e.firma",
    ):
        assert f">{button}</a>" in page
    assert "beto" in page
    assert preflight.renewals_to_look_at_again(timezone.now(), 10) == []


def test_it_runs_again_by_itself_when_each_of_them_comes(beto: Person):
    renewal = lacking(beto)
    assert code_of(renewal, "mandate") == "mandate_missing"
    factories.mandate(renewal.company)
    renewal.company.mailbox_proved_at = timezone.now()
    renewal.company.save(update_fields=["mailbox_proved_at"])
    Contact.objects.create(company=renewal.company, name="Laura Contadora", email="laura@kemper.example")
    run_workers()
    assert [code_of(renewal, point) for point in ("mandate", "mailbox", "contact")] == ["ok"] * 3
    assert code_of(renewal, "old_pair") == "key_not_kept"
    assert preflight.renewals_to_look_at_again(timezone.now() + timedelta(minutes=5), 10) == []


def test_a_key_that_came_is_tried_at_once_and_the_passphrase_made(beto: Person):
    walk = begin(by=beto, with_key=False)
    assert walk.renewal.preflight["old_pair"]["state"] == "failed"
    factories.sealed_key(walk.old_certificate, walk.old)
    run_workers()
    assert code_of(walk.renewal, "old_pair") == "ok"
    assert walk.renewal.pending_key_id is not None
    assert preflight.renewals_to_look_at_again(timezone.now(), 10) == []
