"""A blind sheet: texts of all sources in one shuffled order, and apart from it the key that says what wrote each."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tonewatch.models.output import make_folder, write_file
from tonewatch.models.reasons.rating.faults import Fault, faults
from tonewatch.models.reasons.rating.texts import MomentKey, WrittenText
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import FactsTable, MomentKind

SHEET_FILE, KEY_FILE = "sheet.json", "key.json"


class Item(msgspec.Struct, kw_only=True, frozen=True):
    """One text to be rated, with all that a rater may know of it."""

    id: str
    kind: MomentKind
    facts: FactsTable
    text: str


class Sheet(msgspec.Struct, kw_only=True, frozen=True):
    """`sheet` is a digest of the items: scores name it, so that none is read against another sheet."""

    sheet: str
    items: tuple[Item, ...]


class Author(msgspec.Struct, kw_only=True, frozen=True):
    source: str
    writer: str


class Origin(msgspec.Struct, kw_only=True, frozen=True):
    """What wrote an item: several sources where they gave the same text. `moment` is the same for the same facts."""

    id: str
    moment: int
    authors: tuple[Author, ...]
    faults: tuple[Fault, ...] = ()


class Key(msgspec.Struct, kw_only=True, frozen=True):
    """`silent`: by source, for how many of the moments it had no text."""

    sheet: str
    origins: tuple[Origin, ...]
    silent: dict[str, int] = {}


def make_sheet(texts: Sequence[WrittenText], seed: int) -> tuple[Sheet, Key]:
    """One item per moment and text; the order tells nothing, and `seed` repeats it."""
    grouped: dict[tuple[MomentKey, str], list[WrittenText]] = {}
    silent: dict[str, int] = {}
    for one in texts:
        if one.text:
            grouped.setdefault((one.moment, one.text), []).append(one)
        else:
            silent[one.source.name] = silent.get(one.source.name, 0) + 1
    order = sorted(grouped)
    random.Random(seed).shuffle(order)
    moments = {moment: number for number, moment in enumerate(sorted({moment for moment, _ in order}))}
    items, origins = [], []
    for number, at in enumerate(order, start=1):
        group, (moment, text) = grouped[at], at
        # The reason before this one would tell whose style is whose.
        facts = msgspec.structs.replace(group[0].facts, last_rationale="")
        item = Item(id=f"t{number:03d}", kind=moment[1], facts=facts, text=text)
        authors = tuple(dict.fromkeys(Author(source=one.source.name, writer=one.source.writer) for one in group))
        found = faults(text, item.facts)
        items.append(item)
        origins.append(Origin(id=item.id, moment=moments[moment], authors=authors, faults=found))
    digest = hashlib.sha256(msgspec.json.encode(items)).hexdigest()[:16]
    return Sheet(sheet=digest, items=tuple(items)), Key(sheet=digest, origins=tuple(origins), silent=silent)


def write_sheet(folder: Path, sheet: Sheet, key: Key, page: str) -> None:
    """The key goes into the same folder: give a rater `sheet.html` or `sheet.json`, never the folder.

    Raises:
        StoreError: the folder cannot be written.
    """
    make_folder(folder)
    for name, content in ((SHEET_FILE, _json(sheet)), (KEY_FILE, _json(key)), ("sheet.html", page.encode())):
        write_file(folder / name, content, "the sheet", "folder by --sheet")


def read_key(folder: Path) -> Key:
    """SettingsError where no sheet was written into the folder."""
    try:
        return msgspec.json.decode((folder / KEY_FILE).read_bytes(), type=Key)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"--sheet {folder}: no {KEY_FILE} of a sheet there ({error}).") from error


def _json(value: Sheet | Key) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
