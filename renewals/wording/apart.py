"""Where are the words of the refusals that have a module of their own? One line a subject."""

from django.utils.functional import Promise

from renewals.wording.absences import ABSENCES
from renewals.wording.asking import ASKING
from renewals.wording.handing_over import HANDING_OVER
from renewals.wording.installations import INSTALLATIONS
from renewals.wording.letters import LETTERS
from renewals.wording.mailing import MAILING
from renewals.wording.mandates import MANDATES
from renewals.wording.marks import MARKS
from renewals.wording.master_keys import MASTER_KEYS
from renewals.wording.pending_keys import PENDING_KEYS
from renewals.wording.playbooks import PLAYBOOK_ERRORS
from renewals.wording.practice import PRACTICE
from renewals.wording.previews import PREVIEWS
from renewals.wording.quiet import QUIET
from renewals.wording.texts import TEXT_ERRORS
from renewals.wording.waiting import WAITING

#: Code → sentence, as ``wording.errors`` has them.
APART: dict[str, str | Promise] = {
    **ABSENCES,
    **ASKING,
    **HANDING_OVER,
    **INSTALLATIONS,
    **LETTERS,
    **MAILING,
    **MANDATES,
    **MARKS,
    **MASTER_KEYS,
    **PENDING_KEYS,
    **PLAYBOOK_ERRORS,
    **PRACTICE,
    **PREVIEWS,
    **QUIET,
    **TEXT_ERRORS,
    **WAITING,
}
