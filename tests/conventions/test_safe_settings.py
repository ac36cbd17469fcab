"""Does the program refuse to start where its settings are unsafe, and start where they are safe?"""

import os
import subprocess
import sys

import pytest

from firm.env import BASE_DIR

PRODUCTION = {
    "DEPLOYMENT": "production",
    "PROCESS_ROLE": "web",
    "SECRET_KEY": "una-clave-inventada-solo-para-esta-prueba-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "vigencia.despacho.example",
    "TRUSTED_PROXIES": "1",
    "DATABASE_URL": "postgres://web:inventada@postgres:5432/vigencia",
    "REDIS_URL": "redis://:inventada@redis:6379/0",
    "EMAIL_URL": "smtp+tls://avisos:inventada@correo.despacho.example:587",
    "MAIL_FROM": "Vigencia <avisos@despacho.example>",
    "PUBLIC_URL": "https://vigencia.despacho.example",
    "INTAKE_PUBLIC_KEY": "prueba:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


CHECK = [sys.executable, str(BASE_DIR / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"]


def run(home, command, **changes):
    told = {name: value for name, value in (PRODUCTION | changes).items() if value is not None}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(BASE_DIR), "FIRM_HOME": str(home), **told}
    return subprocess.run(
        command,
        timeout=60,
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_pass_without_a_warning(tmp_path):
    done = run(tmp_path, CHECK)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_the_checks_leave_nothing_in_the_home_folder(tmp_path):
    run(tmp_path, CHECK)
    assert not list(tmp_path.rglob("*secret*"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SECRET_KEY": "corta"}, "renewals.E001"),
        ({"SECRET_KEY": None}, "renewals.E001"),
        ({"ALLOWED_HOSTS": None}, "renewals.E002"),
        ({"PLAIN_HTTP": "1"}, "renewals.E003"),
        ({"DEMO": "1"}, "renewals.E004"),
        ({"PRACTICE": "1"}, "renewals.E024"),
        ({"REDIS_URL": None}, "renewals.E005"),
        ({"DATABASE_URL": "sqlite:////tmp/nunca.sqlite3"}, "renewals.E006"),
        ({"INTAKE_PUBLIC_KEY": None}, "renewals.E007"),
        ({"MASTER_KEYS_DIR": "/run/secrets/master_keys"}, "renewals.E008"),
        ({"PROCESS_ROLE": "worker", "EMAIL_URL": None}, "renewals.E009"),
        ({"PROCESS_ROLE": "trabajador"}, "renewals.E010"),
        ({"PROCESS_ROLE": "vault"}, "renewals.E011"),
        ({"ALERT_EMAIL_URL": "smtp://127.0.0.1:25", "ALERT_MAIL_TO": "a@despacho.example"}, "renewals.E020"),
        ({"PROCESS_ROLE": "vault", "ALERT_EMAIL_URL": "smtp://127.0.0.1:25"}, "renewals.E021"),
        ({"PROCESS_ROLE": "worker", "HEARTBEAT_URL": "http://vigila.example/ping"}, "renewals.E022"),
        ({"MAIL_PROVIDER": "postmark", "MAIL_WEBHOOK_SECRET": "proveedor:corta"}, "renewals.E023"),
    ],
)
def test_unsafe_in_production_means_refusing(tmp_path, changes, code):
    done = run(tmp_path, CHECK, **changes)
    assert done.returncode != 0
    assert code in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("role", "needless"),
    [
        ("web", ["EMAIL_URL", "MAIL_FROM"]),
        ("worker", ["ALLOWED_HOSTS", "TRUSTED_PROXIES"]),
        ("vault", ["SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "MAIL_FROM", "INTAKE_PUBLIC_KEY"]),
        ("beat", ["SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "MAIL_FROM", "INTAKE_PUBLIC_KEY", "DATABASE_URL"]),
        ("backup", ["SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "MAIL_FROM", "INTAKE_PUBLIC_KEY", "REDIS_URL"]),
        ("migrate", ["SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "MAIL_FROM", "INTAKE_PUBLIC_KEY", "REDIS_URL"]),
    ],
)
def test_no_process_has_to_be_given_what_it_does_not_use(tmp_path, role, needless):
    master_keys = {"MASTER_KEYS_DIR": "/run/master_keys"} if role == "vault" else {}
    command = [sys.executable, str(BASE_DIR / "manage.py"), "check"]
    done = run(tmp_path, command, PROCESS_ROLE=role, **dict.fromkeys(needless), **master_keys)
    assert done.returncode == 0, done.stderr


def test_the_practice_portal_has_no_address_in_production_whatever_is_set(tmp_path):
    look = "import django; django.setup(); from firm.urls import urlpatterns; print(urlpatterns)"
    asked = [sys.executable, "-c", look]
    told = {"DJANGO_SETTINGS_MODULE": "firm.settings", "PRACTICE": "1"}
    in_production = run(tmp_path, asked, **told).stdout
    assert "admin/" in in_production
    assert "practica/" not in in_production
    assert "practica/" in run(tmp_path, asked, **told, DEPLOYMENT="one-machine", DATABASE_URL=None).stdout


def test_a_deployment_nobody_knows_is_refused(tmp_path):
    done = run(tmp_path, CHECK, DEPLOYMENT="staging")
    assert done.returncode != 0
    assert "DEPLOYMENT" in done.stderr


def test_a_vault_worker_without_a_mail_account_of_its_own_says_so_and_starts(tmp_path):
    vault = {"PROCESS_ROLE": "vault", "MASTER_KEYS_DIR": "/run/master_keys"}
    start = [sys.executable, "-c", "from firm.refusing import refuse_unsafe_settings; refuse_unsafe_settings()"]
    done = run(tmp_path, start, DJANGO_SETTINGS_MODULE="firm.settings", **vault)
    assert done.returncode == 0, done.stderr
    assert "renewals.W001" in done.stderr + done.stdout
    account = {"ALERT_EMAIL_URL": "smtp://127.0.0.1:25", "ALERT_MAIL_TO": "a@fuera.example"}
    done = run(tmp_path, CHECK, **vault, **account)
    assert done.returncode == 0, done.stderr
    assert "W001" not in done.stderr + done.stdout


def test_the_vault_worker_may_have_the_master_keys(tmp_path):
    done = run(tmp_path, CHECK, PROCESS_ROLE="vault", MASTER_KEYS_DIR="/run/secrets/master_keys")
    assert "E008" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "gunicorn", "firm.wsgi:application", "--bind", "127.0.0.1:0", "--no-control-socket"],
        [sys.executable, "-m", "celery", "--app", "firm", "worker", "--pool", "solo"],
        [sys.executable, "-m", "celery", "--app", "firm", "beat", "--pidfile=", "--schedule", "beat-schedule"],
    ],
    ids=["web", "worker", "beat"],
)
def test_every_process_refuses_by_itself(tmp_path, command):
    done = run(tmp_path, command, ALLOWED_HOSTS=None)
    assert done.returncode != 0
    assert "renewals.E002" in done.stderr + done.stdout
