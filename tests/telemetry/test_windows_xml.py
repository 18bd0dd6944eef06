"""``windows-xml`` in every layout and encoding, and the same events as in the EVTX file."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from ttpline.domain.event import CommandEvent
from ttpline.telemetry.evtx import READER as EVTX
from ttpline.telemetry.windows_xml import READER
from ttpline.testing.reading import reading_of

evtx = pytest.importorskip("evtx", reason="the package evtx writes the XML")
MAKE: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "make_evtx.py"))


def facts(events: list[CommandEvent]) -> list[dict[str, Any]]:
    return [{key: value for key, value in event.to_dict().items() if key != "source"} for event in events]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("evtx") / "made.evtx"
    path.write_bytes(MAKE["sample"]())
    return [record["data"].split("?>", 1)[1].strip() for record in evtx.PyEvtxParser(str(path)).records()]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("layout", ["{}", "<?xml version='1.0'?>\r\n<Events>{}</Events>", "<Events>\n{}\n</Events>\n"])
def test_an_export_gives_the_events_of_the_file(exported: list[str], codec: str, layout: str) -> None:
    wanted = facts(reading_of(EVTX, MAKE["sample"]()).events)
    data = layout.format("\n".join(exported)).encode(codec)
    reading = reading_of(READER, data)
    assert facts(reading.events) == wanted
    assert [event.source.record for event in reading.events] == [1, 3, 4, 5, 7, 8, 10, 11, 12, 13]
    assert READER.sniff(data) == 0.95


def test_places_are_those_of_the_elements(exported: list[str]) -> None:
    data = ("\ufeff" + "".join(exported)).encode("utf-16-le")
    for event in reading_of(READER, data).events:
        raw = data[event.source.offset : event.source.offset + event.source.length].decode("utf-16-le")
        assert raw.startswith("<Event ")
        assert raw.endswith("</Event>")


def test_an_event_past_the_bound_is_counted_and_the_next_is_read(exported: list[str]) -> None:
    data = f"<Event><System>{'x' * 3_000_000}</Event>{exported[0]}".encode()
    reading = reading_of(READER, data)
    assert len(reading.events) == 1
    assert reading.skipped.counts == {"an event of more than 1048576 bytes": 1}


@pytest.mark.parametrize("text", ["{}", "Jan  1 00:00:00 h sysmon: <Event><System>", "<html><Event", "EventID,Image\n"])
def test_other_text_is_not_claimed(text: str) -> None:
    assert READER.sniff(text.encode()) == 0.0
