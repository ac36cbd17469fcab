"""Is the new certificate installed again wherever the old one was used, before the renewal counts as over?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from renewals.clients import installations
from renewals.errors import AlreadyMoved, AnswerMissing, RenewalClosed
from renewals.errors.installations import PlaceGone, PlacesUnanswered
from renewals.models import Installation, RenewalState
from renewals.models.certificate import Kind
from renewals.procedure import installing, sending_back
from tests.factories import renewal_at
from tests.pairs import pooled_key

if TYPE_CHECKING:
    from tests.walks import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(vault_keys, ana, beto) -> Walk:
    """At the last step of the short plan, with two places where the e.firma is used and one of another kind."""
    found = renewal_at("confirm")
    for kind, name in ((Kind.EFIRMA, "Facturación"), (Kind.EFIRMA, "PC de Laura"), (Kind.CSD, "Punto de venta")):
        installations.add(company=found.renewal.company, kind=kind, name=name, note="", by=beto, now=timezone.now())
    return found


def answer(walk: Walk, **answers: str) -> None:
    places = {one.name: one.pk for one in Installation.objects.all()}
    said = {places[name.replace("_", " ")]: one for name, one in answers.items()}
    installing.answer(renewal=walk.renewal, answers=said, by=walk.by, now=timezone.now())


def redo(walk: Walk, key: str) -> None:
    row = walk.row
    sending_back.send_back(
        renewal=walk.renewal,
        from_key=row.key,
        version=row.version,
        to_key=key,
        reason="El SAT la emitió con otro nombre",
        by=walk.by,
        now=timezone.now(),
    )
    walk.renewal.refresh_from_db()


def test_a_renewal_closes_only_once_every_place_of_its_kind_was_answered_for(walk):
    answer(walk, Facturación="done")
    with pytest.raises(PlacesUnanswered) as refused:
        walk.hand_in(confirmed="yes")
    assert refused.value.facts == {"places": "PC de Laura"}
    walk.renewal.refresh_from_db()
    assert walk.renewal.state == RenewalState.OPEN
    assert walk.row.state == "pending"
    answer(walk, PC_de_Laura="later")
    walk.hand_in(confirmed="yes")
    assert walk.renewal.state == RenewalState.DONE


def test_what_is_left_for_later_stays_with_those_who_see_the_company_until_it_is_done(walk, ana, carla):
    answer(walk, Facturación="done", PC_de_Laura="later")
    assert not installing.still_to_install(ana)
    walk.hand_in(confirmed="yes")
    for person, number in ((ana, 1), (walk.by, 1), (carla, 0)):
        assert installing.still_to_install(person).count() == number
    with pytest.raises(PlaceGone):
        answer(walk, Facturación="later")
    answer(walk, PC_de_Laura="done")
    assert not installing.still_to_install(ana)
    assert {one.name: one.answer for one in installing.places_of(walk.renewal)} == {
        "Facturación": "done",
        "PC de Laura": "done",
    }


def test_a_place_that_is_not_used_any_more_leaves_the_list_when_the_renewal_closes(walk):
    answer(walk, Facturación="not_used", PC_de_Laura="later")
    assert installations.installations_of(walk.renewal.company).count() == 3
    walk.hand_in(confirmed="yes")
    answer(walk, PC_de_Laura="not_used")
    assert [one.name for one in installations.installations_of(walk.renewal.company)] == ["Punto de venta"]
    assert len(installing.places_of(walk.renewal)) == 2


def test_answers_are_taken_of_known_places_and_at_the_end_only(walk, vault_keys):
    with pytest.raises(AnswerMissing):
        answer(walk, Facturación="perhaps")
    with pytest.raises(AnswerMissing):
        answer(walk)
    with pytest.raises(PlaceGone):
        answer(walk, Punto_de_venta="done")
    walk.renewal.current_step = "take_in"
    walk.renewal.save(update_fields=["current_step"])
    with pytest.raises(AlreadyMoved):
        answer(walk, Facturación="done")


def test_what_was_answered_for_a_certificate_that_was_undone_is_asked_again_for_the_next_one(walk):
    answer(walk, Facturación="done", PC_de_Laura="not_used")
    redo(walk, "confirm")
    assert [one.answer for one in installing.places_of(walk.renewal)] == ["done", "not_used"]
    redo(walk, "take_in")
    walk.new_key = pooled_key()
    walk.to("confirm")
    assert [one.answer for one in installing.places_of(walk.renewal)] == ["", ""]
    with pytest.raises(PlacesUnanswered):
        walk.hand_in(confirmed="yes")


def test_whoever_answers_for_a_renewal_that_closed_meanwhile_is_told(walk):
    answer(walk, Facturación="done", PC_de_Laura="done")
    type(walk.renewal).objects.filter(pk=walk.renewal.pk).update(state="cancelled", open=None)
    with pytest.raises(RenewalClosed):
        answer(walk, Facturación="later")
