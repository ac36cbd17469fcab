"""Which rows does the firm keep? ``stored_key`` and ``event`` are guarded: only ``vault`` and ``audit`` import them."""

# Django must meet the guarded tables too; their names stay out of this package's own.
from renewals.models import event, stored_key  # noqa: F401  # registered, not re-exported
from renewals.models.alert import Alert, AlertKind
from renewals.models.approval import Approval, ApprovalKind, ApprovalState
from renewals.models.archive import Archive, ArchiveKind
from renewals.models.bounce import Bounce, BounceSource
from renewals.models.bulk import BulkJob, BulkRow
from renewals.models.calendar import Authority, CalendarDay, Region
from renewals.models.certificate import Certificate, PairState
from renewals.models.checkout import Checkout, CheckoutState
from renewals.models.client_request import ClientRequest, ClientRequestItem, RequestState, Wanted
from renewals.models.company import Assignment, Company, Contact, RegistroPatronal
from renewals.models.dossier import Dossier
from renewals.models.feed import Feed
from renewals.models.installation import Installation, InstallationAnswer, InstallationTick
from renewals.models.key_work import Announcement, Destruction, KeyWork, KeyWorkKind, KeyWorkState
from renewals.models.mandate import Mandate
from renewals.models.notice import Delivery, DeliveryLine, DeliveryState, Detour, Notice, NoticeState, SweepRun
from renewals.models.people import Person, Role, SignInAttempt
from renewals.models.playbook import PlaybookRun, PlaybookState
from renewals.models.practice import PracticeAccount
from renewals.models.reminder import ReminderMarks, Silence, SilenceKind
from renewals.models.renewal import Evidence, Renewal, RenewalState, RenewalStep, StepState
from renewals.models.set_aside import SetAside
from renewals.models.signing import Signing, SigningState
from renewals.models.stand_in import StandIn
from renewals.models.step_text import StepText
from renewals.models.waiting import Incident, Portal, Wait, WaitEnd, WaitKind

__all__ = [
    "Alert",
    "AlertKind",
    "Announcement",
    "Approval",
    "ApprovalKind",
    "ApprovalState",
    "Archive",
    "ArchiveKind",
    "Assignment",
    "Authority",
    "Bounce",
    "BounceSource",
    "BulkJob",
    "BulkRow",
    "CalendarDay",
    "Certificate",
    "Checkout",
    "CheckoutState",
    "ClientRequest",
    "ClientRequestItem",
    "Company",
    "Contact",
    "Delivery",
    "DeliveryLine",
    "DeliveryState",
    "Destruction",
    "Detour",
    "Dossier",
    "Evidence",
    "Feed",
    "Incident",
    "Installation",
    "InstallationAnswer",
    "InstallationTick",
    "KeyWork",
    "KeyWorkKind",
    "KeyWorkState",
    "Mandate",
    "Notice",
    "NoticeState",
    "PairState",
    "Person",
    "PlaybookRun",
    "PlaybookState",
    "Portal",
    "PracticeAccount",
    "Region",
    "RegistroPatronal",
    "ReminderMarks",
    "Renewal",
    "RenewalState",
    "RenewalStep",
    "RequestState",
    "Role",
    "SetAside",
    "SignInAttempt",
    "Signing",
    "SigningState",
    "Silence",
    "SilenceKind",
    "StandIn",
    "StepState",
    "StepText",
    "SweepRun",
    "Wait",
    "WaitEnd",
    "WaitKind",
    "Wanted",
]
