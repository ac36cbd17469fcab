"""Is a message in the folder always whole?"""

from __future__ import annotations

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from firm.folder import Transport


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    folder, control = tmp_path / "in", tmp_path / "control"
    folder.mkdir()
    control.mkdir()
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(control)}
    with Connection(transport=Transport, transport_options=options) as connection:
        yield connection.channel()


def test_a_message_that_was_put_is_got(channel):
    channel._put("vault", {"ids": ["1"]})
    assert channel._get("vault") == {"ids": ["1"]}


def test_a_message_of_another_queue_is_left_alone(channel):
    channel._put("vault", {"ids": ["1"]})
    with pytest.raises(Empty):
        channel._get("default")
    assert channel._get("vault") == {"ids": ["1"]}


def test_nobody_sees_a_message_before_it_is_whole(channel, tmp_path, monkeypatch):
    seen = []
    write = Path.write_text

    def watched(path: Path, text: str) -> int:
        path.touch()
        seen.extend(tmp_path.glob("in/*.msg"))
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", watched)
    channel._put("vault", {"ids": ["1"]})
    assert seen == []
    assert [one.read_text() for one in tmp_path.glob("in/*.msg")] == ['{"ids": ["1"]}']
