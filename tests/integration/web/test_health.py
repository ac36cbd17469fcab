"""Does the health page say yes or no to anybody, and nothing else?"""

import pytest
from django.db import DatabaseError, connection


@pytest.mark.django_db
def test_a_program_that_is_well_says_so_to_anybody(client):
    answer = client.get("/salud/")
    assert answer.status_code == 200
    assert answer.content == b"ok\n"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_told_without_details(client):
    def gone(*args):
        raise DatabaseError("could not connect to postgres at 10.0.0.7")

    with connection.execute_wrapper(gone):
        answer = client.get("/salud/")
    assert answer.status_code == 503
    assert answer.content == b"no\n"


@pytest.mark.django_db
def test_it_is_not_a_place_to_post_to(client):
    assert client.post("/salud/").status_code == 405


@pytest.mark.django_db
def test_the_proxy_is_not_sent_on_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/salud/").status_code == 200
    assert client.get("/entrar/").status_code == 301
