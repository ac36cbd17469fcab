"""What do messages of one day say of certificates? Looks up what the words need, for many messages at a time."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property, partial
from typing import NamedTuple, TypeVar

import structlog
from django.db.models import F, Q
from django.utils import timezone

from renewals.expiry.overlay import Overlays, overlays
from renewals.models import Authority, Certificate, Detour, Person, Renewal, RenewalStep, StepState, Wait
from renewals.models.certificate import Kind
from renewals.notices.lines import ClientLine, Line, Work, client_line_for, light_of, line_for, urgency_of
from renewals.notices.slices import SLICE, sliced

log = structlog.get_logger(__name__)

#: The longest term that words count ends within so many days, whatever is closed.
LONGEST_TERM = timedelta(days=60)
#: What words need of a certificate; its bytes are not among it.
FIELDS = (
    *("kind", "scope", "serial", "rfc", "expires_on", "deadline_on", "deadline_reason", "pair_state"),
    *(f"company__{name}" for name in ("name", "region", "responsible")),
    *(f"company__responsible__{name}" for name in ("username", "first_name", "last_name")),
)
#: A step that stands still for one of these reasons is held up.
HELD_UP = (StepState.WAITING, StepState.FAILED)

#: So many certificates are remembered at most, whatever there is to tell.
MOST_KNOWN = 2_000

Worded = TypeVar("Worded")


class _Facts(NamedTuple):
    """What a line needs of one certificate besides the day."""

    row: Certificate
    work: Work | None
    has_efirma: bool


class MostUrgent(NamedTuple):
    """The lines that a message shows, the most urgent first, and how many others of each light it only counts."""

    lines: list[Line]
    others: Counter[str]


class Words:
    """The words of one local day.

    ``failures``: certificates that could not be put into words, with the reason; the others are told all the same.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.failures: dict[int, str] = {}
        self._known: dict[int, _Facts] = {}
        self._ahead: list[int] = []
        self._place: dict[int, int] = {}

    def expect(self, certificates: Iterable[int]) -> None:
        """Say which certificates will be asked for, in which order: they are looked up many at a time."""
        self._ahead = list(dict.fromkeys(certificates))
        self._place = {pk: place for place, pk in enumerate(self._ahead)}

    def lines(self, wanted: Mapping[int, Detour]) -> list[Line]:
        """A line for each certificate, with the reason why this reader is told; none for those that fail."""
        found = ((pk, facts, wanted[pk]) for pk, facts in self._facts_of(wanted).items())
        return [line for one in found if (line := self._line(*one)) is not None]

    def most_urgent(self, wanted: Mapping[int, Detour], *, most: int) -> MostUrgent:
        """As :meth:`lines` for the most urgent ones; the others are looked up, and not put into words."""
        ranked = sorted(self._facts_of(wanted).items(), key=lambda one: urgency_of(one[1].row, today=self.today))
        shown = MostUrgent([], Counter())
        for pk, facts in ranked:
            if len(shown.lines) == most:
                shown.others[light_of(facts.row, today=self.today).value] += 1
            elif (line := self._line(pk, facts, wanted[pk])) is not None:
                shown.lines.append(line)
        return shown

    def _line(self, pk: int, facts: _Facts, detour: Detour) -> Line | None:
        word = partial(
            line_for,
            facts.row,
            today=self.today,
            work=facts.work,
            detour=detour,
            overlay=self._overlays.of(facts.row.company.region),
            has_efirma=facts.has_efirma,
        )
        return self._worded(pk, word)

    def _facts_of(self, wanted: Collection[int]) -> dict[int, _Facts]:
        unknown = [pk for pk in sorted(wanted) if pk not in self._known]
        if unknown:
            if len(self._known) > MOST_KNOWN:
                self._known = {}
            places = [self._place[pk] for pk in unknown if pk in self._place]
            ahead = self._ahead[min(places) : min(places) + SLICE] if places else []
            self._look_up({*wanted, *ahead} - self._known.keys())
        return {pk: self._known[pk] for pk in sorted(wanted) if pk in self._known}

    def _look_up(self, certificates: Collection[int]) -> None:
        for rows in self._rows(certificates):
            work = work_on(rows)
            efirmas = self._with_efirma({row.company_id for row in rows.values()})
            self._known |= {pk: _Facts(row, work.get(pk), row.company_id in efirmas) for pk, row in rows.items()}

    def client_lines(self, wanted: Collection[int]) -> dict[int, ClientLine]:
        """As :meth:`lines`, for a letter to the client; by certificate."""
        found = {}
        for rows in self._rows(wanted):
            for pk, row in rows.items():
                line = self._worded(pk, partial(client_line_for, row, today=self.today))
                if line is not None:
                    found[pk] = line
        return found

    def _worded(self, certificate: int, word: Callable[[], Worded]) -> Worded | None:
        try:
            return word()
        except Exception as error:
            log.exception("message.line_failed", certificate=certificate)
            self.failures[certificate] = type(error).__name__
            return None

    def _rows(self, wanted: Collection[int]) -> Iterator[dict[int, Certificate]]:
        rows = Certificate.objects.select_related("company__responsible").only(*FIELDS).order_by()
        for ids in sliced(wanted):
            yield {row.pk: row for row in rows.filter(pk__in=ids)}

    def _with_efirma(self, companies: Collection[int]) -> set[int]:
        """Companies with an e.firma of their own, and not only of somebody there, that is valid today."""
        live = Certificate.objects.valid(today=self.today).filter(kind=Kind.EFIRMA, rfc=F("company__rfc"))
        return set(live.filter(company__in=companies).order_by().values_list("company_id", flat=True))

    @cached_property
    def _overlays(self) -> Overlays:
        return overlays(Authority.IMSS, first=self.today, last=self.today + LONGEST_TERM)


def work_on(certificates: Collection[int]) -> dict[int, Work]:
    """Certificate → how far its renewal has come, where one is under way; as many as fit into one statement."""
    renewals = Renewal.objects.under_way().filter(certificate__in=list(certificates)).order_by()
    return works(list(renewals.select_related("assignee")))


def works(renewals: Sequence[Renewal]) -> dict[int, Work]:
    """Certificate → how far it has come, for renewals with their assignee; as many as fit into one statement."""
    standing = RenewalStep.objects.filter(
        Q(state__in=HELD_UP), key=F("renewal__current_step"), renewal__in=[one.pk for one in renewals]
    )
    steps = {step.renewal_id: step for step in standing.only("renewal", "state", "waiting_for", "started_at")}
    waits = _waits_of([pk for pk, step in steps.items() if step.state == StepState.WAITING])
    return {one.certificate_id: _work(one, steps.get(one.pk), waits.get(one.pk)) for one in renewals}


def _waits_of(renewals: Sequence[int]) -> dict[int, Wait]:
    """Renewal → what it waits for outside the firm."""
    if not renewals:
        return {}
    return {one.renewal_id: one for one in Wait.objects.open().filter(renewal__in=renewals)}


def _work(renewal: Renewal, step: RenewalStep | None, wait: Wait | None) -> Work:
    # What a gate found is worded by its code; only what a person wrote is quoted.
    cause = wait.cause if wait is not None and step is not None and step.waiting_for == wait.kind else ""
    stopped_at = renewal.created_at if step is None or step.started_at is None else step.started_at
    if wait is not None:
        stopped_at = wait.begun_at
    return Work(
        renewal_id=renewal.pk,
        step_key=renewal.current_step,
        waiting_for="" if step is None else step.waiting_for,
        since=timezone.localdate(stopped_at),
        failed=step is not None and step.state == StepState.FAILED,
        assignee=_name(renewal.assignee),
        cause=cause,
        check_on=None if wait is None else wait.check_on,
    )


def _name(person: Person | None) -> str:
    return "" if person is None else str(person)
