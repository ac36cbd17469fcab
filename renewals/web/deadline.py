"""What does the page of a certificate say of its deadline, of the late way, and of what hangs on it?"""

from datetime import date
from typing import Any

from renewals.expiry.dependents import depends_on, late_way_of
from renewals.models import Certificate, Person
from renewals.wording.marks import say_need
from renewals.wording.notices import say_late_way


def deadline_told(certificate: Certificate, *, person: Person, today: date) -> dict[str, Any]:
    """As far as this person may know; companies that were given up need nothing."""
    if certificate.company.closed_at is not None:
        return {"late": "", "because": None, "dependents": []}
    late = late_way_of(certificate, person, today=today)
    return {
        "late": "" if late is None else say_late_way(late.way.value, late.until, today=today),
        "because": certificate.deadline_because,
        "dependents": [(one.certificate, say_need(one.need.value)) for one in depends_on(certificate, person)],
    }
