r"""An argument in the one form in which the knowledge names things: paths, registry keys, hosts, ports, words.

>>> object_form(r"C:\Users\eve\AppData\Roaming\x.txt")
'%appdata%/x.txt'
>>> object_form("$HOME/.ssh/id_rsa"), object_form("/home/eve/.ssh/id_rsa"), object_form("/root/.ssh/id_rsa")
('~/.ssh/id_rsa', '~/.ssh/id_rsa', '~/.ssh/id_rsa')
>>> object_form(r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\x")
'hklm/system/currentcontrolset/services/x'
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_ENVIRONMENT: Final = re.compile(
    r"\$\{?env:([a-z0-9_()]{1,40})\}?|\$\{?(home|tmpdir|userprofile|appdata|temp|windir)\}?(?![a-z0-9_])"
)
_VARIABLES: Final = {
    "%home%": "~",
    "%userprofile%": "~",
    "%homepath%": "~",
    "%homedrive%%homepath%": "~",
    "%systemroot%": "c:/windows",
    "%windir%": "c:/windows",
    "%programdata%": "c:/programdata",
    "%allusersprofile%": "c:/programdata",
    "%programfiles%": "c:/program files",
    "%programfiles(x86)%": "c:/program files (x86)",
    "%systemdrive%": "c:",
    "%public%": "c:/users/public",
    "%comspec%": "c:/windows/system32/cmd.exe",
    "%tmp%": "%temp%",
    "%tmpdir%": "/tmp",
}
_VARIABLE: Final = re.compile("|".join(re.escape(name) for name in sorted(_VARIABLES, key=len, reverse=True)))
_HOME: Final = re.compile(
    r"^(?:/home/[^/]+|/root|/var/root|/users/(?!shared(?:/|$))[^/]+"
    r"|[a-z]:/users/(?!(?:public|default|all users)(?:/|$))[^/]+|[a-z]:/documents and settings/[^/]+)(?=/|$)"
)
_MAY_BE_HOME: Final = ("/home/", "/root", "/var/root", "/users/")
_PROFILE: Final = (
    ("~/appdata/local/temp", "%temp%"),
    ("%localappdata%/temp", "%temp%"),
    ("~/appdata/roaming", "%appdata%"),
    ("~/appdata/local", "%localappdata%"),
)
_REGISTRY: Final = re.compile(
    r"^(?:microsoft\.powershell\.core/)?(?:registry::/?)?/?"
    r"(hkey_local_machine|hkey_current_user|hkey_users|hkey_classes_root|hkey_current_config|hklm|hkcu|hku|hkcr|hkcc)"
    r":?(?=/|$)"
)
_ROOTS: Final = {
    "hkey_local_machine": "hklm",
    "hkey_current_user": "hkcu",
    "hkey_users": "hku",
    "hkey_classes_root": "hkcr",
    "hkey_current_config": "hkcc",
}
_CONTROL_SET: Final = re.compile(r"^hklm/system/controlset\d{3}(?=/|$)")
_HOST: Final = re.compile(
    r"(?:^|[a-z][a-z0-9+.-]{1,15}://|@)(?:[^/\s@]{1,100}@)?"
    r"((?:[a-z0-9_-]{1,63}\.){1,10}[a-z0-9-]{1,63}|localhost|\[[0-9a-f:]{2,39}\])(?::(\d{1,5}))?(?=[/?#:\s]|$)"
)
_INSIDE: Final = re.compile(r"[^\s'\"`(),;<>|]+")
_COMPOUND: Final = re.compile(r"[\s'\"(,;]")
_MAY_HOLD_MORE: Final = re.compile(r"[=@:\s'\"(,;]|\A-").search
MOST_PIECES: Final = 64
"""Of one argument: a script as an argument may hold hundreds."""
MOST_CHARACTERS: Final = 4096


def object_form(text: str) -> str:
    """``text`` as the knowledge names it; a name that is none of ours comes back in lower case with ``/``."""
    form = text.lower()
    if form.isalnum():  # most words: no sign in it that means anything
        return form
    form = form.replace("\\", "/")
    if "$" in form:
        form = _ENVIRONMENT.sub(lambda found: f"%{found[1] or found[2]}%", form)
    if "%" in form:
        form = _VARIABLE.sub(lambda found: _VARIABLES[found[0]], form)
    if "//" in form and "://" not in form:
        form = ("//" if form.startswith("//") else "") + re.sub("/{2,}", "/", form.lstrip("/"))
    if form.startswith("file:///"):
        form = form[7:]
    if form.startswith(_MAY_BE_HOME) or form[1:3] == ":/":
        form = _HOME.sub("~", form)
    if form.startswith(("~/appdata", "%localappdata%/temp")):
        for before, after in _PROFILE:
            if form.startswith(before):
                form = after + form[len(before) :]
                break
    if form.startswith(("hk", "registry:", "/hk", "microsoft.powershell")):
        found = _REGISTRY.match(form)
        if found:
            form = _ROOTS.get(found[1], found[1]) + form[found.end() :]
            form = _CONTROL_SET.sub("hklm/system/currentcontrolset", form)
    return form


def pieces(text: str) -> Sequence[str]:
    """The argument's form, then what stands in it behind ``=``, ``@`` or a host's colon, and between quotes."""
    text = text[:MOST_CHARACTERS]
    form = object_form(text)
    return list(_all_pieces(text, form)) if _MAY_HOLD_MORE(form) else (form,)


def _all_pieces(text: str, form: str) -> Iterator[str]:
    yield form
    if form.startswith("/") and ":" in form[1:40] and not form.startswith("//"):  # a switch: /tn:x
        yield object_form(form.partition(":")[2])
    if "=" in form:
        yield object_form(form.partition("=")[2])
    at = form.find("@")
    if at >= 0:
        yield object_form(form[at + 1 :])
    colon = form.find(":", 2)
    if colon > 0 and form[colon + 1 : colon + 2] in ("/", "~") and form[colon + 1 : colon + 3] != "//":
        yield object_form(form[colon + 1 :])
    if form[:1] == "-" and len(form) > 3 and form[2] in "/~":  # -f/etc/shadow
        yield form[2:]
    if _COMPOUND.search(form):
        for number, inner in enumerate(_INSIDE.finditer(text)):
            if number == MOST_PIECES:
                return
            yield object_form(inner[0])


def host_and_port(form: str) -> tuple[str | None, int | None]:
    """The host that an argument names, and the port, if it does.

    >>> host_and_port("https://user@cdn.example.com:8443/a.sh"), host_and_port("notes.txt")
    (('cdn.example.com', 8443), ('notes.txt', None))
    """
    if "." not in form and "localhost" not in form and "[" not in form:
        return None, None
    found = _HOST.search(form)
    if not found:
        return None, None
    return found[1], int(found[2]) if found[2] else None
