"""What is made from the messages is written again: schemas, the AsyncAPI document, the page of all fields."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tonewatch.stream.errors import DataError
from tonewatch.stream.messages import asyncapi, page, schema
from tonewatch.stream.messages.schemas_command import broken

ASYNCAPI: Final = Path(__file__).with_name("asyncapi.json")


def renew(schemas: Path = schema.FOLDER, document: Path = ASYNCAPI, readme: Path = page.PAGE) -> None:
    """Write all of them.

    Raises:
        DataError: the messages break the contract of the schemas that are there; nothing is written.
    """
    if any(schemas.glob("*.json")) and (found := broken(schemas)):
        raise DataError("The messages break the contract, and nothing is written: " + "; ".join(found) + ".")
    schema.write(schemas)
    document.write_text(asyncapi.text(), encoding="utf-8")
    readme.write_text(page.text(), encoding="utf-8")
