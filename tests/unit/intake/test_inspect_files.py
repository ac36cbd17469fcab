"""What does the inspection say of each file, by its content alone?"""

from __future__ import annotations

import os
import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from renewals.errors import FileTooLarge, PassphraseTriesSpent, PathUnreadable, TooManyPassphrases, WrongPassphrase
from renewals.intake import files, passphrases
from renewals.intake.files import find_files, read_file
from renewals.intake.inspecting import inspect
from renewals.intake.passphrases import MAX_PASSPHRASES, open_file, read_passphrases
from renewals.pki.content import Content
from renewals.pki.pfx import describe_pfx
from tests import pairs
from tests.hostile import asking_for_rounds, asking_for_scrypt, pem, plain_key
from tests.pairs import PASSPHRASE, make_pair

ZONE = ZoneInfo("America/Mexico_City")
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)


def looked_at(*paths: Path, passphrases=(PASSPHRASE,)):
    """Reports by file name."""
    reports = inspect([str(path) for path in paths], passphrases=passphrases, today=TODAY, zone=ZONE)
    return {report.path.rsplit("/", 1)[-1]: report for report in reports}


def write(folder: Path, **data: bytes) -> Path:
    for name, content in data.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


# --- what files are -----------------------------------------------------------------------------------------------


def test_a_certificate_tells_everything_it_says(tmp_path):
    pair = make_pair(
        "npie", not_before=NOW - timedelta(days=300), not_after=datetime(2026, 12, 1, 4, tzinfo=UTC), now=NOW
    )
    report = looked_at(write(tmp_path, a_txt=pair.certificate))["a.txt"]

    assert (report.content, report.private_key, report.warnings, report.error) == ("certificate", None, (), None)
    told = report.certificate
    assert told is not None
    assert (told.kind, told.rfc, told.name) == ("npie", pairs.RFC, pairs.NAME)
    assert told.registro_patronal == pairs.REGISTRO_PATRONAL
    assert (told.serial, told.sha256, told.key_bits) == (pair.facts.serial, pair.facts.sha256, 2048)
    assert told.not_after == "2026-12-01T04:00:00+00:00"
    assert told.days_left == 7, "four in the morning in Greenwich is still 30 November in Mexico"


def test_a_key_finds_its_certificates_among_all_files(tmp_path):
    one, other = make_pair(now=NOW), make_pair(now=NOW)
    (tmp_path / "b").mkdir()
    write(tmp_path, a_cer=one.certificate, x_key=other.key_file)
    write(tmp_path / "b", c_cer=other.certificate, d_pem=pem("CERTIFICATE", other.certificate))
    reports = looked_at(tmp_path)

    key = reports["x.key"].private_key
    assert key is not None
    assert key.opens is True
    assert "3DES" in key.encryption.upper() or "DES-EDE3" in key.encryption.upper()
    assert key.matches == (str(tmp_path / "b" / "c.cer"), str(tmp_path / "b" / "d.pem"))


def test_a_pfx_is_a_certificate_and_its_key(tmp_path):
    reports = looked_at(write(tmp_path, a_cer=make_pair(now=NOW).pfx()))

    report = reports["a.cer"]
    assert report.content == "pfx"
    assert report.certificate is not None
    assert report.private_key is not None
    assert report.private_key.matches == (str(tmp_path / "a.cer"),)


def test_without_a_passphrase_a_locked_file_is_no_error(tmp_path):
    pair = make_pair(now=NOW)
    reports = looked_at(write(tmp_path, a_key=pair.key_file, b_pfx=pair.pfx()), passphrases=())

    for report in reports.values():
        assert report.private_key is not None
        assert (report.private_key.opens, report.error, report.certificate) == (None, None, None)


def test_a_wrong_passphrase_is_an_error_and_opens_nothing(tmp_path):
    pair = make_pair(now=NOW)
    reports = looked_at(write(tmp_path, a_key=pair.key_file, b_pfx=pair.pfx()), passphrases=("x", "y"))

    for report in reports.values():
        assert report.private_key is not None
        assert report.private_key.opens is False
        assert report.error is not None
        assert report.error.code == "wrong_passphrase"


def test_a_key_in_the_clear_opens_and_is_warned_of(tmp_path):
    report = looked_at(write(tmp_path, a_key=plain_key(make_pair(now=NOW).key)))["a.key"]

    assert report.private_key is not None
    assert (report.private_key.encryption, report.private_key.opens) == ("none", True)
    assert [one.code for one in report.warnings] == ["key_not_encrypted"]


def test_what_is_odd_is_warned_of(tmp_path, sat_authority):
    old = make_pair("csd", not_before=NOW - timedelta(days=900), not_after=NOW - timedelta(days=3))
    early = make_pair("csd", not_before=NOW + timedelta(days=3), not_after=NOW + timedelta(days=900))
    reports = looked_at(
        write(
            tmp_path,
            vencido_cer=old.certificate,
            futuro_cer=early.certificate,
            autoridad_cer=sat_authority.certificate_der,
        )
    )

    codes = {name: [one.code for one in report.warnings] for name, report in reports.items()}
    assert codes["vencido.cer"] == ["expired"]
    assert codes["futuro.cer"] == ["not_yet_valid"]
    assert codes["autoridad.cer"][0] == "authority_certificate"


@pytest.mark.parametrize(
    ("data", "content", "code"),
    [
        (b"", "unknown", "empty_file"),
        (b"  \n", "unknown", "empty_file"),
        (b"Estimado cliente", "unknown", "unrecognised_file"),
        (bytes(1_048_577), "unknown", "file_too_large"),
        (make_pair(now=NOW).certificate[:700], "certificate", "damaged_file"),
        (make_pair(now=NOW).key_file[:700], "private_key", "damaged_file"),
        (make_pair(now=NOW).pfx()[:700], "pfx", "damaged_file"),
        (asking_for_rounds(2**31), "private_key", "excessive_work"),
    ],
)
def test_every_bad_file_has_its_own_error(tmp_path, data, content, code):
    report = looked_at(write(tmp_path, a_cer=data) / "a.cer")["a.cer"]

    assert (report.content, report.error.code if report.error else None) == (content, code)


def test_other_papers_in_a_folder_are_no_error(tmp_path):
    write(tmp_path, a_pdf=b"%PDF-1.7", b_cer=b"", c_zip=bytes(1_048_577), d_cer=b"0\x82")
    reports = looked_at(tmp_path)

    assert {name: (report.warnings[0].code, report.error) for name, report in reports.items()} == {
        "a.pdf": ("unrecognised_file", None),
        "b.cer": ("empty_file", None),
        "c.zip": ("file_too_large", None),
        "d.cer": ("unrecognised_file", None),
    }
    assert reports["c.zip"].warnings[0].detail == "limit=1048576, size=1048577"


def test_requests_are_named_and_are_no_error(tmp_path):
    key = make_pair(now=NOW).key
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, hashes.SHA256())
    report = looked_at(write(tmp_path, a_req=request.public_bytes(serialization.Encoding.DER)))["a.req"]

    assert (report.content, report.error, report.certificate) == ("request", None, None)


# --- where files lie ----------------------------------------------------------------------------------------------


def test_folders_are_walked_in_order_and_links_are_not_followed(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a").mkdir()
    write(tmp_path / "b", x_cer=b"1")
    write(tmp_path / "a", z_cer=b"1", y_cer=b"1")
    write(tmp_path, zz_cer=b"1")
    (tmp_path / "vuelta").symlink_to(tmp_path)
    (tmp_path / "liga.cer").symlink_to(tmp_path / "zz.cer")

    found = [one.path.removeprefix(f"{tmp_path}/") for one in find_files([str(tmp_path)])]
    assert found == ["zz.cer", "a/y.cer", "a/z.cer", "b/x.cer"]


def test_a_path_named_twice_is_looked_at_once(tmp_path):
    write(tmp_path, a_cer=b"1")
    named = str(tmp_path / "a.cer")

    assert [one.path for one in find_files([named, named, str(tmp_path)])] == [named]


def test_a_path_that_climbs_is_only_a_path(tmp_path):
    (tmp_path / "abajo").mkdir()
    pair = make_pair(now=NOW)
    write(tmp_path, a_cer=pair.certificate)
    climbing = tmp_path / "abajo" / ".." / "a.cer"

    [report] = inspect([str(climbing)], passphrases=(), today=TODAY, zone=ZONE)
    assert (report.path, report.content) == (str(climbing), "certificate")


def test_what_is_no_common_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "tubo.cer")
    started = time.monotonic()
    reports = looked_at(tmp_path / "tubo.cer", tmp_path / "no-esta.cer")

    assert {name: report.error.code for name, report in reports.items() if report.error} == {
        "tubo.cer": "not_a_file",
        "no-esta.cer": "path_missing",
    }
    assert time.monotonic() - started < 5
    assert looked_at(tmp_path) == {}, "inside a folder it is not even listed"


def test_a_walk_ends(tmp_path, monkeypatch):
    deep = tmp_path.joinpath(*["d"] * (files.MAX_DEPTH + 2))
    deep.mkdir(parents=True)
    write(deep, a_cer=b"1")
    [found] = find_files([str(tmp_path)])
    assert found.refusal is not None
    assert found.refusal.facts == {"depth": files.MAX_DEPTH}

    wide = tmp_path / "ancho"
    wide.mkdir()
    for number in range(20):
        write(wide, **{f"{number:02}_cer": b"1"})
    *some, last = find_files([str(wide)], max_entries=5)
    assert [one.path[-6:] for one in some] != []
    assert len(some) == 5
    assert last.refusal is not None
    assert last.refusal.facts == {"limit": 5}


def test_an_unreadable_folder_stops_no_other(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "b", x_cer=b"1")
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("/a"):
            raise PermissionError
        return scandir(path)

    # Whoever runs the tests as root may read everything, so the refusal of the system is staged.
    monkeypatch.setattr(os, "scandir", refusing)
    found = {one.path.rsplit("/", 1)[-1]: one.refusal for one in find_files([str(tmp_path)])}

    assert isinstance(found["a"], PathUnreadable)
    assert found["x.cer"] is None


def test_fifty_megabytes_are_refused_unread_in_flat_memory(tmp_path):
    giant = tmp_path / "ruido.cer"
    with giant.open("wb") as handle:
        handle.truncate(50_000_000)
    tracemalloc.start()
    report = looked_at(giant)["ruido.cer"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert report.error is not None
    assert report.error.facts == {"size": 50_000_000, "limit": 1_048_576}
    assert peak < 2_000_000


def test_a_thousand_other_papers_leave_nothing_in_memory(tmp_path):
    for number in range(1_000):
        (tmp_path / f"{number}.bin").write_bytes(os.urandom(20_000))
    tracemalloc.start()
    reports = looked_at(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(reports) == 1_000
    assert peak < 6_000_000, "twenty megabytes passed by"


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.cer"
    path.write_bytes(bytes(10))
    stat = Path.stat

    def before_it_grew(self, **rest):
        told = stat(self, **rest)
        if self == path:
            path.write_bytes(bytes(2_000_000))
        return told

    monkeypatch.setattr(Path, "stat", before_it_grew)
    with pytest.raises(FileTooLarge):
        read_file(str(path))


# --- passphrases --------------------------------------------------------------------------------------------------


def test_a_file_of_passphrases_is_read_as_editors_save_it():
    assert read_passphrases("\ufeffuno\r\n\r\ndós\n tres \n".encode()) == ("uno", "dós", " tres ", "tres")
    assert read_passphrases("contraseña".encode("cp1252")) == ("contraseña",)
    assert read_passphrases(b"") == ()
    with pytest.raises(TooManyPassphrases):
        read_passphrases(b"\n".join(b"%d" % number for number in range(MAX_PASSPHRASES + 1)))


def test_a_file_costs_so_much_and_no_more(monkeypatch):
    pair = make_pair(now=NOW)
    # SAT's files take 2,048 rounds a try; the passphrase that fits has an ñ and takes two.
    monkeypatch.setattr(passphrases, "WORK_PER_FILE", 4 * 2_048)

    with pytest.raises(PassphraseTriesSpent) as caught:
        open_file(pair.key_file, Content.PRIVATE_KEY, ["1", "2", "3", PASSPHRASE])
    assert caught.value.facts == {"tried": 3, "given": 4}
    assert open_file(pair.key_file, Content.PRIVATE_KEY, ["1", "2", PASSPHRASE]).passphrase == PASSPHRASE
    with pytest.raises(WrongPassphrase):
        open_file(pair.key_file, Content.PRIVATE_KEY, ["1", "2", "3"])


def test_a_passphrase_that_is_written_in_two_ways_costs_two_tries(monkeypatch):
    pair = make_pair(now=NOW)
    monkeypatch.setattr(passphrases, "WORK_PER_FILE", 3 * 2_048)

    with pytest.raises(PassphraseTriesSpent) as caught:
        open_file(pair.key_file, Content.PRIVATE_KEY, ["ñ", "1", "2"])
    assert caught.value.facts == {"tried": 2, "given": 3}


def test_a_key_behind_scrypt_gets_few_tries():
    """How much work its numbers are is known, so a thousand passphrases are not tried."""
    many = [str(number) for number in range(MAX_PASSPHRASES)]
    with pytest.raises(PassphraseTriesSpent) as caught:
        open_file(asking_for_scrypt(2**14, 8, 1), Content.PRIVATE_KEY, many)
    assert caught.value.facts == {"tried": 16, "given": MAX_PASSPHRASES}


def test_a_pfx_costs_its_seal_with_every_wrong_passphrase(monkeypatch):
    pair = make_pair(now=NOW)
    work = describe_pfx(pair.pfx()).work_of_a_try
    monkeypatch.setattr(passphrases, "WORK_PER_FILE", 2 * work)
    with pytest.raises(PassphraseTriesSpent) as caught:
        open_file(pair.pfx(), Content.PFX, ["1", "2", "3"])
    assert caught.value.facts == {"tried": 2, "given": 3}


def test_a_dear_file_still_gets_one_try(monkeypatch):
    monkeypatch.setattr(passphrases, "WORK_PER_FILE", 1)
    pair = make_pair(now=NOW)

    assert open_file(pair.pfx(), Content.PFX, [PASSPHRASE, "otra"]).passphrase == PASSPHRASE


# --- the files of SAT ---------------------------------------------------------------------------------------------


def test_the_files_of_sat_are_read_right(sat_files):
    reports = looked_at(sat_files, passphrases=("12345678a",))
    told = {
        name: (one.kind, one.rfc, one.representative_rfc, one.curp, one.not_after[:10])
        for name, report in reports.items()
        if (one := report.certificate) is not None and name.startswith(("fiel", "csd"))
    }
    assert {name: facts[:2] for name, facts in told.items()} == {
        "fiel-EKU9003173C9.cer": ("efirma", "EKU9003173C9"),
        "csd-EKU9003173C9.cer": ("csd", "EKU9003173C9"),
        "fiel-CANF770131PA3.cer": ("efirma", "CAÑF770131PA3"),
    }
    assert told["fiel-EKU9003173C9.cer"][4] == "2027-05-17"
    assert told["csd-EKU9003173C9.cer"][4] == "2027-05-18"
    for stem in ("fiel-EKU9003173C9", "csd-EKU9003173C9", "fiel-CANF770131PA3"):
        key = reports[f"{stem}.key"].private_key
        assert key is not None
        assert (key.opens, key.matches) == (True, (str(sat_files / f"{stem}.cer"),))
    assert not [name for name, report in reports.items() if report.error]
    for path in (sat_files / "ca").iterdir():
        assert "authority_certificate" in [one.code for one in reports[path.name].warnings]
