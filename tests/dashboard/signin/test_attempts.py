from __future__ import annotations

import pytest

from tonewatch.dashboard.signin import attempts
from tonewatch.dashboard.signin.attempts import WINDOW_S, Attempts, Limits


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_failures_are_counted_by_address_by_name_and_by_both() -> None:
    clock = Clock()
    tries = Attempts(clock, Limits(pair=2, address=3, name=4))
    for name in ("ada", "ada", "grace"):
        tries.failed("a", name)
    assert tries.wait_s("a", "ada") == WINDOW_S
    assert tries.wait_s("a", "nobody") == WINDOW_S  # of the address
    assert tries.wait_s("b", "ada") == 0
    for address in ("b", "c"):
        tries.failed(address, "ada")
    assert tries.wait_s("d", "ada") == WINDOW_S  # of the name
    clock.now_s = WINDOW_S
    assert tries.wait_s("a", "ada") == 0


def test_signing_in_rightly_uses_up_no_tries() -> None:
    tries = Attempts(Clock(), Limits(pair=2, address=3, name=3))
    for _ in range(10):
        tries.failed("a", "ada")
        tries.succeeded("a", "ada")
    assert tries.wait_s("a", "ada") == 0
    tries.failed("a", "grace")
    tries.failed("a", "ada")
    tries.succeeded("a", "ada")
    tries.failed("a", "grace")
    assert tries.wait_s("a", "grace") > 0


@pytest.mark.parametrize(
    ("tried", "asks", "waits"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("192.0.2.7:5001", "192.0.2.7:5002", True),
        ("[2001:db8::1]:5001", "2001:db8::2", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("unknown", "unknown", True),
    ],
)
def test_who_has_many_addresses_of_one_network_has_no_more_tries(tried: str, asks: str, waits: bool) -> None:
    tries = Attempts(Clock(), Limits(address=1))
    tries.failed(tried, "ada")
    assert (tries.wait_s(asks, "grace") > 0) == waits


def test_many_addresses_and_long_names_fill_no_memory() -> None:
    tries = Attempts(Clock())
    for number in range(attempts.MOST_KEYS):
        tries.failed(f"{number} " + "x" * 1_000, "n" * 10_000)
    assert len(tries._failed) <= attempts.MOST_KEYS
    assert all(len(part) <= 80 for key in tries._failed for part in key)
