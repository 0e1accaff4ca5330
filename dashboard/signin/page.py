"""The sign-in page, as HTML without scripts: a form, a link to the identity provider, the demo's button."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

_PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Sign in · Tonewatch</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/sign-in.css">
    <script src="/theme.js"></script>
  </head>
  <body>
    <main>
      <div class="brand">
        <svg viewBox="0 0 32 20" width="34" height="22" aria-hidden="true">
          <path d="M2 8c4 0 5-5 9-5s5 14 10 14c4 0 5-5 9-5"/>
        </svg>
        <p>Tonewatch</p>
      </div>
      <h1>Sign in</h1>
{parts}
    </main>
  </body>
</html>
"""


@dataclass(frozen=True)
class Offer:
    """What the page offers, and what it says above it. `back` is where the browser goes once it is signed in."""

    back: str
    form_token: str
    local: bool = False
    demo_name: str = ""
    provider: str = ""
    name: str = ""
    error: str = ""
    note: str = ""


def render(offer: Offer) -> str:
    parts = [*_says(offer), *_demo(offer), *_provider(offer), *_local(offer)]
    return _PAGE.format(parts="\n".join(parts))


def _says(offer: Offer) -> list[str]:
    error = [f'      <p class="error" role="alert" id="error">{escape(offer.error)}</p>'] if offer.error else []
    note = [f'      <p class="note" role="status">{escape(offer.note)}</p>'] if offer.note else []
    return [*error, *note]


def _hidden(offer: Offer) -> str:
    fields = {"next": offer.back, "token": offer.form_token}
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


def _demo(offer: Offer) -> list[str]:
    if not offer.demo_name:
        return []
    return [
        f'      <form method="post" action="/sign-in/demo">{_hidden(offer)}'
        f'<button type="submit" class="first">Go on as {escape(offer.demo_name)}</button></form>',
        '      <p class="note">A demonstration on this machine: its calls are synthetic, or recordings of yours.</p>',
    ]


def _provider(offer: Offer) -> list[str]:
    if not offer.provider:
        return []
    link = f"/sign-in/oidc/start?next={quote(offer.back, safe='/')}"
    return [f'      <p><a class="first" href="{escape(link)}">Sign in with {escape(offer.provider)}</a></p>']


def _local(offer: Offer) -> list[str]:
    if not offer.local:
        return []
    at_fault = ' aria-invalid="true" aria-describedby="error"' if offer.error else ""
    focus = {True: " autofocus", False: ""}
    return [
        f'      <form method="post" action="/sign-in">{_hidden(offer)}',
        f'        <label for="name">Name</label><input id="name" name="name" value="{escape(offer.name)}" required'
        ' maxlength="80" autocomplete="username" autocapitalize="none" spellcheck="false"'
        f"{at_fault}{focus[not offer.name]}>",
        '        <label for="password">Password</label><input id="password" name="password" type="password" required'
        f' maxlength="256" autocomplete="current-password"{at_fault}{focus[bool(offer.name)]}>',
        '        <button type="submit" class="first">Sign in</button>',
        "      </form>",
    ]
