"""Can everything that a reminder may have to say be said?"""

import re

from firm.env import BASE_DIR
from renewals.expiry.windows import MARKS
from renewals.models import Detour
from renewals.models.bounce import CAME_BACK
from renewals.models.certificate import Kind
from renewals.wording.mailing import FAILURES
from renewals.wording.notices import DETOURS, IF_IGNORED, SINCE_EXPIRED


def test_every_kind_has_marks_and_consequences():
    kinds = {kind.value for kind in Kind}
    assert set(MARKS) == set(IF_IGNORED) == set(SINCE_EXPIRED) == kinds


def test_every_detour_is_explained():
    assert set(DETOURS) == {detour.value for detour in Detour} - {""}


def test_every_failure_of_a_message_is_explained():
    folder = BASE_DIR / "renewals" / "notices"
    source = "".join(
        (folder / name).read_text() for name in ("delivery.py", "posting.py", "freshness.py", "bounces.py")
    )
    named = re.findall(
        r'(?:code=|Refused\(|NotNow\(|_of_reply\(.*, |return |else |_id\] = |_id, )"([a-z]+(?:_[a-z]+)?)"', source
    )
    assert {*named, CAME_BACK} == set(FAILURES)
