"""A stand-in for a language model: an OpenAI-compatible server on this machine."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest


class StandIn:
    """An OpenAI-compatible server that keeps what it was asked and says what it is told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.says: Callable[[str], str] = lambda text: text
        self.status = 200
        self.raw: bytes | None = None


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stand_in.asked.append(body)
            stand_in.headers = dict(self.headers)
            said = stand_in.says(body["messages"][-1]["content"])
            answer = {"choices": [{"message": {"role": "assistant", "content": said}}]}
            data = json.dumps(answer).encode() if stand_in.raw is None else stand_in.raw
            self.send_response(stand_in.status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("MINSHENG_LLM_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("MINSHENG_LLM_MODEL", "stand-in")
    monkeypatch.setenv("MINSHENG_LLM_KEY", "k")
    yield stand_in
    server.shutdown()
    server.server_close()
