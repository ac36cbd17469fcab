"""Can this renewal be finished at all? What is missing is found before the first step, with the person to ask.

Two parts: :func:`survey` looks at rows and needs no key; :func:`run`, in the vault worker, lets the old pair sign a
challenge and has the new passphrase made. Each point is kept in the renewal as ``{"state", "code", "facts", "who"}``.
It runs again by itself once something that it lacked has come (:func:`look_again`).
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor, Machine
from renewals.clients.mandates import mandate_for
from renewals.errors import (
    AlreadyMoved,
    Fact,
    KeyNotProved,
    MandateMissing,
    MandateNotAccepted,
    MandateNotConfirmed,
    MasterKeyFault,
    PreflightFailed,
    PreflightRunning,
    ProverUnavailable,
    Refusal,
    RenewalClosed,
)
from renewals.expiry.calendar import Rule, business_days_after, is_business_day
from renewals.expiry.overlay import overlay_for
from renewals.models import Authority, Certificate, Contact, Mandate, Renewal, RenewalState
from renewals.models.certificate import Kind, PairState
from renewals.procedure.gates import MAILBOX_PROOF_LASTS, mailbox_is_proved
from renewals.procedure.steps import Plan, plan_of
from renewals.vault.expecting import expect_prepared, prepare_expected_key
from renewals.vault.facts import key_facts, key_id_of, keys_proved_since
from renewals.vault.proving import prove_certificate_pair
from renewals.vault.taking import take_custody

#: So long may a worker take; afterwards it counts as dead and another one begins again.
LEASE = timedelta(minutes=2)
#: A key on its way into custody is there within seconds.
LOOK_AGAIN = timedelta(seconds=10)
#: From so many days before the end on the portal may say "about to expire".
SOON = 30
#: Movements of workers are due within so many business days (LSS art. 15-I), which no Friday extends.
MOVEMENTS_DUE_WITHIN = 5
#: Days of the calendar are looked up so far ahead for such a term: no office closes for longer.
A_TERM_WITH_HOLIDAYS = timedelta(days=60)

PREFLIGHT = Machine("preflight")

Point = dict[str, object]


def survey(renewal: Renewal, *, now: datetime) -> dict[str, Point]:
    """Everything that can be told without opening a key; the points that need one are waiting."""
    plan = plan_of(renewal.plan, renewal.edition)
    today = timezone.localdate(now)
    points: dict[str, Point] = {"old_pair": _point("waiting", "waiting")}
    if plan.makes_new_key:
        points["passphrase"] = _point("waiting", "waiting")
        points["mailbox"] = _mailbox(renewal, now)
    points["mandate"] = _mandate(renewal, today)
    points["assignee"] = _there("responsible", is_there=renewal.assignee_id is not None)
    points["contact"] = _there("responsible", is_there=renewal.company.contacts.exists())
    points["certificate"] = _validity(renewal.certificate, now, today)
    if plan.needs_old_pair:
        points["second_way"] = _second_way(renewal, now)
        points["deadline"] = _deadline(renewal.certificate, now, today)
    return points


def renewals_waiting(now: datetime, limit: int) -> list[int]:
    """The renewals whose old pair is still to be tried, oldest first."""
    rows = Renewal.objects.waiting_for_preflight(now=now).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def run(*, renewal_id: int, now: datetime) -> None:
    """Try the old pair, have the new passphrase made, and write both down; vault worker only.

    A renewal that is closed, done with or held by another worker is left alone.

    Raises:
        MasterKeyFault, ProverUnavailable: nothing can be tried at the moment; the renewal goes on waiting.
    """
    lease = now + LEASE
    if not Renewal.objects.waiting_for_preflight(now=now).filter(pk=renewal_id).update(preflight_lease_until=lease):
        return
    renewal = Renewal.objects.select_related("company", "certificate").get(pk=renewal_id)
    plan = plan_of(renewal.plan, renewal.edition)
    pair = _try_old_pair(renewal, plan=plan, now=now)
    if pair is None:
        mine = Renewal.objects.filter(pk=renewal_id, preflight_lease_until=lease)
        mine.update(preflight_lease_until=now + LOOK_AGAIN)
        return
    wants_key = plan.makes_new_key and pair["state"] == "ok" and renewal.pending_key_id is None
    expected = prepare_expected_key(company=renewal.company) if wants_key else None
    points = {**renewal.preflight, "old_pair": pair}
    with transaction.atomic():
        changes: dict[str, object] = {"preflight_at": now, "preflight_lease_until": None}
        mine = Renewal.objects.filter(
            pk=renewal_id, state=RenewalState.OPEN, preflight_at=None, preflight_lease_until=lease
        )
        if expected is not None:
            mine = mine.filter(pending_key=None)
            changes["pending_key_id"] = expect_prepared(expected, by=PREFLIGHT, born_in=renewal)
        if plan.makes_new_key and (expected is not None or renewal.pending_key_id is not None):
            points["passphrase"] = _point("ok", "ok")
        if mine.update(preflight=points, **changes) != 1:
            transaction.set_rollback(True)
            return
        audit.record(
            "renewal.preflight_checked",
            by=PREFLIGHT,
            subject=renewal,
            company=renewal.company_id,
            old_pair=str(pair["code"]),
        )


def ask_again(*, renewal: Renewal, by: Actor, now: datetime) -> None:
    """Somebody has mended something: look at every point again.

    Raises:
        RenewalClosed: there is nothing left to prepare.
        AlreadyMoved: the last look is still under way.
    """
    if renewal.state != RenewalState.OPEN:
        raise RenewalClosed
    points = survey(renewal, now=now)
    with transaction.atomic():
        rows = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN, preflight_at__isnull=False)
        if rows.update(preflight=points, preflight_at=None, preflight_lease_until=None) != 1:
            raise AlreadyMoved
        audit.record("renewal.preflight_asked", by=by, subject=renewal, company=renewal.company_id)
        dispatch.wake("renewals.vault.work_pending")


def renewals_to_look_at_again(now: datetime, limit: int) -> list[int]:
    """The renewals that lacked something which has come since, oldest first.

    Every condition is over once the points are looked at again, so that no renewal is found for ever.
    """
    allowed = Mandate.objects.in_force(day=timezone.localdate(now)).filter(company=OuterRef("company"))
    allowed = allowed.filter(Q(accepted_at__gt=OuterRef("preflight_at")) | Q(confirmed_at__gt=OuterRef("preflight_at")))
    came = (
        Q(_lacked("old_pair"), keys_proved_since(certificate="certificate", moment="preflight_at"))
        | Q(
            _lacked("mailbox"),
            company__mailbox_proved_at__gte=now - MAILBOX_PROOF_LASTS,
            company__mailbox_proved_at__lte=now,
        )
        | Q(_lacked("mandate"), Exists(allowed))
        | Q(_lacked("assignee"), assignee__isnull=False)
        | Q(_lacked("contact"), Exists(Contact.objects.filter(company=OuterRef("company"))))
    )
    rows = Renewal.objects.filter(came, state=RenewalState.OPEN, preflight_at__isnull=False, preflight_at__lte=now)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def look_again(*, renewal_id: int, now: datetime) -> None:
    """Look at a renewal's points again because something that it lacked has come.

    Raises:
        RenewalClosed, AlreadyMoved: somebody was faster.
    """
    renewal = Renewal.objects.select_related("company", "certificate").get(pk=renewal_id)
    ask_again(renewal=renewal, by=PREFLIGHT, now=now)


def require_passed(renewal: Renewal) -> None:
    """Let nobody start what cannot be finished.

    Raises:
        PreflightRunning: the old pair was not tried yet.
        PreflightFailed: it does not work, and this plan cannot do without.
    """
    if not plan_of(renewal.plan, renewal.edition).needs_old_pair:
        return
    if renewal.preflight_at is None:
        raise PreflightRunning
    if renewal.preflight.get("old_pair", {}).get("state") != "ok":
        raise PreflightFailed(point="old_pair")


def _try_old_pair(renewal: Renewal, *, plan: Plan, now: datetime) -> Point | None:
    """What became of the challenge; None while the key is on its way into custody."""
    certificate = renewal.certificate
    key_id = key_id_of(certificate)
    if key_id is not None and key_facts(key_id).state in {"sealed", "taking"}:
        take_custody(key_id=key_id, now=now)
    try:
        prove_certificate_pair(certificate=certificate, by=PREFLIGHT, reason="preflight")
    except (MasterKeyFault, ProverUnavailable):
        raise
    except KeyNotProved:
        return None
    except Refusal as refusal:
        return _point("failed" if plan.needs_old_pair else "warn", refusal.code, refusal.facts, who="contact")
    return _point("ok", "ok")


def _mailbox(renewal: Renewal, now: datetime) -> Point:
    company = renewal.company
    if not company.renewal_mailbox:
        return _point("warn", "missing", who="responsible")
    facts: dict[str, Fact] = {"mailbox": company.renewal_mailbox}
    if not mailbox_is_proved(proved_at=company.mailbox_proved_at, now=now):
        return _point("warn", "unproved", facts, who="contact")
    return _point("ok", "ok", facts)


def _mandate(renewal: Renewal, today: date) -> Point:
    """Whether the client allows the firm to hand out this key; what is missing says who can mend it."""
    try:
        mandate = mandate_for(company_id=renewal.company_id, kind=renewal.certificate.kind, on=today)
    except MandateNotAccepted as refusal:
        return _point("warn", refusal.code, refusal.facts, who="contact")
    except MandateNotConfirmed as refusal:
        return _point("warn", refusal.code, refusal.facts, who="colleague")
    except MandateMissing as refusal:
        return _point("warn", refusal.code, refusal.facts, who="responsible")
    return _point("ok", "ok", {"until_on": mandate.valid_until_on.isoformat()})


def _there(who: str, *, is_there: bool) -> Point:
    return _point("ok", "ok") if is_there else _point("warn", "missing", who=who)


def _lacked(point: str) -> Q:
    return Q(**{f"preflight__{point}__state__in": ["warn", "failed"]})


def _validity(certificate: Certificate, now: datetime, today: date) -> Point:
    left = certificate.days_left(today)
    facts: dict[str, Fact] = {"expires_on": certificate.expires_on.isoformat(), "days_left": left, "days": abs(left)}
    if certificate.is_expired(now):
        # An expired NPIE pair still signs its own renewal; at SAT each kind has a way of its own.
        return _point("warn", "expired" if certificate.kind == Kind.NPIE else f"expired_{certificate.kind}", facts)
    return _point("ok", "about_to_expire" if left <= SOON else "valid", facts)


def _second_way(renewal: Renewal, now: datetime) -> Point:
    other = (
        Certificate.objects.current()
        .filter(company=renewal.company_id, kind=Kind.EFIRMA, not_after__gt=now, pair_state=PairState.IN_CUSTODY)
        .order_by("-not_after")
        .first()
    )
    if other is None:
        return _point("warn", "missing", who="contact")
    return _point("ok", "ok", {"serial": other.serial})


def _deadline(certificate: Certificate, now: datetime, today: date) -> Point:
    is_expired = certificate.is_expired(now)
    last = today + A_TERM_WITH_HOLIDAYS if is_expired else certificate.expires_on
    overlay = overlay_for(Authority.IMSS, first=today, last=last, region=certificate.company.region)
    if is_expired:
        due = business_days_after(today, MOVEMENTS_DUE_WITHIN, rule=Rule.IMSS_AVISO, overlay=overlay)
        return _point("warn", "after", {"movements_due_on": due.isoformat()})
    ahead = (today + timedelta(days=one) for one in range(1, certificate.days_left(today) + 1))
    left = sum(is_business_day(day, rule=Rule.IMSS, overlay=overlay) for day in ahead)
    return _point("ok", "before", {"business_days": left})


def _point(state: str, code: str, facts: Mapping[str, Fact] | None = None, *, who: str = "") -> Point:
    """``state`` is ``ok``, ``warn``, ``failed`` or ``waiting``; ``who`` can mend it.

    That is the ``responsible`` person, a ``colleague`` or the client's ``contact``.
    """
    return {"state": state, "code": code, "facts": dict(facts or {}), "who": who}
