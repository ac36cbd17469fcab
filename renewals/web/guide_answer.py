"""Which answer does the page of a step ask for: its form, the likely one of its buttons, what is not folded away?"""

from renewals.procedure.steps import Takes
from renewals.web.guide_forms import StepForm
from renewals.web.guide_shown import Shown

#: The phases in which a person can hand the step in.
_OPEN = {"form", "timer"}


def answer_of(shown: Shown, form: StepForm | None) -> dict[str, object]:
    """The form, as it was sent or still empty; None where nothing can be handed in."""
    fresh = StepForm(shown.step, initial={"version": shown.row.version})
    return {
        "form": (form or fresh) if shown.phase in _OPEN else None,
        "likely": _likely(shown),
        "unfold": _unfold(shown) | _asked_for(form),
    }


def _asked_for(form: StepForm | None) -> set[str]:
    """A letter that cannot be told by its text asks for a person's word beside it."""
    return {"why_no_file"} if form is not None and "letter" in form.errors else set()


def _likely(shown: Shown) -> str:
    """The answer that most people will give here, so that its button stands out."""
    if shown.step.key == "enter_idse" and not shown.renewal.certificate.is_expired(shown.now):
        return "about_to_expire"
    choices = (field.choices for field in shown.step.fields if field.takes is Takes.CHOICE)
    return next((one[0] for one in choices if one), "")


def _unfold(shown: Shown) -> set[str]:
    """What is needed after all: a passphrase of one's own has to be typed with the key, and so has a forgotten one."""
    rows = {one.step.key: one.row for one in shown.standings}
    place = rows.get("new_key_place")
    own = place is not None and place.answers.get("passphrase_used") == "own"
    wrong = shown.row.verdict_code == "wrong_passphrase"
    return {"passphrase"} if (own or wrong) and shown.step.key == "mouse_entropy" else set()
