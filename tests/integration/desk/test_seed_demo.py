"""Does the demo firm show certificates at every stage, and never come where a real firm works?"""

from __future__ import annotations

import re
import stat
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone

from renewals import audit
from renewals.desk import pending
from renewals.desk.demo import invented, story, walking
from renewals.models import Certificate, Company, Person, Renewal
from renewals.models.certificate import PairState
from renewals.pki.identifiers import curp_warnings, registro_patronal_warnings, rfc_warnings
from tests import factories, walks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo_home(settings, tmp_path, vault_keys):
    """A home folder of the test's own: the demo keeps its authorities and passwords there."""
    settings.FIRM_HOME = tmp_path
    return tmp_path


@pytest.fixture
def seeded(demo_home):
    call_command("seed_demo", "--companies", str(len(story.STORY) + 3), verbosity=0)
    return demo_home


def test_every_urgency_is_there(seeded):
    today = timezone.localdate()
    left = {(row.expires_on - today).days for row in Certificate.objects.all()}
    assert {0, 1} <= left
    assert min(left) < 0
    for within in (7, 30, 90):
        assert any(0 <= days <= within for days in left)
    assert max(left) > 365
    assert set(Certificate.objects.values_list("kind", flat=True)) == {"npie", "efirma", "csd"}


def test_numbers_are_invented_and_right(seeded):
    companies = list(Company.objects.prefetch_related("registros_patronales", "contacts"))
    assert all(one.is_demo for one in companies)
    assert any("Ñ" in one.rfc for one in companies)
    assert any("&" in one.rfc for one in companies)
    for one in companies:
        assert rfc_warnings(one.rfc) == ()
        assert one.renewal_mailbox.endswith(".example")
        assert all(contact.email.endswith(".example") for contact in one.contacts.all())
        assert all(registro_patronal_warnings(registro.number) == () for registro in one.registros_patronales.all())
    for row in Certificate.objects.all():
        assert row.rfc == row.company.rfc
        assert not row.curp or curp_warnings(row.curp) == ()


def test_keys_are_sealed_for_real_and_come_into_custody(seeded):
    assert not Certificate.objects.filter(pair_state=PairState.IN_CUSTODY).exists()
    pending.work_until_quiet(queues=("vault",))
    states = list(Certificate.objects.values_list("pair_state", flat=True))
    assert states.count(PairState.IN_CUSTODY) > len(states) / 2
    assert PairState.NO_KEY in states
    assert PairState.FAILED in states
    assert PairState.SEALED not in states


def test_a_replaced_certificate_points_back(seeded):
    replaced = Certificate.objects.get(successor__isnull=False)
    assert replaced.retired_at is not None
    assert replaced.successor.is_primary


def test_people_get_in_with_the_passwords_of_the_owner_only_file(seeded):
    path = seeded / "demo_users.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    passwords = dict(re.findall(r"^  (\w+) +(\S+)  ", path.read_text(), re.MULTILINE))
    assert {one.username: one.role for one in Person.objects.all()} == {
        "ana": "socio",
        "beto": "auxiliar",
        "carla": "auxiliar",
        "dalia": "auditor",
    }
    for username, password in passwords.items():
        assert authenticate(username=username, password=password) is not None
    assert len(set(passwords.values())) == 4


def test_passwords_differ_from_one_firm_to_the_next_and_are_never_printed(demo_home, capsys):
    call_command("seed_demo", "--companies", "1")
    printed = capsys.readouterr()
    passwords = re.findall(r"^  \w+ +(\S+)  ", (demo_home / "demo_users.txt").read_text(), re.MULTILINE)
    assert passwords
    assert not any(password in printed.out + printed.err for password in passwords)


def test_seeding_again_adds_only_what_is_missing(seeded):
    before = Certificate.objects.count()
    passwords = (seeded / "demo_users.txt").read_text()
    call_command("seed_demo", "--companies", str(len(story.STORY) + 3), verbosity=0)
    assert Certificate.objects.count() == before
    assert (seeded / "demo_users.txt").read_text() == passwords
    call_command("seed_demo", "--companies", str(len(story.STORY) + 5), verbosity=0)
    assert Company.objects.count() == len(story.STORY) + 5
    assert Certificate.objects.count() > before


def test_an_interrupted_seeding_goes_on(demo_home):
    first = invented.company(0)
    begun = factories.company(rfc=first.rfc, name=first.name, is_demo=True)
    call_command("seed_demo", "--companies", "2", verbosity=0)
    assert begun.certificates.count() == len(story.certificates_of(0))
    assert Company.objects.count() == 2


@pytest.mark.parametrize("real", ["person", "company"])
def test_a_real_firm_is_left_alone(demo_home, real):
    if real == "person":
        factories.person("luz", role="socio")
    else:
        factories.company()
    with pytest.raises(CommandError, match="demostración"):
        call_command("seed_demo", "--companies", "1", verbosity=0)
    call_command("seed_demo", "--only-if-empty", verbosity=0)
    assert not Company.objects.filter(is_demo=True).exists()
    assert not (demo_home / "demo_users.txt").exists()


def test_production_has_no_demo(demo_home, settings):
    settings.ONE_MACHINE = False
    with pytest.raises(CommandError, match="demostración"):
        call_command("seed_demo", "--companies", "1", verbosity=0)
    assert not Company.objects.exists()


def test_everything_that_came_is_in_the_history(seeded):
    company = Company.objects.order_by("pk").first()
    assert company is not None
    names = set(audit.history_of_company(company).values_list("name", flat=True))
    assert {"company.created", "certificate.taken_in", "key.received"} <= names


def test_some_renewals_are_walked_to_the_middle_by_the_verbs_that_everybody_uses(seeded):
    arrived = walking.walk(say=lambda text: None, meanwhile=walks.run_workers)
    assert arrived == len(story.UNDER_WAY)
    stands_at = set(Renewal.objects.under_way().values_list("current_step", flat=True))
    assert set(story.UNDER_WAY.values()) <= stands_at
    assert walking.walk(say=lambda text: None, meanwhile=walks.run_workers) == 0


def test_the_new_certificate_of_a_walked_renewal_is_a_real_one(seeded):
    walking.walk(say=lambda text: None, meanwhile=walks.run_workers)
    renewal = Renewal.objects.get(current_step="sign_conditions_new")
    new = renewal.new_certificate
    assert new is not None
    assert new.pair_state == PairState.IN_CUSTODY
    assert new.not_after > timezone.now() + timedelta(days=700)
    assert new.scope == renewal.certificate.scope
