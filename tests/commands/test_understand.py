"""Conditions, objects, texts and combinations of the knowledge, on commands."""

import pytest

from ttpline.commands.understand import Understander, understand
from ttpline.knowledge.load import read_knowledge

TEXT = r"""
programs:
- names: [tool]
  platform: linux
  operands: {first: reads, last: writes, rest: reads}
  values: {-o|--output: writes, to: writes}
  uses:
  - {when: -l, means: [short]}
  - {when: --long, means: [long]}
  - {when: "-u=0", means: [root]}
  - {when: "1:user 2:add", means: [ordered]}
  - {when: "*secret*", means: [pattern]}
  - {when: alone, means: [alone]}
  - {when: any, means: [any]}
  - {when: "<-feeder", means: [fed]}
  - {when: "->sink", means: [feeds]}
  - {when: "as:sudo", means: [raised]}
  - {when: "a|b", means: [either]}
  - {when: "!x", means: [without-x]}
  - {when: "reads:<store>", means: [reads-store]}
  - {when: "writes:<store>", means: [writes-store]}
- names: [wintool]
  platform: windows
  uses:
  - {when: /Create, means: [creates]}
  - {when: "/tn=x*", means: [named]}
- names: [sh, exec]
  platform: linux
  uses:
  - {when: -a, means: [other-name]}
  - {when: alone <-feeder, means: [runs-input]}
- names: [get-thing]
  platform: windows
  uses:
  - {when: -Name=lsass, means: [named]}
objects:
- class: store
  is: the store
  names: [/srv/store, "/var/**/store.db", "host:store.example.com", "port:4444", "ext:.sto", "word:storeword",
    "has:storage-"]
  when:
    reads: {speaks: {T1005: 2}, does: reads the store}
    mentions: {speaks: {T1083: 1}}
texts:
- {has: [net.webclient], speaks: {T1105: 2}, means: [downloads]}
- {all: [abc, xyzw], means: [both]}
combinations:
- {when: "downloads reads:store", does: does both, speaks: {T1020: 3}, suspicion: 3}
"""


@pytest.fixture(scope="module")
def understander(tmp_path_factory: pytest.TempPathFactory) -> Understander:
    file = tmp_path_factory.mktemp("knowledge") / "mine.yaml"
    file.write_text(TEXT)
    return Understander(read_knowledge([file])[0])


@pytest.mark.parametrize(
    ("command", "meaning", "expected"),
    [
        ("tool -l", "short", True),
        ("tool -vlp", "short", True),
        ("tool -L", "short", False),
        ("tool --long=3", "long", True),
        ("tool --longer", "long", False),
        ("tool -u 0", "root", True),
        ("tool -u0", "root", True),
        ("tool -u 10", "root", False),
        ("tool user add eve", "ordered", True),
        ("tool add user", "ordered", False),
        ("tool /x/SECRETS.txt", "pattern", True),
        ("tool", "alone", True),
        ("tool x", "alone", False),
        ("tool -l", "any", False),
        ("feeder | tool", "fed", True),
        ("feeder; tool", "fed", False),
        ("tool | grep x | sink", "feeds", True),
        ("sudo tool", "raised", True),
        ("tool", "raised", False),
        ("tool b", "either", True),
        ("tool c", "either", False),
        ("tool x", "without-x", False),
        ("tool /srv/store /tmp/y", "reads-store", True),
        ("tool /tmp/y /srv/store", "writes-store", True),
        ("tool -o /srv/store", "writes-store", True),
        ("tool to=/srv/store", "writes-store", True),
        ("tool from=/srv/store", "writes-store", False),
        ("tool x > /srv/store", "writes-store", True),
        ("tool x < /srv/store", "reads-store", True),
        ("exec -a x tool -l", "other-name", True),
        ("exec tool -a", "other-name", False),
        ("exec tool -l", "short", True),
        ("feeder | sh", "runs-input", True),
        ("wintool.exe -create", "creates", True),
        ("C:\\Windows\\WINTOOL.EXE /CREATE /tn:xyz", "named", True),
        ("wintool /tn abc", "named", False),
        ("wintool /tn xabc", "named", True),
        ("Get-Thing -Name LSASS", "named", True),
    ],
)
def test_a_condition_holds_when_it_should(
    understander: Understander, command: str, meaning: str, expected: bool
) -> None:
    assert (meaning in understander.understand(command).meanings) is expected


@pytest.mark.parametrize(
    "command",
    [
        "x /srv/store",
        "x /var/a/b/store.db",
        "x https://cdn.store.example.com/a",
        "x 192.0.2.1 4444",
        "x 192.0.2.1:4444",
        "x a.sto",
        "x storeword.exe",
        "x my-storage-1",
    ],
)
def test_an_object_is_seen_by_every_kind_of_name(understander: Understander, command: str) -> None:
    assert "store" in understander.understand(command).meanings


@pytest.mark.parametrize(
    "command", ["x /srv/stores", "x /var/store", "x notstore.example.com", "x 44444", "x storewords"]
)
def test_what_only_resembles_an_object_is_none(understander: Understander, command: str) -> None:
    assert "store" not in understander.understand(command).meanings


def test_facts_carry_their_place_and_words(understander: Understander) -> None:
    found = understander.understand("tool /srv/store /tmp/y")
    (fact,) = [fact for fact in found.facts if fact.kind == "object"]
    assert found.text[slice(*fact.span)] == "/srv/store"
    assert fact.why == "reads the store"
    assert found.votes["T1005"] == 2


def test_a_combination_needs_all_of_its_meanings(understander: Understander) -> None:
    both = understander.understand("tool /srv/store /tmp/y; echo 'New-Object Net.WebClient'")
    assert both.votes["T1020"] == 3
    assert both.suspicion == 3
    assert "T1020" not in understander.understand("tool /srv/store /tmp/y").votes


def test_every_piece_of_a_text_is_needed_where_all_are(understander: Understander) -> None:
    assert "both" in understander.understand("echo abc XYZW").meanings
    assert "both" not in understander.understand("echo abc").meanings


@pytest.mark.parametrize(
    "command",
    [
        "echo aWQ= | base64 -d | sh",
        "echo id | sh",
        "sh <<< 'id -u'",
        'sh -c "$(echo aWQ= | base64 -d)"',
        "cd /tmp; echo aWQ= | base64 -d | sh > out",
    ],
)
def test_a_shell_that_runs_what_was_hidden_is_known_with_what_it_ran(command: str) -> None:
    found = understand(command)
    assert {"program:id", "program:sh"} <= found.meanings
    shell = next(fact for fact in found.facts if fact.entry.startswith("sh "))
    assert (shell.part, shell.span) == (None, (0, len(found.text)))
    assert found.votes["T1059.004"] > 0


def test_a_shell_that_ran_nothing_hidden_is_told_once() -> None:
    facts = [fact.entry for fact in understand("sh -c 'c''at /etc/passwd'").facts]
    assert facts.count("sh -c") == 1
    assert "program:sh" not in understand("echo aWQ= | base64 -d").meanings


def test_a_digit_that_is_no_number_is_no_port() -> None:
    assert understand("²").facts == ()


def test_a_cmdlet_in_small_letters_has_its_script_block_read() -> None:
    found = understand("invoke-command -ComputerName srv1 -ScriptBlock {net user /add eve Passw0rd1}")
    assert [part.program for part in found.parsed.parts] == ["invoke-command", "net"]
    assert found.votes["T1136.001"] >= 2


def test_the_name_of_an_unknown_function_tells() -> None:
    found = understand(r". .\stage.ps1; Invoke-StealToken2 -Id 4")
    assert found.votes["T1134"] >= 3 and found.votes["T1059.001"] >= 2


def test_many_at_once_are_understood_as_one_by_one(understander: Understander) -> None:
    texts = [
        "tool -l /srv/store | sink",
        "sudo tool 'a b' to=/srv/store",
        "echo d2hvYW1p | base64 -d | sh",
        "wintool /Create /tn x1; new-object net.webclient",
        "",
        "other abc xyzw",
    ]
    assert understander.understand_all(texts) == [understander.understand(text) for text in texts]


def test_commands_with_the_same_facts_share_what_these_say(understander: Understander) -> None:
    one, other = understander.understand_all(["tool /srv/store 1", "tool /srv/store 2"])
    assert one.said is other.said
    assert one.votes == {"T1005": 2}
