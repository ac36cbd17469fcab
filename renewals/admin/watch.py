"""What does the dashboard say of the watch itself: when did it last look, with what result, and is it late?"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.models import SweepRun
from renewals.notices.life import Life
from renewals.wording.life import PULSES, REMEDIES


@dataclass(frozen=True, slots=True)
class Count:
    """One number of the last round; ``is_bad`` where somebody should see to it."""

    label: str | Promise
    number: int
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """``alarm`` and ``remedy`` are empty while all is well; ``when`` and ``link`` where no round ever ended."""

    alarm: str
    remedy: str
    when: str
    counts: tuple[Count, ...]
    link: str


def watch_of(life: Life) -> Watch:
    """The signs of life in words."""
    last = life.last
    return Watch(
        alarm=str(PULSES[life.pulse.value]) if life.is_late else "",
        remedy=str(REMEDIES[life.pulse.value]) if life.is_late else "",
        when=_moment(last) if last else "",
        counts=_counts(last) if last else (),
        link=reverse("admin:renewals_sweeprun_change", args=[last.pk]) if last else "",
    )


def _moment(run: SweepRun) -> str:
    return date_format(timezone.localtime(run.started_at), r"j \d\e F \d\e Y, H:i")


def _counts(run: SweepRun) -> tuple[Count, ...]:
    return (
        Count(_("Revisados"), run.evaluated),
        Count(_("Por avisar"), run.due),
        Count(_("Incluidos en otro aviso"), run.absorbed),
        Count(_("Correos escritos"), run.made),
        Count(_("Correos enviados"), run.sent),
        Count(_("Correos que no han salido"), run.undelivered, is_bad=bool(run.undelivered)),
        Count(_("Con error"), run.failed, is_bad=bool(run.failed)),
    )
