"""Marks of erased calls in the topic of deliveries: what they are to a notifier, and to one of a former release."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.erased_calls import ErasedCalls, mark
from tonewatch.stream.notify.book import Book

GOLDEN = decode_delivery((Path(__file__).parent / "golden" / "delivery.json").read_bytes())


def test_a_mark_names_no_call_and_is_nothing_to_a_notifier_that_does_not_know_it() -> None:
    made = mark("c-1", 5)
    assert b"c-1" not in encode(made) and decode_delivery(encode(made)) == made
    book = Book([made, GOLDEN])
    assert book.of_call("c-1") == Book([GOLDEN]).of_call("c-1") and "" not in book.targets()
    book.forget(6)
    assert book.get(made.delivery_id) is None


def test_a_delivery_loses_what_it_tells_of_erased_calls_and_goes_where_it_tells_nothing_else() -> None:
    erased = ErasedCalls()
    assert erased.split([mark("c-1", 5), GOLDEN]) == [GOLDEN] and "c-1" in erased
    one = msgspec.structs.replace(GOLDEN, notices=(msgspec.structs.replace(GOLDEN.notices[0], call_id="c-1"),))
    other = msgspec.structs.replace(one.notices[0], call_id="c-2")
    assert erased.without(one) is None
    both = erased.without(msgspec.structs.replace(one, notices=(*one.notices, other)))
    assert both is not None and (both.call_id, both.notices) == ("c-2", (other,))
    erased.forget(6)
    assert erased.without(one) is one and len(erased) == 0
