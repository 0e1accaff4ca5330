"""Signing in and out with a name and a password, as a browser does it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tonewatch.dashboard.signin.texts import LATER, NO_TLS, STALE, WRONG

PASSWORD = "correct horse battery"
ORIGIN = {"origin": "http://127.0.0.1:8321"}


async def token(http: httpx.AsyncClient) -> str:
    """The hidden field of the form, whose cookie the client keeps."""
    (found,) = re.findall(r'name="token" value="(\w+)"', (await http.get("/sign-in")).text)
    return str(found)


async def sign_in(
    http: httpx.AsyncClient, name: str = "ada", password: str = PASSWORD, **fields: str
) -> httpx.Response:
    form = {"name": name, "password": password, "token": await token(http), **fields}
    return await http.post("/sign-in", data=form, headers=ORIGIN)


async def test_a_forms_cookie_that_was_not_made_here_is_not_sent_back(board: Any) -> None:
    async with board.client() as http:
        strange = {"cookie": 'tonewatch-8321-form="a\\015\\012set-cookie: b=c"'}
        given = (await http.get("/sign-in", headers=strange)).headers["set-cookie"]
        assert re.match(r"tonewatch-8321-form=[\w-]{24};", given)


async def test_the_right_password_opens_the_board_and_leads_back(board: Any) -> None:
    async with board.client() as http:
        answer = await sign_in(http, next="/?call=7")
        assert (answer.status_code, answer.headers["location"]) == (303, "/?call=7")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
        assert (await http.get("/")).text == "ada"
        told = (await http.get("/api/session")).json()
    assert (told["name"], told["role"], told["queues"], told["may"]) == (
        "ada",
        "supervisor",
        ["billing"],
        ["look", "act"],
    )
    assert board.told == [("signed_in", "ada")]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", ""])
async def test_nobody_is_led_to_another_site(board: Any, back: str) -> None:
    async with board.client() as http:
        assert (await sign_in(http, next=back)).headers["location"] == "/"


async def test_an_unknown_name_is_answered_as_a_wrong_password_is(board: Any) -> None:
    async with board.client() as http:
        wrong, unknown = await sign_in(http, password="x" * 20), await sign_in(http, name="nobody")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert WRONG in wrong.text
    plain = [re.sub(r'value="[^"]*"', "", answer.text) for answer in (wrong, unknown)]
    assert plain[0] == plain[1]
    # What was typed as a name may be a password: only names that are known are told.
    assert board.told == [("sign_in_failed", "ada"), ("sign_in_failed", "")]


async def test_an_unknown_name_costs_a_hash_as_a_known_one_does(board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = board.passwords._verify

    def verify(password: str, stored: str) -> bool:
        verified.append(stored)
        return bool(real(password, stored))

    monkeypatch.setattr(board.passwords, "_verify", verify)
    async with board.client() as http:
        await sign_in(http, name="nobody")
        await sign_in(http, password="wrong")
    assert len(verified) == 2


async def test_after_five_failures_even_the_right_password_waits_for_known_and_unknown_names_alike(board: Any) -> None:
    async with board.client() as http:
        for name in ("ada", "nobody"):
            for _ in range(5):
                assert (await sign_in(http, name=name, password="wrong")).status_code == 401
            late = await sign_in(http, name=name)
            assert (late.status_code, late.headers["retry-after"]) == (429, "300")
            assert LATER.format(minutes="5") in late.text
        board.now_s += 301
        assert (await sign_in(http)).status_code == 303


async def test_a_form_of_another_browser_signs_nobody_in(board: Any) -> None:
    async with board.client() as victim, board.client() as attacker:
        stolen = await token(attacker)
        await token(victim)
        answer = await victim.post(
            "/sign-in", data={"name": "ada", "password": PASSWORD, "token": stolen}, headers=ORIGIN
        )
    assert answer.status_code == 403
    assert STALE in answer.text


async def test_signing_in_again_ends_the_session_before(board: Any) -> None:
    async with board.client() as http:
        form = {"name": "ada", "password": PASSWORD, "token": await token(http)}
        await http.post("/sign-in", data=form, headers=ORIGIN)
        before = http.cookies["tonewatch-8321"]
        assert (await http.post("/sign-in", data=form, headers=ORIGIN)).status_code == 303
        assert http.cookies["tonewatch-8321"] != before
    async with board.client() as thief:
        assert (await thief.get("/api/who", headers={"cookie": f"tonewatch-8321={before}"})).status_code == 401


async def test_signing_out_needs_the_sessions_token_and_ends_it_everywhere(board: Any) -> None:
    async with board.client() as http:
        await sign_in(http)
        kept = {"cookie": f"tonewatch-8321={http.cookies['tonewatch-8321']}"}
        await http.post("/sign-out", data={"token": "x"}, headers=ORIGIN)
        assert (await http.get("/api/who")).status_code == 200
        csrf = (await http.get("/api/session")).json()["csrf"]
        out = await http.post("/sign-out", data={"token": csrf}, headers=ORIGIN)
        assert out.headers["location"] == "/sign-in?out"
        assert (await http.get("/api/who", headers=kept)).status_code == 401
    assert len(board.shared.ended) == 1
    assert board.told[-1] == ("signed_out", "ada")


async def test_over_plain_http_only_this_machine_is_signed_in(board: Any) -> None:
    async with board.client("http://board.example") as http:
        form = {"name": "ada", "password": PASSWORD, "token": await token(http)}
        plain = await http.post("/sign-in", data=form, headers={"origin": "http://board.example"})
        assert (plain.status_code, NO_TLS in plain.text) == (400, True)
    async with board.client("https://board.example") as http:
        form = {"name": "ada", "password": PASSWORD, "token": await token(http)}
        answer = await http.post("/sign-in", data=form, headers={"origin": "https://board.example"})
    assert answer.headers["set-cookie"].startswith("__Host-tonewatch=")
    assert "Secure" in answer.headers["set-cookie"]


async def test_markup_in_a_name_or_an_address_stays_text(board: Any) -> None:
    async with board.client() as http:
        page = await http.get("/sign-in", params={"next": '/"><script>alert(1)</script>'})
        answer = await sign_in(http, name='"><script>')
    assert "<script>alert" not in page.text and '"><script>' not in answer.text


async def test_without_a_user_the_page_says_how_to_make_one(board: Any) -> None:
    board.save()
    async with board.client() as http:
        assert "tonewatch users add" in (await http.get("/sign-in")).text
