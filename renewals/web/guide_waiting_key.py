"""Does a key without a certificate lie here with which the renewal on the page could go on?"""

from renewals.procedure.adopting import adoptable
from renewals.procedure.pending_keys import CERTIFICATE_STEP
from renewals.vault.pending_keys import PendingKey
from renewals.web.guide_shown import Shown


def waiting_keys_of(shown: Shown) -> list[PendingKey]:
    """The keys, up to the step at which the certificate comes; one question where there are none."""
    keys = shown.plan.step_keys()
    if not shown.may_act or CERTIFICATE_STEP not in keys:
        return []
    if keys.index(shown.step.key) > keys.index(CERTIFICATE_STEP):
        return []
    return adoptable(shown.renewal)
