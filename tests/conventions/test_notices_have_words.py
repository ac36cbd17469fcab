"""Can everything that a reminder may have to say be said?"""

import re

from firm.env import BASE_DIR
from renewals.expiry.windows import MARKS, Light
from renewals.models import Detour
from renewals.models.certificate import Kind
from renewals.wording.notices import DETOURS, FAILURES, IF_IGNORED, SECTIONS, SINCE_EXPIRED


def test_every_kind_has_marks_and_consequences():
    kinds = {kind.value for kind in Kind}
    assert set(MARKS) == set(IF_IGNORED) == set(SINCE_EXPIRED) == kinds


def test_every_light_has_its_section():
    assert set(SECTIONS) == {light.value for light in Light}


def test_every_detour_is_explained():
    assert set(DETOURS) == {detour.value for detour in Detour} - {""}


def test_every_failure_of_a_message_is_explained():
    source = (BASE_DIR / "renewals" / "notices" / "delivery.py").read_text()
    named = re.findall(r'(?:code=|_Refused\(|return |else )"([a-z]+_[a-z]+)"', source)
    assert set(named) == set(FAILURES)
