"""Using the staff pages as a browser without scripts does: follow, read, fill in, send."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from support.calling import as_if_alone

VOID = {"input", "link", "meta", "br", "img", "path", "use", "rect", "hr"}


class Reader(HTMLParser):
    """What a page holds: its forms with what is filled in, its links, its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.links: list[dict[str, str]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.labelled: set[str] = set()
        self.words: list[str] = []
        self._select = ""
        self._textarea = ""
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag not in VOID:
            self._inside.append(tag)
        if tag == "form":
            main = "main" in self._inside
            self.forms.append({"action": "", "fields": {}, "main": main, **given})
        elif tag == "a":
            self.links.append(given)
        elif tag == "label":
            self.labelled.add(given.get("for", ""))
        fields = self.forms[-1]["fields"] if self.forms else {}
        name = given.get("name", "")
        if tag == "input" and name:
            box = given.get("type") in ("radio", "checkbox")
            if ("checked" in given or not box) and given.get("type") != "file":
                fields[name] = given.get("value", "on" if box else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given and self._select:
            fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1]["fields"][self._textarea] += data.removeprefix("\n")
        if not {"script", "style"} & set(self._inside):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def form(self, action: str = "") -> dict[str, Any]:
        """Returns the form whose address ends as told, or else the last that the page is about."""
        found = [
            form
            for form in self.forms
            if (form["action"].endswith(action) if action else form["main"])
            and form.get("method") == "post"
        ]
        assert found, f"no form leads to {action}: {[form['action'] for form in self.forms]}"
        return found[-1]


class Visitor:
    """Somebody at the pages; signed in where a post is given."""

    def __init__(self, post: Any = None) -> None:
        self.client = Client(enforce_csrf_checks=False)
        if post is not None:
            self.client.force_login(post.staff, "django.contrib.auth.backends.ModelBackend")
            session = self.client.session
            session["post"] = post.pk
            session.save()

    def get(self, address: str, status: int | None = 200, **options: Any) -> Reader:
        with as_if_alone():
            self.response = self.client.get(address, **options)
        return self._read(status)

    def post(
        self, address: str, fields: Mapping[str, Any], status: int | None = 302, **options: Any
    ) -> Reader:
        with as_if_alone():
            self.response = self.client.post(address, dict(fields), **options)
        return self._read(status)

    def send(
        self, address: str, status: int | None = 302, action: str = "", **filled: Any
    ) -> Reader:
        """Opens a page, fills in its form and sends it, as a person does."""
        page = self.get(address)
        form = page.form(action)
        return self.post(form["action"] or address, {**form["fields"], **filled}, status)

    def follow(self) -> Reader:
        """Goes where the last answer leads."""
        return self.get(self.led_to)

    @property
    def led_to(self) -> str:
        return self.response.headers["Location"]

    def _read(self, status: int | None) -> Reader:
        kind = self.response.headers.get("Content-Type", "")
        text = ""
        if not self.response.streaming and kind.startswith("text/html"):
            text = self.response.content.decode()
        page = Reader(text)
        if status is not None:
            assert self.response.status_code == status, (self.response.status_code, page.text)
        return page
