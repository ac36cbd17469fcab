"""How far has the vault's signature of a step's letter come, as the step's page shows it?"""

from renewals.procedure import signing
from renewals.procedure.steps import Handout
from renewals.web.guide_shown import Shown
from renewals.wording.errors import say


def signing_of(shown: Shown) -> dict[str, object] | None:
    """How far it has come; None where the vault signs nothing."""
    step = shown.step
    if step.signs_with is None or shown.phase == "ahead":
        return None
    found = signing.standing_of(shown.row, now=shown.now)
    if found is None:
        opened = shown.phase == "form" and signing.signs_here(shown.renewal, step.key)
        old = shown.renewal.certificate.is_expired(shown.now) and step.signs_with is Handout.OLD_PAIR
        return {"phase": "", "is_expired": old} if opened else None
    one = found.signing
    return {
        "phase": found.phase,
        "approval_id": one.approval_id,
        "file": one.signed,
        "apart": one.cms,
        "was_expired": one.signed is not None and one.signed.facts.get("was_expired"),
        "is_expired": one.certificate.is_expired(shown.now),
        "failure": say(one.failure_code, one.failure_facts) if one.failure_code else "",
    }
