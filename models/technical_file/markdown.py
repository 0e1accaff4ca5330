"""Our own pages as HTML: headings, paragraphs, lists, tables and code; everything else as the text that it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tonewatch.models.pages.svg import tag, words

_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\([^)]*\)")


def to_html(text: str) -> str:
    """Links lose their addresses: the file stands alone."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "".join(part for block in blocks for part in _block(block.split("\n")))


def _block(lines: list[str]) -> Iterator[str]:
    if lines[0].startswith("```") or all(line.startswith("    ") for line in lines):
        yield tag("pre", words("\n".join(line for line in lines if not line.startswith("```"))))
    elif lines[0].lstrip().startswith("|"):
        yield _table(lines)
    elif lines[0].startswith("#"):
        level = min(6, 3 + len(lines[0]) - len(lines[0].lstrip("#")))
        yield tag(f"h{level}", inline(lines[0].lstrip("# ")))
        if lines[1:]:
            yield from _block(lines[1:])
    elif re.match(r"\s*[-*] ", lines[0]):
        items = re.split(r"\n\s*[-*] ", "\n" + "\n".join(lines))[1:]
        yield tag("ul", *(tag("li", inline(item.replace("\n", " "))) for item in items))
    else:
        yield tag("p", inline(" ".join(lines)))


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.strip()]
    body = [row for row in rows[1:] if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    head = tag("tr", *(tag("th", inline(cell)) for cell in rows[0]))
    return tag("table", head, *(tag("tr", *(tag("td", inline(cell)) for cell in row)) for row in body))


def inline(text: str) -> str:
    """Code, bold and the texts of links; all else escaped."""
    parts, at = [], 0
    for match in _INLINE.finditer(text):
        code, bold, link = match.groups()
        parts.append(words(text[at : match.start()]))
        parts.append(tag("code", words(code)) if code else tag("b", words(bold)) if bold else words(link))
        at = match.end()
    return "".join([*parts, words(text[at:])])
