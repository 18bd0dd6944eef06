"""Knowledge files are read whole or refused with file, entry, reason and remedy."""

from pathlib import Path

import pytest

from ttpline.errors import KnowledgeError
from ttpline.knowledge.load import DATA, MOST_BYTES, PACKAGED, merged, packaged_knowledge, read_knowledge


def _file(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


GOOD = """
programs:
- names: [mytool]
  platform: linux
  for: does my work
  is: [admin]
  operands: {first: reads, last: writes}
  values: {-o|--output: writes}
  uses:
  - when: --dump any
    does: dumps the store
    means: [dumps-store]
    speaks: {T1003.008: 3, normal: -1}
    suspicion: 2
  examples:
  - mytool --dump x: T1003
  - mytool --help: ~
objects:
- class: my-store
  is: my store
  names: [/srv/store]
  when:
    reads: {speaks: {T1005: 2}}
"""


def test_entries_and_examples_are_read(tmp_path: Path) -> None:
    knowledge, examples = read_knowledge([_file(tmp_path, GOOD)])
    (program,) = knowledge.programs
    assert program.values == {"-o": "writes", "--output": "writes"}
    assert program.uses[0].when == ("--dump", "any")
    assert program.uses[0].claim.speaks == {"T1003.008": 3, "normal": -1}
    assert knowledge.objects[0].claims["reads"].suspicion == 1
    assert [(one.command, one.answers, one.platform) for one in examples] == [
        ("mytool --dump x", ("T1003",), "linux"),
        ("mytool --help", (), "linux"),
    ]


@pytest.mark.parametrize(
    ("wrong", "right", "reason"),
    [
        ("T1003.008: 3", "T1003.999: 3", "T1003.999"),
        ("T1003.008: 3", "T1003.008: 4", "strength 4"),
        ("T1003.008: 3", "T1003.008: 0", "strength 0"),
        ("suspicion: 2", "suspicion: 7", "suspicion is 7"),
        ("platform: linux", "platform: beos", "no platform is called 'beos'"),
        ("is: [admin]", "is: [toy]", "no kind is called 'toy'"),
        ("first: reads", "first: eats", "no verb is called 'eats'"),
        ("names: [mytool]", "names: [MyTool.exe]", "no bare program name"),
        ("means: [dumps-store]", "means: ['Dumps it']", "no meaning"),
        ("does: dumps", "doess: dumps", "'doess' means nothing here"),
        ("class: my-store", "class: My Store", "no class name"),
        ("programs:", "programmes:", "'programmes' is no section"),
        ("- mytool --help: ~", "- mytool --help", "is not `COMMAND: ANSWER`"),
        ("mytool --dump x: T1003", "mytool --dump x: T9", "T9"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, wrong: str, right: str, reason: str) -> None:
    assert wrong in GOOD
    with pytest.raises(KnowledgeError, match=r"mine\.yaml") as caught:
        read_knowledge([_file(tmp_path, GOOD.replace(wrong, right, 1))])
    assert reason in str(caught.value)


@pytest.mark.parametrize("text", ["[", "a: [b", "- just a list", "!!python/object/apply:os.system ['true']", "\x00"])
def test_what_is_no_knowledge_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(KnowledgeError):
        read_knowledge([_file(tmp_path, text)])


def test_a_file_beyond_the_bound_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="larger"):
        read_knowledge([_file(tmp_path, "#" * (MOST_BYTES + 1))])


def test_an_empty_file_knows_nothing(tmp_path: Path) -> None:
    knowledge, examples = read_knowledge([_file(tmp_path, "")])
    assert not knowledge.programs
    assert not examples


def test_a_file_of_ones_own_stands_after_what_is_packaged(tmp_path: Path) -> None:
    mine, _ = read_knowledge([_file(tmp_path, GOOD)])
    whole = merged(packaged_knowledge(), mine)
    assert whole.programs[-1].names == ("mytool",)
    assert len(whole.programs) == len(packaged_knowledge().programs) + 1


def test_the_packaged_form_is_that_of_the_files() -> None:
    import msgspec

    knowledge, _ = read_knowledge(sorted(DATA.glob("*.yaml")))
    assert PACKAGED.read_bytes() == msgspec.json.encode(knowledge) + b"\n", "run scripts/build_knowledge.py"
