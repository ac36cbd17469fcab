"""Does something that needs two people happen with two, once, and exactly as it was asked?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import errors
from renewals.approvals.asking import LIFE, ask
from renewals.approvals.cooling import AFTERWARDS, DELAY
from renewals.approvals.deciding import approve, refuse, stop, withdraw
from renewals.approvals.using import CLOCKS_DIFFER, use
from renewals.audit import Machine, history_of
from renewals.desk.pending import look
from renewals.models import Approval, ApprovalKind, ApprovalState, Person
from tests.factories import company, person

if TYPE_CHECKING:
    from renewals.models import Company

pytestmark = pytest.mark.django_db

NOW = timezone.now()
ERASE = ApprovalKind.ERASE_COMPANY


@pytest.fixture
def eva(db: None) -> Person:
    """A second partner."""
    return person("eva", role="socio")


@pytest.fixture
def client_company(beto: Person) -> Company:
    return company(responsible=beto)


def asked(by: Person, of: Company, **changes: object) -> Approval:
    wish = {"kind": ERASE, "company": of, "facts": {"why": 1}, "reason": "Se fue el cliente"} | changes
    return ask(by=by, confirmed_at=NOW, now=NOW, **wish)  # type: ignore[arg-type]


def used(approval: Approval, of: Company, **changes: object) -> Approval:
    wish = {"kind": ERASE, "company_id": of.pk, "facts": {"why": 1}, "now": NOW} | changes
    with transaction.atomic():
        return use(approval_id=approval.pk, by=Machine("vault"), **wish)  # type: ignore[arg-type]


def test_one_asks_another_approves_and_it_is_done_once(ana: Person, eva: Person, client_company: Company):
    approval = asked(ana, client_company)
    approve(approval=approval, by=eva, confirmed_at=NOW, now=NOW)
    used(approval, client_company)
    with pytest.raises(errors.ApprovalMissing):
        used(approval, client_company)
    told = [event.name for event in history_of(approval)]
    assert told == ["approval.used", "approval.approved", "approval.asked"]


def test_nobody_approves_their_own(ana: Person, client_company: Company):
    approval = asked(ana, client_company)
    with pytest.raises(errors.ApprovalOfOneself):
        approve(approval=approval, by=ana, confirmed_at=NOW, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.update(decided_by=ana)


def test_without_a_second_word_nothing_is_done(ana: Person, client_company: Company):
    with pytest.raises(errors.ApprovalMissing):
        used(asked(ana, client_company), client_company)


def test_staff_may_not_decide_what_is_for_partners(ana: Person, beto: Person, client_company: Company):
    with pytest.raises(errors.NotPermitted):
        approve(approval=asked(ana, client_company), by=beto, confirmed_at=NOW, now=NOW)
    with pytest.raises(errors.NotPermitted):
        asked(beto, client_company)


def test_a_stranger_does_not_decide_for_a_company_that_is_not_theirs(
    ana: Person, carla: Person, client_company: Company
):
    approval = asked(ana, client_company, kind=ApprovalKind.SIGN_DOCUMENT)
    with pytest.raises(errors.NotVisible):
        approve(approval=approval, by=carla, confirmed_at=NOW, now=NOW)


def test_asking_and_approving_need_the_password_again(ana: Person, eva: Person, client_company: Company):
    with pytest.raises(errors.ConfirmationNeeded):
        ask(kind=ERASE, company=client_company, reason="x", by=ana, confirmed_at=None, now=NOW)
    with pytest.raises(errors.ConfirmationNeeded):
        approve(approval=asked(ana, client_company), by=eva, confirmed_at=None, now=NOW)


def test_asking_needs_a_reason(ana: Person, client_company: Company):
    with pytest.raises(errors.ReasonMissing):
        asked(ana, client_company, reason="  ")


@pytest.mark.parametrize(
    "change",
    [{"facts": {"why": 2}}, {"kind": ApprovalKind.RETIRE_MASTER_KEY}, {"company_id": None}, {"now": NOW + LIFE}],
)
def test_only_exactly_what_was_approved_is_done(ana: Person, eva: Person, client_company: Company, change):
    approval = asked(ana, client_company)
    approve(approval=approval, by=eva, confirmed_at=NOW, now=NOW)
    with pytest.raises(errors.ApprovalMissing):
        used(approval, client_company, **change)
    used(approval, client_company)


@pytest.mark.parametrize("who", ["ana", "eva"])
@pytest.mark.parametrize("loss", [{"is_active": False}, {"role": "auxiliar"}])
def test_the_word_of_somebody_who_lost_their_right_no_longer_counts(
    ana: Person, eva: Person, client_company: Company, who: str, loss: dict[str, object]
):
    approval = asked(ana, client_company)
    approve(approval=approval, by=eva, confirmed_at=NOW, now=NOW)
    Person.objects.filter(username=who).update(**loss)
    with pytest.raises(errors.ApprovalMissing):
        used(approval, client_company)


def test_a_row_that_was_marked_as_approved_by_hand_names_no_second_person(ana: Person, client_company: Company):
    approval = asked(ana, client_company)
    Approval.objects.update(state=ApprovalState.APPROVED)
    with pytest.raises(errors.ApprovalMissing):
        used(approval, client_company)


def test_who_comes_second_is_told(ana: Person, eva: Person, client_company: Company):
    approval = asked(ana, client_company)
    refuse(approval=approval, by=eva, now=NOW)
    with pytest.raises(errors.ApprovalOver):
        approve(approval=approval, by=eva, confirmed_at=NOW, now=NOW)
    with pytest.raises(errors.ApprovalOver):
        withdraw(approval=approval, by=ana, now=NOW)


def test_only_the_person_who_asked_takes_it_back(ana: Person, eva: Person, client_company: Company):
    approval = asked(ana, client_company)
    with pytest.raises(errors.NotVisible):
        withdraw(approval=approval, by=eva, now=NOW)
    withdraw(approval=approval, by=ana, now=NOW)
    with pytest.raises(errors.ApprovalOver):
        approve(approval=approval, by=eva, confirmed_at=NOW, now=NOW)


def test_a_request_expires_and_is_closed_on_the_record(ana: Person, eva: Person, client_company: Company):
    approval = asked(ana, client_company)
    late = NOW + LIFE + timedelta(seconds=1)
    with pytest.raises(errors.ApprovalOver):
        approve(approval=approval, by=eva, confirmed_at=late, now=late)
    assert look(queue="vault", now=late).done["approvals"] == 1
    approval.refresh_from_db()
    assert approval.state == ApprovalState.EXPIRED
    assert history_of(approval)[0].name == "approval.lapsed"


def test_what_was_approved_is_stopped_once_by_whoever_could_have_decided_it(
    ana: Person, beto: Person, eva: Person, client_company: Company
):
    approval = asked(ana, client_company)
    with pytest.raises(errors.ApprovalOver):
        stop(approval=approval, by=ana, now=NOW)
    approve(approval=approval, by=eva, confirmed_at=NOW, now=NOW)
    with pytest.raises(errors.NotPermitted):
        stop(approval=approval, by=beto, now=NOW)
    stop(approval=approval, by=eva, now=NOW)
    with pytest.raises(errors.ApprovalOver):
        stop(approval=approval, by=ana, now=NOW)
    with pytest.raises(errors.ApprovalMissing):
        used(approval, client_company)
    assert history_of(approval)[0].name == "approval.stopped"


def test_what_was_done_or_is_done_at_once_is_not_stopped(ana: Person, eva: Person, client_company: Company):
    done = asked(ana, client_company)
    at_once = asked(ana, client_company, kind=ApprovalKind.SIGN_DOCUMENT)
    for one in (done, at_once):
        approve(approval=one, by=eva, confirmed_at=NOW, now=NOW)
    used(done, client_company)
    for one in (done, at_once):
        with pytest.raises(errors.ApprovalOver):
            stop(approval=one, by=ana, now=NOW)


LATER = NOW + CLOCKS_DIFFER + timedelta(seconds=1)


@pytest.mark.parametrize("kind", [ERASE, ApprovalKind.SIGN_DOCUMENT])
@pytest.mark.parametrize(
    "changes",
    [
        {"asked_at": LATER},
        {"decided_at": LATER},
        {"expires_at": NOW + max(LIFE, DELAY + AFTERWARDS) + timedelta(seconds=1)},
    ],
)
def test_a_row_from_the_future_or_without_end_counts_for_nothing(
    ana: Person, eva: Person, client_company: Company, kind: ApprovalKind, changes: dict[str, object]
):
    """The web process writes these rows, and could write any moment into them."""
    approval = asked(ana, client_company, kind=kind)
    approve(approval=approval, by=eva, confirmed_at=NOW, now=NOW)
    Approval.objects.update(**changes)
    with pytest.raises(errors.ApprovalMissing):
        used(approval, client_company, kind=kind)
