"""The data folder and its keys."""

import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from minsheng.foundation import home


def test_of_many_that_start_at_once_all_get_the_same_whole_key(tmp_path, monkeypatch):
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    start = Barrier(8)

    def read(name: str) -> str:
        start.wait()
        return home.secret(name)

    for attempt in range(20):
        with ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(read, [f"key{attempt}"] * 8))
        assert len(set(keys)) == 1
        assert len(keys[0]) == 64
    assert len(list((tmp_path / "keys").iterdir())) == 20


def test_only_the_owner_reads_a_key(tmp_path, monkeypatch):
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    home.secret("vault")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "vault").stat().st_mode) == 0o600


def test_the_environment_comes_before_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    monkeypatch.setenv("MINSHENG_VAULT_KEY", "from the environment")
    assert home.secret("vault") == "from the environment"
    assert not (tmp_path / "keys").exists()
