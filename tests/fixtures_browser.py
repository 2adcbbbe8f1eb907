"""A real Chromium for tests of pages: the network is off, and whatever a page should not do fails the test.

The browser is `KG_CHROMIUM`, else the first of the usual names on the path, else Playwright's own; without one the
tests are skipped, or fail where `KG_REQUIRE_BROWSER` is 1.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The first is needed as root, the second where /dev/shm is small.
_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


class Pages:
    """Opens files as pages, and keeps what they asked for (`requests`) and what went wrong in them (`problems`)."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.requests: list[str] = []
        self.problems: list[str] = []

    def open(
        self, path: Path, *, scheme: Literal["light", "dark"] = "light", width: int = 1280, height: int = 800
    ) -> Page:
        """The page of the file `path`, once it says that it is drawn."""
        context = self._browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        self._contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("popup", lambda other: self.problems.append(f"window: {other.url}"))
        page.goto(path.resolve().as_uri())
        page.wait_for_selector("html[data-ready=true]", state="attached", timeout=60_000)
        return page

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console: {message.text}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the whole run."""
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 (it may not be installed)
    except ImportError:
        _missing("Playwright is not installed (pip install playwright)")
    executable = os.environ.get("KG_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        except Error as error:
            _missing(f"no Chromium starts ({str(error).splitlines()[0]}); install one or set KG_CHROMIUM to it")
        yield launched
        launched.close()


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:
    """Opens pages; when the test is done, none may have asked for more than its own file or reported a problem."""
    opened = Pages(browser)
    yield opened
    opened.close()
    assert opened.problems == []
    assert all(url.startswith(("file://", "data:", "blob:")) for url in opened.requests)
    assert len([url for url in opened.requests if url.startswith("file://")]) == len(opened._contexts)


def _missing(reason: str) -> NoReturn:
    if os.environ.get("KG_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
