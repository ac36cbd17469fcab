"""Which form does a step show? Built from the step's fields in the plan, so that the two cannot disagree."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from renewals.errors import (
    AnswerMissing,
    EmptyFile,
    EvidenceTooLarge,
    FileMissing,
    FileOrReasonMissing,
    KeyIsNoEvidence,
    Refusal,
)
from renewals.errors.letters import LetterRefused
from renewals.procedure.cancelling import LONGEST_REASON
from renewals.procedure.evidence import LIMIT_MEGABYTES, MEGABYTE
from renewals.procedure.handed import HandedIn, Upload
from renewals.procedure.steps import Field, Step, Takes
from renewals.wording.errors import say_refusal
from renewals.wording.steps import say_choices, say_field, say_hint

#: A tick that the plan demands, or an answer: given by pressing the button that says it.
_PRESSED = {Takes.WORD, Takes.CHOICE}
#: What browsers offer first in the file dialog; the content decides, so anything else may be chosen too.
_ACCEPT = {
    "key_file": ".key",
    "certificate_file": ".cer,.crt,.pem,.pfx,.p12",
    "letter": ".pdf,.p7m,.png,.jpg,.jpeg",
    "signature_file": ".p7s,.p7m",
    "screenshot": ".pdf,.png,.jpg,.jpeg",
}
#: What is wrong with a file is said beside it.
_OF_A_FILE = (FileMissing, FileOrReasonMissing, EmptyFile, EvidenceTooLarge, KeyIsNoEvidence, LetterRefused)
#: Where the door of intake says a refusal belongs, as this form calls it.
_PLACES = {"certificate": "certificate_file", "key": "key_file", "passphrase": "passphrase"}


class StepForm(forms.Form):
    """The fields of one step, and the version of the step that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, step: Step, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = step
        self.use_required_attribute = True
        for field in step.fields:
            made = _field(step, field)
            made.label, made.help_text = say_field(step.key, field.name), say_hint(step.key, field.name)
            self.fields[field.name] = made

    def asked(self) -> list[tuple[str, forms.BoundField]]:
        """The fields a person fills in, in their order, each with what it takes: every kind is drawn in its own way."""
        pressed, folded = self._pressed(), self._folded()
        shown = [field for field in self.step.fields if field is not pressed and field not in folded]
        return [(field.takes.value, self[field.name]) for field in shown]

    def folded(self) -> list[tuple[str, forms.BoundField]]:
        """The fields that few people need, each behind its question."""
        return [(field.takes.value, self[field.name]) for field in self._folded()]

    def pressed(self) -> tuple[str, forms.BoundField] | None:
        """The one answer that the buttons of the form give by themselves; None where a button only sends."""
        field = self._pressed()
        return None if field is None else (field.takes.value, self[field.name])

    def _pressed(self) -> Field | None:
        answers = [field for field in self.step.fields if field.required and field.takes in _PRESSED]
        return answers[0] if len(answers) == 1 else None

    def _folded(self) -> list[Field]:
        letters = [field for field in self.step.fields if field.takes is Takes.EVIDENCE][:1]
        return [
            field
            for field in self.step.fields
            if not field.required and field.takes is not Takes.WORD and field not in letters
        ]

    def handed(self) -> HandedIn:
        """What was filled in, as the step takes it; only after ``is_valid``."""
        answers: dict[str, str] = {}
        files: dict[str, Upload] = {}
        for field in self.step.fields:
            value = self.cleaned_data.get(field.name)
            if isinstance(value, UploadedFile):
                files[field.name] = Upload(name=value.name or "", data=value.read())
            elif field.takes is Takes.WORD and value:
                answers[field.name] = "yes"
            elif field.takes in {Takes.CHOICE, Takes.TEXT} and value:
                answers[field.name] = str(value)
        return HandedIn(answers=answers, files=files, passphrase=self.cleaned_data.get("passphrase") or None)

    def add_refusal(self, refusal: Refusal) -> None:
        """Show a refusal at the field it is about, or above the form."""
        place = refusal.facts.get("field")
        named = _PLACES.get(str(place), str(place))
        if named not in self.fields and isinstance(refusal, _OF_A_FILE):
            named = next((field.name for field in self.step.fields if field.takes is Takes.EVIDENCE), "")
        words = _("Falta contestar esto.") if isinstance(refusal, AnswerMissing) else say_refusal(refusal)
        self.add_error(named if named in self.fields else None, words)


class PushForm(forms.Form):
    """The version of the step that the person saw when pressing a button."""

    version = forms.IntegerField(min_value=0)


class CancelForm(forms.Form):
    """Why a renewal is given up."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _field(step: Step, field: Field) -> forms.Field:
    match field.takes:
        case Takes.WORD:
            return forms.BooleanField(required=field.required)
        case Takes.CHOICE:
            choices = list(say_choices(step.key, field.name).items())
            return forms.ChoiceField(required=field.required, choices=choices, widget=forms.RadioSelect)
        case Takes.TEXT:
            area = forms.Textarea(attrs={"rows": 2})
            return forms.CharField(required=field.required, max_length=500, widget=area)
        case Takes.PASSPHRASE:
            secret = forms.PasswordInput(attrs={"autocomplete": "off"})
            return forms.CharField(required=field.required, max_length=200, strip=False, widget=secret)
        case Takes.EVIDENCE | Takes.KEY_MATERIAL:
            limit = LIMIT_MEGABYTES * MEGABYTE
            chooser = forms.FileInput(attrs={"accept": _ACCEPT.get(field.name, ""), "data-limit": str(limit)})
            return forms.FileField(required=field.required, allow_empty_file=True, widget=chooser)
