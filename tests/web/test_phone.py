"""The app opens to the network with a yes, a password and TLS, and with nothing less."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from web_served import PageConnection, Served

from backline.web.options import shown_host

PASSWORD = "correct horse battery"


@pytest.mark.parametrize(
    ("sent", "status"),
    [({}, 422), ({"yes": "true", "password": PASSWORD}, 422), ({"yes": True}, 404),
     ({"yes": True, "password": "short"}, 404)],
)  # fmt: skip
def test_without_a_yes_and_a_password_nothing_is_opened(
    site: Served, sent: dict[str, object], status: int
) -> None:
    answer, said, _ = site.ask("/api/phone/open", json.dumps(sent).encode())
    assert answer == status
    assert json.loads(said)["error"].endswith(".")
    assert site.ask("/")[0] == 200, "no password was set either"


def test_a_phone_comes_in_once_by_its_code_and_a_stranger_is_asked_for_the_password(
    start: Callable[..., Served],
    visit: Callable[..., PageConnection],
    chromium: Any,
    example_clip: Path,
    tmp_path: Path,
) -> None:
    if shown_host("0.0.0.0") == "0.0.0.0":
        pytest.skip("needs a network, which is not there")
    site = start(tmp_path)
    page = visit(site, "/phone").page
    page.fill("#phone-password", PASSWORD)
    page.check("#phone-yes")
    page.click("#phone [type='submit']")
    link = page.inner_text("#phone-link")
    assert link.startswith("https://")
    assert page.locator(".phone img").get_attribute("src").startswith("data:image/svg+xml")
    first, again = _open(link), _open(link)
    assert first == 200, "the code lets it in"
    assert again == 401, "once"
    address = link.split("/pair")[0]
    _walk_on_a_phone(page, chromium, example_clip)
    assert _asked(f"{address}/") == f"{address}/login"
    assert site.ask("/api/lifts")[0] == 401, "and so is everybody on this machine"
    page.click("[data-phone='close']")
    page.wait_for_selector("#phone")
    with pytest.raises(urllib.error.URLError):
        _open(f"{address}/login")
    site.stop()


def _walk_on_a_phone(page: Any, chromium: Any, example_clip: Path) -> None:
    """Show a new code in every size, follow it on a phone, and send a clip from there."""
    state = page.context.storage_state()
    for width, scheme in [(390, "light"), (390, "dark"), (1280, "dark")]:
        screen = {"width": width, "height": 844}
        shown = chromium.new_context(viewport=screen, color_scheme=scheme, storage_state=state)
        shown.set_default_timeout(150_000)
        again = shown.new_page()
        again.goto(page.url)
        link = again.inner_text("#phone-link")
        code = again.locator(".phone img").bounding_box()
        assert code["width"] == code["height"] >= 200, "large enough to scan"
        assert again.evaluate("document.documentElement.scrollWidth") == width
        head = [again.locator(f".app-top {one}").bounding_box()["y"] for one in (".add", ".theme")]
        assert abs(head[0] - head[1]) < 10, "the head stays one line, with the way out in it"
        shown.close()
    phone = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        ignore_https_errors=True,
    )  # fmt: skip
    phone.set_default_timeout(150_000)
    held = phone.new_page()
    held.goto(link)
    held.wait_for_url("**/add")
    assert not held.locator(".from-phone").is_visible(), "it is the phone"
    assert not held.locator(".drop-words").is_visible(), "nothing can be dragged there"
    held.set_input_files("#files", str(example_clip))
    held.click("[data-lift] h2 a")
    held.wait_for_selector(".waiting video")
    held.goto(link)
    assert "log in with the password" in held.inner_text(".wrong"), "a code lets in once"
    phone.close()


def _unchecked() -> ssl.SSLContext:
    """The certificate is the machine's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _open(link: str) -> int:
    cookies = urllib.request.HTTPCookieProcessor()
    opener = urllib.request.build_opener(
        cookies, urllib.request.HTTPSHandler(context=_unchecked())
    )  # fmt: skip
    try:
        with opener.open(link, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _asked(address: str) -> str:
    request = urllib.request.Request(address, headers={"accept": "text/html"})
    with urllib.request.urlopen(request, timeout=60, context=_unchecked()) as answer:
        return str(answer.url)
