"""What does a certificate replace when it comes in by itself?"""

import contextlib
from datetime import timedelta

import pytest
from django.db import transaction

from renewals import audit
from renewals.errors import AlreadyMoved, CertificateAlreadyHere, RenewalUnderWay
from renewals.intake import rows
from renewals.intake.pairs import add_key
from renewals.intake.rows import Arrival
from renewals.models import Certificate, Renewal
from renewals.procedure.queueing import queue_renewals
from renewals.vault.facts import key_id_of
from tests.integration.intake.door import NOW, codes, refused, taken
from tests.meanwhile import meanwhile
from tests.pairs import PASSPHRASE, make_pair

pytestmark = pytest.mark.django_db


def old_and_new(kind="npie"):
    old = make_pair(kind, not_after=NOW + timedelta(days=10))
    return old, make_pair(kind, not_after=NOW + timedelta(days=700))


def test_a_newer_pair_replaces_and_the_old_row_stays_with_its_key(company, beto):
    old_pair, new_pair = old_and_new()
    old = taken(beto, old_pair).certificate
    answer = taken(beto, new_pair)

    old.refresh_from_db()
    assert (old.is_primary, old.retired_at is None, old.next_mark_on) == (False, False, None)
    assert key_id_of(old) is not None
    assert answer.certificate.predecessor == old
    assert codes(answer.warnings) == ["replaced"]
    assert audit.history_of(old)[0].name == "certificate.replaced"


def test_a_newer_one_without_its_key_replaces_only_once_the_key_has_come(company, beto):
    old_pair, new_pair = old_and_new()
    old = taken(beto, old_pair).certificate
    new = taken(beto, new_pair, key=None, passphrase=None).certificate
    old.refresh_from_db()
    assert (old.is_primary, new.is_primary, new.retired_at) == (True, False, None)

    add_key(certificate=new, key=new_pair.key_file, passphrase=PASSPHRASE, by=beto, now=NOW)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.is_primary, new.is_primary, new.predecessor) == (False, True, old)


def test_one_that_becomes_principal_without_a_predecessor_is_on_the_record(company, beto):
    old_pair, new_pair = old_and_new()
    old = taken(beto, old_pair).certificate
    new = taken(beto, new_pair, key=None, passphrase=None).certificate
    Certificate.objects.filter(pk=old.pk).update(is_primary=False, retired_at=NOW)

    add_key(certificate=new, key=new_pair.key_file, passphrase=PASSPHRASE, by=beto, now=NOW)
    new.refresh_from_db()
    assert new.is_primary
    assert audit.history_of(new).filter(name="certificate.made_primary", person=beto).count() == 1


def test_an_older_one_is_kept_set_aside(company, beto):
    old_pair, new_pair = old_and_new()
    new = taken(beto, new_pair).certificate
    answer = taken(beto, old_pair)

    new.refresh_from_db()
    assert new.is_primary
    assert codes(answer.warnings) == ["not_newer"]
    assert Certificate.objects.current().get() == new


def test_another_registro_patronal_and_another_branch_replace_nothing(company, beto):
    taken(beto, make_pair("npie"))
    taken(beto, make_pair("npie", registro_patronal="A0100001104", not_after=NOW + timedelta(days=700)))
    taken(beto, make_pair("csd"))
    taken(beto, make_pair("csd", branch="Norte", not_after=NOW + timedelta(days=700)))

    assert Certificate.objects.current().count() == 4


def test_a_certificate_that_is_being_renewed_is_not_replaced_behind_the_renewal(company, beto):
    old_pair, new_pair = old_and_new()
    old = taken(beto, old_pair).certificate
    renewal = Renewal.objects.create(company=company, certificate=old, plan="imss", edition=1)

    facts = refused(beto, new_pair, RenewalUnderWay, field="certificate")
    assert facts["renewal"] == renewal.pk


def test_a_renewal_that_is_queued_at_the_same_moment_and_a_replacement_never_both_happen(company, beto):
    old_pair, _ = old_and_new()
    old = taken(beto, old_pair).certificate

    def somebody_queues_it() -> None:
        queue_renewals(certificates=[old], by=beto, now=NOW)

    with contextlib.suppress(RenewalUnderWay), transaction.atomic(), meanwhile("renewals_renewal", somebody_queues_it):
        rows._set_aside([old], now=NOW)
        # The statement after the question.
        old.refresh_from_db()
    old.refresh_from_db()
    assert (old.retired_at is None) == Renewal.objects.under_way().exists()


def test_the_second_of_two_who_keep_the_same_certificate_is_told(company, beto):
    arrival = Arrival(make_pair().facts, company, with_key=False)
    with transaction.atomic():
        [kept] = rows.keep([arrival], by=beto, now=NOW)

    # Between the look for a known one and the writing, somebody else has written it.
    with pytest.raises(CertificateAlreadyHere) as caught, transaction.atomic():
        rows.keep([arrival], by=beto, now=NOW)
    assert caught.value.facts["certificate"] == kept.pk


def test_the_second_of_two_who_replace_the_same_certificate_is_told(company, beto):
    old_pair, _ = old_and_new()
    old = taken(beto, old_pair).certificate
    with transaction.atomic():
        rows._set_aside([old], now=NOW)

    with pytest.raises(AlreadyMoved), transaction.atomic():
        rows._set_aside([old], now=NOW)


def test_whoever_promotes_a_certificate_again_changes_nothing(company, beto):
    old_pair, new_pair = old_and_new()
    taken(beto, old_pair)
    new = taken(beto, new_pair, key=None, passphrase=None).certificate
    stale = Certificate.objects.get(pk=new.pk)
    add_key(certificate=new, key=new_pair.key_file, passphrase=PASSPHRASE, by=beto, now=NOW)

    with transaction.atomic():
        rows.promote(stale, by=beto, now=NOW)
        rows.promote(Certificate.objects.get(pk=new.pk), by=beto, now=NOW)
    assert Certificate.objects.get(is_primary=True) == new
    assert [event.name for event in audit.history_of_company(company)].count("certificate.replaced") == 1


def test_a_certificate_whose_place_is_empty_takes_it(company, beto):
    old_pair, new_pair = old_and_new()
    old = taken(beto, old_pair).certificate
    new = taken(beto, new_pair, key=None, passphrase=None).certificate
    Certificate.objects.filter(pk=old.pk).update(is_primary=False, retired_at=NOW)
    add_key(certificate=new, key=new_pair.key_file, passphrase=PASSPHRASE, by=beto, now=NOW)

    new.refresh_from_db()
    assert (new.is_primary, new.predecessor) == (True, None)
