"""Identifiers are recognised by their form; a check digit only warns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.mx import curp as stdnum_curp
from stdnum.mx import rfc as stdnum_rfc

from renewals.pki import identifiers as ids

RFCS = [
    "CACX7605101P8",
    "CAÑF770131PA3",
    "LIÑI920228KS8",
    "EKU9003173C9",
    "H&E951128469",
    "L&O950913MSA",
    "OÑO120726RX3",
    "S&S051221SE2",
    "SAT970701NN3",
    "IMS421231I45",
]
CURPS = ["CACX760510MGTSHC04", "KAHO641101HNTLKS06", "XIQB891116MGRMZR05", "MISC491214MCCRNC01"]
REGISTROS = [
    "Y5400001102",
    "A0100001104",
    "A1212345108",
    "C1200345175",
    "H4300001131",
    "K1900001136",
    "R1300001101",
    "Z9999999105",
    "01234567103",
    "01100001104",
]


@pytest.mark.parametrize("rfc", RFCS)
def test_issued_rfcs_pass_without_a_warning(rfc):
    assert ids.is_rfc(rfc)
    assert ids.rfc_warnings(rfc) == ()


def test_a_wrong_digit_of_an_rfc_only_warns():
    assert ids.is_rfc("AAA010101AAA")
    assert ids.rfc_warnings("AAA010101AAA") == ("rfc_check_digit",)


@pytest.mark.parametrize("rfc", ["XAXX010101000", "XEXX010101000"])
def test_the_rfcs_that_stand_for_nobody_are_told_apart(rfc):
    assert ids.is_rfc(rfc)
    assert ids.rfc_warnings(rfc) == ("rfc_generic",)


@pytest.mark.parametrize(
    "text", ["", "EKU900317", "EKU9013173C9", "EKU9002303C9", "EKU9003173CB", "EK9003173C9", "2.5.4.45", "ÉKU9003173C9"]
)
def test_what_has_not_the_form_is_no_rfc(text):
    assert not ids.is_rfc(text)
    assert ids.find_rfc(text) == ""
    assert ids.rfc_warnings(text) == ("rfc_check_digit",)


def test_leap_days_of_either_century_are_dates():
    assert ids.is_rfc("AAA000229AA1")
    assert not ids.is_rfc("AAA010229AA1")


@pytest.mark.parametrize("typed", ["eku-900317-3c9", " EKU 900317 3C9 ", "EKU\u00a0900317\u20133C9"])
def test_an_rfc_is_normalised_as_people_type_it(typed):
    assert ids.normalise_rfc(typed) == "EKU9003173C9"


def test_a_decomposed_letter_is_the_letter():
    assert ids.normalise_rfc("can\u0303f770131pa3") == "CAÑF770131PA3"


def test_a_company_has_twelve_characters_and_a_person_thirteen():
    assert ids.is_company_rfc("EKU9003173C9")
    assert not ids.is_company_rfc("CACX7605101P8")
    assert not ids.is_company_rfc("EKU900317")


@pytest.mark.parametrize("curp", CURPS)
def test_issued_curps_pass_without_a_warning(curp):
    assert ids.is_curp(curp)
    assert ids.curp_warnings(curp) == ()


@pytest.mark.parametrize(
    "curp", ["CANF770131HBCSBR08", "CAÑF770131HBCSBR08", "CAXF770131HBCSBR08", "IANL750210HSRNZS09"]
)
def test_a_curp_whose_ene_was_printed_as_n_passes(curp):
    assert ids.is_curp(curp)
    assert ids.curp_warnings(curp) == ()


def test_a_wrong_digit_of_a_curp_only_warns():
    assert ids.is_curp("HEGT761003MDFRNN09")
    assert ids.curp_warnings("HEGT761003MDFRNN09") == ("curp_check_digit",)


@pytest.mark.parametrize("text", ["", "CACX761310MGTSHC04", "CACX760510ZGTSHC04", "EKU9003173C9"])
def test_what_has_not_the_form_is_no_curp(text):
    assert not ids.is_curp(text)
    assert ids.find_curp(text) == ""


def test_what_is_no_curp_at_all_has_no_right_digit():
    assert ids.curp_warnings("") == ids.curp_warnings("EKU9003173C9") == ("curp_check_digit",)


def test_a_curp_is_normalised():
    assert ids.normalise_curp(" cacx760510-mgtshc04") == "CACX760510MGTSHC04"


@pytest.mark.parametrize("nss", ["84966311213", "92919084431", "1234-56-7890-3"])
def test_issued_nss_pass_without_a_warning(nss):
    assert ids.is_nss(nss)
    assert ids.nss_warnings(nss) == ()


@pytest.mark.parametrize("nss", ["84966311215", "12345678901", "92119624722"])
def test_a_wrong_digit_of_an_nss_only_warns(nss):
    assert ids.is_nss(nss)
    assert ids.nss_warnings(nss) == ("nss_check_digit",)


def test_what_has_not_the_form_is_no_nss():
    assert not ids.is_nss("1234567890")
    assert not ids.is_nss("１２３４５６７８９０３")
    assert ids.nss_warnings("abc") == ("nss_check_digit",)
    assert ids.normalise_nss("1234 56-7890 3") == "12345678903"


@pytest.mark.parametrize("registro", REGISTROS)
def test_registros_patronales_pass_without_a_warning(registro):
    assert ids.is_registro_patronal(registro)
    assert ids.registro_patronal_warnings(registro) == ()
    assert ids.registro_patronal_check_digit(registro) == registro[-1]


@pytest.mark.parametrize("registro", ["A1234567890", "Y1234567890", "X1234567890", "Z1234567890", "B5510768108"])
def test_a_wrong_digit_of_a_registro_patronal_only_warns(registro):
    assert ids.is_registro_patronal(registro)
    assert ids.registro_patronal_warnings(registro) == ("registro_patronal_check_digit",)


def test_a_registro_patronal_without_its_digit_has_none_to_be_wrong():
    assert ids.is_registro_patronal("Y540000110")
    assert ids.registro_patronal_warnings("Y540000110") == ()


@pytest.mark.parametrize("text", ["", "Y54000011", "Y54000011022", "YY400001102", "Sucursal 1"])
def test_what_has_not_the_form_is_no_registro_patronal(text):
    assert not ids.is_registro_patronal(text)
    assert ids.registro_patronal_warnings(text) == ("registro_patronal_check_digit",)


def test_a_registro_patronal_is_compared_on_its_first_ten_characters():
    assert ids.normalise_registro_patronal("y54-00001-10-2") == "Y5400001102"
    assert ids.same_registro_patronal("Y54-00001-10-2", "y540000110")
    assert ids.same_registro_patronal("Y5400001102", "Y5400001109")
    assert not ids.same_registro_patronal("Y5400001102", "Y5400002101")
    assert not ids.same_registro_patronal("", "")


# --- the digits are those of stdnum -------------------------------------------------------------------------------

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@settings(max_examples=60, deadline=None, database=None)
@given(st.from_regex(r"[A-ZÑ&]{3,4}0[1-9]0[1-9]0[1-9][A-Z0-9]{2}[0-9A]", fullmatch=True))
def test_the_digit_of_an_rfc_is_that_of_stdnum(rfc):
    expected = () if stdnum_rfc.calc_check_digit(rfc[:-1]) == rfc[-1] else ("rfc_check_digit",)
    assert ids.rfc_warnings(rfc) == expected


@settings(max_examples=60, deadline=None, database=None)
@given(st.from_regex(r"[A-MO-Z]{4}0[1-9]0[1-9]0[1-9][HM][A-Z]{2}[A-MO-Z]{3}[A-Z0-9]\d", fullmatch=True))
def test_the_digit_of_a_curp_is_that_of_stdnum(curp):
    if not curp.isascii():
        return
    expected = () if stdnum_curp.calc_check_digit(curp) == curp[-1] else ("curp_check_digit",)
    assert ids.curp_warnings(curp) == expected


@settings(max_examples=60, deadline=None, database=None)
@given(st.text(max_size=20))
def test_any_text_gets_an_answer(text):
    for find, warn in (
        (ids.find_rfc, ids.rfc_warnings),
        (ids.find_curp, ids.curp_warnings),
        (ids.find_registro_patronal, ids.registro_patronal_warnings),
    ):
        assert isinstance(find(text), str)
        assert isinstance(warn(text), tuple)
