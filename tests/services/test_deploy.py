"""Do the scripts of a production do what they say, as far as no container engine is needed?"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
import yaml

from firm.env import BASE_DIR

pytestmark = pytest.mark.services

ROLES = ("migrate", "web", "worker", "vault", "backup")


@pytest.fixture
def site(tmp_path):
    """A folder as a firm would have it after cloning, with its secrets made."""
    if os.geteuid() != 0:
        pytest.skip("secrets are given to the users of the containers, which only root can do")
    shutil.copytree(BASE_DIR / "deploy", tmp_path / "deploy")
    subprocess.run(["deploy/make-secrets"], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_secrets_are_made_once_for_their_owner_alone(site):
    made = {path.name: path.read_text() for path in (site / "secrets").iterdir() if path.is_file()}
    assert {f"database_url_{role}" for role in ROLES} <= set(made)
    assert len({made[f"postgres_{role}"] for role in ROLES}) == len(ROLES)
    for role in ROLES:
        assert made[f"postgres_{role}"] in made[f"database_url_{role}"]
    assert len(made["secret_key"]) >= 50
    for path in (site / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o400), path.name
        assert path.stat().st_uid != 0, path.name

    subprocess.run(["deploy/make-secrets"], cwd=site, check=True, capture_output=True)
    again = {path.name: path.read_text() for path in (site / "secrets").iterdir() if path.is_file()}
    assert again == made


def test_every_secret_of_the_description_is_made(site):
    described = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())["secrets"].values()
    assert {one["file"] for one in described} <= {f"./secrets/{path.name}" for path in (site / "secrets").iterdir()}


def test_a_database_is_made_ready_for_each_process(site, tmp_path, postgres_url):
    """The image's first-start script, the migrations and the grants, on a PostgreSQL of our own."""
    socket = postgres_url.rsplit("=", 1)[1]
    psql = shutil.which("psql") or str(next(Path("/usr/lib/postgresql").glob("*/bin/psql")))
    client = {"PATH": f"{Path(psql).parent}:{os.environ['PATH']}", "PGHOST": socket}
    for sql in ("CREATE ROLE postgres SUPERUSER LOGIN", "CREATE DATABASE vigencia OWNER postgres"):
        subprocess.run([psql, "-q", "-U", "firm", "-d", "postgres", "-c", sql], env=client, check=True)
    subprocess.run(
        ["sh", str(BASE_DIR / "deploy" / "postgres-roles.sh")],
        env={**client, "SECRETS_DIR": str(site / "secrets")},
        check=True,
        capture_output=True,
    )

    def manage(role, *arguments, **told):
        return subprocess.run(
            [sys.executable, str(BASE_DIR / "manage.py"), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "FIRM_HOME": str(tmp_path / "home"),
                "DEPLOYMENT": "production",
                "PROCESS_ROLE": role,
                "DATABASE_URL": f"postgres://vigencia_{role}@/vigencia?host={socket}",
                **told,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    # Each is told what docker-compose.yml tells it, and nothing more.
    migrated = manage("migrate", "migrate", "--no-input", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    granted = manage("migrate", "database_roles", "--apply")
    assert granted.returncode == 0, granted.stderr
    vault = {"MASTER_KEYS_DIR": str(tmp_path / "master_keys"), "REDIS_URL": "redis://redis:6379/0"}
    made = manage("vault", "vault_init", **vault)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("ik-")
    assert manage("vault", "vault_init", **vault).stdout == made.stdout
    assert manage("web", "migrate", "--no-input", "--verbosity", "0").returncode != 0

    reader = pyrage.x25519.Identity.generate()
    archives = tmp_path / "archives"
    archives.mkdir()
    written = [
        manage("backup", command, "--to", str(archives), BACKUP_RECIPIENTS=str(reader.to_public()))
        for command in ("backup", "backup_keys")
    ]
    assert [one.returncode for one in written] == [0, 0], [one.stderr for one in written]
    data, keys = sorted(archives.iterdir())
    assert b"renewals_companykey" not in pyrage.decrypt(data.read_bytes(), [reader])
    assert b"renewals_intakekey/00000001" in pyrage.decrypt(keys.read_bytes(), [reader])
