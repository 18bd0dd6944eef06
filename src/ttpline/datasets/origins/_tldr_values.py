"""Plausible values for the placeholders of tldr pages, chosen by a seed that is its own for every example."""

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{\{((?:(?!\{\{|\}\}).){1,400})\}\}")
_ESCAPED_OPEN, _ESCAPED_CLOSE = "\ue000", "\ue001"  # private use: stand for literal braces while filling
_OPTION = re.compile(r"\[([^\[\]|]{1,80}\|[^\[\]]{1,160})\]")
_RANGE = re.compile(r"(-?\d{1,9})\.\.(?:\.)?(-?\d{1,9})")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8}(?:\.(?:gz|xz|bz2|zst))?)$")
_PATH = re.compile(r"(?:^|[/\\])(?:path|to)[/\\]|^(?:path_to|file|dir)|[/\\]")
_WORD = re.compile(r"[A-Za-z0-9.+-]*")  # one of several is meant as it is: on|off
_NUMBERED = re.compile(r"\d+$")

WORDS = ("report", "notes", "budget", "photos", "invoice", "summary", "project", "archive", "draft", "music", "recipes")
POSIX_FOLDERS = (
    "/home/alice/projects", "/var/www/html", "/srv/data", "/home/bob/documents", "/opt/app", "/tmp/work", "./src",
    "/usr/local/share", "/mnt/backup", "/var/log/app",
)  # fmt: skip
MAC_FOLDERS = ("/Users/carol/Documents", "/Users/carol/projects", "/Volumes/Backup", "/usr/local/share", "./src")
WINDOWS_FOLDERS = (
    r"C:\Users\bob\Documents", r"C:\Temp", r"C:\Users\alice\projects", r"D:\backup", r"C:\Program Files\App", r".\src",
)  # fmt: skip

KINDS: tuple[tuple[str, Sequence[str]], ...] = (
    (r"ur[il]|https?|website|link", ("https://example.com/files/data.json", "https://www.example.org", "https://docs.example.net/index.html")),
    (r"e-?mail", ("alice@example.com", "bob@example.org", "team@example.net")),
    (r"mac_?address", ("00:16:3e:2a:7b:11", "52:54:00:9c:41:d2")),
    (r"cidr|subnet", ("192.0.2.0/24", "198.51.100.0/24", "10.0.0.0/16")),
    (r"ip|address", ("192.0.2.10", "198.51.100.7", "192.168.1.20", "10.0.0.5")),
    (r"host|server|domain|machine|fqdn", ("server01", "db.internal", "backup.example.org", "web02", "example.com")),
    (r"port", ("8080", "443", "22", "5432", "3000")),
    (r"user|owner|login|account", ("alice", "bob", "carol", "deploy", "www-data")),
    (r"group", ("developers", "staff", "wheel", "docker")),
    (r"pass(?:word|phrase)|secret", ("changeme", "correct-horse")),
    (r"package|module|formula|crate|dependency|plugin|extension", ("git", "curl", "numpy", "ripgrep", "vim")),
    (r"service|unit|daemon", ("nginx", "ssh.service", "postgresql", "cron")),
    (r"container", ("web", "redis_1", "app")),
    (r"image", ("ubuntu:24.04", "nginx:latest", "python:3.12")),
    (r"branch", ("main", "feature/login", "release-2.1")),
    (r"commit|hash|sha|revision", ("9f86d081", "HEAD~2", "1b4f0e98")),
    (r"tag|version", ("1.4.2", "v2.0.0", "3.11")),
    (r"remote|repo(?:sitory)?", ("origin", "upstream", "example/project")),
    (r"database|db|schema", ("inventory", "appdb", "analytics")),
    (r"table|collection", ("orders", "customers", "events")),
    (r"column|field|key|property|attribute", ("name", "created_at", "id", "status")),
    (r"pid|process_id", ("1234", "4821", "917")),
    (r"process|program|command|executable|application|app|script", ("firefox", "make", "python3", "nginx")),
    (r"interface", ("eth0", "wlan0", "enp3s0")),
    (r"device|disk|drive|partition|volume", ("/dev/sdb1", "/dev/sda", "/dev/nvme0n1p2")),
    (r"signal", ("TERM", "HUP", "KILL")),
    (r"seconds|minutes|timeout|interval|delay|duration|time", ("5", "10", "30", "60")),
    (r"date", ("2024-03-15", "2023-11-02", "2024-01-31")),
    (r"width|height|size|length|bytes|limit|count|number|depth|level|n|num|lines|percent|quality|index|id|offset|max|min",
     ("1", "2", "5", "10", "80", "100", "512", "1024")),
    (r"regex|pattern|expression|glob", ("error", "^[0-9]+$", "*.txt", "TODO")),
    (r"search|string|text|message|query|title|comment|term|keyword", ("hello", "status report", "update", "invoice")),
    (r"environment|variable|env", ("HOME", "PATH", "LANG", "EDITOR")),
    (r"value", ("1", "true", "default", "main")),
    (r"profile|config|template|theme|preset|mode", ("default", "production", "dark", "staging")),
    (r"region|zone|location|timezone", ("eu-west-1", "us-east-1", "Europe/Berlin")),
    (r"lang(?:uage)?|locale", ("en", "de", "en_US.UTF-8")),
    (r"format|type|codec|encoding", ("json", "png", "utf-8", "mp4")),
    (r"colou?r", ("red", "blue", "'#3366cc'")),
)  # fmt: skip
"""Words in a placeholder's name and what stands for them; the first that fits counts. Addresses are documentation's
and private ones."""

_KINDS = tuple(
    (re.compile(rf"(?:^|[_\W])(?:{words})s?(?:$|[_\W\d])", re.IGNORECASE), values) for words, values in KINDS
)
OTHER_VALUES = ("demo", "main", "example", "test1", "staging", "prod")


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills the placeholders of one page's examples; equal placeholders of one example get one value."""

    seed: int
    platform: str
    page: str

    def fill(self, example: str, index: int) -> str:
        """``example`` as somebody would type it; the same for the same seed, page and place.

        Literal braces are written ``\\{\\{`` on the page. An option in two forms (``[-l|--list]``) gets one of them.
        """
        key = hashlib.sha256(f"{self.seed}\0{self.page}\0{index}".encode()).digest()
        choice = random.Random(int.from_bytes(key[:8], "big"))
        text = example.replace(r"\{\{", _ESCAPED_OPEN).replace(r"\}\}", _ESCAPED_CLOSE)
        short = choice.random() < 0.5  # one style throughout a command
        values: dict[str, str] = {}

        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name not in values:
                values[name] = self._value(name, choice, short)
            return values[name]

        text = _PLACEHOLDER.sub(value, text)
        return text.replace(_ESCAPED_OPEN, "{{").replace(_ESCAPED_CLOSE, "}}")

    def _value(self, name: str, choice: random.Random, short: bool) -> str:
        name = _OPTION.sub(lambda match: match[1].split("|")[0 if short else -1], name)
        if name.startswith("-") and " " not in name.partition("=")[0]:
            return self._option(name, choice)
        if "|" in name:
            options = [part.strip() for part in name.split("|") if part.strip()]
            option = choice.choice(options) if options else ""
            return option if _WORD.fullmatch(option) else self._value(option, choice, short)
        if match := _RANGE.fullmatch(name):
            low, high = sorted((int(match[1]), int(match[2])))
            return str(choice.randint(low, high))
        words = name.removesuffix("...").split()
        if len(words) > 1 and _is_list(words, name):
            return " ".join(dict.fromkeys(self._one(word, choice) for word in words[:2]))
        return self._one(name.removesuffix("...").strip(), choice)

    def _option(self, name: str, choice: random.Random) -> str:
        option, equals, rest = name.partition("=")
        if equals and rest:
            return f"{option}={self._one(rest, choice)}"
        return name

    def _one(self, name: str, choice: random.Random) -> str:
        if "@" in name and "/" not in name:
            user, _, host = name.partition("@")
            return f"{self._one(user or 'user', choice)}@{self._one(host or 'host', choice)}"
        if _is_literal(name):
            return name
        if _PATH.search(name) and "://" not in name:
            return self._path(name, choice)
        for pattern, values in _KINDS:
            if pattern.search(name):
                return choice.choice(values)
        if extension := _EXTENSION.search(name):
            return f"{choice.choice(WORDS)}.{extension[1]}"
        return choice.choice(OTHER_VALUES)

    def _path(self, name: str, choice: random.Random) -> str:
        windows = self.platform == "windows"
        folders = {"windows": WINDOWS_FOLDERS, "macos": MAC_FOLDERS}.get(self.platform, POSIX_FOLDERS)
        folder = choice.choice(folders)
        last = re.split(r"[/\\]", name.rstrip("/\\"))[-1].lower()
        slash = "\\" if windows else "/"
        if re.search(r"dir|folder|repo|project", last) or name.endswith(("/", "\\")):
            return folder
        extension = _EXTENSION.search(last)
        suffix = extension[1] if extension else ("txt" if "file" in last or "." in last else "")
        word = choice.choice(WORDS)
        return f"{folder}{slash}{word}.{suffix}" if suffix else f"{folder}{slash}{word}"


def _is_list(words: Sequence[str], name: str) -> bool:
    """``file1 file2 ...`` and its kind; other blanks are part of a value."""
    return name.endswith("...") or len({_NUMBERED.sub("", word) for word in words}) == 1


def _is_literal(name: str) -> bool:
    """A placeholder that is a value already: a number, an upper-case word, an address, an absolute system path."""
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)*%?|[A-Z][A-Z0-9_]+|https?://\S+|/(?:dev|etc|proc|sys)/[\w./-]+", name))
