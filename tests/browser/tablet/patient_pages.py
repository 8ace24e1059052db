"""Every page that a patient may see, one after the other in one language, and what is wrong with how it is laid out."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from intake import clock
from intake.accounts.devices import pins
from intake.accounts.tokens import hash_token
from intake.capture.patient_flow.links import issue_link
from intake.capture.patient_flow.room_codes import room_code
from intake.db import db
from intake.survey.question import wording
from tests.browser.tablet_steps import go_on, step_is

VIEWPORTS = {"phone": (390, 844), "upright": (820, 1180), "across": (1180, 820)}
BORN = date(1985, 3, 14)
BEYOND = timedelta(days=365)

# What is cut off, what stands in two places at once, and what the page says; all as it is seen, not as it is written.
LOOK = """() => {
  const faults = [], words = new Set();
  const room = document.documentElement.scrollWidth;
  if (room > innerWidth) faults.push(`the page is ${room - innerWidth} px too wide`);
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 1;
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const node = nodes.currentNode, text = node.data.replace(/\\s+/g, " ").trim();
    const owner = node.parentElement;
    if (!text || !seen(owner) || owner.closest(".visually-hidden, script, noscript")) continue;
    words.add(text);
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.left < -1 || box.right > innerWidth + 1) faults.push(`beyond the screen: ${text}`);
    const around = owner.closest("button, .tile, .ctl, .go, .quiet, summary, .box, .problem");
    if (!around) continue;
    const edge = around.getBoundingClientRect();
    const wide = box.left < edge.left - 1 || box.right > edge.right + 1;
    if (wide || box.top < edge.top - 2 || box.bottom > edge.bottom + 2)
      faults.push(`out of its frame: ${text}`);
  }
  const kinds = "button, a, input:not([type=hidden]):not([type=checkbox]), label.tile, summary";
  const pressed = [...document.querySelectorAll(kinds)].filter(seen);
  // What is opened over the page, and what stays at its foot.
  const lies = (e, name) => getComputedStyle(e.closest(name) ?? document.body).position;
  const above = (e) => [".actions", ".foot", ".languages-list"].some((each) => /sticky|absolute/.test(lies(e, each)));
  const box = (e) => e.getBoundingClientRect();
  pressed.forEach((one, place) => pressed.slice(place + 1).forEach((other) => {
    if (one.contains(other) || above(one) !== above(other)) return;
    const [a, b] = [box(one), box(other)];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1;
    if (across && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
      faults.push(`on top of each other: ${one.textContent.trim()} / ${other.textContent.trim()}`);
  }));
  for (const e of document.querySelectorAll("[aria-label], [data-retrying], [data-still-question]"))
    for (const said of [e.ariaLabel, e.dataset.retrying, e.dataset.stillQuestion]) if (said) words.add(said);
  const { lang, dir } = document.documentElement;
  return { faults, words: [...words], lang, dir };
}"""


def faults(page: Page, code: str) -> list[str]:
    """Return what is wrong with the page as it stands, in words: cut off, overlapping, in another language."""
    looked = page.evaluate(LOOK)
    language = wording.language(code)
    found: list[str] = looked["faults"]
    if (looked["lang"], looked["dir"]) != (language.code, language.direction):
        found.append(f"says it is {looked['lang']}, {looked['dir']}")
    found += [f"not translated: {said}" for said in looked["words"] if said in _english(code)]
    return found + [f"not filled in: {said}" for said in looked["words"] if "{" in said]


def _english(code: str) -> set[str]:
    """The sentences that the language says otherwise."""
    own = wording.all_words(code)
    return {words for key, words in wording.all_words("en").items() if key != "name" and own[key] != words} - set(
        own.values()
    )


def walk(tablet: Any, make: Any, code: str) -> Iterator[str]:
    """Lead `tablet.page` through all pages in this language; yield the name of each while it is shown."""
    page = tablet.page
    others = [each.code for each in wording.languages() if each.code != code]
    make.practice(languages=[code, *others], phone_e164="+15185550142")
    make.physician("Gonzalez", "Rosa", city="ALBANY")
    for first, last in (("Amara", "Bright"), ("Ada", "Bell"), ("Zoe", "Quack")):
        tablet.visit(make.patient(first, last, birth_date=BORN))
    db.session.commit()
    yield from _found(tablet)
    yield from _asked(tablet)
    yield from _for_staff(tablet, make)
    yield from _without_connection(tablet, code)
    page.set_extra_http_headers({"Accept-Language": code})
    yield from _on_a_phone(tablet, make)


def _found(tablet: Any) -> Iterator[str]:
    page = tablet.page
    page.goto(tablet.url)
    yield "welcome"
    page.locator("main a.go").click()
    expect(page.locator(".boxes")).to_be_visible()
    yield "find"
    go_on(page)
    expect(page.locator("#problem")).to_be_visible()
    yield "find-problem"
    _fill(page, day=3, month=14, year=1985)
    go_on(page)
    expect(page.locator(".said-back")).to_be_visible()
    yield "said-back"
    go_on(page)
    expect(page.locator("button.tile")).to_have_count(2)
    yield "initials"
    page.locator("button.tile[value^=A]").click()
    expect(page.locator("input[name=first_name]")).to_be_visible()
    yield "first-name"


def _asked(tablet: Any) -> Iterator[str]:
    page = tablet.page
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    yield "begin"
    go_on(page)
    step_is(page, "sources")
    yield "sources"
    page.locator("summary").click()
    yield "languages"
    page.locator("summary").click()
    go_on(page)
    expect(page.locator("#problem")).to_be_visible()
    yield "sources-problem"
    for source in ("doctor", "social_media", "friend_family", "other"):
        page.locator(f"input[value={source}]").check()
    go_on(page)
    for kind in ("below", "", "", "", "main", "thanks"):
        step_is(page, kind)
        text = page.locator("#text")
        if page.locator("#text[data-hits]").count():
            for typed, least in (("zzyzx", 0), ("gonzalez", 1)):
                text.fill(typed)
                expect(page.locator("#hits .tile")).to_have_count(least)
                expect(page.locator("#hits .keep")).to_be_visible()
                yield f"doctor-{least}"
        else:
            if text.count():
                text.fill("Linda")
            yield page.locator("input[name=step]").first.input_value().split(":")[0].replace("/", "-")
        before = page.locator("input[name=step]").first.input_value()
        if text.count() and not page.locator("#text[data-hits]").count():
            go_on(page)
        else:
            page.locator("button[value=skip], button[value=nameless]").first.click()
        expect(page.locator(f"input[value='{before}']")).to_have_count(0)
    expect(page.locator(".seal")).to_be_visible()
    yield "thanks"
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    page.locator("form#ask [formaction$='own-phone']").click()
    expect(page.locator(".qr")).to_be_visible()
    yield "own-phone"


def _for_staff(tablet: Any, make: Any) -> Iterator[str]:
    """Called, locked, left: what a patient sees of it, and what staff read on the same screen."""
    page = tablet.page
    page.goto(f"{tablet.url}/find")
    # As where no script runs.
    page.locator("form#call").evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    expect(page.locator("form#call")).to_have_count(0)
    yield "called"
    tablet.device.locked_at = clock.now()
    db.session.commit()
    page.goto(tablet.url)
    yield "locked"
    tablet.device.locked_at = None
    nora = make.staff(locations=[tablet.location])
    for pin in ("1", "2580", "258036"):
        nora.kiosk_pin_hash = pins.hashed("2580" if pin != "258036" else pin)
        db.session.commit()
        page.goto(f"{tablet.url}/leave")
        page.locator("#pin").fill(pin)
        go_on(page)
        expect(
            page.locator("#problem" if pin == "1" else "form[action$=new-pin], form[action$=unpair]")
        ).to_be_visible()
        yield {"1": "leave", "2580": "new-pin", "258036": "unlocked"}[pin]
    page.goto(f"{tablet.url}/nowhere")
    yield "nowhere"


def _without_connection(tablet: Any, code: str) -> Iterator[str]:
    """As the tablet puts them away; tests/browser/tablet/test_tablet_offline.py uses them."""
    page = tablet.page
    pages = page.request.get(f"{tablet.url}/offline/pages/{code}").json()["pages"]
    # Its scripts would look for the server, find it, and leave.
    page.route("**/static/js/**", lambda route: route.abort())
    for name in ("welcome", "find", "sorry", "end"):
        put_away = pages[name]
        page.route(
            f"**/put-away/{name}",
            lambda route, _, body=put_away: route.fulfill(body=body, content_type="text/html"),
        )
        page.goto(f"{tablet.server.url}/put-away/{name}")
        yield f"offline-{name}"
    # A browser whose requests are looked at keeps no fonts.
    page.unroute_all()


def _on_a_phone(tablet: Any, make: Any) -> Iterator[str]:
    page = tablet.page
    page.context.clear_cookies()
    page.goto(f"{tablet.url}/pair")
    page.locator("#code").fill("ACDEFGHJ")
    go_on(page)
    expect(page.locator("#problem")).to_be_visible()
    yield "pair"
    tablet.device.pairing_code_hash, tablet.device.pairing_expires_at = hash_token("ACDEFGHJ"), clock.now() + BEYOND
    db.session.commit()
    go_on(page)
    expect(page.locator("#number")).to_be_visible()
    # It looks again every few seconds, and would do so in the middle of being looked at.
    page.route("**/kiosk/pair", lambda route: route.abort("aborted"))
    yield "pair-number"
    page.unroute("**/kiosk/pair")
    visit = tablet.visit()
    # Somebody who was here years ago.
    make.visit(tablet.location, visit.patient, day=visit.visit_date - timedelta(days=400))
    token = issue_link(visit, None)
    db.session.commit()
    page.goto(f"{tablet.server.url}/a/{token}")
    step_is(page, "sources")
    yield "link"
    page.locator("input[value=online_search]").check()
    go_on(page)
    step_is(page, "return")
    yield "brought-back"
    page.locator("button.tile").first.click()
    expect(page.locator(".seal")).to_be_visible()
    yield "link-thanks"
    page.goto(f"{tablet.server.url}/a/" + "x" * 32)
    yield "link-closed"
    page.goto(f"{tablet.server.url}/here/{tablet.location.code.lower()}")
    yield "here"
    page.locator("#code").fill("AAAAA" if room_code(tablet.location) != "AAAAA" else "CCCCC")
    go_on(page)
    expect(page.locator("#problem")).to_be_visible()
    yield "here-problem"


def _fill(page: Page, **boxes: object) -> None:
    for name, value in boxes.items():
        page.locator(f"input[name={name}]").fill(str(value))
