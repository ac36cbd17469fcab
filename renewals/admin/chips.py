"""How does a state look in a list? A word in a shape with a colour, never the colour alone."""

from datetime import date

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renewals.expiry.windows import light
from renewals.models import Certificate, Renewal
from renewals.models.renewal import RenewalState
from renewals.procedure.steps import plan_of
from renewals.wording.lights import LIGHTS, PAIRS
from renewals.wording.steps import say_step


def chip(colour: str, text: str | Promise) -> SafeString:
    """One state."""
    return format_html('<span class="chip {}">{}</span>', colour, text)


def two_lines(first: str, second: str) -> SafeString:
    """A name, and below it what tells it from others of that name."""
    return format_html('<span class="two-lines">{}<small>{}</small></span>', first, second)


def short(text: str) -> SafeString:
    """A long text in one line; the whole of it shows when pointed at, and to screen readers."""
    return format_html('<span class="short" title="{}">{}</span>', text, text)


def light_chip(certificate: Certificate, today: date) -> SafeString:
    """The traffic light; grey for what was replaced."""
    if certificate.retired_at is not None:
        return chip("grey", _("Sustituido"))
    colour = light(certificate.days_to_deadline(today), certificate.kind, is_expired=certificate.days_left(today) < 0)
    return chip(colour.value, LIGHTS[colour])


def pair_chip(certificate: Certificate) -> SafeString:
    """How far the private key has come."""
    colour, text = PAIRS[certificate.pair_state]
    return chip(colour, text)


def step_text(renewal: Renewal) -> str:
    """Which step of how many, and what it is called; for a closed or queued renewal its state."""
    if renewal.state != RenewalState.OPEN or not renewal.current_step:
        return str(RenewalState(renewal.state).label)
    keys = plan_of(renewal.plan, renewal.edition).step_keys()
    position = keys.index(renewal.current_step) + 1
    words = {"position": position, "count": len(keys), "step": say_step(renewal.current_step)}
    return _("%(position)s/%(count)s %(step)s") % words
