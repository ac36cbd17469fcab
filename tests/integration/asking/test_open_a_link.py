"""A link opens nothing for whoever has only half: the mail without the code, or the code without the mail."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from firm.logs import strike_out_secrets
from renewals import audit
from renewals.asking import opening
from renewals.asking.opening import MOST_TRIES
from renewals.errors.asking import CodeWrong, LinkLocked
from renewals.models import ClientRequest, RequestState

pytestmark = pytest.mark.django_db

WRONG = "AAAA 3333"


def text_of(answer) -> str:
    return str(answer.content.decode())


def test_the_address_shows_the_same_page_whatever_follows_and_uses_nothing_up(ask, django_assert_num_queries):
    asked = ask("certificate")
    pages = []
    with django_assert_num_queries(0):
        for token in (asked.token, "no-es-ninguno"):
            answer = Client().get(reverse("client_link", args=[token]))
            pages.append(text_of(answer).replace(token, ""))
            assert answer.headers["Referrer-Policy"] == "strict-origin"
            assert "no-store" in answer.headers["Cache-Control"]
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    strip = [page.split('name="csrfmiddlewaretoken"')[0] for page in pages]
    assert strip[0] == strip[1]
    assert "Kemper" not in pages[0]
    assert asked.browser().get(asked.address("client_answer")).status_code == 200


def test_before_the_code_nothing_is_said_of_whom_or_what(ask, company):
    asked = ask("certificate", note="El de la matriz")
    browser = asked.browser(opened=False)
    page = text_of(browser.get(asked.address("client_answer")))
    assert "Escriba el código" in page
    for hidden in (company.name, company.rfc, "matriz", "Laura", "certificado"):
        assert hidden not in page
    assert browser.get(asked.address("client_answer_thing", "certificate")).status_code == 404
    assert browser.post(asked.address("client_answer_finish")).status_code == 404
    assert browser.get(asked.address("client_answer_paper")).status_code == 404
    assert asked.now().state == RequestState.OPEN


def test_the_code_is_read_as_people_type_it(ask, company):
    asked = ask("certificate")
    browser = asked.browser(opened=False)
    browser.post(asked.address("client_answer_code"), {"code": f" {asked.code.lower().replace(' ', '-')} "})
    assert company.name in text_of(browser.get(asked.address("client_answer")))
    assert asked.now().tries == 0


def test_five_wrong_codes_close_the_link_for_good_also_for_the_right_one(ask):
    asked = ask("certificate")
    browser = asked.browser(opened=False)
    for left in range(MOST_TRIES - 1, 0, -1):
        assert f"quedan {left} intentos" in text_of(browser.post(asked.address("client_answer_code"), {"code": WRONG}))
    assert "se cerró" in text_of(browser.post(asked.address("client_answer_code"), {"code": WRONG}))
    assert asked.now().state == RequestState.LOCKED
    assert browser.post(asked.address("client_answer_code"), {"code": asked.code}).status_code == 404
    told = [one.name for one in audit.history_of(asked.request)]
    assert told.count("client_request.code_refused") == MOST_TRIES
    assert told.count("client_request.locked") == 1


def test_tries_at_the_same_moment_are_counted_like_tries_one_after_the_other(ask, monkeypatch):
    """Each try is taken before the slow comparison: while one is compared, others find it gone."""
    asked = ask("certificate")
    seen: list[int] = []

    def compare(*_: object) -> bool:
        seen.append(ClientRequest.objects.get().tries)
        if len(seen) < 9:
            with pytest.raises((CodeWrong, LinkLocked)):
                opening.try_code(request=asked.request, code=WRONG, from_address=None, now=timezone.now())
        return False

    monkeypatch.setattr(opening, "check_password", compare)
    with pytest.raises((CodeWrong, LinkLocked)):
        opening.try_code(request=asked.request, code=WRONG, from_address=None, now=timezone.now())
    assert seen == [1, 2, 3, 4, 5]


def test_a_right_code_gives_back_its_try_and_no_wrong_one(ask):
    asked = ask("certificate")
    browser = asked.browser(opened=False)
    browser.post(asked.address("client_answer_code"), {"code": WRONG})
    for _ in range(3):
        browser.post(asked.address("client_answer_code"), {"code": asked.code})
    assert asked.now().tries == 1


def test_a_code_opens_its_own_request_alone(ask, company):
    mine, other = ask("certificate"), ask("certificate", certificate=None, renewal=None, contact=_other(company))
    browser = mine.browser(opened=False)
    assert browser.post(mine.address("client_answer_code"), {"code": other.code}).status_code == 409
    # Nor with the other row's hash, which somebody may have written into this one.
    ClientRequest.objects.filter(pk=mine.request.pk).update(code_hash=other.request.code_hash)
    assert browser.post(mine.address("client_answer_code"), {"code": other.code}).status_code == 409


def test_a_row_whose_code_was_emptied_opens_for_nobody(ask):
    asked = ask("certificate")
    ClientRequest.objects.update(code_hash="")
    browser = asked.browser(opened=False)
    assert "Escriba el código" in text_of(browser.get(asked.address("client_answer")))
    for code in ("", asked.code):
        assert browser.post(asked.address("client_answer_code"), {"code": code}).status_code == 409


def test_two_links_in_one_browser_never_mix(ask, company):
    first, second = ask("certificate"), ask("certificate", contact=_other(company))
    browser = first.browser()
    assert browser.get(second.address("client_answer")).status_code == 404
    browser.post(reverse("client_link_open"), {"token": second.token})
    assert browser.get(first.address("client_answer_thing", "certificate")).status_code == 200
    assert browser.get(second.address("client_answer_thing", "certificate")).status_code == 404


def test_a_cookie_of_another_request_or_a_changed_one_opens_nothing(ask, company):
    first, second = ask("certificate"), ask("certificate", contact=_other(company))
    stolen = first.browser().cookies[first.cookie].value
    other = Client()
    other.cookies[second.cookie] = stolen
    assert other.get(second.address("client_answer")).status_code == 404
    other.cookies[first.cookie] = f"{stolen[:-3]}abc"
    assert other.get(first.address("client_answer")).status_code == 404


def test_the_cookie_leaves_for_its_own_addresses_alone_and_no_script_reads_it(ask):
    asked = ask("certificate")
    cookie = asked.browser().cookies[asked.cookie]
    assert cookie["path"] == asked.address("client_answer")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert 0 < int(cookie["max-age"]) <= 1800


def test_after_half_an_hour_the_code_is_asked_for_again(ask):
    asked = ask("certificate")
    browser = asked.browser()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert browser.get(asked.address("client_answer")).status_code == 404
        assert asked.browser().get(asked.address("client_answer")).status_code == 200


@pytest.mark.parametrize("gone", ["lapsed", "closed", "answered"])
def test_a_link_that_is_over_says_the_same_whatever_ended_it(ask, company, gone):
    asked = ask("certificate")
    browser = asked.browser()
    if gone == "lapsed":
        ClientRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif gone == "closed":
        type(company).objects.update(closed_at=timezone.now())
    else:
        browser.post(asked.address("client_answer_finish"))
    answer = Client().post(reverse("client_link_open"), {"token": asked.token})
    unknown = Client().post(reverse("client_link_open"), {"token": "no-es-ninguno"})
    assert answer.status_code == unknown.status_code == 404
    assert answer.content == unknown.content
    assert browser.get(asked.address("client_answer")).status_code == 404


def test_nothing_is_sent_from_another_site(ask):
    asked = ask("certificate")
    browser = asked.browser()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[asked.cookie] = browser.cookies[asked.cookie].value
    assert strict.post(asked.address("client_answer_thing", "certificate"), {}).status_code == 403
    assert strict.post(asked.address("client_answer_finish")).status_code == 403


def test_whoever_has_no_code_is_turned_away_before_their_file_is_read(ask):
    class Unread(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("read")

    asked = ask("certificate")
    unread: dict[str, Any] = {"wsgi.input": Unread(b""), "CONTENT_LENGTH": "9000000"}
    address = asked.address("client_answer_thing", "certificate")
    answer = Client().generic("POST", address, content_type="multipart/form-data; boundary=x", **unread)
    assert answer.status_code == 404


def test_no_log_line_keeps_the_word_of_a_link(ask, caplog):
    asked = ask("certificate")
    with caplog.at_level(logging.DEBUG):
        Client().get(reverse("client_link", args=[asked.token]))
        Client().get(f"/enlace/{asked.token}/otra/cosa")
        Client().post(reverse("client_link_open"), {"token": asked.token})
    lines = [strike_out_secrets(None, "", record.getMessage()) for record in caplog.records]
    assert any("/enlace/…" in line for line in lines)
    assert not any(asked.token in line for line in lines)


def _other(company):
    from renewals.models import Contact

    return Contact.objects.create(company=company, name="Otro", email="otro@kemper.example")
