"""The app opens to the network with a yes, a password and TLS, and with nothing less."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

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
    start: Callable[..., Served], visit: Callable[..., PageConnection], tmp_path: Path
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
    assert _asked(f"{address}/") == f"{address}/login"
    assert site.ask("/api/lifts")[0] == 401, "and so is everybody on this machine"
    page.click("[data-phone='close']")
    page.wait_for_selector("#phone")
    with pytest.raises(urllib.error.URLError):
        _open(f"{address}/login")
    site.stop()


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
