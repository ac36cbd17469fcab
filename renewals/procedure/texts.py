"""Which of the firm's own words stand in the place of the program's, and how does a version follow another?

Versions are never changed: a correction is a new one, and so is going back. An empty one brings the program's own
words back. A text belongs to one edition of a plan, like the renewals that follow it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from renewals import audit
from renewals.access import Right, require
from renewals.errors import Fact
from renewals.errors.texts import TextChanged, TextPlaceUnknown
from renewals.models import Person, StepText
from renewals.procedure.restricted_text import parse
from renewals.procedure.steps import plan_of

PARTS: Final = ("see", "do", "proof")
#: How the name of a part begins that holds the remedy of a playbook.
PLAYBOOK_PART: Final = "playbook:"


def parts_of(plan: str, edition: int, step_key: str) -> tuple[str, ...]:
    """The parts of a step whose words can be replaced. Raises TextPlaceUnknown where the plan has no such step."""
    try:
        step = plan_of(plan, edition).step(step_key)
    except KeyError:
        raise TextPlaceUnknown from None
    return (*PARTS, *(f"{PLAYBOOK_PART}{key}" for key in step.playbooks))


def save(
    *, plan: str, edition: int, step_key: str, part: str, body: str, seen: int, by: Person, now: datetime
) -> StepText:
    """Save the firm's words for one part of a step as its next version; an empty body brings the program's back.

    ``seen`` is the version that was current when the person began to write; 0 where there was none.

    Raises:
        NotPermitted: only partners write.
        TextPlaceUnknown: the plan has no such step or part.
        TextChanged: somebody saved another version first.
        and what ``restricted_text.parse`` refuses.
    """
    require(by, Right.MANAGE)
    if part not in parts_of(plan, edition, step_key):
        raise TextPlaceUnknown
    body = body.strip()
    parse(body)
    place: dict[str, Fact] = {"plan": plan, "edition": edition, "step_key": step_key, "part": part}
    made = StepText(**place, version=seen + 1, body=body, made_by=by, made_at=now)
    try:
        with transaction.atomic():
            before = StepText.objects.filter(**place, is_current=True)
            if before.filter(version=seen).update(is_current=False) != (1 if seen else 0):
                raise TextChanged
            made.save(force_insert=True)
            name = "text.saved" if body else "text.brought_back"
            audit.record(name, by=by, subject=made, company=None, version=seen + 1, **place)
    except IntegrityError as error:
        raise TextChanged from error
    return made


def texts_of(plan: str, edition: int, step_key: str) -> Mapping[str, StepText]:
    """The current version of each part of a step for which the firm has words of its own."""
    rows = StepText.objects.filter(plan=plan, edition=edition, step_key=step_key, is_current=True).exclude(body="")
    return {one.part: one for one in rows}


def all_texts(plan: str, edition: int) -> Mapping[tuple[str, str], StepText]:
    """The current version of every part of a plan for which there is any, by step and part."""
    rows = StepText.objects.filter(plan=plan, edition=edition, is_current=True).select_related("made_by")
    return {(one.step_key, one.part): one for one in rows}


def versions_of(plan: str, edition: int, step_key: str, part: str) -> list[StepText]:
    """Every version of one part, the latest first."""
    rows = StepText.objects.filter(plan=plan, edition=edition, step_key=step_key, part=part)
    return list(rows.select_related("made_by").order_by("-version"))
