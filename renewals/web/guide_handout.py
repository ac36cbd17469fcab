"""What can be taken out of custody for a step, and for which reason?"""

from django.utils.translation import gettext as _

from renewals.models import Renewal
from renewals.procedure.steps import Handout
from renewals.web.guide_shown import Shown
from renewals.wording.steps import say_step


def handout_of(shown: Shown) -> dict[str, str]:
    """What is handed out; the old pair only where the pre-flight opened it, and nothing to who cannot use it now."""
    handed = shown.step.hands_out
    opened = shown.renewal.preflight.get("old_pair", {}).get("state") == "ok"
    if handed is None or not shown.may_act or (handed is Handout.OLD_PAIR and not opened):
        return {"hands_out": "", "likely_reason": ""}
    return {"hands_out": handed.value, "likely_reason": likely_reason(shown.renewal, shown.step.key)}


def likely_reason(renewal: Renewal, step_key: str) -> str:
    """What the person can leave as it is: on the way through the guide the step is the reason."""
    return _("Renovación %(number)s, paso «%(step)s»") % {"number": renewal.pk, "step": say_step(step_key)}
