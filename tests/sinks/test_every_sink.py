"""Every registered sink keeps the contract of ``ttpline.testing.check_sink``."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from ttpline.sinks.base import sinks
from ttpline.testing.check_sink import Order, check_sink


def _csv_ids(output: bytes) -> list[str]:
    return [row["event_id"] for row in csv.DictReader(io.StringIO(output.decode(), newline=""))]


def _jsonl_ids(output: bytes) -> list[str]:
    return [json.loads(line)["event"]["event_id"] for line in output.split(b"\n")[:-1]]


def _parquet_ids(output: bytes) -> list[str]:
    return pl.read_parquet(io.BytesIO(output))["event_id"].to_list()


ORDERS: dict[str, Order] = {"csv": _csv_ids, "jsonl": _jsonl_ids, "parquet": _parquet_ids}


@pytest.mark.parametrize("kind", sinks(plugins=False).names())
def test_a_sink_keeps_the_contract(kind: str, tmp_path: Path) -> None:
    check_sink(sinks(plugins=False).get(kind), tmp_path, ORDERS.get(kind))


@pytest.mark.parametrize("kind", sinks(plugins=False).names())
def test_a_sink_describes_itself_and_has_a_heading_in_the_docs(kind: str, root: Path) -> None:
    assert getattr(sinks(plugins=False).get(kind), "description", "")
    assert (root / "docs" / "sinks" / f"{kind}.md").read_text().startswith(f"# `{kind}`: ")
