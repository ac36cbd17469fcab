"""What does the page of a renewal show? The frame around every page of it, and one line for each part of a step."""

from renewals.access import Right, Somebody, may
from renewals.models import Person, Renewal, RenewalStep
from renewals.procedure.overview import standing, standing_at
from renewals.procedure.progress import SECOND_PERSON, firm_has_others
from renewals.web.guide_answer import answer_of
from renewals.web.guide_asking import asking_of
from renewals.web.guide_client import strip_of, suggested_name
from renewals.web.guide_forms import StepForm
from renewals.web.guide_handout import handout_of
from renewals.web.guide_marks import marks_of
from renewals.web.guide_places import places_of
from renewals.web.guide_practice import practice_of
from renewals.web.guide_preflight import preflight_of
from renewals.web.guide_shown import Shown, look_at
from renewals.web.guide_signing import signing_of
from renewals.web.guide_texts import own_words_of
from renewals.web.guide_waiting import waiting_of
from renewals.web.guide_waiting_key import waiting_keys_of
from renewals.web.guide_ways_out import ways_out_of
from renewals.wording.errors import say
from renewals.wording.steps import ACTORS, GRADES, say_hold, say_verdict


def context(renewal: Renewal, *, key: str, person: Somebody, form: StepForm | None = None) -> dict[str, object]:
    """Everything that the page of one step shows; each part is given the same ``shown`` and asks for the rest itself.

    A step page may cost fifteen queries in all; a test counts them at every step.
    """
    shown = look_at(renewal, key=key, person=person)
    own = own_words_of(shown)
    step, row, phase = shown.step, shown.row, shown.phase
    around = _frame(renewal, person=person, standing=standing_at(renewal, _current_row(shown)))
    return {
        **around,
        **marks_of(shown),
        **_second_word(shown),
        "step": step,
        "phase": phase,
        "is_current": shown.is_current,
        "may_act": shown.may_act,
        "actor": ACTORS[step.actor.value],
        "minimum": [GRADES[grade.value] for grade in dict.fromkeys(step.minimum)],
        **answer_of(shown, form),
        **handout_of(shown),
        "hold": say_hold(row.waiting_for) if row.waiting_for else "",
        "verdict": _verdict(shown),
        "is_preflight_open": step is shown.plan.steps[0] or around["point_to_mend"] is not None,
        # One line for each part that has a module of its own (see docs/map.md).
        "places": places_of(shown),
        "practice": practice_of(shown),
        "signing": signing_of(shown),
        "waiting_keys": waiting_keys_of(shown),
        **waiting_of(shown),
        **asking_of(shown),
        "own": own.parts,
        **ways_out_of(shown, remedies=own.remedies),
    }


def frame(renewal: Renewal, *, person: Somebody) -> dict[str, object]:
    """What every page of a renewal shows: whose it is, and the pre-flight."""
    return _frame(renewal, person=person, standing=standing(renewal))


def _frame(renewal: Renewal, *, person: Somebody, standing: str) -> dict[str, object]:
    return {
        **preflight_of(renewal),
        **strip_of(renewal.company, renewal.certificate),
        "section": "renewals",
        "renewal": renewal,
        "may_work": may(person, Right.WORK),
        "standing": standing,
        "key_name": suggested_name(renewal, "key"),
        "certificate_name": suggested_name(renewal, "cer"),
    }


def _current_row(shown: Shown) -> RenewalStep | None:
    return next((one.row for one in shown.standings if one.step.key == shown.renewal.current_step), None)


def _verdict(shown: Shown) -> str:
    row = shown.row
    if not row.verdict_code or shown.phase == "done":
        return ""
    return say_verdict(row.key, row.verdict_code, row.verdict_facts) or say(row.verdict_code, row.verdict_facts)


def _second_word(shown: Shown) -> dict[str, object]:
    """Whether this person may confirm what somebody else did; asked only where a step waits for it."""
    person, row = shown.person, shown.row
    if row.waiting_for != SECOND_PERSON or not isinstance(person, Person):
        return {"may_confirm": False, "is_first_person": False}
    is_first = row.answers.get("first_person") == person.pk
    return {"is_first_person": is_first, "may_confirm": not is_first or not firm_has_others(person)}
