"""Which rows does the firm keep? ``stored_key`` and ``event`` are guarded: only ``vault`` and ``audit`` import them."""

# Django must meet the guarded tables too; their names stay out of this package's own.
from renewals.models import event, stored_key  # noqa: F401  # registered, not re-exported
from renewals.models.bulk import BulkJob, BulkRow
from renewals.models.certificate import Certificate, PairState
from renewals.models.checkout import Checkout, CheckoutState
from renewals.models.company import Assignment, Company, Contact, RegistroPatronal
from renewals.models.notice import Delivery, DeliveryLine, DeliveryState, Detour, Notice, NoticeState, SweepRun
from renewals.models.people import Person, Role, SignInAttempt
from renewals.models.renewal import Evidence, Renewal, RenewalState, RenewalStep, StepState
from renewals.models.set_aside import SetAside

__all__ = [
    "Assignment",
    "BulkJob",
    "BulkRow",
    "Certificate",
    "Checkout",
    "CheckoutState",
    "Company",
    "Contact",
    "Delivery",
    "DeliveryLine",
    "DeliveryState",
    "Detour",
    "Evidence",
    "Notice",
    "NoticeState",
    "PairState",
    "Person",
    "RegistroPatronal",
    "Renewal",
    "RenewalState",
    "RenewalStep",
    "Role",
    "SetAside",
    "SignInAttempt",
    "StepState",
    "SweepRun",
]
