"""Do deadlines follow when a company's certificates change, and does a person see why, and what hangs on what?"""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from renewals.audit import Machine
from renewals.expiry.deadlines import LateWay
from renewals.expiry.dependents import Need, depends_on, late_way_of
from renewals.expiry.refreshing import refresh_deadlines
from renewals.intake.pairs import take_in
from renewals.models import Certificate, Notice, PairState
from renewals.notices.round import write_ledger
from tests.factories import company
from tests.pairs import make_pair
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 3)


def in_days(days):
    return TODAY + timedelta(days=days)


def refreshed(*companies, today=TODAY):
    with transaction.atomic():
        return refresh_deadlines([one.pk for one in companies], today=today)


def stands_at(row):
    row.refresh_from_db()
    return row.deadline_on, row.deadline_reason, row.deadline_because


def looked(day=TODAY):
    return write_ledger(today=day, now=at(day), by=Machine("sweep"))


def lines(row, **wanted):
    return set(row.notices.filter(audience="responsible", **wanted).values_list("deadline_on", "mark", "state"))


@pytest.fixture
def ours(beto):
    return company(responsible=beto)


def test_an_efirma_that_ends_first_sets_the_deadline_of_the_csd_and_a_longer_one_takes_it_back(ours):
    csd = watched(ours, kind="csd", expires_on=in_days(100), next_mark_on=in_days(40))
    efirma = watched(ours, kind="efirma", expires_on=in_days(60), next_mark_on=in_days(30))
    assert refreshed(ours) == [csd.pk, efirma.pk]
    assert stands_at(csd) == (in_days(60), "efirma_first", efirma)
    assert stands_at(efirma) == (in_days(59), "online_until", None)
    assert csd.next_mark_on == TODAY
    watched(ours, kind="efirma", scope="new", expires_on=in_days(1400))
    refreshed(ours)
    assert stands_at(csd) == (in_days(97), "stamping", None)


def test_only_the_companys_own_efirma_in_use_counts(ours):
    csd = watched(ours, kind="csd", expires_on=in_days(100))
    watched(ours, kind="efirma", rfc="CACX7605101P8", expires_on=in_days(60))
    watched(ours, kind="efirma", expires_on=in_days(60), retired_at=timezone.now(), is_primary=False)
    watched(company(rfc="IIA040805DZ4"), kind="efirma", expires_on=in_days(60))
    refreshed(ours)
    assert stands_at(csd) == (in_days(97), "needs_efirma", None)


def test_what_stands_right_is_not_written_again(ours, django_assert_num_queries):
    watched(ours, kind="csd", expires_on=in_days(100))
    refreshed(ours)
    with django_assert_num_queries(3):  # the question, between the two ends of a savepoint
        assert refreshed(ours) == []


def test_a_deadline_that_moves_earlier_begins_anew_and_what_waited_of_the_old_one_is_not_told(ours):
    csd = watched(ours, kind="csd", expires_on=in_days(63), deadline_on=in_days(60), deadline_reason="stamping")
    watched(ours, kind="efirma", expires_on=in_days(1400))
    looked()
    assert lines(csd) == {(in_days(60), 60, "waiting")}
    Certificate.objects.filter(kind="efirma").update(expires_on=in_days(25))
    refreshed(ours)
    looked()
    assert lines(csd, state="waiting") == {(in_days(25), 30, "waiting")}
    assert lines(csd, deadline_on=in_days(60)) == {(in_days(60), 60, "moot")}


def test_an_efirma_that_is_renewed_late_lets_its_csd_be_told_of_its_real_end(ours):
    csd = watched(ours, kind="csd", expires_on=in_days(43))
    efirma = watched(ours, kind="efirma", expires_on=in_days(5))
    refreshed(ours)
    looked()
    looked(in_days(6))
    assert {mark for _, mark, state in lines(csd) if state == "waiting"} == {7, -1}
    Certificate.objects.filter(pk=efirma.pk).update(expires_on=in_days(1400))
    refreshed(ours, today=in_days(8))
    looked(in_days(8))
    stands_at(csd)
    assert lines(csd, state="waiting") == {(in_days(40), 60, "waiting")}
    told = [day for day in range(9, 45) if looked(in_days(day)).due]
    # 30, 15, 7, 3, 0, -1 and -3 of the CSD; the e.firma has years.
    assert told == [10, 25, 33, 37, 40, 41, 43]


@pytest.fixture
def gone_and_back(ours):
    """A CSD at its first mark, and a function that moves its deadline away, and back some days later."""
    csd = watched(ours, kind="csd", expires_on=in_days(63))
    efirma = watched(ours, kind="efirma", expires_on=in_days(1400))
    refreshed(ours)
    looked()

    def go(*, back_after=0):
        for last_day, day in ((in_days(30), TODAY), (in_days(1400), in_days(back_after))):
            Certificate.objects.filter(pk=efirma.pk).update(expires_on=last_day)
            refreshed(ours, today=day)
            looked(day)
        return csd

    return go


def test_a_deadline_that_returns_is_told_as_if_it_had_never_gone(gone_and_back):
    csd = gone_and_back()
    assert lines(csd, state="waiting") == {(in_days(60), 60, "waiting")}
    assert looked().evaluated == 0


def test_a_deadline_that_returns_is_not_told_a_second_time(gone_and_back):
    Notice.objects.update(state="carried")
    csd = gone_and_back()
    assert lines(csd, deadline_on=in_days(60)) == {(in_days(60), 60, "carried")}
    looked(in_days(30))
    assert lines(csd, state="waiting") == {(in_days(60), 30, "waiting")}


def test_a_deadline_that_returns_late_is_told_its_most_urgent_mark(gone_and_back):
    csd = gone_and_back(back_after=30)
    assert lines(csd, deadline_on=in_days(60)) == {(in_days(60), 60, "absorbed"), (in_days(60), 30, "waiting")}


def test_the_round_finds_a_deadline_that_nobody_refreshed(ours):
    csd = watched(ours, kind="csd", expires_on=in_days(200), next_mark_on=in_days(137))
    watched(ours, kind="efirma", expires_on=in_days(130), next_mark_on=TODAY)
    assert looked().evaluated == 2
    assert stands_at(csd)[1] == "efirma_first"
    assert csd.next_mark_on == in_days(70)


def test_an_efirma_that_comes_in_gives_the_csd_its_time_back_at_once(vault_keys, ana):
    now = timezone.now()
    pair = make_pair("efirma", not_before=now - timedelta(days=1), not_after=now + timedelta(days=1400))
    theirs = company(rfc=pair.facts.rfc)
    csd = watched(theirs, kind="csd", expires_on=timezone.localdate() + timedelta(days=50))
    refreshed(theirs, today=timezone.localdate())
    assert stands_at(csd)[1] == "needs_efirma"
    taken = take_in(
        certificate=pair.certificate,
        key=pair.key_file,
        passphrase=pair.passphrase,
        company=theirs,
        by=ana,
        now=now,
    )
    assert stands_at(csd)[1] == "stamping"
    taken.certificate.refresh_from_db()
    assert taken.certificate.deadline_on == taken.certificate.expires_on - timedelta(days=1)


@pytest.fixture
def represented(ours, carla):
    """A company, its representative as a client of their own, and somebody else's company they represent too."""
    theirs = company(rfc="IIA040805DZ4", name="Indistria Ilimitada", responsible=carla)
    person = company(rfc="CACX7605101P8", name="Xochilt Casas", responsible=ours.responsible)
    return {
        "csd": watched(ours, kind="csd", expires_on=in_days(300)),
        "npie": watched(ours, expires_on=in_days(300)),
        "efirma": watched(ours, kind="efirma", expires_on=in_days(-10), representative_rfc=person.rfc),
        "others": watched(theirs, kind="efirma", expires_on=in_days(90), representative_rfc=person.rfc),
        "personal": watched(person, kind="efirma", expires_on=in_days(400)),
    }


def test_an_efirma_knows_what_needs_it(represented, ana, beto, carla):
    def needed(row, person):
        return {(one.certificate, one.need) for one in depends_on(represented[row], person)}

    csd, npie = represented["csd"], represented["npie"]
    assert needed("efirma", ana) == {(csd, Need.CSD), (npie, Need.SECOND_WAY_IN)}
    both = {(represented["efirma"], Need.LATE_COMPANY), (represented["others"], Need.LATE_COMPANY)}
    assert needed("personal", ana) == both
    assert needed("personal", beto) == {(represented["efirma"], Need.LATE_COMPANY)}
    assert needed("csd", ana) == set()


def test_a_company_renews_late_with_the_live_efirma_of_its_representative_if_one_may_know_of_it(
    represented, ana, beto, carla
):
    def way(row, person):
        late = late_way_of(row, person, today=TODAY)
        return late and late.way

    assert way(represented["efirma"], beto) is LateWay.REPRESENTATIVE
    assert way(represented["csd"], beto) is None
    Certificate.objects.filter(pk=represented["others"].pk).update(deadline_on=in_days(-2), expires_on=in_days(-1))
    represented["others"].refresh_from_db()
    assert way(represented["others"], ana) is LateWay.REPRESENTATIVE
    assert way(represented["others"], carla) is LateWay.NEEDS_REPRESENTATIVE


def test_the_page_says_the_deadline_its_reason_and_what_hangs_on_the_certificate(client, ours, beto):
    today = timezone.localdate()
    csd = watched(ours, kind="csd", expires_on=today + timedelta(days=100))
    efirma = watched(ours, kind="efirma", expires_on=today + timedelta(days=60))
    refreshed(ours, today=today)
    client.force_login(beto)
    page = client.get(reverse("certificate", args=[csd.pk])).content.decode()
    assert "Su plazo es en 60 días" in page
    assert "sin ella no se obtiene un CSD" in page
    assert reverse("certificate", args=[efirma.pk]) in page
    page = client.get(reverse("certificate", args=[efirma.pk])).content.decode()
    assert "Su plazo es en 59 días" in page
    assert "sin esta e.firma vigente no se le da otro CSD" in page
    page = client.get(reverse("company", args=[ours.pk])).content.decode()
    assert page.count("Su plazo es en") == 2
    page = client.get(reverse("admin:renewals_certificate_changelist")).content.decode()
    assert f"plazo {today + timedelta(days=59):%d/%m/%Y}" in page


def test_the_light_follows_the_deadline_and_not_the_last_day(client, ours, beto):
    today = timezone.localdate()
    row = watched(ours, kind="csd", expires_on=today + timedelta(days=9), pair_state=PairState.IN_CUSTODY)
    refreshed(ours, today=today)
    client.force_login(beto)
    assert "Urgente" in client.get(reverse("certificate", args=[row.pk])).content.decode()
