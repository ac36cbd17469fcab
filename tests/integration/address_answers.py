"""What should every address answer to every person? One line for each; ``test_access_matrix`` walks over them."""

#: Who asks: nobody signed in, partner, staff of this company, staff of others, auditor.
PEOPLE = ("stranger", "ana", "beto", "carla", "dalia")
#: Sent to sign in, and then back.
IN = "sign in"
#: Sent to type the password again: nobody here has typed it lately.
AGAIN = "password again"

Answer = int | str
Answers = tuple[Answer, Answer, Answer, Answer]
Expected = dict[str, tuple[Answer, ...]]

NOT_ALLOWED: Answers = (405, 405, 405, 405)
EVERYBODY: Answers = (200, 200, 200, 200)
ASSIGNED: Answers = (200, 200, 404, 200)
WORKS: Answers = (200, 200, 404, 403)


def both(get: Answers, post: Answers) -> Expected:
    """A page that answers both, to those signed in; a stranger is sent to sign in."""
    return {"GET": (IN, *get), "POST": (IN, *post)}


def reads(*get: Answer) -> Expected:
    """A page that only shows."""
    return {"GET": (IN, *get), "POST": (IN, *NOT_ALLOWED)}


def acts(*post: Answer) -> Expected:
    """An address that only takes a POST."""
    return {"GET": (IN, *NOT_ALLOWED), "POST": (IN, *post)}


def lists(*get: Answer) -> Expected:
    """A list of the admin: a POST without an action shows it again."""
    return {"GET": (IN, *get), "POST": (IN, *get)}


def row(*get: Answer) -> Expected:
    """One row in the admin: nobody changes anything there."""
    return {"GET": (IN, *get), "POST": (IN, *(403 if one == 200 else one for one in get))}


def leads_on(*get: Answer) -> Expected:
    """One row in the admin that has a page of ours to go to."""
    return {"GET": (IN, *get), "POST": (IN, *get)}


EXPECTED: dict[str, Expected] = {
    "home": both((302, 302, 302, 302), NOT_ALLOWED),
    "sign_in": {"GET": (200, 302, 302, 302, 302), "POST": (200, 302, 302, 302, 302)},
    "sign_out": {"GET": (405, *NOT_ALLOWED), "POST": (302, 302, 302, 302, 302)},
    "session": reads(*EVERYBODY),
    "health": {"GET": (200, *EVERYBODY), "POST": (405, *NOT_ALLOWED)},
    # Asks for a secret of its own, and is not there while no provider was named.
    "mail_webhook": {"GET": (405, *NOT_ALLOWED), "POST": (404, 404, 404, 404, 404)},
    # Beto's own address.
    "bounce": reads(*ASSIGNED),
    "bounce_settle": acts(302, 302, 404, 403),
    # Public halves: for everybody who is signed in.
    "audit_keys": reads(*EVERYBODY),
    # One's own links to a calendar, after the password again; everybody's for partners. The link asks nobody.
    "feeds": reads(*EVERYBODY),
    "feed_make": acts(AGAIN, AGAIN, AGAIN, AGAIN),
    "company_feed_make": acts(AGAIN, AGAIN, 404, AGAIN),
    "feed_revoke": acts(302, 302, 404, 404),
    "feed": {"GET": (404, 404, 404, 404, 404), "POST": (405, *NOT_ALLOWED)},
    "confirm_identity": both(EVERYBODY, EVERYBODY),
    "change_password": both(EVERYBODY, EVERYBODY),
    # To oneself alone.
    # What would be sent is about everybody's companies; no message has the name that is asked for.
    "mail_preview": reads(200, 403, 403, 403),
    "mail_preview_message": reads(404, 403, 403, 403),
    "mail_test": reads(*EVERYBODY),
    "mail_test_send": acts(302, 302, 302, 302),
    # People are managed by partners, after their password again.
    "person_new": both((AGAIN, 403, 403, 403), (AGAIN, 403, 403, 403)),
    "person": reads(AGAIN, 403, 403, 403),
    "leaver": reads(AGAIN, 403, 403, 403),
    "leaver_rekey": acts(AGAIN, 403, 403, 403),
    "person_role": acts(200, 403, 403, 403),
    "person_email": acts(200, 403, 403, 403),
    "person_password": acts(200, 403, 403, 403),
    "person_take_access": acts(AGAIN, 403, 403, 403),
    "person_give_access_back": acts(AGAIN, 403, 403, 403),
    "person_lead": acts(AGAIN, 403, 403, 403),
    "person_absence": acts(200, 403, 403, 403),
    "absence_end": acts(AGAIN, 403, 403, 403),
    # Companies and certificates: an empty form is shown again, with what is missing.
    "company_new": both((200, 200, 200, 403), (200, 200, 200, 403)),
    "company": reads(*ASSIGNED),
    "company_edit": both(WORKS, WORKS),
    "company_assign": acts(200, 403, 404, 403),
    "company_unassign": acts(302, 403, 404, 403),
    # Mandates: registered by another person here; an empty form is shown again.
    "mandate_new": both(WORKS, WORKS),
    "mandate": reads(*ASSIGNED),
    "mandate_document": reads(*ASSIGNED),
    "mandate_confirm": acts(AGAIN, AGAIN, 404, 403),
    "mandate_end": acts(200, 200, 404, 403),
    # Asking a client by a link: an empty form is shown again.
    "client_request_new": both(WORKS, WORKS),
    "client_request": reads(*ASSIGNED),
    "client_request_withdraw": acts(302, 302, 404, 403),
    # The client's own side, for everybody: without the word of a link, and the code, nothing is there for anybody.
    "client_link": {"GET": (200, *EVERYBODY), "POST": (405, *NOT_ALLOWED)},
    "client_link_open": {"GET": (405, *NOT_ALLOWED), "POST": (404, 404, 404, 404, 404)},
    "client_answer": {"GET": (404, 404, 404, 404, 404), "POST": (405, *NOT_ALLOWED)},
    "client_answer_code": {"GET": (405, *NOT_ALLOWED), "POST": (404, 404, 404, 404, 404)},
    "client_answer_paper": {"GET": (404, 404, 404, 404, 404), "POST": (405, *NOT_ALLOWED)},
    "client_answer_finish": {"GET": (405, *NOT_ALLOWED), "POST": (404, 404, 404, 404, 404)},
    "client_answer_thing": {"GET": (404, 404, 404, 404, 404), "POST": (404, 404, 404, 404, 404)},
    # Parting with a client is for partners; the proof is for whoever may know of the company.
    "company_offboarding": reads(AGAIN, 403, 404, 403),
    "company_offboarding_state": reads(200, 403, 404, 403),
    # Whoever may read it on the page may take it along, on the record.
    "company_history": acts(200, 200, 404, 200),
    "company_close": acts(200, 403, 404, 403),
    "company_erase": acts(200, 403, 404, 403),
    "company_reopen": acts(200, 403, 404, 403),
    "destruction": reads(*ASSIGNED),
    "destruction_file": reads(*ASSIGNED),
    "certificate_upload": both((200, 200, 200, 403), (200, 200, 200, 403)),
    "certificate": reads(*ASSIGNED),
    "certificate_key": both(WORKS, WORKS),
    "certificate_state": reads(*ASSIGNED),
    "certificate_quiet": reads(*WORKS),
    "certificate_snooze": acts(*WORKS),
    "certificate_waive": acts(*WORKS),
    # Nothing keeps it quiet: whoever works is told so on its page.
    "certificate_tell_again": acts(302, 302, 404, 403),
    # Days of notice: everybody reads them, partners choose. An empty form is shown again; nothing to go back from.
    "marks": reads(*EVERYBODY),
    "marks_choose": acts(200, 403, 403, 403),
    "marks_reset": acts(302, 403, 403, 403),
    "company_marks": reads(*ASSIGNED),
    "company_marks_choose": acts(200, 403, 404, 403),
    "company_marks_reset": acts(302, 403, 404, 403),
    # The calendar: everybody counts by it, partners keep it.
    "calendar": reads(*EVERYBODY),
    "calendar_day_add": acts(200, 403, 403, 403),
    "calendar_day_remove": acts(302, 403, 403, 403),
    # Requests that need two people: this one is Beto's, to sign for his company, which any other who works may decide.
    "approval": reads(*ASSIGNED),
    "approval_approve": acts(AGAIN, 302, 404, 403),
    "approval_refuse": acts(302, 302, 404, 403),
    # Ana has refused it just before: she is told that it is over. Whoever may not decide cannot stop it either.
    "approval_withdraw": acts(302, 302, 404, 404),
    # Bulk jobs: nothing chosen is refused with 400.
    "bulk_queue": acts(400, 400, 400, 403),
    "bulk_job": reads(*ASSIGNED),
    "bulk_job_progress": reads(*ASSIGNED),
    # Checkouts: only the person who asked has one, whatever the role of others.
    "checkout_ask": both((AGAIN, AGAIN, 404, 403), (AGAIN, AGAIN, 404, 403)),
    "checkout": reads(404, 200, 404, 403),
    "checkout_state": reads(404, 200, 404, 403),
    "bundle_ask": both((AGAIN, AGAIN, AGAIN, 403), (AGAIN, AGAIN, AGAIN, 403)),
    "bundle_collect": both((404, 404, 404, 403), (404, 404, 404, 403)),
    "checkouts_out": reads(200, 200, 200, 403),
    "checkout_removed": acts(404, 302, 404, 403),
    "checkout_download": acts(404, 409, 404, 403),
    "checkout_passphrase": acts(404, 409, 404, 403),
    # Works on keys: partners ask, after their password again; auditors look.
    "master_keys": reads(AGAIN, 403, 403, 403),
    "master_key_rotate": acts(AGAIN, 403, 403, 403),
    "master_key_retire": acts(AGAIN, 403, 403, 403),
    "keys_without_certificate": reads(*EVERYBODY),
    "key_give_up": acts(302, 302, 404, 403),
    "key_adopt": acts(302, 302, 404, 403),
    "company_rekey": both((AGAIN, 403, 404, 403), (AGAIN, 403, 404, 403)),
    "key_work": reads(200, 404, 404, 200),
    "key_work_progress": reads(200, 404, 404, 200),
    # The guide: what cannot be done now leads back to the renewal and says why.
    "renewal_start": acts(302, 302, 404, 403),
    "renewal": reads(*ASSIGNED),
    "renewal_live": reads(*ASSIGNED),
    "renewal_preflight": acts(302, 302, 404, 403),
    "renewal_cancel": acts(302, 302, 404, 403),
    "renewal_options": reads(*WORKS),
    # Nothing was filled in.
    "renewal_wait": acts(400, 400, 404, 403),
    "renewal_wait_end": acts(302, 302, 404, 403),
    "renewal_wait_postpone": acts(400, 400, 404, 403),
    "renewal_hand_over": acts(400, 400, 404, 403),
    "renewal_take_over": acts(302, 302, 404, 403),
    "renewal_send_back": acts(400, 400, 404, 403),
    "renewal_reopen": acts(400, 400, 404, 403),
    "portals": reads(*EVERYBODY),
    # No portal of that name.
    "portal_report": acts(404, 404, 404, 403),
    "incident_close": acts(302, 302, 302, 403),
    "step": reads(302, 302, 404, 302),
    # No way out of that name; and an answer that names no version of the walk.
    # The guide's own words: for partners.
    "texts": reads(200, 403, 403, 403),
    "text": both((200, 403, 403, 403), (400, 403, 403, 403)),
    "text_bring_back": acts(302, 403, 403, 403),
    "way_out_begin": acts(302, 302, 404, 403),
    "way_out_answer": acts(400, 400, 404, 403),
    "way_out_leave": acts(302, 302, 404, 403),
    "way_out_papers": reads(*ASSIGNED),
    "way_out_state": reads(*ASSIGNED),
    "step_hand_in": acts(400, 400, 404, 403),
    "step_second": acts(302, 302, 404, 403),
    # The renewal stands at a step that signs nothing.
    "step_sign": both((302, 302, 404, 403), (302, 302, 404, 403)),
    "step_try_again": acts(302, 302, 404, 403),
    "evidence_file": reads(*ASSIGNED),
    # Places where certificates are used: without a name one is told so, and nothing is answered without an answer.
    "installation_add": acts(302, 302, 404, 403),
    "installation_remove": acts(302, 302, 404, 403),
    "renewal_places": acts(302, 302, 404, 403),
    # The paper of a renewal is for whoever may know of it; what all of them come to is for partners. No such file.
    "dossier": reads(*ASSIGNED),
    "dossier_file": reads(404, 404, 404, 404),
    "dossier_package": acts(*ASSIGNED),
    "outcomes": reads(200, 403, 403, 403),
    "outcomes_csv": reads(200, 403, 403, 403),
    # The portal to practise on: for whoever works, with certificates of practice companies; nobody is inside here.
    "practice:front": reads(200, 200, 200, 403),
    "practice:enter": acts(400, 400, 400, 403),
    "practice:leave": acts(302, 302, 302, 403),
    "practice:screen": reads(200, 200, 200, 403),
    "practice:data": both((200, 200, 200, 403), (200, 200, 200, 403)),
    "practice:new_key": acts(200, 200, 200, 403),
    "practice:letter": reads(200, 200, 200, 403),
    "practice:sign": acts(200, 200, 200, 403),
    "practice:signed": acts(200, 200, 200, 403),
    "practice:install": acts(200, 200, 200, 403),
    "practice:certificate": reads(200, 200, 200, 403),
    "practice:recover": both((200, 200, 200, 403), (200, 200, 200, 403)),
    "practice:serial": both((200, 200, 200, 403), (200, 200, 200, 403)),
    "practice:receipt": reads(200, 200, 200, 403),
    "practice:training": reads(200, 200, 200, 403),
    # The company here is a real one, which the portal does not know.
    "practice:choose": acts(404, 404, 404, 403),
    "practice:begin_again": acts(404, 404, 404, 403),
    # The admin.
    "admin:index": lists(*EVERYBODY),
    "admin:app_list": lists(*EVERYBODY),
    "admin:search": lists(*EVERYBODY),
    "admin:jsi18n": reads(*EVERYBODY),
    "admin:login": lists(IN, IN, IN, IN),
    "admin:logout": acts(302, 302, 302, 302),
    "admin:password_change": lists(302, 302, 302, 302),
    "admin:anything else": lists(404, 404, 404, 404),
    "admin:renewals_certificate_changelist": lists(*EVERYBODY),
    "admin:renewals_certificate_change": leads_on(302, 302, 404, 302),
    "admin:renewals_company_changelist": lists(*EVERYBODY),
    "admin:renewals_company_change": leads_on(302, 302, 404, 302),
    "admin:renewals_company_take_on": leads_on(302, 302, 302, 403),
    "admin:renewals_renewal_changelist": lists(*EVERYBODY),
    "admin:renewals_renewal_change": leads_on(302, 302, 404, 302),
    "admin:renewals_approval_changelist": lists(*EVERYBODY),
    "admin:renewals_approval_change": leads_on(302, 302, 404, 302),
    "admin:renewals_bulkjob_changelist": lists(*EVERYBODY),
    "admin:renewals_bulkjob_change": leads_on(302, 302, 404, 302),
    "admin:renewals_checkout_changelist": lists(*EVERYBODY),
    "admin:renewals_checkout_change": row(*ASSIGNED),
    "admin:renewals_notice_changelist": lists(*EVERYBODY),
    "admin:renewals_notice_change": row(*ASSIGNED),
    "admin:renewals_delivery_changelist": lists(*EVERYBODY),
    "admin:renewals_delivery_change": row(*ASSIGNED),
    "admin:renewals_clientrequest_changelist": lists(*EVERYBODY),
    "admin:renewals_clientrequest_change": leads_on(302, 302, 404, 302),
    "admin:renewals_bounce_changelist": lists(*EVERYBODY),
    "admin:renewals_bounce_change": leads_on(302, 302, 404, 302),
    "admin:renewals_destruction_changelist": lists(*EVERYBODY),
    "admin:renewals_destruction_change": leads_on(302, 302, 404, 302),
    "admin:renewals_event_changelist": lists(*EVERYBODY),
    "admin:renewals_event_change": row(*ASSIGNED),
    "admin:renewals_sweeprun_changelist": lists(*EVERYBODY),
    "admin:renewals_sweeprun_change": row(*EVERYBODY),
    "admin:renewals_alert_changelist": lists(200, 403, 403, 200),
    "admin:renewals_alert_change": row(200, 404, 404, 200),
    "admin:renewals_archive_changelist": lists(200, 403, 403, 200),
    "admin:renewals_archive_change": row(200, 404, 404, 200),
    "admin:renewals_keywork_changelist": lists(200, 403, 403, 200),
    "admin:renewals_keywork_change": leads_on(302, 404, 404, 302),
    "admin:renewals_keywork_master_keys": leads_on(302, 403, 403, 403),
    "admin:renewals_setaside_changelist": lists(200, 403, 403, 200),
    "admin:renewals_setaside_change": row(200, 404, 404, 200),
    # Colleagues know who is away; partners go on to the person.
    "admin:renewals_standin_changelist": lists(*EVERYBODY),
    "admin:renewals_standin_change": {"GET": (IN, 302, 200, 200, 200), "POST": (IN, 403, 403, 403, 403)},
    "admin:renewals_person_changelist": lists(200, 403, 403, 200),
    "admin:renewals_person_change": {"GET": (IN, 302, 404, 404, 200), "POST": (IN, 403, 404, 404, 403)},
    "admin:renewals_person_let_in": leads_on(302, 403, 403, 403),
}
