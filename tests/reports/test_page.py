"""Pages hold hostile text as text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from ttpline.reports.page import Page, Paragraph, Picture, Section, Table, render_page

HOSTILE = "<script>alert(1)</script>\" onload='x' &amp; \u202e\x1b[31m</style>"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _read(page: Page) -> _Tags:
    tags = _Tags()
    tags.feed(render_page(page))
    return tags


def _page(text: str) -> Page:
    blocks = (Paragraph(text), Table((text, "n"), ((text, "1"),), text, frozenset({0})), Picture("<svg/>", text, text))
    return Page(text, (Section(text, blocks), Section("b", ())), (Paragraph(text),))


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_text_makes_a_tag_or_an_attribute(text: str) -> None:
    plain = _read(_page("x"))
    found = _read(_page("x" + text))
    assert found.tags == plain.tags
    assert found.attributes == plain.attributes


def test_hostile_text_is_shown_as_it_is_with_controls_escaped() -> None:
    shown = "".join(_read(_page(HOSTILE)).text)
    assert "<script>alert(1)</script>" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_columns_of_numbers_stand_to_the_right_with_their_names() -> None:
    rows = (("id", "1,234", "-0.18 (-0.37 to -0.02)", "< 0.0001", "–"), ("ls", "2", "+0.37", "0.5 %", ""))
    html = render_page(Page("x", (), (Table(("command", "rows", "difference", "p", "none"), rows),)))
    assert html.count('<th class="number">') == 4
    assert html.count('<td class="number">') == 8
    assert "<th>command</th>" in html and "<td>id</td>" in html


def test_a_command_that_looks_like_an_option_is_no_number() -> None:
    assert 'class="number"' not in render_page(Page("x", (), (Table(("token",), (("-la",), ("-9x",))),)))


def test_a_table_whose_names_are_empty_has_no_head() -> None:
    assert "<thead>" not in render_page(Page("x", (), (Table(("", ""), (("a", "b"),)),)))


def test_nothing_is_fetched_and_nothing_runs() -> None:
    html = render_page(_page(HOSTILE))
    assert "default-src 'none'" in html
    assert "http://" not in html
    assert "https://" not in html
    assert "<script" not in html


def test_columns_of_numbers_stand_to_the_right_and_commands_in_code() -> None:
    html = render_page(Page("t", (Section("s", (Table(("a", "b"), (("1 id", "12"),), code_columns=frozenset({0})),)),)))
    assert '<td><code>1 id</code></td><td class="number">12</td>' in html


def test_the_same_page_gives_the_same_bytes() -> None:
    assert render_page(_page(HOSTILE)) == render_page(_page(HOSTILE))
