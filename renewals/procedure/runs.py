"""Which way out of trouble is being walked in a renewal, and how is it over when the renewal moves?"""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import F

from renewals import audit
from renewals.access import Somebody
from renewals.audit import Actor
from renewals.expiry.calendar import Rule, business_days_after
from renewals.expiry.overlay import overlay_for
from renewals.models import Authority, Company, Person, PlaybookRun, PlaybookState, Renewal
from renewals.pki.identifiers import same_registro_patronal
from renewals.procedure.playbooks import Stage, playbook_of
from renewals.procedure.steps import Handout

#: A request for a certificate that nobody finishes in person lapses after so many business days.
REQUEST_LAPSES: Final = 10
#: Days of the calendar that surely hold them.
_LONGEST: Final = timedelta(days=60)


def run_under_way(renewal: Renewal) -> PlaybookRun | None:
    """The one that is being walked; there is at most one."""
    return PlaybookRun.objects.filter(renewal=renewal, open=True).select_related("begun_by").first()


def stage_of(run: PlaybookRun) -> Stage:
    """Where in it the renewal stands."""
    return playbook_of(run.key).stage(run.stage)


def handout_of(renewal: Renewal, step_key: str) -> Handout | None:
    """What custody hands out for the stage at which a renewal stands, if it is one of this step."""
    run = run_under_way(renewal)
    return None if run is None or run.step_key != step_key else stage_of(run).hands_out


def told(run: PlaybookRun, name: str) -> str:
    """What was last told under this name, at whatever stage; empty where nothing was."""
    return next((str(stage[name]) for stage in reversed(run.answers.values()) if stage.get(name)), "")


def request_limit(run: PlaybookRun) -> date | None:
    """The last day to finish in person what was requested; None where nobody has said when it was.

    No extension is counted: a term told too short loses nothing.
    """
    day = told(run, "requested_on")
    if not day:
        return None
    requested_on = date.fromisoformat(day)
    region = run.renewal.company.region
    overlay = overlay_for(Authority.IMSS, first=requested_on, last=requested_on + _LONGEST, region=region)
    return business_days_after(requested_on, REQUEST_LAPSES, rule=Rule.IMSS_AVISO, overlay=overlay)


def identities(run: PlaybookRun) -> list[tuple[str, str, str, bool]]:
    """What was read off the portal beside what is kept: name of the question, seen, kept, and whether they agree."""
    renewal = run.renewal
    rfc, registro = told(run, "seen_rfc"), told(run, "seen_registro")
    kept, scope = renewal.company.rfc, renewal.certificate.scope
    lines = [("seen_rfc", rfc, kept, "".join(rfc.split()).upper() == kept)]
    if registro:
        lines.append(("seen_registro", registro, scope, same_registro_patronal(registro, scope)))
    return lines


def company_seen(run: PlaybookRun, person: Somebody) -> Company | None:
    """The other company whose RFC was read off the portal, where this person may know of it."""
    company = Company.objects.visible_to(person).with_rfc(told(run, "seen_rfc")).first()
    return None if company is None or company.pk == run.renewal.company_id else company


def close_run(renewal_id: int, *, by: Actor, now: datetime) -> bool:
    """End what is being walked, in the transaction in which the step moves; false where nothing was.

    Raises:
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a playbook ends in the transaction of what ends it")
    run = PlaybookRun.objects.filter(renewal=renewal_id, open=True).select_related("renewal").first()
    if run is None:
        return False
    ended = PlaybookRun.objects.filter(pk=run.pk, open=True).update(
        open=None,
        state=PlaybookState.LEFT,
        version=F("version") + 1,
        ended_at=now,
        ended_by=by if isinstance(by, Person) else None,
    )
    if ended == 1:
        audit.record(
            "playbook.left",
            by=by,
            subject=run.renewal,
            company=run.renewal.company_id,
            playbook=run.key,
            stage=run.stage,
            at=run.step_key,
        )
    return ended == 1
