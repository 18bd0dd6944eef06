"""Arguments are led to the one form in which the knowledge names things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.commands._meaning.object_forms import host_and_port, object_form, pieces


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("/etc/shadow", "/etc/shadow"),
        ("/home/eve/.bash_history", "~/.bash_history"),
        ("${HOME}/.ssh", "~/.ssh"),
        ("%USERPROFILE%\\Desktop", "~/desktop"),
        ("$env:USERPROFILE\\Desktop", "~/desktop"),
        ("C:\\Users\\Public\\a.exe", "c:/users/public/a.exe"),
        ("C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe", "%temp%/a.exe"),
        ("%TMP%\\a.exe", "%temp%/a.exe"),
        ("%SystemRoot%\\System32\\config\\SAM", "c:/windows/system32/config/sam"),
        ("$env:windir\\System32", "c:/windows/system32"),
        ("HKLM:\\SOFTWARE\\Microsoft", "hklm/software/microsoft"),
        ("Registry::HKEY_CURRENT_USER\\Software", "hkcu/software"),
        ("HKLM\\SYSTEM\\ControlSet001\\Control\\Lsa", "hklm/system/currentcontrolset/control/lsa"),
        ("\\\\server\\share\\x", "//server/share/x"),
        ("/Users/eve/Library/Keychains", "~/library/keychains"),
        ("file:///etc/passwd", "/etc/passwd"),
    ],
)
def test_form(written: str, form: str) -> None:
    assert object_form(written) == form


@pytest.mark.parametrize(
    ("argument", "held"),
    [
        ("--file=/etc/shadow", "/etc/shadow"),
        ("eve@192.0.2.1:/etc/shadow", "/etc/shadow"),
        ("@/etc/passwd", "/etc/passwd"),
        ("if=/dev/mem", "/dev/mem"),
        ("[IO.File]::ReadAllBytes('C:\\Windows\\NTDS\\ntds.dit')", "c:/windows/ntds/ntds.dit"),
        ("-f/etc/shadow", "/etc/shadow"),
    ],
)
def test_what_stands_inside_an_argument_is_seen(argument: str, held: str) -> None:
    assert held in set(pieces(argument))


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("https://user@cdn.example.com:8443/a.sh", ("cdn.example.com", 8443)),
        ("192.0.2.1", ("192.0.2.1", None)),
        ("eve@192.0.2.1", ("192.0.2.1", None)),
        ("localhost:9000", ("localhost", 9000)),
        ("plain", (None, None)),
    ],
)
def test_host_and_port(form: str, found: tuple[str | None, int | None]) -> None:
    assert host_and_port(form) == found


@given(st.text(max_size=200))
def test_any_text_has_forms(text: str) -> None:
    assert all(isinstance(piece, str) for piece in pieces(text))
    assert object_form(text) == object_form(text)
