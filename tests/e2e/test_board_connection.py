"""The board whose server, Redis, session or line goes away and comes back, and what it tells of itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from tonewatch.dashboard.assets import HOW_TO_BUILD, is_built
from tonewatch.dashboard.signin.users_command import users as users_command
from tonewatch.dashboard.store import ENDED_SHOWN
from tonewatch.stream.board.view import (
    OPEN_KEY,
)
from tonewatch.stream.messages import ModelRef

from .served_board import SEQUENCES, Process, Server, count, row, write, write_many

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD),
]


def test_a_server_that_restarts_is_found_again_with_nothing_missed(
    page_of_process: Page, process: Process, own_redis_url: str
) -> None:
    page, name = page_of_process, "an alert resolves by recovery"
    write(own_redis_url, name, slice(0, 12))
    expect(row(page, "delivery").get_by_test_id("alert-chip")).to_have_attribute("data-state", "firing")
    process.stop()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "reconnecting")
    write(own_redis_url, name, slice(12, None))
    process.start()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    expect(row(page, "delivery").get_by_test_id("alert-chip")).to_have_attribute("data-state", "resolved")
    expect(row(page, "delivery").locator(".recovery")).to_have_count(1)


def test_a_line_over_which_nothing_comes_says_so_and_an_action_on_it_is_offered_again(
    page_of_process: Page, process: Process, own_redis_url: str
) -> None:
    page = page_of_process
    write(own_redis_url, "an alert fires and is confirmed")
    page.clock.install()
    page.reload()
    row(page, "billing").get_by_role("button").click()
    connection, duration = page.get_by_test_id("connection"), page.get_by_test_id("detail").locator(".duration")
    expect(connection).to_have_text("Live")
    process.pause()
    page.clock.fast_forward(7_500)
    expect(connection).to_contain_text("No news for")
    stands = duration.text_content()
    page.get_by_test_id("act-acknowledge").click()
    expect(page.get_by_test_id("act-failure")).to_contain_text("may not have been done")
    page.clock.fast_forward(3_000)
    assert duration.text_content() == stands
    process.resume()
    page.clock.fast_forward(15_000)
    expect(connection).to_have_text("Live")
    page.get_by_test_id("ask-again").click()
    expect(page.get_by_test_id("act-failure")).to_contain_text("TONEWATCH_KAFKA")


def test_a_session_that_ends_says_so_and_loses_nothing_that_was_typed(
    page: Page, server: Server, own_redis_url: str, tmp_path: Path
) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    users = tmp_path / "users.json"
    password = "a long enough one"
    CliRunner().invoke(
        users_command, ["add", "ada", "--role", "supervisor", "--file", str(users)], input=f"{password}\n"
    )
    server.stop()
    server.start(dashboard_users=str(users))
    page.get_by_test_id("user-name").click()
    page.get_by_test_id("sign-out").click()
    page.goto(f"{server.address}/?call=billing")
    for typed in ("not this one here", password):
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(typed)
        page.keyboard.press("Enter")
    expect(page.get_by_test_id("user-name")).to_have_text("ada")
    page.get_by_test_id("note").fill("call back at six")
    CliRunner().invoke(users_command, ["password", "ada", "--file", str(users)], input="another long one\n")
    expect(page.get_by_test_id("signed-out")).to_contain_text("Sign in again")
    page.get_by_test_id("sign-in-again").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("another long one")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("note")).to_have_value("call back at six")
    assert "call=billing" in page.url


def test_who_is_confined_to_a_queue_sees_its_calls_alone_and_signs_in_without_scripts(
    browser: Browser, page: Page, server: Server, own_redis_url: str, tmp_path: Path
) -> None:
    users = tmp_path / "users.json"
    add = ["add", "ada", "--role", "qa", "--queues", "Billing", "--file", str(users)]
    CliRunner().invoke(users_command, add, input="a long enough one\n")
    server.stop()
    server.start(dashboard_users=str(users))
    write(own_redis_url, "an alert fires and is confirmed")  # of Billing
    write(own_redis_url, "an alert resolves by recovery")  # of Orders
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(server.address)
    plain.get_by_label("Name").fill("ada")
    plain.get_by_label("Password").fill("a long enough one")
    plain.get_by_role("button", name="Sign in").click()
    expect(plain.locator("noscript")).to_have_count(1)
    scripted = browser.new_context(storage_state=plain.context.storage_state()).new_page()
    scripted.goto(server.address)
    expect(row(scripted, "billing")).to_be_visible()
    expect(scripted.get_by_test_id("call-row")).to_have_count(1)
    row(scripted, "billing").get_by_role("button").click()
    expect(scripted.get_by_test_id("detail")).to_contain_text("forty euros")
    expect(scripted.get_by_test_id("act-acknowledge")).to_have_count(0)


def test_every_live_call_and_every_open_alert_is_there_after_a_reload(page: Page, own_redis_url: str) -> None:
    write_many(own_redis_url, "an alert fires and is confirmed", [f"alert-{n}" for n in range(84)])
    write_many(own_redis_url, "the monitor abstains for a while", [f"calm-{n}" for n in range(416)])
    write_many(own_redis_url, "a call ends", [f"over-{n}" for n in range(ENDED_SHOWN + 20)])
    page.reload()
    expect(page.get_by_test_id("live-count")).to_have_text("500")
    expect(page.get_by_test_id("firing-count")).to_have_text("84")
    expect(page.get_by_test_id("left-out")).to_contain_text("20 older ended calls")
    with redis.Redis.from_url(own_redis_url, protocol=2) as client:
        assert client.zcard(OPEN_KEY) == 500


def test_an_ended_call_that_is_not_listed_opens_by_its_link(page: Page, server: Server, own_redis_url: str) -> None:
    write_many(own_redis_url, "a call ends", ["first", *(f"over-{n}" for n in range(ENDED_SHOWN))])
    page.goto(f"{server.address}/?call=first")
    expect(page.get_by_test_id("detail").locator(".id")).to_contain_text("first")
    expect(row(page, "first")).to_have_count(0)


def test_what_was_shed_is_said(page: Page, own_redis_url: str) -> None:
    count(own_redis_url, shed_llm=3, shed_llm_at_ms=int(time.time() * 1000))
    expect(page.get_by_test_id("shed")).to_contain_text("3 model reasons")
    count(own_redis_url, shed_llm_at_ms=int(time.time() * 1000) - 600_000)
    expect(page.get_by_test_id("shed")).to_have_count(0)


def test_a_board_that_is_behind_says_how_old_it_is(page: Page, own_redis_url: str) -> None:
    write(own_redis_url, "an alert fires and is confirmed")
    count(own_redis_url, behind_ms=12_000, behind_at_ms=int(time.time() * 1000))
    expect(page.get_by_test_id("behind")).to_contain_text("was said 12 s ago")
    count(own_redis_url, behind_ms=700, behind_at_ms=int(time.time() * 1000))
    expect(page.get_by_test_id("behind")).to_have_count(0)


@pytest.mark.skipif("provider" not in ModelRef.__struct_fields__, reason="models do not name their provider yet")
def test_an_encoder_that_leaves_a_gpu_unused_is_said_in_the_header_and_the_detail(
    page: Page, own_redis_url: str
) -> None:
    name = "an alert fires and is confirmed"
    write(own_redis_url, name)
    expect(row(page, "billing").get_by_test_id("alert-chip")).to_have_attribute("data-state", "confirmed")
    expect(page.get_by_test_id("unused-gpu")).to_have_count(0)
    last = [event for event in SEQUENCES[name] if event["type"] == "alert"][-1]
    again = {**last, "seq": last["seq"] + 1, "model": {**last["model"], "provider": "cpu-beside-gpu"}}
    write(own_redis_url, name, slice(len(SEQUENCES[name]), None), more=(again,))
    expect(page.get_by_test_id("unused-gpu")).to_contain_text("The speech encoder runs on the CPU")
    row(page, "billing").get_by_role("button").click()
    expect(page.get_by_test_id("detail").locator(".provenance")).to_contain_text("3f9a1c20b7de, on the CPU")
