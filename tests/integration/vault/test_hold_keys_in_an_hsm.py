"""A master key inside an HSM does the same as one in a file, never leaves it, and every way to fail has a name."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from io import StringIO

import pkcs11
import pytest
from django.core.management import CommandError, call_command
from pkcs11 import TokenFlag

from renewals.audit import Machine
from renewals.errors import MasterKeyUnsafe, MasterKeyWrong, SealBroken, SealTruncated
from renewals.errors.hsm import (
    HsmAnotherKey,
    HsmDescriptionWrong,
    HsmKeyMissing,
    HsmKeyUnsafe,
    HsmLastTry,
    HsmPinUnsafe,
    HsmPinWrong,
    HsmUnavailable,
)
from renewals.models.stored_key import MasterKey
from renewals.vault import audit_key, envelope, hsm_session, keyring, wrapped_rows
from renewals.vault.initialising import initialise
from renewals.vault.local_master_key import LocalMasterKey
from renewals.vault.pkcs11_master_key import Pkcs11MasterKey
from tests import softhsm
from tests.conftest import skip_or_fail

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")


@pytest.fixture(scope="module")
def fresh_token(tmp_path_factory):
    if softhsm.missing():
        skip_or_fail(softhsm.missing())
    return softhsm.initialised(tmp_path_factory.mktemp("hsm"))


@pytest.fixture
def token(fresh_token, tmp_path, monkeypatch):
    """A token of the test's own: a copy of one that was initialised before, because that takes a while."""
    folder = tmp_path / "hsm"
    shutil.copytree(fresh_token.folder, folder)
    own = softhsm.Token(folder, fresh_token.label)
    own.configuration.write_text(f"directories.tokendir = {own.tokens}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(own.configuration))
    yield own
    hsm_session._forget(softhsm.MODULE)
    hsm_session._refused.clear()


@pytest.fixture
def keys(tmp_path, settings):
    """The folder of the vault worker's master keys, empty."""
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o700)
    settings.PROCESS_ROLE = "vault"
    settings.MASTER_KEYS_DIR = str(folder)
    return folder


@pytest.fixture
def held(token, keys, settings):
    """A vault whose only master key is in the HSM."""
    token.describe(keys, "hsm-1")
    call_command("hsm_key", "hsm-1", stdout=StringIO())
    settings.INTAKE_PUBLIC_KEY = initialise(by=BY)
    return Pkcs11MasterKey("hsm-1", token.place(keys, "hsm-1"))


def begin_anew():
    hsm_session._forget(softhsm.MODULE)


def test_a_vault_begins_with_a_key_that_never_leaves_the_hsm(held, keys):
    assert keyring.load().active == held
    assert (MasterKey.objects.get().holder, MasterKey.objects.get().key_id) == ("pkcs11", "hsm-1")
    signed = audit_key.sign(b"vigencia: a test\n")
    begin_anew()
    audit_key.require_signed(b"vigencia: a test\n", signed, keys=audit_key.trusted_keys())
    assert not list(keys.glob("*.key"))
    session = hsm_session._sessions[softhsm.MODULE, "vault"].session
    key = session.get_key(label="hsm-1")
    with pytest.raises(pkcs11.exceptions.AttributeSensitive):
        key[pkcs11.Attribute.VALUE]


def test_both_holders_write_the_same_format(token, keys):
    secret = os.urandom(32)
    token.describe(keys, "hsm-1")
    token.put("hsm-1", secret)
    inside, outside = Pkcs11MasterKey("hsm-1", token.place(keys, "hsm-1")), LocalMasterKey("hsm-1", secret)
    for wraps, opens in ((inside, outside), (outside, inside)):
        wrapped = envelope.wrap_company_key(b"d" * 32, master=wraps, company_id=7, key_id="dk-1")
        assert envelope.unwrap_company_key(wrapped, master=opens, company_id=7, key_id="dk-1").secret == b"d" * 32


def test_what_a_key_is_for_is_bound_inside_the_hsm(held):
    wrapped = envelope.wrap_company_key(b"d" * 32, master=held, company_id=7, key_id="dk-1")
    with pytest.raises(SealBroken):
        envelope.unwrap_company_key(wrapped, master=held, company_id=8, key_id="dk-1")
    with pytest.raises(SealBroken):
        envelope.unwrap_company_key(wrapped, master=held, company_id=7, key_id="dk-2")
    assert envelope.unwrap_company_key(wrapped, master=held, company_id=7, key_id="dk-1").secret == b"d" * 32


def test_a_flipped_bit_anywhere_is_found_and_the_session_goes_on(held):
    wrapped = envelope.wrap_company_key(b"d" * 32, master=held, company_id=7, key_id="dk-1")
    for position in range(len(wrapped)):
        damaged = bytearray(wrapped)
        damaged[position] ^= 1 << position % 8
        with pytest.raises(SealBroken):
            envelope.unwrap_company_key(bytes(damaged), master=held, company_id=7, key_id="dk-1")
    with pytest.raises(SealTruncated):
        envelope.unwrap_company_key(wrapped[:20], master=held, company_id=7, key_id="dk-1")
    assert envelope.unwrap_company_key(wrapped, master=held, company_id=7, key_id="dk-1").secret == b"d" * 32


def test_a_local_vault_moves_into_the_hsm_row_by_row(vault_keys, token):
    audit_key.sign(b"vigencia: a test\n")
    old = keyring.load().active
    token.describe(vault_keys, "hsm-1")
    call_command("hsm_key", "hsm-1", stdout=StringIO())
    new = keyring.load().named("hsm-1")
    for table in wrapped_rows.TABLES[:2]:
        (row,) = table.under(old.key_id)
        secret = table.unwrap(row, old)
        setattr(row, table.column, table.rewrapped(row, old=old, new=new))
        assert table.unwrap(row, new) == secret


# --- the ways to fail ---------------------------------------------------------------------------------------------


def test_a_session_that_was_lost_is_opened_again(held):
    wrapped = held.wrap(b"d" * 32, b"bound")
    session = hsm_session._sessions[softhsm.MODULE, "vault"].session
    session.close()
    assert held.unwrap(wrapped, b"bound") == b"d" * 32


def _in_a_child(master, wrapped, answers):
    answers.put(bytes(master.unwrap(wrapped, b"bound")))


def test_a_process_that_was_forked_opens_a_session_of_its_own(held):
    wrapped = held.wrap(b"d" * 32, b"bound")
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    child = fork.Process(target=_in_a_child, args=(held, wrapped, answers))
    child.start()
    assert answers.get(timeout=20) == b"d" * 32
    child.join(timeout=20)
    assert child.exitcode == 0
    assert held.unwrap(wrapped, b"bound") == b"d" * 32


def test_an_hsm_that_goes_away_is_named_and_comes_back_by_itself(held, token):
    wrapped = held.wrap(b"d" * 32, b"bound")
    token.tokens.rename(token.folder / "unplugged")
    token.tokens.mkdir()
    for _ in range(2):
        with pytest.raises(HsmUnavailable) as refused:
            held.unwrap(wrapped, b"bound")
        assert refused.value.facts["fault"] == "token"
    with pytest.raises(HsmUnavailable):
        keyring.load()
    token.tokens.rmdir()
    (token.folder / "unplugged").rename(token.tokens)
    assert held.unwrap(wrapped, b"bound") == b"d" * 32


@pytest.mark.parametrize("module", ["/nowhere/module.so", "libsofthsm2.so", "/etc/hostname"])
def test_a_module_that_is_none_is_named(held, token, keys, module):
    token.describe(keys, "hsm-1", module=module)
    with pytest.raises(HsmUnavailable) as refused:
        keyring.load()
    assert refused.value.facts == {"key_id": "hsm-1", "token": "vault", "module": module, "fault": "module"}


def test_a_module_that_others_can_write_never_runs(held, token, keys, tmp_path):
    copy = tmp_path / "module.so"
    shutil.copy(softhsm.MODULE, copy)
    copy.chmod(0o666)
    token.describe(keys, "hsm-1", module=str(copy))
    with pytest.raises(HsmUnavailable):
        keyring.load()


def test_a_wrong_pin_is_tried_once_and_no_more_until_it_changes(held, token, keys, monkeypatch):
    begin_anew()
    pin = keys / "hsm-1.pin"
    pin.chmod(0o600)
    pin.write_text("00000000")
    with pytest.raises(HsmPinWrong):
        keyring.load()
    monkeypatch.setattr(hsm_session, "_token", lambda place: _NeverOpened())
    with pytest.raises(HsmPinWrong):
        keyring.load()
    monkeypatch.undo()
    pin.write_text(softhsm.PIN)
    monkeypatch.setenv("SOFTHSM2_CONF", str(token.configuration))
    assert keyring.load().active == held


class _NeverOpened:
    flags = TokenFlag(0)

    def open(self, **_: object) -> None:
        pytest.fail("the PIN was tried again")


@pytest.mark.parametrize("flag", [TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED])
def test_the_last_try_of_a_pin_is_left_to_a_person(held, monkeypatch, flag):
    begin_anew()
    almost_locked = _NeverOpened()
    almost_locked.flags = flag
    monkeypatch.setattr(hsm_session, "_token", lambda place: almost_locked)
    with pytest.raises(HsmLastTry):
        keyring.load()


@pytest.mark.parametrize("fault", ["readable", "missing", "empty"])
def test_a_pin_that_others_can_read_or_that_is_not_there_is_not_used(held, keys, fault):
    begin_anew()
    pin = keys / "hsm-1.pin"
    pin.chmod(0o600)
    if fault == "readable":
        pin.chmod(0o640)
    elif fault == "missing":
        pin.unlink()
    else:
        pin.write_text("\n")
    with pytest.raises(HsmPinUnsafe) as refused:
        keyring.load()
    assert refused.value.facts["fault"] == ("readable" if fault == "readable" else "missing")


def test_a_description_that_others_can_write_is_refused(held, keys):
    (keys / "hsm-1.pkcs11").chmod(0o622)
    with pytest.raises(MasterKeyUnsafe) as refused:
        keyring.load()
    assert refused.value.facts == {"key_id": "hsm-1", "fault": "writable"}


@pytest.mark.parametrize("field", ["module", "token", "key", "pin_file"])
def test_a_description_that_lacks_something_says_what(held, token, keys, field):
    token.describe(keys, "hsm-1", **{field: ""})
    with pytest.raises(HsmDescriptionWrong) as refused:
        keyring.load()
    assert refused.value.facts == {"key_id": "hsm-1", "field": field}


@pytest.mark.parametrize("content", [b"token = ", b"\xff\xfe", b"module = 7\n"])
def test_a_description_that_is_none_is_refused(held, keys, content):
    (keys / "hsm-1.pkcs11").write_bytes(content)
    with pytest.raises(HsmDescriptionWrong):
        keyring.load()


def test_one_id_is_one_key(held, keys):
    (keys / "hsm-1.key").write_bytes(b"k" * 32)
    (keys / "hsm-1.key").chmod(0o400)
    with pytest.raises(MasterKeyUnsafe) as refused:
        keyring.load()
    assert refused.value.facts["fault"] == "twice"


def test_a_key_that_is_not_in_the_token_is_named(held, token, keys):
    token.describe(keys, "hsm-1", label="another")
    with pytest.raises(HsmKeyMissing) as refused:
        keyring.load()
    assert refused.value.facts == {"key_id": "hsm-1", "token": "vault", "label": "another"}


def test_another_key_in_the_hsm_is_known_to_be_wrong_before_anything_is_opened(held, token, keys):
    token.put("stranger", os.urandom(32))
    token.describe(keys, "hsm-1", label="stranger")
    with pytest.raises(MasterKeyWrong):
        keyring.load()


@pytest.mark.parametrize(
    ("secret", "attributes", "fault"),
    [
        (b"k" * 32, {"extractable": True}, "extractable"),
        (b"k" * 32, {"sensitive": False}, "extractable"),
        (b"k" * 16, {}, "length"),
        (b"k" * 32, {"decrypt": False}, "use"),
    ],
)
def test_a_key_that_could_leave_or_is_of_another_kind_is_refused(token, keys, secret, attributes, fault):
    token.put("hsm-1", secret, **attributes)
    token.describe(keys, "hsm-1")
    (keys / "active").write_text("hsm-1")
    with pytest.raises(HsmKeyUnsafe) as refused:
        keyring.load().active.wrap(b"d" * 32, b"bound")
    assert refused.value.facts["fault"] == fault


def test_a_key_is_made_once(held):
    with pytest.raises(HsmAnotherKey):
        hsm_session.make_key(held.place)
    with pytest.raises(CommandError, match="ya hay una llave"):
        call_command("hsm_key", "hsm-1", stdout=StringIO())


def test_making_a_key_needs_its_description(keys):
    with pytest.raises(CommandError, match=r"No existe .*hsm-9\.pkcs11"):
        call_command("hsm_key", "hsm-9", stdout=StringIO())
