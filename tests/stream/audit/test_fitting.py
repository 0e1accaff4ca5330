"""Whatever is told to the audit is written so that it can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.audit.chain import Chain
from tonewatch.stream.audit.fitting import SHORTENED, fitting
from tonewatch.stream.audit.record import Record
from tonewatch.stream.audit.verify import verify
from tonewatch.stream.codec import decode_access
from tonewatch.stream.messages import Access

KEY = b"k" * 32
ANY_TEXT = st.one_of(
    st.text(st.characters(), max_size=600),  # with halves of surrogate pairs, which no environment keeps out
    st.sampled_from(["€" * 200, "é" * 129, "c" * 257, "\ud800", "\0" * 300, "🦜" * 90]),
)


def access(**fields: object) -> Access:
    return Access(**{"call_id": "c", "access_id": "1", "kind": "refused", **fields})  # type: ignore[arg-type]


@given(
    call_id=ANY_TEXT,
    access_id=ANY_TEXT,
    by=ANY_TEXT,
    role=ANY_TEXT,
    alert_id=ANY_TEXT,
    detail=ANY_TEXT,
    acted_at_ms=st.integers(-(2**70), 2**70),
    about=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=4),
)
def test_whatever_is_linked_is_read_back_and_whole(**fields: object) -> None:
    chain = Chain("w", KEY)
    values = [chain.link(access(**fields)), chain.link(access())]
    told = decode_access(values[0])
    assert fitting(told) == told
    assert verify([Record(0, n, value) for n, value in enumerate(values)], KEY).faults == []


def test_a_call_id_of_few_characters_and_many_bytes_is_shortened_and_the_record_says_so() -> None:
    told, other = (decode_access(Chain("w").link(access(call_id="€" * 200 + end))) for end in ("", "x"))
    assert told.call_id.startswith("€" * 70) and len(told.call_id.encode()) <= 256
    assert told.about == {SHORTENED: "call_id"}
    assert told.call_id != other.call_id  # a hash of the whole tells them apart


@pytest.mark.parametrize("about", [{f"s{n}": "v" for n in range(400)}, {"k" * 90: "v" * 900}, {"k": "\udcff"}])
def test_what_a_role_says_of_its_settings_is_read_back(about: dict[str, str]) -> None:
    told = decode_access(Chain("w").link(access(kind="began", about=about)))
    assert SHORTENED in told.about and told.kind == "began"


def test_what_fits_is_left_as_it_is() -> None:
    assert fitting(one := access(call_id="c" * 256, by="Ada")) is one
