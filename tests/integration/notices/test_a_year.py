"""Does everybody in a firm of 300 companies hear what they must hear, all year long, once, and nothing else?"""

import os

import pytest
from django.db import connection

from tests.integration.notices.year.life import Year

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "postgresql", reason="a year on one database says enough"),
]

#: Other seeds and lengths for whoever looks for something.
SEED, DAYS = int(os.environ.get("SEED", "5")), int(os.environ.get("DAYS", "365"))


def test_a_year_of_a_firm_passes_the_oracle(settings):
    settings.EMAIL_BACKEND = "tests.integration.notices.year.post_office.PostOffice"
    year = Year(seed=SEED, days=DAYS)
    year.live()
    assert not year.judge.complaints, "\n".join(year.judge.complaints[:40])
    assert {"digest", "client", "critical"} <= year.judge.counts.keys()
