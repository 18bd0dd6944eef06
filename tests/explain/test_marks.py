"""Parts are marked by colours or by brackets, the same ones."""

from ttpline.explain.explanation import Share
from ttpline.explain.marks import SHOWN_CHARACTERS, marked, marked_brackets, marked_colours

COMMAND = "cat /etc/shadow | nc"


def test_brackets_mark_parts_without_colour() -> None:
    shares = [Share(0, 3, "cat", 1.0), Share(4, 15, "/etc/shadow", -3.0), Share(16, 17, "|", 0.01)]
    assert marked_brackets(COMMAND, shares) == "[+ cat] [-- /etc/shadow] | nc"
    assert marked(COMMAND, shares, colour=False).plain == "[+ cat] [-- /etc/shadow] | nc"


def test_colours_mark_the_same_parts() -> None:
    shares = [Share(0, 3, "cat", 1.0), Share(4, 15, "/etc/shadow", -3.0)]
    found = marked_colours(COMMAND, shares)
    assert found.plain == COMMAND
    assert [str(span.style) for span in found.spans][:3] == ["green", "dim", "bold underline red"]


def test_a_long_part_is_cut_and_escaped() -> None:
    text = "\x1b[2J" * 10_000
    found = marked_brackets(text, [Share(0, len(text), text, 1.0)])
    assert "\x1b" not in found
    assert len(found) < 3 * SHOWN_CHARACTERS
