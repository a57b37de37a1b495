"""Walking through a process in a browser: forms filled in by their fields' names, as people do."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from support.looking import NARROW, WIDE


def fill(form: Locator, **fields: Any) -> None:
    """Fills in the fields of a form; a list chooses several, a path is a file."""
    for name, value in fields.items():
        control = form.locator(f"[name={name}]").first
        match control.evaluate("one => one.type"):
            case "radio":
                form.locator(f'[name={name}][value="{value}"]').check()
            case "checkbox":
                control.check()
            case "select-one" | "select-multiple":
                control.select_option(value, force=True)
            case "file":
                control.set_input_files(value)
            case _:
                control.fill(str(value))


def arrived(page: Page, address: Any) -> None:
    """Waits for a page to be open and to listen: an address changes before its keys are heard."""
    expect(page).to_have_url(address)
    page.wait_for_load_state("domcontentloaded")


class Walk:
    """Several people who take one thing from hand to hand, each at a screen of their own."""

    def __init__(self, people: Any) -> None:
        self.people = people
        self.pictures = 0

    def open(self, who: str, path: str) -> Page:
        """Goes to a page by its address."""
        page: Page = self.people.at(who)
        page.goto(path)
        self._picture(page)
        return page

    def follow(self, page: Page, link: str) -> None:
        """Follows a link of the page by its words."""
        page.locator("main").get_by_role("link", name=link).first.click()
        page.wait_for_load_state()
        self._picture(page)

    def press(self, page: Page, button: str, said: str, /, **fields: Any) -> None:
        """Fills in the form that has this button, unfolding it, and sends it; then that is told."""
        self._send(page, button, fields)
        expect(page.locator("#messages")).to_contain_text(said)
        self._picture(page)

    def refused(self, page: Page, button: str, why: str, /, **fields: Any) -> None:
        """The same, and the page says in a sentence why not."""
        self._send(page, button, fields)
        expect(page.locator("main").get_by_role("alert").first).to_contain_text(why)
        self._picture(page)

    def closed(self, who: str, path: str, why: str) -> None:
        """Somebody has no business there, and is told so."""
        expect(self.open(who, path).locator("main")).to_contain_text(why)

    def _send(self, page: Page, button: str, fields: dict[str, Any]) -> None:
        page.wait_for_load_state("domcontentloaded")  # what is counted below has to be there
        pressed = page.get_by_role("button", name=button, exact=True, include_hidden=True)
        form = page.locator("main form[method=post]", has=pressed).first
        fold = form.locator("xpath=ancestor::details[not(@open)]/summary")
        if fold.count():
            fold.click()
        fill(form, **fields)
        form.get_by_role("button", name=button, exact=True).click()

    def _picture(self, page: Page) -> None:
        folder = os.environ.get("MINSHENG_PICTURES")
        if not folder:
            return
        page.wait_for_load_state("networkidle")
        for name, size in (("wide", WIDE), ("narrow", NARROW)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            self.pictures += 1
            page.screenshot(path=Path(folder) / f"{self.pictures:03}-{name}.png", full_page=True)
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
