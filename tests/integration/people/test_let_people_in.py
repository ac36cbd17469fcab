"""How do people join the firm, change their function and leave, and who may do that?"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.errors import (
    AlreadyMoved,
    ConfirmationNeeded,
    LastPartner,
    NotOneself,
    NotPermitted,
    UnacceptableAnswer,
    UnacceptablePassword,
    UsernameTaken,
)
from renewals.models import Person, Role
from renewals.people.firm import change_email, change_role, give_access_back, let_in, take_access, who_may_answer
from renewals.people.passwords import reset_password
from tests.factories import PASSWORD, company, person

NOW = timezone.now()
NEW: dict[str, Any] = {
    "username": "elena",
    "first_name": "Elena",
    "last_name": "Ñúñez",
    "email": "elena@despacho.example",
    "role": Role.STAFF,
    "password": "tres-palabras-nuevas",
}


def on_word_of(by, confirmed_at=NOW) -> dict[str, Any]:
    return {"by": by, "confirmed_at": confirmed_at, "now": NOW}


def test_a_partner_lets_somebody_in(ana):
    elena = let_in(**NEW, **on_word_of(ana))
    assert elena.check_password(NEW["password"])
    event = audit.history_of(elena).get()
    assert (event.name, event.person, event.facts) == ("person.let_in", ana, {"username": "elena", "role": "auxiliar"})


@pytest.mark.parametrize("who", ["beto", "dalia"])
def test_nobody_else_does(who, request):
    by = request.getfixturevalue(who)
    for verb in (
        lambda: let_in(**NEW, **on_word_of(by)),
        lambda: change_role(person=by, role=Role.PARTNER, **on_word_of(by)),
        lambda: change_email(person=by, email="otro@despacho.example", **on_word_of(by)),
        lambda: take_access(person=by, **on_word_of(by)),
        lambda: give_access_back(person=by, **on_word_of(by)),
        lambda: reset_password(person=by, new_password=NEW["password"], **on_word_of(by)),
    ):
        with pytest.raises(NotPermitted):
            verb()


@pytest.mark.parametrize("confirmed_at", [None, NOW - timedelta(minutes=11), NOW + timedelta(minutes=1)])
def test_a_stale_confirmation_is_not_enough(ana, beto, confirmed_at):
    word = on_word_of(ana, confirmed_at)
    for verb in (
        lambda: let_in(**NEW, **word),
        lambda: change_role(person=beto, role=Role.PARTNER, **word),
        lambda: take_access(person=beto, **word),
        lambda: give_access_back(person=beto, **word),
        lambda: reset_password(person=beto, new_password=NEW["password"], **word),
    ):
        with pytest.raises(ConfirmationNeeded):
            verb()
    beto.refresh_from_db()
    assert (beto.role, beto.is_active, beto.check_password(PASSWORD)) == (Role.STAFF, True, True)


@pytest.mark.parametrize("wrong", [{"username": "con espacio"}, {"email": "no-es-correo"}, {"role": "jefa"}])
def test_what_cannot_be_kept_is_refused(ana, wrong):
    with pytest.raises(UnacceptableAnswer):
        let_in(**NEW | wrong, **on_word_of(ana))
    assert Person.objects.count() == 1


def test_a_weak_first_password_is_refused(ana):
    with pytest.raises(UnacceptablePassword):
        let_in(**NEW | {"password": "elena"}, **on_word_of(ana))


def test_a_name_is_given_once_however_it_is_written(ana, beto):
    with pytest.raises(UsernameTaken):
        let_in(**NEW | {"username": "BETO"}, **on_word_of(ana))


def test_the_last_partner_stays_a_partner(ana):
    with pytest.raises(LastPartner):
        change_role(person=ana, role=Role.AUDITOR, **on_word_of(ana))
    ana.refresh_from_db()
    assert ana.role == Role.PARTNER


def test_a_partner_without_access_does_not_count_as_one(ana):
    person("eva", role=Role.PARTNER, is_active=False)
    with pytest.raises(LastPartner):
        change_role(person=ana, role=Role.AUDITOR, **on_word_of(ana))


def test_a_role_that_somebody_else_changed_is_not_changed_over_it(ana, beto):
    seen_earlier = Person.objects.get(pk=beto.pk)
    change_role(person=beto, role=Role.AUDITOR, **on_word_of(ana))
    with pytest.raises(AlreadyMoved):
        change_role(person=seen_earlier, role=Role.PARTNER, **on_word_of(ana))


def test_notices_go_to_the_new_address_from_then_on(ana, beto):
    was = beto.email
    change_email(person=beto, email="beto.luna@despacho.example", **on_word_of(ana))
    beto.refresh_from_db()
    event = audit.history_of(beto).get()
    assert beto.email == event.facts["email"] == "beto.luna@despacho.example"
    assert (event.name, event.facts["was"]) == ("person.email_changed", was)


def test_no_address_is_no_address(ana, beto):
    with pytest.raises(UnacceptableAnswer):
        change_email(person=beto, email="beto", **on_word_of(ana))


def test_an_address_that_somebody_else_changed_is_not_changed_over_it(ana, beto):
    Person.objects.filter(pk=beto.pk).update(email="otra@despacho.example")
    with pytest.raises(AlreadyMoved):
        change_email(person=beto, email="tercera@despacho.example", **on_word_of(ana))


def test_the_page_changes_an_address(anas_browser, beto):
    page = anas_browser.post(reverse("person_email", args=[beto.pk]), {"email": "nueva@despacho.example"}, follow=True)
    assert "Sus avisos llegan ahora a nueva@despacho.example." in page.content.decode()


def test_whoever_loses_access_is_out_at_once_and_their_companies_are_named(ana, beto):
    company(responsible=beto)
    browser = Client()
    browser.force_login(beto)
    assert browser.get(reverse("change_password")).status_code == 200
    assert take_access(person=beto, **on_word_of(ana)) == 1
    assert browser.get(reverse("change_password")).status_code == 302
    assert beto not in who_may_answer()


def test_access_is_taken_once_and_given_back_once(ana, beto):
    take_access(person=beto, **on_word_of(ana))
    with pytest.raises(AlreadyMoved):
        take_access(person=beto, **on_word_of(ana))
    give_access_back(person=beto, **on_word_of(ana))
    with pytest.raises(AlreadyMoved):
        give_access_back(person=beto, **on_word_of(ana))


def test_nobody_locks_themselves_out(ana):
    person("eva", role=Role.PARTNER)
    with pytest.raises(NotOneself):
        take_access(person=ana, **on_word_of(ana))


def test_a_new_password_ends_the_sessions_of_the_old_one(ana, beto):
    browser = Client()
    browser.force_login(beto)
    reset_password(person=beto, new_password="tres-palabras-nuevas", **on_word_of(ana))
    assert browser.get(reverse("change_password")).status_code == 302


# --- the pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def anas_browser(ana):
    """Ana's, signed in by its form, which counts as a confirmation."""
    client = Client()
    client.post(reverse("sign_in"), {"username": "ana", "password": PASSWORD})
    return client


def test_the_form_lets_somebody_in(anas_browser):
    response = anas_browser.post(reverse("person_new"), NEW)
    assert response.headers["Location"] == reverse("admin:renewals_person_changelist")
    assert Person.objects.get(username="elena").role == Role.STAFF


def test_the_form_says_what_is_wrong(anas_browser, beto):
    page = anas_browser.post(reverse("person_new"), NEW | {"username": "beto"}).content.decode()
    assert "Ya hay o hubo alguien con el usuario «beto»" in page


def test_the_page_of_a_person_changes_them(anas_browser, beto):
    address = reverse("person", args=[beto.pk])
    assert "Quitar acceso" in anas_browser.get(address).content.decode()
    assert anas_browser.post(reverse("person_role", args=[beto.pk]), {"role": "auditor"}).headers["Location"] == address
    anas_browser.post(reverse("person_password", args=[beto.pk]), {"password": "tres-palabras-nuevas"})
    anas_browser.post(reverse("person_take_access", args=[beto.pk]))
    beto.refresh_from_db()
    assert (beto.role, beto.is_active) == ("auditor", False)
    assert beto.check_password("tres-palabras-nuevas")
    anas_browser.post(reverse("person_give_access_back", args=[beto.pk]))
    beto.refresh_from_db()
    assert beto.is_active


def test_a_weak_password_is_said_beside_its_field(anas_browser, beto):
    page = anas_browser.post(reverse("person_password", args=[beto.pk]), {"password": "1234567890"})
    assert "fácil de adivinar" in page.content.decode()


def test_without_a_recent_password_one_is_asked_for_it_and_brought_back(ana, beto):
    client = Client()
    client.force_login(ana)
    address = reverse("person", args=[beto.pk])
    asked = client.get(address)
    assert asked.headers["Location"] == f"{reverse('confirm_identity')}?next={address.replace('/', '%2F')}"
    role = reverse("person_role", args=[beto.pk])
    posted = client.post(role, {"role": "socio"}, HTTP_REFERER=f"http://testserver{address}")
    assert posted.headers["Location"].startswith(reverse("confirm_identity"))
    beto.refresh_from_db()
    assert beto.role == "auxiliar"
