"""What does a partner fill in to name somebody's lead, or who stands in for them?"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from renewals.models import Person
from renewals.people.leads import has_lead, who_may_lead
from renewals.people.stand_ins import who_may_stand_in


class LeadForm(forms.Form):
    """Who is told where a person does not act."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, somebody: Person) -> None:
        super().__init__(data, initial={"lead": somebody.lead_id})
        self.fields["lead"] = forms.ModelChoiceField(
            label=gettext_lazy("Su líder"),
            queryset=who_may_lead(somebody),
            required=False,
            empty_label=gettext_lazy("Nadie: se avisa a las socias y socios"),
            help_text=gettext_lazy("Recibe aviso cuando falta una semana y nadie ha empezado la renovación."),
        )


class AbsenceForm(forms.Form):
    """Who stands in for a person, and on which days."""

    from_on = forms.DateField(
        label=gettext_lazy("Desde"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until_on = forms.DateField(
        label=gettext_lazy("Hasta (último día)"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, somebody: Person) -> None:
        super().__init__(data)
        self.fields["stand_in"] = forms.ModelChoiceField(
            label=gettext_lazy("Quién suple"),
            queryset=who_may_stand_in(somebody),
            help_text=gettext_lazy("Recibe sus avisos y, solo esos días, ve y trabaja sus empresas."),
        )
        self.order_fields(["stand_in", "from_on", "until_on"])


def lead_form(somebody: Person) -> LeadForm | None:
    """The form with their lead; none for those who have none."""
    return LeadForm(somebody=somebody) if has_lead(somebody) else None
