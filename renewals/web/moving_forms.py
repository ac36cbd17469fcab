"""Which forms move a renewal otherwise than forward: into a wait, other hands, back a step, or open again?"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renewals.models import Person, WaitKind
from renewals.procedure import limits
from renewals.procedure.handing_over import LONGEST_NOTE
from renewals.procedure.sending_back import LONGEST_REASON
from renewals.procedure.waiting import LONGEST_CAUSE
from renewals.wording.days import say_date
from renewals.wording.steps import say_step

#: No database counts its rows beyond it.
_LARGEST_ID = 2**63 - 1


class _Day(forms.DateInput):
    """A date field of a browser reads this form and no other, whatever the language (HTML, "valid date string")."""

    def __init__(self, *, today: date) -> None:
        last = today + limits.LONGEST_WAIT
        shown = {"type": "date", "min": today.isoformat(), "max": last.isoformat()}
        super().__init__(format="%Y-%m-%d", attrs=shown)


class WaitForm(forms.Form):
    """For whom a renewal waits, for what, and when somebody asks again; without a day, when one usually does."""

    kind = forms.ChoiceField(label=gettext_lazy("¿A quién espera?"), widget=forms.RadioSelect)
    cause = forms.CharField(
        label=gettext_lazy("¿Qué falta?"),
        max_length=LONGEST_CAUSE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Lo lee quien revise después: «Juan busca la contraseña; le llamamos el jueves»."),
    )
    check_on = forms.DateField(label=gettext_lazy("¿Otro día para revisar?"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suggested = {kind: limits.suggested_check(kind, today=today) for kind in WaitKind.values}
        self.fields["kind"].choices = [  # type: ignore[attr-defined]  # stubs: the field is a plain one to them
            (kind.value, _choice(kind, self.suggested[kind.value])) for kind in WaitKind
        ]
        self.fields["check_on"].widget = _Day(today=today)
        self.fields["check_on"].help_text = _(
            "Si lo dejas vacío, queda el día que dice arriba. Para una cita, escribe su día."
        )

    def clean(self) -> dict[str, Any]:
        """The day that is usual where none was chosen; an appointment has its own."""
        cleaned = super().clean() or {}
        if "kind" in cleaned and not cleaned.get("check_on") and "check_on" not in self.errors:
            cleaned["check_on"] = self.suggested[cleaned["kind"]]
            if cleaned["check_on"] is None:
                self.add_error("check_on", _("¿Qué día es la cita?"))
        return cleaned


class PostponeForm(forms.Form):
    """On which other day somebody asks again."""

    check_on = forms.DateField(label=gettext_lazy("Revisar otra vez el"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["check_on"].widget = _Day(today=today)


class HandsForm(forms.Form):
    """In whose hands the page showed the renewal; empty for nobody's."""

    in_hands_of = forms.IntegerField(required=False, min_value=1, max_value=_LARGEST_ID, widget=forms.HiddenInput)


class HandOverForm(HandsForm):
    """To whom a renewal goes, and what they should know."""

    to = forms.TypedChoiceField(label=gettext_lazy("¿A quién se la pasas?"), coerce=int)
    note = forms.CharField(
        label=gettext_lazy("Recado"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Qué falta y qué ya intentaste. Lo ve al abrir la renovación, hasta que haga algo en ella."
        ),
    )

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in people}
        named = [("", _("Elige a una persona")), *((str(pk), str(one)) for pk, one in self.people.items())]
        self.fields["to"].choices = named  # type: ignore[attr-defined]  # as above


class SendBackForm(forms.Form):
    """To which step a renewal goes back, why, and where it stood when that was decided."""

    from_key = forms.SlugField(widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    to_key = forms.ChoiceField(label=gettext_lazy("¿A qué paso regresa?"))
    reason = forms.CharField(
        label=gettext_lazy("¿Por qué?"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, behind: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbered = list(enumerate(behind, start=1))
        self.fields["to_key"].choices = [  # type: ignore[attr-defined]  # as above
            ("", _("Elige un paso")),
            *(
                (key, f"{number}. {say_step(key)}" + (_(" (empezarlo de nuevo)") if key == behind[-1] else ""))
                for number, key in reversed(numbered)
            ),
        ]


class ReasonForm(forms.Form):
    """Why something is undone."""

    reason = forms.CharField(
        label=gettext_lazy("¿Por qué?"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _choice(kind: WaitKind, check_on: date | None) -> str:
    if check_on is None:
        return _("%(whom)s: se revisa ese día") % {"whom": kind.label}
    return _("%(whom)s: se revisa el %(day)s") % {"whom": kind.label, "day": say_date(check_on)}
