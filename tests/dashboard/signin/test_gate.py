"""What the gate lets through, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from tonewatch.dashboard.signin.gate import Gate
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.proxies import Proxies, ProxySignIn, networks
from tonewatch.dashboard.signin.users_file import User, UsersFile

ORIGIN = {"origin": "http://127.0.0.1:8321"}
DEMO = Person("Demo supervisor", "supervisor")


@pytest.fixture
def demo(make_board: Callable[..., Any]) -> Any:
    return make_board(demo=DEMO)


async def enter(http: httpx.AsyncClient) -> str:
    """Press the demo's button; the session's token."""
    assert (await http.post("/sign-in/demo", headers=ORIGIN)).status_code == 303
    return str((await http.get("/api/session")).json()["csrf"])


async def test_a_page_leads_to_signing_in_and_back_and_a_program_is_told(demo: Any) -> None:
    async with demo.client() as http:
        page = await http.get("/?call=a%20b", headers={"accept": "text/html"})
        program = await http.get("/api/who")
        probe = await http.get("/healthz")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/%3Fcall%3Da%2520b")
    assert (program.status_code, program.json()) == (401, {"error": "Sign in first."})
    assert probe.text == "alive"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8321", "127.0.0.1.evil.example", "", "[", "board.example.", "8321"),
        *("evil.example@127.0.0.1", "127.0.0.1/evil.example", "127.0.0.1?evil.example", "127.0.0.1:8321:9"),
    ],
)
async def test_another_name_than_ours_is_not_answered(demo: Any, host: str) -> None:
    async with demo.client() as http:
        await enter(http)
        assert (await http.get("/api/who", headers={"host": host})).status_code == 421


async def test_two_hosts_are_none(demo: Any) -> None:
    async with demo.client() as http:
        answer = await http.get("/sign-in", headers=[("host", "127.0.0.1:8321"), ("host", "board.example")])
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:9"},
        {"origin": "http://["},
    ],
)
async def test_a_page_of_elsewhere_writes_nothing(demo: Any, headers: dict[str, str]) -> None:
    async with demo.client() as http:
        csrf = await enter(http)
        answer = await http.post("/api/who", headers={"x-csrf-token": csrf, **headers})
    assert answer.status_code == 403


async def test_what_writes_to_the_api_brings_the_sessions_own_token(demo: Any) -> None:
    async with demo.client() as http, demo.client() as other:
        csrf, others = await enter(http), await enter(other)
        answers = [
            (await http.post("/api/who", headers={**ORIGIN, "x-csrf-token": given})).status_code
            for given in ("", others, csrf)
        ]
    assert answers == [403, 403, 200]


async def test_a_changed_a_strange_and_an_old_cookie_are_nobody(demo: Any) -> None:
    async with demo.client() as http:
        await enter(http)
        good = http.cookies["tonewatch-8321"]
        body, _, signature = good.partition(".")
    async with demo.client() as http:
        for cookie in (f"{body[:-2]}AA.{signature}", body, "x.y", "." + signature, f"{body}.{signature}0", "a" * 5_000):
            assert (await http.get("/api/who", headers={"cookie": f"tonewatch-8321={cookie}"})).status_code == 401
        assert (await http.get("/api/who", headers={"cookie": f"tonewatch-8321={good}"})).status_code == 200


async def test_a_session_ends_idle_is_kept_by_use_and_ends_for_good(demo: Any) -> None:
    async with demo.client() as http:
        await enter(http)
        for _ in range(15):  # twelve hours and a half of use
            demo.now_s += 3_000
            status = (await http.get("/api/who")).status_code
            if status != 200:
                break
        assert demo.now_s - 1_000_000 > 11 * 3_600
        assert status == 401
        await enter(http)
        demo.now_s += 3_601
        assert (await http.get("/api/who")).status_code == 401


async def test_a_user_who_changes_or_goes_is_out_at_once(board: Any) -> None:
    user = board.sign_in.users.user("ada")
    session = board.sign_in.sessions.begin(user.person("ada"), "local", user.stamp)
    async with board.client() as http:
        http.cookies.set("tonewatch-8321", board.sign_in.sessions.token(session))
        assert (await http.get("/api/who")).status_code == 200
        board.save(ada=User(role="supervisor", password=user.password))
        assert (await http.get("/api/who")).status_code == 401


async def handshake(gate: Gate, path: str, *headers: tuple[str, str]) -> bool:
    """Does a websocket get through?"""
    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "websocket", "path": path, "headers": raw, "client": ("127.0.0.1", 5)}
    through = list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        through.append(scope["path"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        assert message["type"] == "websocket.close"

    await Gate(app, gate._sign_in)(scope, receive, send)
    return through == [path]


@pytest.mark.parametrize(
    ("host", "origins", "is_let_through"),
    [
        ("board.example", ["https://board.example"], True),
        ("board.example", [], True),
        ("board.example", ["http://board.example"], False),
        ("board.example", ["https://evil.example"], False),
        ("board.example", ["https://board.example", "https://evil.example"], False),
        ("board.example", ["null"], False),
        ("board.example", ["http://["], False),
        ("127.0.0.1:8321", ["http://127.0.0.1:8321"], True),
        ("127.0.0.1:8321", ["http://127.0.0.1:9"], False),
    ],
)
async def test_a_websocket_is_for_pages_of_ours_alone(
    board: Any, host: str, origins: list[str], is_let_through: bool
) -> None:
    user = board.sign_in.users.user("ada")
    token = board.sign_in.sessions.token(board.sign_in.sessions.begin(user.person("ada"), "local", user.stamp))
    cookie = "__Host-tonewatch" if host == "board.example" else "tonewatch-8321"
    gate = Gate(board.app, board.sign_in)
    headers = [("host", host), ("cookie", f"{cookie}={token}"), *(("origin", origin) for origin in origins)]
    assert await handshake(gate, "/ws", *headers) == is_let_through


async def test_a_websocket_of_nobody_is_let_through_nowhere_not_even_to_a_probe(board: Any) -> None:
    gate = Gate(board.app, board.sign_in)
    for path in ("/ws", "/healthz", "/readyz", "/sign-in", "/assets/x", "/sign-in/oidc/x"):
        assert not await handshake(gate, path, ("host", "127.0.0.1:8321")), path


async def test_the_demos_button_is_for_this_machine_alone(demo: Any) -> None:
    for base, address, headers in (
        ("http://127.0.0.1:8321", "10.0.0.7", {}),
        ("http://board.example", "127.0.0.1", {}),
        ("http://127.0.0.1:8321", "127.0.0.1", {"x-forwarded-for": "10.0.0.7"}),
    ):
        async with demo.client(base, address) as http:
            page = await http.get("/sign-in", headers=headers)
            answer = await http.post("/sign-in/demo", headers={"origin": base, **headers})
        assert "Demo supervisor" not in page.text
        assert answer.status_code == 403 and "tonewatch-8321=" not in answer.headers.get("set-cookie", "")


def behind(make_board: Callable[..., Any], proxies: Proxies, users: UsersFile | None = None) -> Any:
    return make_board(proxies=proxies, proxy=ProxySignIn(proxies, "x-user", "supervisor", users))


async def test_the_user_header_is_taken_from_trusted_addresses_and_once(make_board: Callable[..., Any]) -> None:
    board = behind(make_board, Proxies(networks("10.1.0.0/16")))
    asked: list[tuple[str, list[tuple[str, str]]]] = [
        ("10.1.2.3", [("x-user", "grace")]),
        ("10.2.0.1", [("x-user", "grace")]),
        ("127.0.0.1", [("x-user", "grace")]),
        ("10.1.2.3", [("x-user", "mallory"), ("x-user", "grace")]),
        ("10.1.2.3", [("x-user", "mallory, grace")]),
        ("10.1.2.3", [("x-user", "")]),
        ("10.1.2.3", []),
    ]
    statuses = []
    for address, headers in asked:
        async with board.client(address=address) as http:
            statuses.append((await http.get("/api/who", headers=headers)).status_code)
    assert statuses == [200, 401, 401, 401, 401, 401, 401]


async def test_a_proxy_is_known_by_its_secret(make_board: Callable[..., Any]) -> None:
    board = behind(make_board, Proxies(secret=lambda: "p" * 32))
    name = "x-tonewatch-proxy-secret"
    async with board.client() as http:
        for given, status in (([], 401), (["wrong"], 401), (["p" * 32, "p" * 32], 401), (["p" * 32], 200)):
            headers = [("x-user", "grace"), *((name, secret) for secret in given)]
            assert (await http.get("/api/who", headers=headers)).status_code == status


async def test_a_proxys_user_has_the_role_of_the_file(make_board: Callable[..., Any]) -> None:
    proxies = Proxies(networks("127.0.0.1"))
    board = make_board()
    board = behind(make_board, proxies, UsersFile(board.path))
    async with board.client() as http:
        told = (await http.get("/api/session", headers={"x-user": "ada"})).json()
    assert (told["queues"], told["signs_out"]) == (["billing"], False)


async def test_behind_a_proxy_tries_are_counted_by_the_address_that_the_proxy_saw(
    make_board: Callable[..., Any],
) -> None:
    proxies = Proxies(networks("10.1.0.0/16"))
    board = make_board(proxies=proxies)
    seen: list[str] = []

    def wait_s(address: str, name: str) -> float:
        seen.append(address)
        return 0.0

    board.sign_in.attempts.wait_s = wait_s
    for address, forwarded in (("10.1.0.1", "6.6.6.6, 192.0.2.7, 10.1.0.9"), ("192.0.2.8", "1.1.1.1")):
        async with board.client(address=address) as http:
            text = (await http.get("/sign-in")).text
            token = text.split('name="token" value="')[1].split('"')[0]
            form = {"name": "ada", "password": "wrong", "token": token}
            await http.post("/sign-in", data=form, headers={**ORIGIN, "x-forwarded-for": forwarded})
    assert seen == ["192.0.2.7", "192.0.2.8"]


async def test_signing_out_of_a_session_that_is_over_leads_to_signing_in(demo: Any) -> None:
    async with demo.client() as http:
        answer = await http.post("/sign-out", data={"token": "x"}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?out")
