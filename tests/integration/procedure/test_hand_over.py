"""In whose hands a renewal is, and how it comes into somebody else's."""

import pytest
from django.utils import timezone

from renewals import audit
from renewals.clients.assignments import assign
from renewals.errors import NotPermitted, NotVisible, RenewalClosed
from renewals.errors.handing_over import AlreadyInCharge, CannotTakeRenewal, HandedOverMeanwhile
from renewals.procedure import cancelling, handing_over
from tests import walks

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(beto):
    return walks.laid_out(by=beto)


def hand_over(walk, to, **changes):
    terms = {
        "renewal": walk.renewal,
        "to": to,
        "in_hands_of": walk.by.pk,
        "note": "Falta que el cliente mande su llave",
        "by": walk.by,
        "now": timezone.now(),
    }
    handing_over.hand_over(**{**terms, **changes})
    walk.renewal.refresh_from_db()


def test_a_renewal_comes_into_other_hands_with_a_note(walk, ana):
    hand_over(walk, ana)
    assert (walk.renewal.assignee, walk.renewal.handover_note) == (ana, "Falta que el cliente mande su llave")
    event = audit.history_of(walk.renewal)[0]
    assert (event.name, event.facts["person"]) == ("renewal.handed_over", "ana")


def test_the_note_is_there_until_the_next_person_does_something(walk, ana, carla):
    assign(company=walk.renewal.company, person=carla, by=ana)
    hand_over(walk, ana)
    walk.hand_in(obtained="yes", by=carla)
    assert walk.renewal.handover_note
    now = timezone.now()
    handing_over.note_is_read(walk.renewal.pk, by=ana)
    walk.renewal.refresh_from_db()
    assert not walk.renewal.handover_note
    assert walk.renewal.handed_over_at < now


def test_only_who_works_for_the_company_can_take_it(walk, carla, dalia):
    for person in (carla, dalia):
        with pytest.raises(CannotTakeRenewal):
            hand_over(walk, person)
    assert walk.renewal.assignee == walk.by
    assert {one.username for one in handing_over.who_may_take(walk.renewal.company)} == {"ana", "beto"}


def test_only_who_works_for_the_company_can_give_it(walk, ana, carla, dalia):
    with pytest.raises(NotVisible):
        hand_over(walk, ana, by=carla)
    with pytest.raises(NotPermitted):
        hand_over(walk, ana, by=dalia)


def test_of_two_people_who_give_it_away_one_does(walk, ana, carla):
    assign(company=walk.renewal.company, person=carla, by=ana)
    hand_over(walk, ana)
    with pytest.raises(HandedOverMeanwhile) as told:
        hand_over(walk, carla)
    assert told.value.facts["person"] == "ana"


def test_somebody_takes_it_over_once(walk, ana):
    handing_over.take_over(renewal=walk.renewal, in_hands_of=walk.by.pk, by=ana, now=timezone.now())
    walk.renewal.refresh_from_db()
    assert walk.renewal.assignee == ana
    with pytest.raises(AlreadyInCharge):
        handing_over.take_over(renewal=walk.renewal, in_hands_of=ana.pk, by=ana, now=timezone.now())


def test_what_is_closed_changes_hands_no_more(walk, ana):
    cancelling.cancel(renewal=walk.renewal, reason="El cliente ya no quiere", by=walk.by, now=timezone.now())
    with pytest.raises(RenewalClosed):
        hand_over(walk, ana)
