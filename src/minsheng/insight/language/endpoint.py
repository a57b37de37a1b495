"""One call to an OpenAI-compatible endpoint. Whatever goes wrong there is one harmless refusal.

`MINSHENG_LLM_URL` (such as `http://10.0.0.5:8000/v1`), `MINSHENG_LLM_MODEL`, and where needed
`MINSHENG_LLM_KEY` and `MINSHENG_LLM_SECONDS` switch it on.
"""

import http.client
import json
import logging
import os
import urllib.error
import urllib.request

from django.utils.translation import gettext as _

from minsheng.foundation.errors import Conflict

log = logging.getLogger("minsheng.insight")

_SECONDS = 20.0
_MOST_BYTES = 1_000_000


def configured() -> bool:
    """Tells whether the city has named an endpoint."""
    return bool(os.environ.get("MINSHENG_LLM_URL"))


def model() -> str:
    """Returns the name of the model that drafts, as the city set it."""
    return os.environ.get("MINSHENG_LLM_MODEL", "") or "LLM"


def ask(instruction: str, text: str) -> str:
    """Returns what the model says to `text` (without identities), told by `instruction`.

    Raises Conflict where none is set up, or it does not answer well or in time.
    """
    url = os.environ.get("MINSHENG_LLM_URL", "")
    if not url.startswith(("http://", "https://")):
        raise Conflict("llm_off", _("没有配置语言模型；请手工填写，或联系管理员。"))
    body = {
        "model": os.environ.get("MINSHENG_LLM_MODEL", ""),
        "messages": [
            {"role": "system", "content": instruction},
            {"role": "user", "content": text},
        ],
        "temperature": 0.2,
    }
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("MINSHENG_LLM_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(  # noqa: S310 (an address of http or https, see above)
        f"{url.rstrip('/')}/chat/completions", json.dumps(body).encode(), headers, method="POST"
    )
    try:
        seconds = float(os.environ.get("MINSHENG_LLM_SECONDS", _SECONDS))
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            said = json.loads(response.read(_MOST_BYTES))["choices"][0]["message"]["content"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        log.warning("language model: %s", error)
        raise _silent() from error
    if not isinstance(said, str) or not said.strip():
        raise _silent()
    return said.strip()


def _silent() -> Conflict:
    return Conflict(
        "llm_silent", _("语言模型没有答复；已填写的内容不受影响，请手工填写或稍后再试。")
    )
