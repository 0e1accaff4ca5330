"""The sign-in page, as HTML without scripts: a form, a link to the identity provider, the demo's button."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from tonewatch.dashboard.signin import texts
from tonewatch.dashboard.signin.texts import LANGUAGES, Language, say

_PAGE = """\
<!doctype html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{title} · Tonewatch</title>
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
      <h1>{title}</h1>
{parts}
    </main>
    <nav aria-label="{choose}">
{languages}
    </nav>
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


def render(offer: Offer, language: Language) -> str:
    parts = [part for make in (_says, _demo, _provider, _local) for part in make(offer, language)]
    return _PAGE.format(
        language=language,
        title=say(language, texts.SIGN_IN),
        choose=say(language, texts.LANGUAGE),
        parts="\n".join(parts),
        languages="\n".join(_choice(offer, one, language) for one in LANGUAGES),
    )


def _choice(offer: Offer, one: Language, now: Language) -> str:
    link = f"/sign-in?language={one}&next={quote(offer.back, safe='/')}"
    is_now = ' aria-current="true"' if one == now else ""
    return f'      <a href="{escape(link)}" lang="{one}" hreflang="{one}"{is_now}>{LANGUAGES[one]}</a>'


def _says(offer: Offer, language: Language) -> list[str]:
    said = {"error": say(language, offer.error), "note": say(language, offer.note)}
    error = [f'      <p class="error" role="alert" id="error">{escape(said["error"])}</p>'] if offer.error else []
    note = [f'      <p class="note" role="status">{escape(said["note"])}</p>'] if offer.note else []
    return [*error, *note]


def _hidden(offer: Offer) -> str:
    fields = {"next": offer.back, "token": offer.form_token}
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


def _demo(offer: Offer, language: Language) -> list[str]:
    if not offer.demo_name:
        return []
    go_on = say(language, texts.GO_ON, name=offer.demo_name)
    return [
        f'      <form method="post" action="/sign-in/demo">{_hidden(offer)}'
        f'<button type="submit" class="first">{escape(go_on)}</button></form>',
        f'      <p class="note">{say(language, texts.DEMO)}</p>',
    ]


def _provider(offer: Offer, language: Language) -> list[str]:
    if not offer.provider:
        return []
    with_it = say(language, texts.WITH_PROVIDER, name=offer.provider)
    link = f"/sign-in/oidc/start?next={quote(offer.back, safe='/')}"
    return [f'      <p><a class="first" href="{escape(link)}">{escape(with_it)}</a></p>']


def _local(offer: Offer, language: Language) -> list[str]:
    if not offer.local:
        return []
    at_fault = ' aria-invalid="true" aria-describedby="error"' if offer.error else ""
    focus = {True: " autofocus", False: ""}
    return [
        f'      <form method="post" action="/sign-in">{_hidden(offer)}',
        f'        <label for="name">{say(language, texts.NAME)}</label>'
        f'<input id="name" name="name" value="{escape(offer.name)}" required'
        ' maxlength="80" autocomplete="username" autocapitalize="none" spellcheck="false"'
        f"{at_fault}{focus[not offer.name]}>",
        f'        <label for="password">{say(language, texts.PASSWORD)}</label>'
        '<input id="password" name="password" type="password" required'
        f' maxlength="256" autocomplete="current-password"{at_fault}{focus[bool(offer.name)]}>',
        f'        <button type="submit" class="first">{say(language, texts.SIGN_IN)}</button>',
        "      </form>",
    ]
