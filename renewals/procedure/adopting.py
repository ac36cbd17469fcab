"""How does a renewal go on with a key that was made in another one, days or weeks ago and by somebody else?

The renewal takes over the key, its passphrase, and what was proved on the way to it where that was done in a renewal of
the same plan. It goes on at the first step that is still to be done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from renewals import audit
from renewals.errors import AlreadyMoved, Fact, RenewalClosed
from renewals.errors.pending_keys import KeyMadeForAnother, NoKeyWanted, RenewalHasItsKey
from renewals.models import Evidence, Person, Renewal, RenewalState, RenewalStep, StepState, WaitEnd
from renewals.procedure import progress, runs, waiting
from renewals.procedure.pending_keys import ADOPTED, CERTIFICATE_STEP, KEY_STEP, PASSPHRASE_STEP
from renewals.procedure.steps import Grade, Plan, plan_of
from renewals.vault import pending_keys
from renewals.vault.pending_keys import PendingKey


@dataclass(frozen=True, slots=True)
class _Closing:
    """A step that the key closes: with what was proved in the renewal it comes from, or by the key alone."""

    row: RenewalStep
    done_before: RenewalStep | None
    proofs: tuple[Evidence, ...]


def adoptable(renewal: Renewal) -> list[PendingKey]:
    """The keys of the company that this renewal could go on with; none where it has one of its own."""
    plan = plan_of(renewal.plan, renewal.edition)
    if renewal.state != RenewalState.OPEN or not plan.makes_new_key:
        return []
    found = pending_keys.orphans_of_company(renewal.company_id)
    if not found or _has_its_key(renewal):
        return []
    origins = Renewal.objects.select_related("certificate").in_bulk([one.born_in for one in found if one.born_in])
    return [one for one in found if _fits(origins.get(one.born_in or 0), renewal)]


def adopt(*, renewal: Renewal, key_id: UUID, by: Person, now: datetime) -> None:
    """Go on with a key that has no certificate yet, and with what was proved on the way to it.

    Raises:
        RenewalClosed, AlreadyMoved: the renewal, or the key, is no longer where the person saw it.
        NoKeyWanted: no key is made in renewals of this plan.
        RenewalHasItsKey: this one has a key already.
        KeyMadeForAnother: the key was made in order to replace a certificate of another kind or registro patronal.
    """
    fresh = Renewal.objects.select_related("certificate").get(pk=renewal.pk)
    if fresh.state != RenewalState.OPEN:
        raise RenewalClosed
    plan = plan_of(fresh.plan, fresh.edition)
    if not plan.makes_new_key:
        raise NoKeyWanted
    if _has_its_key(fresh):
        raise RenewalHasItsKey
    key = pending_keys.orphan(key_id, company_id=fresh.company_id)
    if key is None:
        raise AlreadyMoved
    origin = Renewal.objects.select_related("certificate").filter(pk=key.born_in or 0).first()
    if not _fits(origin, fresh):
        raise KeyMadeForAnother(made_for=origin.certificate.scope or origin.certificate.serial if origin else "")
    with transaction.atomic():
        _take_over(fresh, key)
        closings = list(_closings(fresh, plan, origin))
        for closing in closings:
            _close(closing, fresh, key, by=by, now=now)
        _go_on(fresh, plan, by=by, now=now)
        facts: dict[str, Fact] = {"key": str(key_id), "renewal": key.born_in}
        audit.record("key.adopted", by=by, subject=fresh, company=fresh.company_id, **facts)
    renewal.refresh_from_db(fields=["pending_key", "current_step", "preflight", "begun_at"])


def _has_its_key(renewal: Renewal) -> bool:
    """A key that came, or a certificate; an expected key whose file never came gives way."""
    own = renewal.pending_key_id is not None and pending_keys.has_file(renewal.pending_key_id)
    return own or renewal.new_certificate_id is not None


def _fits(origin: Renewal | None, renewal: Renewal) -> bool:
    """A key of unknown origin fits every renewal of its company; step 8 compares the certificate that comes."""
    if origin is None:
        return True
    made_for, wanted = origin.certificate, renewal.certificate
    return (made_for.kind, made_for.scope) == (wanted.kind, wanted.scope)


def _take_over(renewal: Renewal, key: PendingKey) -> None:
    """Link the key to this renewal and to no other; the constraint decides between two who do so at once."""
    Renewal.objects.closed().filter(pending_key=key.key_id).update(pending_key=None)
    points = {**renewal.preflight, "passphrase": {"state": "ok", "code": "adopted", "facts": {}, "who": ""}}
    mine = Renewal.objects.filter(
        pk=renewal.pk,
        state=RenewalState.OPEN,
        pending_key=renewal.pending_key_id,
        new_certificate=None,
        current_step=renewal.current_step,
    )
    try:
        with transaction.atomic():
            taken = mine.update(pending_key=key.key_id, preflight=points)
    except IntegrityError as error:
        raise AlreadyMoved from error
    if taken != 1:
        raise AlreadyMoved
    pending_keys.take_up_again(key_id=key.key_id)


def _closings(renewal: Renewal, plan: Plan, origin: Renewal | None) -> Iterator[_Closing]:
    """The steps that are not done here and need not be: those of the key, and those done where it comes from."""
    rows = {row.key: row for row in RenewalStep.objects.filter(renewal=renewal)}
    before = _done_before(renewal, origin)
    came = False
    for step in plan.steps:
        if step.key == CERTIFICATE_STEP:
            return
        row, done = rows[step.key], before.get(step.key)
        of_the_key = step.key in {PASSPHRASE_STEP, KEY_STEP}
        if row.state not in {StepState.DONE, StepState.NOT_APPLICABLE}:
            if done is None and not of_the_key:
                if came:
                    return
                continue
            proofs = () if done is None else tuple(done.evidence.filter(superseded_at=None))
            yield _Closing(row, done if proofs else None, proofs)
        came = came or step.key == KEY_STEP


def _done_before(renewal: Renewal, origin: Renewal | None) -> Mapping[str, RenewalStep]:
    """What was done where the key comes from, as long as it was not undone there."""
    if origin is None or origin.pk == renewal.pk or (origin.plan, origin.edition) != (renewal.plan, renewal.edition):
        return {}
    rows = RenewalStep.objects.filter(renewal=origin, state=StepState.DONE)
    return {row.key: row for row in rows if row.evidence.filter(superseded_at=None).exists()}


def _close(closing: _Closing, renewal: Renewal, key: PendingKey, *, by: Person, now: datetime) -> None:
    """Close one step with copies of what proved it, each naming the renewal that it comes from."""
    row, done = closing.row, closing.done_before
    closed = RenewalStep.objects.filter(pk=row.pk, version=row.version, state=row.state).update(
        state=StepState.DONE,
        version=row.version + 1,
        answers=row.answers if done is None else done.answers,
        lease_until=None,
        check_at=None,
        waiting_for="",
        verdict_code="",
        verdict_facts={},
        started_at=row.started_at or now,
        done_at=now,
        done_by=by,
    )
    if closed != 1:
        raise AlreadyMoved
    copies = [_copy(proof, row, from_renewal=key.born_in) for proof in closing.proofs]
    if row.key in {PASSPHRASE_STEP, KEY_STEP}:
        facts = {"key_bits": key.key_bits, "made_on": key.made_at.date().isoformat(), "from_renewal": key.born_in}
        grade = Grade.CRYPTOGRAPHIC.value
        copies.append(Evidence(step=row, grade=grade, what=ADOPTED, facts=facts, by=by, created_at=now))
    Evidence.objects.bulk_create(copies)
    audit.record("renewal.step_completed", by=by, subject=renewal, company=renewal.company_id, step=row.key)


def _copy(proof: Evidence, row: RenewalStep, *, from_renewal: int | None) -> Evidence:
    """The same proof of the same day and person, at another renewal's step; the file is the very same one."""
    return Evidence(
        step=row,
        grade=proof.grade,
        what=proof.what,
        facts={**proof.facts, "from_renewal": from_renewal},
        file=proof.file.name,
        file_name=proof.file_name,
        file_sha256=proof.file_sha256,
        file_size=proof.file_size,
        by_id=proof.by_id,
        created_at=proof.created_at,
    )


def _go_on(renewal: Renewal, plan: Plan, *, by: Person, now: datetime) -> None:
    """Stand at the first step that is still to be done."""
    following = progress.first_undone(renewal, plan)
    Renewal.objects.filter(pk=renewal.pk, begun_at=None).update(begun_at=now)
    if following is None or following.key == renewal.current_step:
        return
    waiting.close_wait(renewal.pk, how=WaitEnd.MOVED, by=by, now=now)
    runs.close_run(renewal.pk, by=by, now=now)
    Renewal.objects.filter(pk=renewal.pk).update(current_step=following.key)
    progress.begin_step(renewal, following, now=now)
