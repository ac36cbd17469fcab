"""How is a way out of trouble begun, walked answer by answer, and left?

Every change is claimed by the version of the walk, so that of two people one wins and the other is told. What a person
tells on the way is evidence of the step, under the name of the playbook; it never closes the step by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import audit
from renewals.errors import AnswerMissing, Fact, FileMissing, Refusal, RenewalClosed
from renewals.errors.playbooks import (
    DayToCome,
    DayUnreadable,
    IdentityDiffers,
    NothingToTry,
    PlaybookMoved,
    PlaybookNotOffered,
    PlaybookUnderWay,
    SerialOfOldCertificate,
    SerialUnusable,
)
from renewals.errors.waiting import IncidentAlreadyOpen
from renewals.models import (
    Evidence,
    Person,
    PlaybookRun,
    PlaybookState,
    Renewal,
    RenewalState,
    RenewalStep,
    WaitEnd,
    WaitKind,
)
from renewals.procedure import cancelling, evidence, incidents, limits, runs, sending_back, waiting
from renewals.procedure.evidence import KeptFile
from renewals.procedure.handed import HandedIn, Upload
from renewals.procedure.playbooks import Asked, Does, Ends, Playbook, Question, Stage, Way, offered, playbook_of
from renewals.procedure.portal_addresses import is_plain
from renewals.procedure.steps import Grade, plan_of
from renewals.vault import candidates
from renewals.wording.playbook_stages import say_way
from renewals.wording.playbooks import say_playbook

#: The answers of a walk are short; what is longer belongs into a file.
LONGEST_ANSWER: Final = 300
WAY: Final = "way"


@dataclass(frozen=True, slots=True)
class _Answered:
    """One answer, looked at and found whole; ``upload`` is not kept yet."""

    stage: Stage
    way: Way
    told: Mapping[str, Fact]
    upload: Upload | None


def begin(*, renewal: Renewal, step_key: str, key: str, by: Person, now: datetime) -> PlaybookRun:
    """Begin a way out that the current step offers; whoever begins the one under way once more is led on in it.

    Raises:
        RenewalClosed: the renewal is over.
        PlaybookMoved: the renewal stands at another step by now.
        PlaybookNotOffered: the step has no such way out for this kind of certificate.
        PlaybookUnderWay: another one is being walked.
    """
    fresh = Renewal.objects.select_related("certificate").get(pk=renewal.pk)
    if fresh.state != RenewalState.OPEN:
        raise RenewalClosed
    if fresh.current_step != step_key:
        raise PlaybookMoved
    book = _offered_at(fresh, step_key, key)
    run = PlaybookRun(
        renewal=fresh, step_key=step_key, key=book.key, stage=book.stages[0].key, begun_by=by, begun_at=now
    )
    try:
        with transaction.atomic():
            _hold(fresh, step_key)
            run.save(force_insert=True)
            Renewal.objects.filter(pk=fresh.pk, begun_at=None).update(begun_at=now)
            _record("playbook.begun", run, by=by)
    except IntegrityError as error:
        under_way = PlaybookRun.objects.filter(renewal=fresh, open=True).first()
        if under_way is not None and (under_way.key, under_way.step_key) == (key, step_key):
            return under_way
        raise PlaybookUnderWay from error
    return run


def hand_in(*, run: PlaybookRun, version: int, way: str, handed: HandedIn, by: Person, now: datetime) -> None:
    """Give an answer at the stage that the person saw, with what it needs; the walk goes on, waits, or is over.

    Raises:
        PlaybookMoved: somebody answered first, or the step has moved.
        AnswerMissing, FileMissing, SerialUnusable, SerialOfOldCertificate, DayUnreadable, DayToCome: nothing changed.
        EmptyFile, EvidenceTooLarge, KeyIsNoEvidence: as for any evidence.
        IdentityDiffers: what was read off the portal is not what is kept here.
        NothingToTry: no file lies there that a passphrase could open.
        and what ``waiting.begin_wait``, ``cancelling.cancel`` and ``sending_back.send_back`` refuse.
    """
    if run.open is None or run.version != version:
        raise PlaybookMoved
    stage = playbook_of(run.key).stage(run.stage)
    found = stage.way(way)
    if found is None:
        raise PlaybookMoved
    answered = _looked_at(run, stage, found, handed, now=now)
    kept = None if answered.upload is None else evidence.keep(answered.upload)
    try:
        with transaction.atomic():
            _hold(run.renewal, run.step_key)
            _claim(run, answered, by=by, now=now)
            _write(run, answered, kept, by=by, now=now)
            _follow(run, answered, by=by, now=now)
    except Refusal:
        # Only where the transaction is known to be lost: after any other fault the file stays, perhaps for nothing.
        if kept is not None:
            evidence.forget(kept)
        raise


def leave(*, run: PlaybookRun, version: int, by: Person, now: datetime) -> None:
    """Go back to the step without an end; what was told stays on the record, and a wait that was begun goes on.

    Raises:
        PlaybookMoved: somebody answered or left first.
    """
    with transaction.atomic():
        left = PlaybookRun.objects.filter(pk=run.pk, open=True, version=version).update(
            open=None, state=PlaybookState.LEFT, version=version + 1, ended_at=now, ended_by=by
        )
        if left != 1:
            raise PlaybookMoved
        _record("playbook.left", run, by=by, stage=run.stage)


# --- what was told ------------------------------------------------------------------------------------------------


def _looked_at(run: PlaybookRun, stage: Stage, way: Way, handed: HandedIn, *, now: datetime) -> _Answered:
    if way.only_if_same and not all(is_same for *_, is_same in runs.identities(run)):
        raise IdentityDiffers
    told: dict[str, Fact] = {}
    upload: Upload | None = None
    for question in stage.questions:
        needed = question.name in way.needs
        if question.asked is Asked.FILE:
            upload = handed.files.get(question.name)
            if upload is None and needed:
                raise FileMissing
            continue
        answer = handed.answer(question.name)
        if answer:
            told[question.name] = _read(run, question, answer, now=now)
        elif needed:
            raise AnswerMissing(field=question.name)
    if upload is not None:
        evidence.require_acceptable(upload)
    return _Answered(stage, way, told, upload)


def _read(run: PlaybookRun, question: Question, answer: str, *, now: datetime) -> Fact:
    match question.asked:
        case Asked.SERIAL:
            plain = answer.replace(" ", "").replace("-", "").upper()
            if not is_plain(plain) or len(plain) > _LONGEST_SERIAL:
                raise SerialUnusable(field=question.name)
            if question.name == "serial" and plain == run.renewal.certificate.serial.upper():
                raise SerialOfOldCertificate(field=question.name, serial=plain)
            return plain
        case Asked.DAY | Asked.PAST_DAY:
            day = _day(question, answer)
            if question.asked is Asked.PAST_DAY and day > timezone.localdate(now):
                raise DayToCome(field=question.name)
            return day.isoformat()
        case Asked.TEXT | Asked.FILE:
            return answer[:LONGEST_ANSWER]


#: X.509 serials have at most 20 octets (RFC 5280, 4.1.2.2): 40 hexadecimal digits.
_LONGEST_SERIAL: Final = 40


def _day(question: Question, answer: str) -> date:
    try:
        return date.fromisoformat(answer)
    except ValueError:
        raise DayUnreadable(field=question.name) from None


# --- where it leads -----------------------------------------------------------------------------------------------


def _offered_at(renewal: Renewal, step_key: str, key: str) -> Playbook:
    step = plan_of(renewal.plan, renewal.edition).step(step_key)
    for book in offered(step.playbooks, kind=renewal.certificate.kind):
        if book.key == key:
            return book
    raise PlaybookNotOffered


def _hold(renewal: Renewal, step_key: str) -> None:
    """Claim the row of the renewal first, as every change of a step does. Raises PlaybookMoved."""
    rows = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN, current_step=step_key)
    if rows.update(current_step=step_key) != 1:
        raise PlaybookMoved


def _claim(run: PlaybookRun, answered: _Answered, *, by: Person, now: datetime) -> None:
    way = answered.way
    answers = {**run.answers, answered.stage.key: {**answered.told, WAY: way.key}}
    changes: dict[str, object] = {"version": run.version + 1, "answers": answers}
    if way.ends is None:
        changes |= {"stage": way.to}
    else:
        changes |= {"open": None, "state": PlaybookState.SOLVED, "ended_at": now, "ended_by": by}
    rows = PlaybookRun.objects.filter(pk=run.pk, open=True, version=run.version, stage=answered.stage.key)
    if rows.update(**changes) != 1:
        raise PlaybookMoved


def _write(run: PlaybookRun, answered: _Answered, kept: KeptFile | None, *, by: Person, now: datetime) -> None:
    row = RenewalStep.objects.get(renewal=run.renewal_id, key=run.step_key)
    Evidence(
        step=row,
        playbook=run,
        grade=Grade.WORD if kept is None else Grade.FILE,
        what=f"{run.key}.{answered.stage.key}",
        facts={**answered.told, WAY: answered.way.key},
        by=by,
        created_at=now,
        **({} if kept is None else _columns(kept)),
    ).save(force_insert=True)
    name = "playbook.answered" if answered.way.ends is None else "playbook.solved"
    _record(name, run, by=by, stage=answered.stage.key, way=answered.way.key)


def _columns(kept: KeptFile) -> dict[str, object]:
    return {"file": kept.path, "file_name": kept.name, "file_sha256": kept.sha256, "file_size": kept.size}


def _follow(run: PlaybookRun, answered: _Answered, *, by: Person, now: datetime) -> None:
    """The renewal waits from now on, goes on, or is cancelled."""
    way = answered.way
    match way.does:
        case Does.OPENS_INCIDENT:
            _report(run, answered, by=by, now=now)
        case Does.TRIES_CANDIDATES:
            if not candidates.ask_to_try(certificate=run.renewal.certificate, by=by):
                raise NothingToTry
    if way.ends is Ends.CANCELS:
        cancelling.cancel(renewal=run.renewal, reason=_said(run, answered), by=by, now=now)
    elif way.back_to in sending_back.steps_behind(run.renewal)[:-1]:
        _send_back(run, answered, by=by, now=now)
    elif way.waits:
        _wait(run, answered, by=by, now=now)
    elif way.ends is not None:
        waiting.close_wait(run.renewal_id, how=WaitEnd.ENDED, by=by, now=now)


def _wait(run: PlaybookRun, answered: _Answered, *, by: Person, now: datetime) -> None:
    """Wait for what the answer says; whom an incident of the portal holds is woken with all others, on no day."""
    way = answered.way
    if way.waits == WaitKind.PORTAL and _is_held(run):
        return
    waiting.close_wait(run.renewal_id, how=WaitEnd.ENDED, by=by, now=now)
    check_on = _check_day(way, answered.told, now=now)
    waiting.begin_wait(
        renewal=run.renewal, kind=way.waits, cause=_said(run, answered), check_on=check_on, by=by, now=now
    )


def _is_held(run: PlaybookRun) -> bool:
    """Whether an incident of the portal holds the renewal, or will as soon as a worker comes to it."""
    incident = incidents.open_incident_of(incidents.portal_of(run.renewal, run.step_key))
    if incident is None:
        return False
    wait = waiting.wait_of(run.renewal)
    if wait is None:
        return not incident.waits.filter(renewal=run.renewal_id).exists()
    return wait.incident_id == incident.pk


def _report(run: PlaybookRun, answered: _Answered, *, by: Person, now: datetime) -> None:
    """Say that the portal is down; where somebody said so already, this renewal waits with the others."""
    portal = incidents.portal_of(run.renewal, run.step_key)
    try:
        incidents.open_incident(portal=portal, what=str(answered.told["what"]), by=by, now=now)
    except IncidentAlreadyOpen:
        return


def _send_back(run: PlaybookRun, answered: _Answered, *, by: Person, now: datetime) -> None:
    """Do an earlier step again; at that step itself, or before it, there is nothing to go back from."""
    row = RenewalStep.objects.get(renewal=run.renewal_id, key=run.step_key)
    sending_back.send_back(
        renewal=run.renewal,
        from_key=run.step_key,
        version=row.version,
        to_key=answered.way.back_to,
        reason=_said(run, answered),
        by=by,
        now=now,
    )


def _check_day(way: Way, told: Mapping[str, Fact], *, now: datetime) -> date:
    if way.until:
        return date.fromisoformat(str(told[way.until]))
    today = timezone.localdate(now)
    return limits.suggested_check(way.waits, today=today) or limits.days_later(today, 1)


def _said(run: PlaybookRun, answered: _Answered) -> str:
    """The trouble and the answer, in words: the reason that stays beside a wait or a cancellation."""
    return f"{say_playbook(run.key)[0]}: {say_way(run.key, answered.stage.key, answered.way.key)}"


def _record(name: str, run: PlaybookRun, *, by: Person, **facts: str) -> None:
    audit.record(
        name,
        by=by,
        subject=run.renewal,
        company=run.renewal.company_id,
        playbook=run.key,
        # Not ``step``: who moved a step is asked of the events that name it.
        at=run.step_key,
        **facts,
    )
