"""How does the first person get in, once and never again?"""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from renewals import audit
from renewals.audit import Machine
from renewals.errors import AlreadyMoved, UnacceptableAnswer, UnacceptablePassword
from renewals.models import Person
from renewals.people.beginning import let_in_first_partner

pytestmark = pytest.mark.django_db

PASSWORD = "una-clave-larga-de-prueba"
SHELL = Machine("shell")


def let_in(**changes):
    answers = {"username": "luz", "full_name": "Luz Arreola Trejo", "email": "luz@despacho.example"}
    return let_in_first_partner(**{**answers, "password": PASSWORD, "by": SHELL, **changes})


def test_the_first_person_is_a_partner():
    luz = let_in()
    assert (luz.role, luz.first_name, luz.last_name) == ("socio", "Luz", "Arreola Trejo")
    assert not luz.is_demo
    assert authenticate(username="luz", password=PASSWORD) == luz
    assert audit.history_of(luz).get().name == "person.first_partner_let_in"


def test_there_is_no_second_first_person():
    let_in()
    with pytest.raises(AlreadyMoved):
        let_in(username="otra")
    assert Person.objects.count() == 1


@pytest.mark.parametrize("changes", [{"username": "con espacios"}, {"email": "esto no es un correo"}, {"username": ""}])
def test_answers_that_cannot_be_are_refused(changes):
    with pytest.raises(UnacceptableAnswer):
        let_in(**changes)
    assert not Person.objects.exists()


@pytest.mark.parametrize("password", ["corta", "1234567890123", "password123"])
def test_easy_passwords_are_refused(password):
    with pytest.raises(UnacceptablePassword):
        let_in(password=password)
    assert not Person.objects.exists()


def answer(monkeypatch, *lines):
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_the_command_asks_until_it_knows(monkeypatch, capsys):
    answer(monkeypatch, "", "luz", "Luz Arreola", "luz@despacho.example", PASSWORD, PASSWORD)
    call_command("first_person")
    assert Person.objects.get().username == "luz"
    assert PASSWORD not in capsys.readouterr().out


def test_the_command_asks_nobody_where_somebody_is(monkeypatch, capsys):
    let_in()
    answer(monkeypatch)
    call_command("first_person", "--only-if-nobody")
    assert capsys.readouterr().out == ""


def test_a_command_without_answers_says_how_to_go_on(monkeypatch, capsys):
    answer(monkeypatch)
    call_command("first_person", "--only-if-nobody")
    assert "manage.py first_person" in capsys.readouterr().err
    assert not Person.objects.exists()


def test_a_wrong_answer_from_a_pipe_is_an_error(monkeypatch):
    answer(monkeypatch, "luz", "Luz", "luz@despacho.example", PASSWORD, "otra")
    with pytest.raises(CommandError, match="no son iguales"):
        call_command("first_person")
