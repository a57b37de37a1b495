"""What is kept for a few seconds: read once, dropped when told to, kept longer for a long work."""

import pytest

from minsheng.foundation import recent


def test_what_is_read_is_kept_until_it_is_forgotten_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(recent.time, "monotonic", lambda: now)
    reads: list[float] = []

    @recent.recent
    def rules() -> int:
        reads.append(now)
        return len(reads)

    assert [rules(), rules()] == [1, 1]
    now = recent.SECONDS + 1
    assert rules() == 2
    recent.forget()
    assert rules() == 3
    with recent.longer(60):
        recent.forget()
        assert rules() == 4
        now += 50
        assert rules() == 4
    assert recent.SECONDS == 5
    assert rules() == 5  # who was told that it is kept longer did not mean everybody


def test_what_another_thread_forgets_meanwhile_is_answered_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = recent.recent(lambda: 1)
    assert rule() == 1

    def monotonic() -> float:
        recent.forget()
        return 0.0

    monkeypatch.setattr(recent.time, "monotonic", monotonic)
    assert rule() == 1
