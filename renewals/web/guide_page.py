"""What does the page of a renewal show: whose it is, where it stands, what was done, and what comes next?"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format

from renewals.access import Right, Somebody, may
from renewals.errors import Fact
from renewals.models import Company, Evidence, Person, Renewal, RenewalState, RenewalStep, StepState
from renewals.procedure import signing
from renewals.procedure.overview import standing, steps_of
from renewals.procedure.progress import SECOND_PERSON, TIMER, firm_has_others
from renewals.procedure.steps import Actor, Handout, Step, plan_of
from renewals.web.guide_forms import StepForm
from renewals.wording.errors import say
from renewals.wording.playbooks import say_playbook
from renewals.wording.preflight import MENDERS, NOBODY, PREFLIGHT, say_finding
from renewals.wording.steps import ACTORS, GRADES, say_hold, say_step, say_verdict, say_warnings

#: So many colours tell companies apart; each company always has the same one.
HUES = 12


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence, in words."""

    grade: str
    grade_words: str
    evidence: Evidence
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """One step in the list of all steps."""

    key: str
    number: int
    title: str
    state: str
    is_current: bool
    is_shown: bool
    row: RenewalStep
    proofs: Sequence[Proof]


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the pre-flight, in words, with who can mend it."""

    key: str
    title: str
    state: str
    finding: str
    mender: str
    who: str


def context(renewal: Renewal, *, key: str, person: Somebody, form: StepForm | None = None) -> dict[str, object]:
    """Everything that the page of one step shows."""
    step = plan_of(renewal.plan, renewal.edition).step(key)
    marks = _marks(renewal, shown=key)
    mark = next(one for one in marks if one.is_shown)
    row = mark.row
    phase = _phase(row, step, is_current=mark.is_current and renewal.state == RenewalState.OPEN)
    around = frame(renewal, person=person)
    return {
        **around,
        **_second_word(row, person),
        "step": step,
        "mark": mark,
        "marks": marks,
        "done_marks": [one for one in marks if one.state == StepState.DONE],
        "actor": ACTORS[step.actor.value],
        "minimum": [GRADES[grade.value] for grade in dict.fromkeys(step.minimum)],
        "phase": phase,
        "hands_out": _handout(renewal, step),
        "signing": _signing(renewal, step, row, phase),
        "hold": say_hold(row.waiting_for) if row.waiting_for else "",
        "verdict": _verdict(row),
        "is_preflight_open": mark.number == 1 or around["point_to_mend"] is not None,
        "form": (form or StepForm(step, initial={"version": row.version})) if phase in {"form", "timer"} else None,
        "playbooks": [say_playbook(one) for one in step.playbooks],
        "previous": next((one for one in marks if one.number == mark.number - 1), None),
        "following": next((one for one in marks if one.number == mark.number + 1), None),
    }


def frame(renewal: Renewal, *, person: Somebody) -> dict[str, object]:
    """What every page of a renewal shows: whose it is, and the pre-flight."""
    company = renewal.company
    points = _points(renewal)
    return {
        "section": "renewals",
        "renewal": renewal,
        "company": company,
        "certificate": renewal.certificate,
        "hue": hue(company),
        "is_expired": renewal.certificate.is_expired(timezone.now()),
        "may_work": may(person, Right.WORK),
        "points": points,
        "point_to_mend": next((one for one in points if one.state == "failed"), None),
        "is_preflight_running": renewal.state == RenewalState.OPEN and renewal.preflight_at is None,
        "standing": standing(renewal),
        "key_name": suggested_name(renewal, "key"),
        "certificate_name": suggested_name(renewal, "cer"),
    }


def hue(company: Company) -> int:
    """The colour of a company, from 0 to ``HUES`` - 1: the same on every page and every day."""
    return int.from_bytes(hashlib.sha256(company.rfc.encode()).digest()[:4]) % HUES


def suggested_name(renewal: Renewal, ending: str) -> str:
    """A file name to type into the portal: letters and digits only, telling company, registro and day."""
    parts = ["NPIE", renewal.company.rfc, renewal.certificate.scope, f"{timezone.localdate(renewal.created_at):%Y%m%d}"]
    plain = (unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode() for part in parts if part)
    return "_".join(re.sub(r"[^A-Za-z0-9]", "", part) for part in plain) + f".{ending}"


def _marks(renewal: Renewal, *, shown: str) -> list[Mark]:
    return [
        Mark(
            key=one.step.key,
            number=one.number,
            title=say_step(one.step.key),
            state=one.row.state,
            is_current=one.step.key == renewal.current_step,
            is_shown=one.step.key == shown,
            row=one.row,
            proofs=[_proof(kept) for kept in one.evidence],
        )
        for one in steps_of(renewal)
    ]


def _proof(kept: Evidence) -> Proof:
    return Proof(kept.grade, str(GRADES[kept.grade]), kept, say_warnings(kept.facts))


def _phase(row: RenewalStep, step: Step, *, is_current: bool) -> str:
    """How the page is laid out: done, ahead, checking, timer, second_person, stuck (the machine's own step), form."""
    if row.state == StepState.DONE:
        return "done"
    if not is_current:
        return "ahead"
    if row.waiting_for in {SECOND_PERSON, TIMER}:
        return row.waiting_for
    if row.state == StepState.WORKING:
        return "checking"
    return "stuck" if row.state == StepState.FAILED and step.actor is Actor.MACHINE else "form"


def _handout(renewal: Renewal, step: Step) -> str:
    """What can be taken out of custody for this step; the old pair only where the pre-flight opened it."""
    opened = renewal.preflight.get("old_pair", {}).get("state") == "ok"
    if step.hands_out is None or (step.hands_out is Handout.OLD_PAIR and not opened):
        return ""
    return step.hands_out.value


def _signing(renewal: Renewal, step: Step, row: RenewalStep, phase: str) -> dict[str, object] | None:
    """How far the vault's signature of this step's letter has come; None where it signs nothing."""
    if step.signs_with is None or phase == "ahead":
        return None
    now = timezone.now()
    found = signing.standing_of(row, now=now)
    if found is None:
        opened = phase == "form" and signing.signs_here(renewal, step.key)
        old = renewal.certificate.is_expired(now) and step.signs_with is Handout.OLD_PAIR
        return {"phase": "", "is_expired": old} if opened else None
    one = found.signing
    return {
        "phase": found.phase,
        "approval_id": one.approval_id,
        "file": one.signed,
        "was_expired": one.signed is not None and one.signed.facts.get("was_expired"),
        "is_expired": one.certificate.is_expired(now),
        "failure": say(one.failure_code, one.failure_facts) if one.failure_code else "",
    }


def _verdict(row: RenewalStep) -> str:
    if not row.verdict_code:
        return ""
    return say_verdict(row.key, row.verdict_code, row.verdict_facts) or say(row.verdict_code, row.verdict_facts)


def _second_word(row: RenewalStep, person: Somebody) -> dict[str, object]:
    """Whether this person may confirm what somebody else did; asked only where a step waits for it."""
    if row.waiting_for != SECOND_PERSON or not isinstance(person, Person):
        return {"may_confirm": False, "is_first_person": False}
    is_first = row.answers.get("first_person") == person.pk
    return {"is_first_person": is_first, "may_confirm": not is_first or not firm_has_others(person)}


def _points(renewal: Renewal) -> list[Point]:
    return [_point(renewal, key, kept) for key, kept in renewal.preflight.items()]


def _point(renewal: Renewal, key: str, kept: Mapping[str, object]) -> Point:
    code, who = str(kept["code"]), str(kept["who"])
    facts = kept["facts"]
    told = _readable(facts if isinstance(facts, dict) else {})
    return Point(
        key=key,
        title=str(PREFLIGHT[key]),
        state=str(kept["state"]),
        finding=say_finding(key, code, told) or say(code, told),
        mender=str(MENDERS.get(who, "")),
        who=_names(renewal.company, who),
    )


def _readable(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Days as people write them."""
    return {
        name: date_format(date.fromisoformat(value), "j \\d\\e F \\d\\e Y")
        if name.endswith("_on") and isinstance(value, str)
        else value
        for name, value in facts.items()
    }


def _names(company: Company, who: str) -> str:
    """Who can mend it; at the client every contact, because any of them may be the one who answers."""
    if not who:
        return ""
    contacts = ", ".join(one.name for one in company.contacts.all())
    known = {"responsible": str(company.responsible or ""), "contact": contacts}
    return known[who] or str(NOBODY[who])
