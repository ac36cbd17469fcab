"""Does a company that was given up stay as it was, take nothing in, and come back as it left?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from renewals import errors
from renewals.access import Right, certificate_for, company_for
from renewals.audit import Machine, history_of
from renewals.clients.closing import close, reopen, require_open
from renewals.expiry.due import silent_ids
from renewals.intake.pairs import add_key, take_in
from renewals.models import Certificate, Renewal
from renewals.procedure.queueing import queue_renewals
from tests.factories import certificate, company, sealed_key
from tests.integration.desk.rows import listed
from tests.pairs import make_pair

if TYPE_CHECKING:
    from renewals.models import Company, Person

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def theirs(beto: Person) -> Company:
    return company(responsible=beto)


def closed(theirs: Company, by: Person, **changes: object) -> None:
    close(**({"company": theirs, "reason": "Cambió de despacho", "by": by, "confirmed_at": NOW, "now": NOW} | changes))  # type: ignore[arg-type]
    theirs.refresh_from_db()


def reopened(theirs: Company, by: Person) -> None:
    later = NOW + timedelta(days=1)
    reopen(company=theirs, reason="Volvió", by=by, confirmed_at=later, now=later)
    theirs.refresh_from_db()


def test_a_company_is_given_up_once_with_a_reason_on_the_record(ana, theirs):
    closed(theirs, ana)
    with pytest.raises(errors.CompanyMoved):
        closed(theirs, ana)
    event = history_of(theirs)[0]
    assert (event.name, event.facts["reason"]) == ("company.closed", "Cambió de despacho")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"reason": "  "}, errors.ReasonMissing), ({"confirmed_at": None}, errors.ConfirmationNeeded)],
)
def test_it_takes_a_reason_and_the_password_again(ana, theirs, changes, refusal):
    with pytest.raises(refusal):
        closed(theirs, ana, **changes)


@pytest.mark.parametrize("who", ["beto", "dalia"])
def test_only_a_partner_gives_one_up(request, theirs, who):
    with pytest.raises(errors.NotPermitted):
        closed(theirs, request.getfixturevalue(who))


def test_nobody_works_for_it_and_whoever_could_look_still_can(ana, beto, theirs):
    row = listed(theirs, days=10)
    closed(theirs, ana)
    for somebody in (ana, beto):
        with pytest.raises(errors.CompanyClosed):
            company_for(somebody, theirs.pk, Right.WORK)
        with pytest.raises(errors.CompanyClosed):
            certificate_for(somebody, row.pk, Right.WORK)
        assert certificate_for(somebody, row.pk, Right.SEE) == row
    assert company_for(ana, theirs.pk, Right.MANAGE) == theirs


def test_its_dates_count_no_more_and_nobody_is_told_of_them(ana, theirs):
    row = listed(theirs, days=10)
    closed(theirs, ana)
    row.refresh_from_db()
    assert (row.retired_at, row.next_mark_on) == (NOW, None)
    assert silent_ids([row.pk]) == {row.pk}
    outcome = queue_renewals(certificates=[row], by=Machine("sweep"), now=NOW)
    assert outcome.not_current == (row.pk,)
    assert not Renewal.objects.exists()


def test_it_takes_in_no_certificate_and_no_key(ana, theirs, vault_keys):
    pair = make_pair()
    row = certificate(theirs, make_pair("efirma"))
    closed(theirs, ana)
    row.refresh_from_db()
    with pytest.raises(errors.CompanyClosed):
        take_in(certificate=pair.certificate, key=None, passphrase=None, company=theirs, by=ana, now=NOW)
    with pytest.raises(errors.CompanyClosed):
        sealed_key(row, pair)
    assert Certificate.objects.count() == 1


def test_the_door_says_why_and_how_it_can_be_changed(ana, theirs, client):
    closed(theirs, ana)
    client.force_login(ana)
    shown = client.get(reverse("company_edit", args=[theirs.pk]))
    assert shown.status_code == 400
    assert "La empresa está dada de baja." in shown.content.decode()
    assert client.get(reverse("company", args=[theirs.pk])).status_code == 200


def test_a_company_that_comes_back_has_in_use_what_it_had(ana, theirs):
    before = listed(theirs, days=-40, serial="1")
    Certificate.objects.filter(pk=before.pk).update(retired_at=NOW - timedelta(days=9), is_primary=False)
    row = listed(theirs, days=10, serial="2")
    closed(theirs, ana)
    reopened(theirs, ana)
    row.refresh_from_db()
    before.refresh_from_db()
    assert theirs.closed_at is None
    assert row.retired_at is None
    assert row.next_mark_on == timezone.localdate(NOW + timedelta(days=1))
    assert before.retired_at is not None
    with pytest.raises(errors.CompanyMoved):
        reopened(theirs, ana)


def test_whether_it_is_open_is_asked_where_something_is_written(theirs):
    with transaction.atomic():
        require_open([theirs.pk])


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_answer_would_be_old(theirs):
    with pytest.raises(RuntimeError):
        require_open([theirs.pk])


def test_a_key_is_not_added_to_a_certificate_it_had(ana, theirs, vault_keys):
    pair = make_pair()
    row = certificate(theirs, pair)
    closed(theirs, ana)
    with pytest.raises(errors.CompanyClosed):
        add_key(certificate=row, key=pair.key_file, passphrase=pair.passphrase, by=ana, now=NOW)
