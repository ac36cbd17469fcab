"""The files of several certificates go out together only where two people agree on exactly these, and once."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.approvals import deciding
from renewals.custody import asking, bundles, taking
from renewals.custody.authorising import MOST
from renewals.custody.bundles import MOST_IN_BUNDLE
from renewals.custody.lapsing import lapse
from renewals.custody.preparing import prepare
from renewals.errors import (
    ApprovalMissing,
    BundleTooLarge,
    ConfirmationNeeded,
    MandateMissing,
    NothingToHandOut,
    NotVisible,
)
from renewals.models import Approval, ApprovalState, Assignment, Certificate, Checkout, CheckoutState, Mandate
from renewals.vault.taking import take_custody
from tests import factories
from tests.integration.custody.test_prepare import forget_what_was_asked
from tests.killing import every_boundary
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pairs():
    return [make_pair("npie"), make_pair("efirma")]


@pytest.fixture
def certificates(vault_keys, beto, pairs) -> list[Certificate]:
    """Two in custody, of a company that beto answers for."""
    company = factories.company(responsible=beto)
    rows = [factories.certificate(company, pair) for pair in pairs]
    for row, pair in zip(rows, pairs, strict=True):
        take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
        row.refresh_from_db()
    return rows


def ask(certificates, by, **otherwise) -> list[Approval]:
    now = timezone.now()
    wanted = {
        "certificates": [one.pk for one in certificates],
        "reason": "Cambio de computadora",
        "by": by,
        "confirmed_at": now,
        "now": now,
    }
    return bundles.ask_bundles(**wanted | otherwise)


def approve(approval: Approval, by) -> Approval:
    now = timezone.now()
    deciding.approve(approval=approval, by=by, confirmed_at=now, now=now)
    return Approval.objects.get(pk=approval.pk)


def collect(approval: Approval, person, key: bytes, **otherwise) -> Checkout:
    now = timezone.now()
    wanted = {
        "approval": approval,
        "person": person,
        "confirmed_at": now,
        "from_address": "127.0.0.1",
        "transport_key": key,
        "now": now,
    }
    return bundles.collect(**wanted | otherwise)


def prepared(checkout: Checkout) -> Checkout:
    prepare(checkout_id=checkout.pk, now=timezone.now())
    return Checkout.objects.get(pk=checkout.pk)


@pytest.fixture
def approved(certificates, beto, ana) -> Approval:
    (approval,) = ask(certificates, beto)
    return approve(approval, ana)


def state_of(approval: Approval) -> str:
    return Approval.objects.get(pk=approval.pk).state


def test_what_two_people_allowed_goes_out_in_a_folder_each_with_each_passphrase(approved, beto, pairs, transport_key):
    row = prepared(collect(approved, beto, transport_key))
    assert row.state == CheckoutState.READY, row.failure_code
    assert state_of(approved) == ApprovalState.USED
    mine = {"checkout": row, "person": beto, "transport_key": transport_key, "now": timezone.now()}
    passphrases = taking.show_passphrases(**mine)
    with zipfile.ZipFile(io.BytesIO(taking.take(**mine))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert len(files) == 4
    assert {name.partition("/")[0] for name in files} == {name for name, _ in passphrases}
    assert [passphrase for _, passphrase in passphrases] == [pair.passphrase for pair in pairs]
    for pair in pairs:
        assert pair.certificate in files.values()
    opened = [one for one in audit.history_of_company(row.company) if "checkout" in one.facts]
    assert [(one.name, one.person) for one in opened] == [("key.opened", beto)] * 2


def test_without_the_second_word_nothing_is_collected(certificates, beto, transport_key):
    (approval,) = ask(certificates, beto)
    with pytest.raises(ApprovalMissing):
        collect(approval, beto, transport_key)
    assert not Checkout.objects.exists()


def test_nobody_else_collects_what_one_person_was_allowed(approved, ana, transport_key):
    with pytest.raises(ApprovalMissing):
        collect(approved, ana, transport_key)


def test_the_password_is_needed_for_asking_and_for_collecting(certificates, approved, beto, transport_key):
    with pytest.raises(ConfirmationNeeded):
        ask(certificates, beto, confirmed_at=None)
    with pytest.raises(ConfirmationNeeded):
        collect(approved, beto, transport_key, confirmed_at=None)


def test_it_is_collected_once(approved, beto, transport_key):
    first = collect(approved, beto, transport_key)
    with pytest.raises(ApprovalMissing):
        collect(approved, beto, transport_key)
    prepared(first)
    with pytest.raises(ApprovalMissing):
        collect(approved, beto, transport_key)


def test_what_came_to_nothing_can_be_collected_again(approved, beto, transport_key):
    """The vault worker was away for too long: nothing was opened, so the word of two people still stands."""
    first = collect(approved, beto, transport_key)
    Checkout.objects.update(expires_at=timezone.now())
    lapse(checkout_id=first.pk, now=timezone.now())
    assert bundles.collected(approved) is None
    second = collect(approved, beto, transport_key)
    assert prepared(second).state == CheckoutState.READY
    assert list(bundles.to_collect(beto, now=timezone.now())) == []


def _widen(checkout: Checkout) -> None:
    """The web process writes one more certificate into the row than was allowed."""
    more = factories.certificate(checkout.company, make_pair("csd"))
    Checkout.objects.update(bundle=[*checkout.bundle, more.pk])


def _hand_over(checkout: Checkout) -> None:
    Checkout.objects.update(person=factories.person("ana", role="socio"))


def _forge(_checkout: Checkout) -> None:
    Approval.objects.update(decided_by=None)


def _revoke_right(_checkout: Checkout) -> None:
    type(factories.person("ana")).objects.filter(username="ana").update(role="auditor")


def _let_it_end(_checkout: Checkout) -> None:
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def _unname(_checkout: Checkout) -> None:
    Checkout.objects.update(approval=None)


@pytest.mark.parametrize("meddle", [_widen, _hand_over, _forge, _revoke_right, _let_it_end, _unname])
def test_the_vault_worker_believes_no_row_that_the_web_process_changed(approved, beto, transport_key, meddle):
    checkout = collect(approved, beto, transport_key)
    meddle(checkout)
    row = prepared(checkout)
    assert (row.state, row.package) == (CheckoutState.FAILED, None)
    assert row.failure_code == "approval_missing"
    assert not [one for one in audit.history_of_company(row.company) if "checkout" in one.facts]


def test_a_certificate_of_another_company_is_not_slipped_in(approved, beto, transport_key):
    checkout = collect(approved, beto, transport_key)
    other = factories.certificate(factories.company(rfc="XIA190128J61", name="Xenon"), make_pair(rfc="XIA190128J61"))
    Checkout.objects.update(bundle=[other.pk])
    assert prepared(checkout).failure_code == "nothing_to_hand_out"


def test_one_kind_without_a_mandate_keeps_all_of_it_back(approved, beto, transport_key):
    checkout = collect(approved, beto, transport_key)
    Mandate.objects.update(kinds=["npie"])
    assert prepared(checkout).failure_code == "mandate_missing"
    assert state_of(approved) == ApprovalState.APPROVED
    with pytest.raises(MandateMissing):
        collect(approved, beto, transport_key)


def test_a_bundle_counts_as_many_openings_as_it_holds(approved, beto, transport_key, ask_one):
    for _ in range(MOST - 1):
        prepare(checkout_id=ask_one().pk, now=timezone.now())
    Checkout.objects.update(asked_at=timezone.now() - timedelta(days=1))
    assert prepared(collect(approved, beto, transport_key)).failure_code == "too_many_checkouts"


@pytest.fixture
def ask_one(certificates, beto, transport_key):
    """Beto asks for the first certificate alone."""

    def asked() -> Checkout:
        now = timezone.now()
        Checkout.objects.update(asked_at=now - timedelta(days=1))
        return asking.ask(
            certificate=certificates[0],
            reason="Entrar a IDSE",
            person=beto,
            confirmed_at=now,
            from_address=None,
            transport_key=transport_key,
            now=now,
        )

    return asked


def test_a_death_at_any_moment_of_preparing_leaves_the_approval_or_the_files(certificates, beto, ana, transport_key):
    def start() -> Checkout:
        forget_what_was_asked()
        Approval.objects.all().delete()
        (approval,) = ask(certificates, beto)
        return collect(approve(approval, ana), beto, transport_key)

    def run(checkout: Checkout) -> None:
        prepare(checkout_id=checkout.pk, now=timezone.now())

    def check(checkout: Checkout) -> None:
        row = Checkout.objects.get()
        approval = Approval.objects.get()
        assert (row.state == CheckoutState.READY) == (approval.state == ApprovalState.USED)
        if row.state != CheckoutState.READY:
            prepare(checkout_id=checkout.pk, now=timezone.now() + timedelta(minutes=3))
        assert Checkout.objects.get().state == CheckoutState.READY, Checkout.objects.get().failure_code
        assert Approval.objects.get().state == ApprovalState.USED

    assert every_boundary(prepare=start, run=run, check=check, limit=60) >= 10


# --- asking -------------------------------------------------------------------------------------------------------


def test_several_companies_become_as_many_requests(certificates, beto, carla, transport_key):
    other = factories.company(rfc="XIA190128J61", name="Xenon")
    Assignment.objects.create(company=other, person=beto)
    theirs = factories.certificate(other, make_pair(rfc="XIA190128J61"), pair_state="in_custody")
    asked = ask([*certificates, theirs], beto)
    assert {one.company_id: one.facts for one in asked} == {
        certificates[0].company_id: {"certificates": [one.pk for one in certificates]},
        other.pk: {"certificates": [theirs.pk]},
    }


def test_what_cannot_go_out_is_left_out_with_its_reason(certificates, beto):
    bare = factories.certificate(certificates[0].company, make_pair("csd"))
    Mandate.objects.update(kinds=["npie", "csd"])
    now = timezone.now()
    (found,) = bundles.sorted_out(certificates=[bare.pk, *(one.pk for one in certificates)], person=beto, now=now)
    assert list(found.certificates) == certificates[:1]
    assert {one.pk: why.code for one, why in found.left_out} == {
        certificates[1].pk: "mandate_missing",
        bare.pk: "key_not_kept",
    }


def test_nothing_of_others_is_asked_for(certificates, carla):
    with pytest.raises(NothingToHandOut):
        ask(certificates, carla)


def test_too_many_of_one_company_are_refused_by_number(certificates, beto):
    company = certificates[0].company
    many = [
        factories.certificate(company, make_pair("csd", branch=str(number)), pair_state="in_custody", is_primary=False)
        for number in range(MOST_IN_BUNDLE + 1)
    ]
    with pytest.raises(BundleTooLarge) as refused:
        ask(many, beto)
    assert refused.value.facts == {"limit": MOST_IN_BUNDLE}


def test_who_lost_the_company_meanwhile_collects_nothing(approved, beto, transport_key):
    type(approved.company).objects.update(responsible=None)
    with pytest.raises(NotVisible):
        collect(approved, beto, transport_key)


# --- the pages ----------------------------------------------------------------------------------------------------


def browser(person) -> Client:
    client = Client()
    client.force_login(person)
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def test_the_list_leads_to_asking_approving_and_collecting(certificates, beto, ana):
    mine, hers = browser(beto), browser(ana)
    chosen = {"action": "ask_for_files", "_selected_action": [one.pk for one in certificates]}
    asking_page = mine.post(reverse("admin:renewals_certificate_changelist"), chosen).headers["Location"]
    assert asking_page.startswith(reverse("bundle_ask"))
    assert "Pedir la aprobación" in text_of(mine.get(asking_page))
    asked = mine.post(asking_page, {"reason": "Cambio de computadora"})
    approval = Approval.objects.get()
    assert asked.headers["Location"] == reverse("approval", args=[approval.pk])
    assert "Recoger los archivos" not in text_of(mine.get(asked.headers["Location"]))

    assert hers.post(reverse("approval_approve", args=[approval.pk])).status_code == 302
    assert "Recoger los archivos" in text_of(mine.get(reverse("approval", args=[approval.pk])))
    assert "Te aprobaron los archivos de" in text_of(mine.get(reverse("admin:index")))
    collecting = reverse("bundle_collect", args=[approval.pk])
    assert hers.get(collecting).status_code == 404
    assert "2 certificados" in text_of(mine.get(collecting))
    page = mine.post(collecting, {"minutes": "15", "form": "as_kept"}).headers["Location"]
    checkout = Checkout.objects.get()
    assert (checkout.minutes, checkout.reason) == (15, "Cambio de computadora")
    assert mine.get(collecting).headers["Location"] == page
    prepare(checkout_id=checkout.pk, now=timezone.now())
    assert "Descargar archivos" in text_of(mine.get(page))
    shown = text_of(mine.post(reverse("checkout_passphrase", args=[checkout.pk])))
    assert shown.count('class="secret"') == 2
    assert mine.post(reverse("checkout_download", args=[checkout.pk])).headers["Content-Type"] == "application/zip"
    assert mine.post(reverse("checkout_download", args=[checkout.pk])).status_code == 409
    assert "Ver la aprobación" in text_of(mine.get(page))


def text_of(answer) -> str:
    return str(answer.content.decode())


def test_one_alone_needs_no_approval(certificates, beto):
    chosen = {"action": "ask_for_files", "_selected_action": [certificates[0].pk]}
    answer = browser(beto).post(reverse("admin:renewals_certificate_changelist"), chosen)
    assert answer.headers["Location"] == f"{reverse('checkout_ask')}?certificado={certificates[0].pk}"


def test_what_is_left_out_is_said_with_the_way_to_mend_it(certificates, beto):
    Mandate.objects.update(revoked_at=timezone.now())
    address = f"{reverse('bundle_ask')}?certificados={certificates[0].pk},{certificates[1].pk}"
    text = text_of(browser(beto).get(address))
    assert "Falta un mandato vigente" in text
    assert "Ninguno de los que elegiste se puede entregar ahora" in text
    assert reverse("company", args=[certificates[0].company_id]) in text


@pytest.mark.parametrize("query", ["", "certificados=", "certificados=1,x", "certificados=" + ",".join(["1"] * 5000)])
def test_an_address_of_nothing_chooses_nothing(certificates, beto, query):
    assert browser(beto).get(f"{reverse('bundle_ask')}?{query}").status_code == 400
