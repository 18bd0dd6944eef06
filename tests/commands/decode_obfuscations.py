"""Ways to hide a plain POSIX or Windows command, for tests: each takes a command and a seed, and hides it."""

import base64
import gzip
import random
from collections.abc import Callable

Obfuscation = Callable[[str, random.Random], str]


_ROT13 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _utf16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _hex_escapes(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _octal_escapes(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in text.encode())


def _reversed(text: str) -> str:
    return "\n".join(line[::-1] for line in text.split("\n"))


def _split_quotes(command: str, random_: random.Random) -> str:
    """Empty or full quotes within the letters of the program and the longer plain words."""
    words = command.split(" ")
    return " ".join(_word_in_quotes(word, random_) if word.isalpha() and len(word) > 2 else word for word in words)


def _word_in_quotes(word: str, random_: random.Random) -> str:
    at = random_.randrange(1, len(word) - 1)
    return random_.choice([f"{word[:at]}''{word[at:]}", f'{word[:at]}"{word[at]}"{word[at + 1 :]}'])


def _variables(command: str, random_: random.Random) -> str:
    program, _, rest = command.partition(" ")
    at = random_.randrange(1, len(program)) if len(program) > 1 else 1
    return f"aa={program[:at]};bb={program[at:]};$aa$bb {rest}".rstrip()


def _slices(command: str, random_: random.Random) -> str:
    program, _, rest = command.partition(" ")
    return f"zz=xx{program}yy; ${{zz:2:{len(program)}}} {rest}".rstrip()


POSIX: dict[str, Obfuscation] = {
    "base64": lambda text, _: f"echo {_b64(text)} | base64 -d | sh",
    "base64-eval": lambda text, _: f'eval "$(echo {_b64(text)} | base64 --decode)"',
    "base64-here-string": lambda text, _: f"bash <<< $(base64 -d <<< {_b64(text)})",
    "base64-braces": lambda text, _: f"bash -c {{echo,{_b64(text)}}}|{{base64,-d}}|{{bash,-i}}",
    "base64-process": lambda text, _: f"bash <(echo {_b64(text)} | base64 -d)",
    "base64-openssl": lambda text, _: f"printf %s {_b64(text)} | openssl base64 -d -A | bash",
    "gzip": lambda text, _: (
        f"echo {base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()} | base64 -d | gunzip | sh"
    ),
    "hex": lambda text, _: f"echo {text.encode().hex()} | xxd -r -p | bash",
    "hex-printf": lambda text, _: f"printf '{_hex_escapes(text)}' | sh",
    "hex-ansi-c": lambda text, _: f"eval $'{_hex_escapes(text)}'",
    "octal": lambda text, _: f"sh -c \"$(printf '{_octal_escapes(text)}')\"",
    "reverse": lambda text, _: f"echo {_quoted(_reversed(text))} | rev | sh",
    "rot13": lambda text, _: f"echo {_quoted(text.translate(_ROT13))} | tr 'A-Za-z' 'N-ZA-Mn-za-m' | bash",
    "here-string": lambda text, _: f"bash <<< {_quoted(text)}",
    "here-document": lambda text, _: f"sh <<'END'\n{text}\nEND",
    "eval": lambda text, _: f"eval {_quoted(text)}",
}
WORDS: dict[str, Obfuscation] = {"quotes": _split_quotes, "variables": _variables, "slices": _slices}
"""What hides words; the outer ones above hide any text, these ones only a simple command."""

WINDOWS: dict[str, Obfuscation] = {
    "caret": lambda text, _: "^".join(text) if text.isalpha() else "".join(f"^{c}" if c.isalpha() else c for c in text),
    "set": lambda text, random_: _set(text, random_),
}
POWERSHELL: dict[str, Obfuscation] = {
    "encoded": lambda text, _: f"powershell -nop -enc {_utf16(text)}",
    "concatenation": lambda text, random_: f"iex ({_joined(text, random_)})",
    "char-codes": lambda text, _: f"iex (-join([char[]]({','.join(str(ord(c)) for c in text)})))",
    "chars": lambda text, _: f"iex ({'+'.join(f'[char]{ord(c)}' for c in text)})",
    "format": lambda text, random_: _format(text, random_),
    "reverse": lambda text, _: f"iex ({_literal(text[::-1])}[-1..-{len(text)}] -join '')",
    "replace": lambda text, _: f"iex ({_literal(text.replace('e', '~#'))}.Replace('~#','e'))",
    "base64": lambda text, _: f"iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{_b64(text)}')))",
    "split": lambda text, _: (
        f"iex (('{' '.join(format(ord(c), 'x') for c in text)}'.Split(' ')"
        "|%{[char][convert]::ToInt16($_,16)}) -join '')"
    ),
    "xor": lambda text, _: f"iex ((({','.join(str(ord(c) ^ 35) for c in text)})|%{{[char]($_ -bxor 35)}}) -join '')",
    "variable": lambda text, random_: f"$q=({_joined(text, random_)});& ('I'+'EX') $q",
}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _joined(text: str, random_: random.Random) -> str:
    cuts = sorted(random_.sample(range(1, len(text)), min(3, len(text) - 1)))
    return "+".join(_literal(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True))


def _format(text: str, random_: random.Random) -> str:
    at = random_.randrange(1, len(text))
    return f'iex ("{{1}}{{0}}" -f {_literal(text[at:])},{_literal(text[:at])})'


def _set(text: str, random_: random.Random) -> str:
    at = random_.randrange(1, len(text))
    return f'cmd /v:on /c "set aa={text[:at]}&&set bb={text[at:]}&&!aa!!bb!"'
