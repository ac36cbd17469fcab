"""May this person have key files out, how many an hour, and for how long do they wait?"""

from datetime import datetime, timedelta

from renewals.access import Right, company_for
from renewals.audit import count_of
from renewals.custody.covering import require_mandate, require_two_people
from renewals.errors import FirmTookTooMany, TooManyCheckouts
from renewals.models import Checkout, Mandate, Person
from renewals.vault.watching import tell_of_limit

#: How many minutes a request, its package and its passphrase may live, whatever the web process wrote, and usually do.
FEWEST_MINUTES, USUAL_MINUTES, MOST_MINUTES = 5, 10, 30
#: How many requests of one person in so long a time; a busy day at the portals stays below it.
MOST, WINDOW = 20, timedelta(hours=1)
#: How many of all people together: inventing another person does not help whoever reached theirs.
MOST_OF_FIRM = 100
_MINUTES = int(WINDOW.total_seconds()) // 60


def require_asked_seldom(person: Person, *, now: datetime) -> None:
    """Refuse where the person asked too often. Raises TooManyCheckouts."""
    if Checkout.objects.asked_since(person=person, since=now - WINDOW).count() >= MOST:
        raise TooManyCheckouts(limit=MOST, minutes=_MINUTES)


def within_bounds(minutes: int) -> int:
    """So many minutes, or the fewest or most there may be."""
    return min(max(minutes, FEWEST_MINUTES), MOST_MINUTES)


def authorise(checkout: Checkout, *, now: datetime) -> Mandate:
    """The mandate under which the vault worker may hand this out: it trusts nothing that the web process checked.

    Read anew: the person's role and companies, the client's mandate, and how many keys were opened lately for them and
    for the whole firm, counted in the history, which the web process can add to and never change. The place where a
    signature of the person's own device over the checkout can be verified one day. A limit that is reached is an alert
    as well.

    Raises:
        NotVisible, NotPermitted: the person may not (any more) work for the company.
        MandateMissing: the client's mandate does not cover this kind of certificate today, or not any more.
        ApprovalMissing: several pairs at once, and no second person allows exactly these (any more).
        TooManyCheckouts: too many keys were opened for them.
        FirmTookTooMany: too many were opened for everybody together.
    """
    company_for(checkout.person, checkout.company_id, Right.WORK)
    mandate = require_mandate(checkout, now=now)
    require_two_people(checkout, now=now)
    keys = max(1, len(checkout.bundle))
    if _opened(by=checkout.person, now=now) + keys > MOST:
        tell_of_limit(person=checkout.person, limit=MOST, minutes=_MINUTES, of_firm=False)
        raise TooManyCheckouts(limit=MOST, minutes=_MINUTES)
    if _opened(by=None, now=now) + keys > MOST_OF_FIRM:
        tell_of_limit(person=checkout.person, limit=MOST_OF_FIRM, minutes=_MINUTES, of_firm=True)
        raise FirmTookTooMany(limit=MOST_OF_FIRM, minutes=_MINUTES)
    return mandate


def _opened(*, by: Person | None, now: datetime) -> int:
    return count_of("key.opened", by=by, since=now - WINDOW, with_fact="checkout")
