"""Is anything kept that should not be: a key, a machine's name, a version that differs from the package's?"""

import re
import tomllib

from firm.env import BASE_DIR
from tests.conventions.source import files

KEY_FILES = {".key", ".cer", ".pfx", ".p12", ".pem", ".crt", ".der", ".req", ".ren", ".sdg"}
VECTORS = BASE_DIR / "tests" / "vectors"


def test_no_key_or_certificate_is_kept_outside_the_vectors():
    assert not [path for path in files() if path.suffix.lower() in KEY_FILES and VECTORS not in path.parents]


def test_no_private_key_hides_in_another_file():
    # Keys of SAT are binary and have no such line: a PKCS#8 structure begins with these bytes, 30 82 xx xx … 1.2.840.
    pem = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{200,}")
    binary = re.compile(rb"\x30\x82..(?:\x02\x01\x00\x30|\x30.{1,3}\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01)", re.DOTALL)
    for path in files():
        if VECTORS not in path.parents:
            content = path.read_bytes()
            assert not pem.search(content), path
            assert not binary.match(content), path


def test_no_path_of_somebodys_machine_is_kept():
    # Spelled apart, so that this file does not find itself.
    places = re.compile("|".join(("/ro" + "ot/", "/ho" + r"me/\w+/", "/wo" + "rk/", r"C:\\Use" + "rs")))
    texts = {".py", ".md", ".toml", ".yml", ".html", ".js", ".css", ".lock", ".txt", ".example", ""}
    found = [path for path in files() if path.suffix in texts and places.search(path.read_text(errors="ignore"))]
    assert not found


def test_lock_files_name_no_index_and_hash_everything():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (BASE_DIR / name).read_text()
        assert "://" not in text
        for entry in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in entry, f"{name}: {entry.splitlines()[0]}"


def test_what_runs_and_what_is_tested_are_the_same_versions():
    runtime, everything = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (BASE_DIR / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime.items() <= everything.items()


def test_the_changelog_tells_of_the_version_in_the_package():
    version = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## (.+)$", (BASE_DIR / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1].split()[0] == version
