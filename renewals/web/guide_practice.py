"""Where can a renewal of a practice company be practised? On the practice portal, beside its guide."""

from django.conf import settings
from django.urls import reverse

from renewals.procedure.steps import Portal
from renewals.web.guide_shown import Shown


def practice_of(shown: Shown) -> str:
    """The address of the practice portal; empty for real companies, other portals, and where it is not switched on."""
    is_here = settings.PRACTICE and settings.ONE_MACHINE
    if not is_here or not shown.renewal.company.is_demo or shown.step.portal is not Portal.IDSE or not shown.is_current:
        return ""
    return reverse("practice:front")
