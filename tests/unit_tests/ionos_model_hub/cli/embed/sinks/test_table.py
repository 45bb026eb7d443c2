"""The statements for the table of the output."""

import pyarrow as pa
import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.sinks.table import Marker, Table


def test_names_are_quoted() -> None:
    assert Table('search.my "docs"', {}).quoted == '"search"."my ""docs"""'


@pytest.mark.parametrize("name", ["a.b.c", "", "a.", ".a"])
def test_invalid_names(name: str) -> None:
    with pytest.raises(UsageError, match=r"--table must be a name or schema.name"):
        Table(name, {})


def test_columns_of_a_new_table() -> None:
    keep = {
        "flag": pa.bool_(),
        "n": pa.int8(),
        "big": pa.uint64(),
        "x": pa.float32(),
        "price": pa.decimal128(10, 2),
        "day": pa.date32(),
        "at": pa.timestamp("us", "UTC"),
        "local": pa.timestamp("us"),
        'odd "name"': pa.string(),
    }
    statement = Table("t", keep).create(3).as_string()
    assert "embedding vector(3) NOT NULL" in statement
    assert '"flag" boolean, "n" bigint, "big" numeric, "x" double precision, ' in statement
    assert '"price" numeric, "day" date, "at" timestamptz, "local" timestamp, ' in statement
    assert '"odd ""name""" text, ' in statement


def test_marker_is_json() -> None:
    assert str(Marker("abc", ["a"])) == (
        '{"ionos_model_hub.embed": {"version": 1, "base": "abc", "keep": ["a"]}}'
    )
