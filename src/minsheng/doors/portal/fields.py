"""Fields of the citizens' forms that are more than a line of text. All work without scripts."""

from typing import Any
from uuid import UUID

from django import forms
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from minsheng.demands.attachments import TYPES
from minsheng.doors.console.forms import FilesField, ManyFiles
from minsheng.doors.portal.challenge import KINDS, Challenge, Kind

MOST_FILES = 5  # with one form; more can be added afterwards
RENEW = "renew"  # the name of the buttons that ask for another task


class PhotosField(FilesField):
    """A few files of what was seen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("照片或文件"),
            required=False,
            help_text=_("最多5个，每个不超过20MB；可以不传。"),
            widget=ManyFiles(attrs={"accept": ",".join(TYPES)}),
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        found = super().clean(data, initial)
        if len(found) > MOST_FILES:
            raise forms.ValidationError(_("一次最多上传5个文件；其余的请提交后再补充。"))
        return found


def wanted(kind: str) -> Kind:
    """Returns the kind of task that a reader asked for, the picture where it is unknown."""
    return next((known for known in KINDS if known == kind), KINDS[0])


class ChallengeWidget(forms.Widget):
    """The task with its answer. What was solved already stays; everything else is asked anew."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[str, str]:
        return data.get(name, ""), data.get(f"{name}_answer", "")

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_answer" if id_ else id_

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        token, answer = value or ("", "")
        task = Challenge.read(token)
        if not (task and task.solved_by(answer)):
            task, answer = Challenge.new(task.kind if task else wanted(token)), ""
        shown = {**(attrs or {}), "id": self.id_for_label(f"id_{name}")}
        if task.kind == "words":
            shown["aria-describedby"] = "challenge-question"
        context = {"name": name, "task": task, "answer": answer, "attributes": flatatt(shown)}
        return render_to_string("portal/parts/challenge.html", context)


class ChallengeField(forms.Field):
    """Asks for a task to be solved, and gives the token of the form, under which it is received."""

    def __init__(self) -> None:
        super().__init__(
            label=_("验证码"),
            widget=ChallengeWidget,
            help_text=_("请填写图中的字符，不分大小写；看不清可以换一张，或换成文字题。"),
        )

    def clean(self, value: tuple[str, str]) -> UUID:
        token, answer = value
        task = Challenge.read(token)
        if task is None:
            raise forms.ValidationError(_("验证码已过期；请填写新的验证码。"))
        if not answer.strip():
            raise forms.ValidationError(_("请填写“验证码”。"))
        if not task.solved_by(answer):
            raise forms.ValidationError(_("验证码不对；请填写新的验证码，或换成文字题。"))
        return task.once
