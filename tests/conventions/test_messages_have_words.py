"""Can every message say why a deadline is where it is, what remains after it, and who keeps a renewal from going on?"""

from renewals.expiry.deadlines import LateWay, Reason
from renewals.models.certificate import Kind
from renewals.notices.lines import FAILED, NO_KEY
from renewals.wording.client_messages import CLIENT_CONSEQUENCES, CLIENT_DEADLINES
from renewals.wording.notices import BLOCKED, BLOCKED_FIGURES, DEADLINES, LATE_WAYS
from renewals.wording.steps import HOLDS


def test_every_reason_of_a_deadline_is_said_to_people_of_the_firm_and_to_clients():
    assert set(DEADLINES) == set(CLIENT_DEADLINES) == {reason.value for reason in Reason}


def test_every_late_way_is_said():
    assert set(LATE_WAYS) == {way.value for way in LateWay}


def test_every_kind_has_its_words_for_clients():
    assert set(CLIENT_CONSEQUENCES) == {kind.value for kind in Kind}


def test_every_wait_of_a_step_says_whose_turn_it_is():
    assert set(BLOCKED) == set(BLOCKED_FIGURES) == {*HOLDS, FAILED, NO_KEY}
