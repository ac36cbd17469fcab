"""Which ways out of trouble does the page of a step offer, and what does the one show that is being walked?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from renewals.errors import AnswerMissing, FileMissing, Refusal
from renewals.models import Certificate, Company, PairState, PlaybookRun, Wanted
from renewals.procedure import runs
from renewals.procedure.branching import LONGEST_ANSWER
from renewals.procedure.evidence import LIMIT_MEGABYTES, MEGABYTE
from renewals.procedure.handed import HandedIn, Upload
from renewals.procedure.playbooks import Asked, Does, Question, Shows, Stage, offered
from renewals.procedure.portal_addresses import recovery_address
from renewals.vault.candidates import Candidates, candidates_of
from renewals.web.guide_shown import Shown
from renewals.wording.errors import say_refusal
from renewals.wording.playbook_stages import say_identity, say_papers, say_question, say_screen, say_way
from renewals.wording.playbooks import say_nothing_told, say_playbook


@dataclass(frozen=True, slots=True)
class Offer:
    """One way out that can be begun here."""

    key: str
    happened: str
    remedy: SafeString


@dataclass(frozen=True, slots=True)
class Line:
    """One datum as the portal shows it and as it is kept here."""

    name: str
    seen: str
    kept: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """The stage at which somebody stands, in words, and what it shows beside them."""

    run: PlaybookRun
    title: str
    question: str
    do: Sequence[str]
    #: Value and words of each answer; the first is the one that most often is right.
    ways: Sequence[tuple[str, str]]
    #: What the stage shows, by name: ``recovery``, ``papers``, …
    shows: Sequence[str]
    recovery: str
    papers: Sequence[str]
    lines: Sequence[Line]
    #: The other company that the portal speaks of, where it is one of the firm's that this person knows.
    seen: Company | None
    limit_on: date | None
    #: What the vault has tried or can try; None where the stage tries nothing, or the key is in custody already.
    candidates: Candidates | None
    #: What a client is asked for: a passphrase alone is of use where a key file is kept that it could open.
    asks: str
    is_proved: bool
    hands_out: str


class WalkForm(forms.Form):
    """The questions of one stage; which answer needs which is decided by the verb."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    way = forms.CharField(max_length=40, required=False)

    def __init__(self, stage: Stage, *args: Any, **kwargs: Any) -> None:
        # Beside the form of the step, on one page: no two fields may have the same name for labels.
        super().__init__(*args, **{"auto_id": "walk_%s", **kwargs})
        self.stage = stage
        for question in stage.questions:
            self.fields[question.name] = _field(question)

    def asked(self) -> list[tuple[str, forms.BoundField]]:
        """The fields to fill in, each with what it takes, as a step's form gives them."""
        takes = {Asked.FILE: "evidence"}
        return [(takes.get(one.asked, "text"), self[one.name]) for one in self.stage.questions]

    def handed(self) -> HandedIn:
        """What was filled in; only after ``is_valid``."""
        answers: dict[str, str] = {}
        files: dict[str, Upload] = {}
        for question in self.stage.questions:
            value = self.cleaned_data.get(question.name)
            if isinstance(value, UploadedFile):
                files[question.name] = Upload(name=value.name or "", data=value.read())
            elif value:
                answers[question.name] = str(value)
        return HandedIn(answers=answers, files=files)

    def add_refusal(self, refusal: Refusal) -> None:
        """Show a refusal at the question it is about, or above the answers."""
        named = str(refusal.facts.get("field", ""))
        if isinstance(refusal, FileMissing):
            named = next((one.name for one in self.stage.questions if one.asked is Asked.FILE), "")
        words = say_nothing_told() if isinstance(refusal, AnswerMissing) else say_refusal(refusal)
        self.add_error(named if named in self.fields else None, words)


def ways_out_of(shown: Shown, *, remedies: Mapping[str, SafeString]) -> dict[str, object]:
    """What the step offers, or the stage of the one under way with its form; ``remedies``: the firm's own words."""
    if not shown.is_current:
        return {"offers": (), "walk": None}
    run = runs.run_under_way(shown.renewal)
    if run is not None:
        stage = runs.stage_of(run)
        return {
            "offers": (),
            "walk": _walk(shown, run, stage),
            "walk_form": WalkForm(stage, initial={"version": run.version}),
        }
    books = offered(shown.step.playbooks, kind=shown.renewal.certificate.kind)
    return {"offers": [_offer(book.key, remedies) for book in books], "walk": None}


def _offer(key: str, remedies: Mapping[str, SafeString]) -> Offer:
    happened, remedy = say_playbook(key)
    return Offer(key, happened, remedies.get(key) or format_html("<p>{}</p>", remedy))


def _walk(shown: Shown, run: PlaybookRun, stage: Stage) -> Walk:
    screen = say_screen(run.key, stage.key)
    handed = stage.hands_out
    compares, tries = Shows.SIDE_BY_SIDE in stage.shows, Shows.CANDIDATES in stage.shows
    lines = _side_by_side(run) if compares else []
    old = shown.renewal.certificate
    is_proved = old.pair_state == PairState.IN_CUSTODY
    return Walk(
        run=run,
        title=say_playbook(run.key)[0],
        question=str(screen.question),
        do=[str(one) for one in screen.do],
        ways=[
            (way.key, say_way(run.key, stage.key, way.key))
            for way in stage.ways
            # Nothing is tried on a key that the vault opens already, and what differs is not the same.
            if not (is_proved and way.does is Does.TRIES_CANDIDATES)
            and not (way.only_if_same and not all(line.is_same for line in lines))
        ],
        shows=[one.value for one in stage.shows],
        recovery=_recovery(run) if Shows.RECOVERY in stage.shows else "",
        papers=say_papers(stage.papers)[1] if stage.papers else (),
        lines=lines,
        seen=runs.company_seen(run, shown.person) if compares else None,
        limit_on=runs.request_limit(run) if Shows.REQUEST_LIMIT in stage.shows else None,
        candidates=candidates_of(old) if tries and not is_proved else None,
        asks=_asks(old) if Shows.ASK_CLIENT in stage.shows else "",
        is_proved=tries and is_proved,
        hands_out=handed.value if handed is not None and shown.step.hands_out is None else "",
    )


def _asks(old: Certificate) -> str:
    return Wanted.PASSPHRASE.value if candidates_of(old).files else Wanted.KEY.value


def _recovery(run: PlaybookRun) -> str:
    return recovery_address(runs.told(run, "serial"), on=timezone.localdate())


def _side_by_side(run: PlaybookRun) -> list[Line]:
    return [Line(say_identity(name), seen, kept, is_same) for name, seen, kept, is_same in runs.identities(run)]


def _field(question: Question) -> forms.Field:
    label = say_question(question.name)
    match question.asked:
        case Asked.TEXT:
            return forms.CharField(label=label, required=False, max_length=LONGEST_ANSWER)
        case Asked.SERIAL:
            plain = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"})
            return forms.CharField(label=label, required=False, max_length=60, widget=plain)
        case Asked.DAY | Asked.PAST_DAY:
            # A date field of a browser reads this form and no other, whatever the language (HTML, "valid date string").
            day = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            return forms.DateField(label=label, required=False, widget=day)
        case Asked.FILE:
            return forms.FileField(
                label=label,
                required=False,
                max_length=100,
                allow_empty_file=True,
                widget=forms.FileInput(
                    attrs={"accept": ".pdf,.png,.jpg,.jpeg", "data-limit": str(LIMIT_MEGABYTES * MEGABYTE)}
                ),
            )
