"""Does the harness that kills processes leave what a real death leaves?"""

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction

from renewals.models import Company
from tests.factories import company
from tests.killing import Killed, MortalMailServer, every_boundary, killed_at

pytestmark = pytest.mark.django_db(transaction=True)


def two_companies_at_once() -> None:
    with transaction.atomic():
        company(with_mandate=False, rfc="AAA010101AAA")
        company(with_mandate=False, rfc="BBB010101AAA")


def test_a_death_inside_a_transaction_leaves_nothing_of_it():
    with killed_at(3) as death:
        two_companies_at_once()
    assert death.happened
    assert Company.objects.count() == 0


def test_a_death_before_the_commit_leaves_nothing_and_one_after_it_leaves_all():
    found = {}

    def count(_):
        found[Company.objects.count()] = True
        Company.objects.all().delete()

    every_boundary(prepare=lambda: None, run=lambda _: two_companies_at_once(), check=count)
    assert set(found) == {0, 2}


def test_what_was_to_follow_the_commit_is_forgotten():
    heard = []

    def run():
        with transaction.atomic():
            company(with_mandate=False)
            transaction.on_commit(lambda: heard.append("told"))

    deaths = []
    for n in range(1, 10):
        Company.objects.all().delete()
        with killed_at(n) as death:
            run()
        deaths.append((death.where, Company.objects.count(), len(heard)))
        if not death.happened:
            break
    assert ("after commit", 1, 0) in deaths
    assert deaths[-1] == ("", 1, 1)


def test_a_dead_process_does_nothing_more_even_in_its_clean_up():
    with killed_at(1) as death:
        try:
            company(with_mandate=False)
        finally:
            with pytest.raises(Killed):
                company(with_mandate=False, rfc="BBB010101AAA")
    assert death.happened
    assert Company.objects.count() == 0


def test_nothing_in_the_program_can_catch_it():
    survived = False
    with killed_at(1):
        try:
            company(with_mandate=False)
        except Exception:  # noqa: BLE001  # the blindest handler there is must not see a death
            survived = True
    assert not survived


def test_mail_is_accepted_or_not_on_either_side_of_the_server(settings):
    settings.EMAIL_BACKEND = "tests.killing.MortalMailServer"
    accepted = []
    for n in (1, 2, 3):
        MortalMailServer.accepted.clear()
        with killed_at(n):
            EmailMessage("hola", "texto", to=["ana@despacho.example"]).send()
        accepted.append(len(MortalMailServer.accepted))
    assert accepted == [0, 1, 1]
    assert mail.outbox == []
