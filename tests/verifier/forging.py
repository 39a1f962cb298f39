"""Forging a published log: its entries changed, its tree built anew, and signed with the key that was stolen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from audit.domain.canonical import canonical_bytes
from audit.domain.checkpoints import TreeHead, checkpoint_text
from audit.domain.merkle import leaf_hash
from audit.domain.notes import SigningKey, sign
from audit.domain.tiles import Edge, Tile, bundle, bundle_entries, edge_tiles, extend
from audit.log_folder import LogFolder
from tests.results.verification.conftest import ORIGIN

Event = dict[str, Any]


@dataclass
class Forger:
    """Somebody with the log's key and a bundle. `events` may be changed at will before `publish`."""

    log: Path
    key_file: Path
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        last = max((self.log / "tile/entries/000.p").iterdir(), key=lambda path: int(path.name))
        self.events = [json.loads(entry) for entry in bundle_entries(last.read_bytes())]

    def index(self, kind: str, station: str = "", contest: str = "list") -> int:
        """Return the place of the first event of this kind."""
        return next(
            index
            for index, event in enumerate(self.events)
            if event["kind"] == kind and (not station or (event["station"], event["contest"]) == (station, contest))
        )

    def find(self, kind: str, station: str = "", contest: str = "list") -> Event:
        return self.events[self.index(kind, station, contest)]

    def publish(self) -> None:
        """Write the log anew from the changed events."""
        shutil.rmtree(self.log / "tile")
        (self.log / "checkpoint").unlink()
        entries = [canonical_bytes(event) for event in self.events]
        edge, tiles = extend(Edge(), [leaf_hash(entry) for entry in entries])
        files = tiles | edge_tiles(edge) | {Tile(None, 0, len(entries)): bundle(entries)}
        LogFolder(self.log).write(files)
        private: Any = serialization.load_pem_private_key(self.key_file.read_bytes(), password=None)
        text = checkpoint_text(ORIGIN, TreeHead(edge.size, edge.root()))
        (self.log / "checkpoint").write_text(sign(text, SigningKey(ORIGIN, private)))


Forgery = Callable[[Forger], None]
