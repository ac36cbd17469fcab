"""A step back on the record: what was done stays to be read, and proves nothing any more."""

import pytest
from django.utils import timezone

from renewals import audit
from renewals.errors import AlreadyMoved, NotVisible, PassphraseNotShown, RenewalClosed, StepAlreadyMoved
from renewals.errors.handing_over import MoveReasonMissing, StepNotBehind
from renewals.models import Certificate, Evidence, PairState, Renewal, RenewalStep, StepState, Wait, WaitEnd
from renewals.procedure import cancelling, checking, gates, limits, progress, sending_back, waiting
from renewals.procedure.gates import Verdict
from renewals.procedure.handed import Outcome, Upload
from renewals.procedure.steps import plan_of
from renewals.vault import pending_keys
from renewals.vault.facts import key_id_of
from tests import factories, walks
from tests.pairs import pooled_key


def send_back(walk, to_key, **changes):
    terms = {
        "renewal": walk.renewal,
        "from_key": walk.row.key,
        "version": walk.row.version,
        "to_key": to_key,
        "reason": "Se entregó el archivo equivocado",
        "by": walk.by,
        "now": timezone.now(),
    }
    sending_back.send_back(**{**terms, **changes})
    walk.renewal.refresh_from_db()


@pytest.fixture
def walk(db, beto):
    """A renewal of the general plan at its second step."""
    made = walks.laid_out(by=beto)
    made.hand_in(obtained="yes")
    return made


def test_it_stands_at_the_earlier_step_again_and_nothing_is_deleted(walk):
    version = RenewalStep.objects.get(renewal=walk.renewal, key="obtain").version
    send_back(walk, "obtain", by=walk.second)
    row = walk.row
    assert (row.key, row.state, row.done_at, row.done_by) == ("obtain", StepState.PENDING, None, None)
    assert row.version > version
    assert row.due_on is not None
    [proof] = Evidence.objects.filter(step=row)
    assert proof.superseded_at is not None
    event = audit.history_of(walk.renewal)[0]
    assert (event.name, event.facts["to"], event.person) == ("renewal.sent_back", "obtain", walk.second)


def test_what_proved_the_step_before_proves_it_no_more(walk):
    send_back(walk, "obtain")
    row = walk.row
    step = plan_of(walk.renewal.plan, walk.renewal.edition).step("obtain")
    with pytest.raises(RuntimeError, match="would close without"):
        progress._require_minimum(step, row, Verdict())  # the table's own check on the gates
    walk.hand_in(obtained="yes")
    assert walk.row.key == "take_in"


def test_of_two_people_who_send_it_back_one_does(walk):
    seen = walk.row.version
    send_back(walk, "obtain", by=walk.second)
    with pytest.raises(StepAlreadyMoved) as told:
        send_back(walk, "obtain", from_key="take_in", version=seen)
    assert told.value.facts["who"] == "ana"
    assert Evidence.objects.filter(superseded_at=None).count() == 0


def test_a_form_of_before_is_too_late(walk):
    seen = walk.row.version
    send_back(walk, "take_in")
    with pytest.raises(AlreadyMoved):
        walk.hand_in("take_in", version=seen, passphrase="x")


def test_a_wait_is_over_when_its_step_is_left(walk):
    now = timezone.now()
    waiting.begin_wait(
        renewal=walk.renewal,
        kind="client",
        cause="El cliente busca su llave",
        check_on=limits.days_later(timezone.localdate(now), 2),
        by=walk.by,
        now=now,
    )
    send_back(walk, "obtain")
    assert Wait.objects.get().how_ended == WaitEnd.MOVED


def test_nobody_goes_forward_that_way_or_without_saying_why(walk):
    for key in ("confirm", "enter_idse", "nada"):
        with pytest.raises(StepNotBehind):
            send_back(walk, key)
    with pytest.raises(MoveReasonMissing):
        send_back(walk, "obtain", reason="error")
    assert walk.row.key == "take_in"


def test_a_closed_renewal_goes_nowhere(walk):
    seen = {"from_key": walk.row.key, "version": walk.row.version}
    cancelling.cancel(renewal=walk.renewal, reason="El cliente ya no quiere", by=walk.by, now=timezone.now())
    with pytest.raises(RenewalClosed):
        send_back(walk, "obtain", **seen)


def test_a_stranger_sends_nothing_back(walk, carla):
    with pytest.raises(NotVisible):
        send_back(walk, "obtain", by=carla)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_undone_is_left_behind_and_the_next_one_gets_another_passphrase(vault_keys, beto):
    walk = factories.renewal_at("sign_terms_old", by=beto)
    left_behind = walk.pending_key_id
    send_back(walk, "mouse_entropy")
    # Its passphrase went with the key, so the step before is undone too.
    assert walk.row.key == "new_key_place"
    assert [one.key_id for one in pending_keys.orphans_of_company(walk.renewal.company_id)] == [left_behind]
    walks.run_workers()
    assert walk.pending_key_id != left_behind
    with pytest.raises(PassphraseNotShown):
        walk.hand_in(passphrase_used="given")
    before = walk.passphrase
    walk.new_key = pooled_key()
    walk.to("sign_terms_old")
    assert walk.passphrase != before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("to_key", ["take_in", "obtain"])
def test_the_pair_that_was_undone_comes_in_again_and_is_kept_once(vault_keys, beto, to_key):
    walk = factories.renewal_at("take_in", by=beto)
    new = walk.new
    files = {"certificate_file": Upload("nuevo.cer", new.certificate), "key_file": Upload("nuevo.key", new.key_file)}
    walk.hand_in(files=files, passphrase=new.passphrase)
    walks.run_workers()
    kept = key_id_of(walk.new_certificate)
    send_back(walk, to_key)
    assert not Certificate.objects.filter(born_in=walk.renewal).exists()
    walk.to("take_in")
    walk.hand_in(files=files, passphrase=new.passphrase)
    walks.run_workers()
    assert (walk.row.key, walk.new_certificate.pair_state) == ("confirm", PairState.IN_CUSTODY)
    assert key_id_of(walk.new_certificate) == kept
    assert [one.name for one in audit.history_of(walk.new_certificate)].count("key.received") == 1
    walk.to_the_end()
    assert walk.new_certificate.is_primary


@pytest.mark.django_db(transaction=True)
def test_a_pair_that_was_undone_before_it_came_into_custody_comes_in_again(vault_keys, beto):
    walk = factories.renewal_at("take_in", by=beto)
    new = walk.new
    files = {"certificate_file": Upload("nuevo.cer", new.certificate), "key_file": Upload("nuevo.key", new.key_file)}
    walk.hand_in(files=files, passphrase=new.passphrase)
    send_back(walk, "take_in")
    walk.hand_in(files=files, passphrase=new.passphrase)
    walks.run_workers()
    assert (walk.row.key, walk.new_certificate.pair_state) == ("confirm", PairState.IN_CUSTODY)


@pytest.mark.django_db(transaction=True)
def test_the_worker_that_was_checking_comes_too_late(vault_keys, beto):
    walk = factories.renewal_at("mouse_entropy", by=beto)
    walk.hand_in(files={"key_file": walk.key_file()})
    row = walk.row
    assert row.state == StepState.WORKING
    send_back(walk, "confirm_company")
    # What the worker holds in its hands is the step as it was.
    renewal = Renewal.objects.select_related("company", "certificate", "new_certificate").get(pk=walk.renewal.pk)
    plan = plan_of(renewal.plan, renewal.edition)
    verdict = gates.mouse_entropy(key_bits=2048, is_known=False)
    with pytest.raises(AlreadyMoved):
        progress.move(
            renewal=renewal,
            plan=plan,
            row=row,
            outcome=Outcome(verdict),
            by=checking.CHECKER,
            now=timezone.now(),
        )
    assert walk.row.key == "confirm_company"
    walks.run_workers()
    assert (walk.row.key, walk.row.state) == ("confirm_company", StepState.PENDING)
