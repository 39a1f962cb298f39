#!/usr/bin/env python3
"""Verifies a Hattama log, and every result that follows from it, without trusting the site it comes from.

Needs Python 3.11 or later and the package `cryptography`; nothing else, and no network when it is given a folder.

    python hattama_verify.py https://results.example --vkey KEY --keep my.checkpoint
    python hattama_verify.py bundle/ --vkey KEY --copies our-copies.csv --proofs proofs/

KEY is the log's public key (or a file with it), from a place that you trust: a newspaper, a party, an observer
organisation. `--keep` remembers the checkpoint that was seen, and the next run holds the log against it: a log that was
rewritten passes every check but that one. The exit code is 0 when everything holds, 1 when something does not, and 2
when there is nothing that could be verified.

The format is public (C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-proof; Merkle trees of RFC 6962; RFC 8785),
and the kinds of events are described in docs/events.md of Hattama. This file may be copied, read and changed by anybody
(EUPL-1.2).
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import csv
import gc
import io
import json
import re
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache, partial
from hashlib import sha256
from itertools import chain, islice
from multiprocessing import get_context
from operator import add, attrgetter, sub
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH = 32
"""Bytes of a hash."""
WIDTH = 256
"""Hashes of a full tile, entries of a full bundle."""
LONGEST_ENTRY = 65_535
LANGUAGES = ("en", "kk", "ru")

# ---------------------------------------------------------------------------------------------------------------------
# Canonical JSON (RFC 8785), as far as the log uses it: whole numbers, no fractions.


class NotCanonical(ValueError):
    """The bytes are not the one canonical form of what they say."""


_LARGEST_NUMBER = 2**53 - 1
_SHORT = 5


class _Whole(dict[str, int]):
    """Numbers by their digits: the short ones, which a log repeats all the time, are read once."""

    def __missing__(self, text: str) -> int:
        number = int(text) if len(text) < 18 else _LARGEST_NUMBER + 1  # noqa: PLR2004  2^53 has sixteen digits
        if not -_LARGEST_NUMBER <= number <= _LARGEST_NUMBER:
            raise NotCanonical(f"{text[:40]} is beyond 2^53")
        if len(text) <= _SHORT:
            self[text] = number
        return number


def _no_fraction(text: str) -> float:
    raise NotCanonical(f"{text[:40]}: the log has whole numbers only")


_DECODER = json.JSONDecoder(parse_int=_Whole().__getitem__, parse_float=_no_fraction, parse_constant=_no_fraction)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_AS_THEY_STAND = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_all(entries: Sequence[bytes]) -> list[Any]:
    """Return the values of entries whose form has been looked at."""
    return cast(list[Any], _DECODER.decode(f"[{b','.join(entries).decode()}]"))


def read_canonical(entry: bytes) -> Any:
    """Return the value of canonical bytes, or raise `NotCanonical`."""
    try:
        text = entry.decode()
        value = _DECODER.decode(text)
        # Among ASCII keys all orders are the same; the others are held against that of UTF-16 code units.
        form = (_ENCODER if text.isascii() else _AS_THEY_STAND).encode(value)
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as reason:
        raise NotCanonical(str(reason)) from reason
    if form != text:
        raise NotCanonical("another form of the same value")
    if not text.isascii():
        _require_order(value)
    return value


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a value with ASCII keys and without fractions."""
    return _ENCODER.encode(value).encode()


def commitment(salt: bytes, figures: bytes) -> str:
    """Return the hex SHA-256 of salt ‖ canonical figures, by which the log binds itself to figures it does not tell."""
    return sha256(salt + figures).hexdigest()


def _require_order(value: Any) -> None:
    if isinstance(value, dict):
        units = [key.encode("utf-16-be") for key in value]
        if units != sorted(units):
            raise NotCanonical("keys out of order")
        for item in value.values():
            _require_order(item)
    elif isinstance(value, list):
        for item in value:
            _require_order(item)


# ---------------------------------------------------------------------------------------------------------------------
# The Merkle tree of RFC 6962, and the tiles in which it is published.


def leaf_of(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def parent_of(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over these leaf hashes, and over each shorter run of them from the first on."""

    def __init__(self, leaves: bytes | bytearray) -> None:
        self.size = len(leaves) // HASH
        self._levels = [memoryview(bytes(leaves))]
        """Level n holds, one after the other, the roots over each full run of 2^n leaves."""
        while len(self._levels[-1]) >= 2 * HASH:
            self._levels.append(memoryview(_joined(self._levels[-1])))

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves, by default over all."""
        size = self.size if size is None else size
        if not size:
            return sha256(b"").digest()
        edge = list(self._edge(0, size))
        root = edge.pop()
        while edge:
            root = parent_of(edge.pop(), root)
        return root

    def path(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the inclusion proof of leaf `index` in the tree of `size` leaves, from its sibling upward."""
        first, end = 0, self.size if size is None else size
        path: list[bytes] = []
        while end - first > 1:
            split = first + (1 << (end - first - 1).bit_length() - 1)
            if index < split:
                path.append(self._root_of(split, end))
                end = split
            else:
                path.append(self._root_of(first, split))
                first = split
        return path[::-1]

    def tile(self, level: int, number: int, width: int) -> bytes:
        """Return the hashes of a tile; fewer than `width` where the tree does not have them."""
        at = 8 * level
        hashes = self._levels[at] if at < len(self._levels) else memoryview(b"")
        return bytes(hashes[number * WIDTH * HASH : (number * WIDTH + width) * HASH])

    def _edge(self, first: int, end: int) -> Iterator[bytes]:
        """The roots of the full subtrees that leaves first to end fall into, from the left. `first` fits the first."""
        while first < end:
            level = (end - first).bit_length() - 1
            at = (first >> level) * HASH
            yield bytes(self._levels[level][at : at + HASH])
            first += 1 << level

    def _root_of(self, first: int, end: int) -> bytes:
        edge = list(self._edge(first, end))
        root = edge.pop()
        while edge:
            root = parent_of(edge.pop(), root)
        return root


def _joined(level: memoryview) -> bytes:
    pair = 2 * HASH
    return b"".join(
        sha256(b"\x01" + level[at : at + pair]).digest() for at in range(0, len(level) // pair * pair, pair)
    )


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to, None for a path that does not fit index and size."""
    if not 0 <= index < size:
        return None
    last, node = size - 1, leaf
    for sibling in path:
        if not last:
            return None
        if index & 1 or index == last:
            node = parent_of(sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = parent_of(node, sibling)
        index, last = index >> 1, last >> 1
    return node if not last else None


_TILE = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TileName(NamedTuple):
    """Which tile or bundle a path names. `level` is None for a bundle of entries."""

    level: int | None
    number: int
    width: int

    @classmethod
    def of(cls, path: str) -> TileName | None:
        named = _TILE.fullmatch(path)
        if not named:
            return None
        level = None if named[1] == "entries" else int(named[1])
        return cls(level, int(named[2].replace("x", "").replace("/", "")), int(named[3] or WIDTH))

    @property
    def path(self) -> str:
        text = f"{self.number:03}"
        text = text.zfill(-(-len(text) // 3) * 3)
        *outer, last = (text[at : at + 3] for at in range(0, len(text), 3))
        folders = "".join(f"x{group}/" for group in outer)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{'entries' if self.level is None else self.level}/{folders}{last}{partial}"


def needed_tiles(size: int) -> Iterator[TileName]:
    """The bundles and tiles that a checkpoint of this size needs."""
    for level in (None, *range(8)):
        full, partial = divmod(size >> 8 * (level or 0), WIDTH)
        yield from (TileName(level, number, WIDTH) for number in range(full))
        if partial:
            yield TileName(level, full, partial)


def entries_of(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle (each after its length in two bytes), or raise ValueError."""
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        entries.append(bundle[at + 2 : end])
        at = end
    if at != len(bundle):
        raise ValueError("a bundle that ends within an entry")
    return entries


# ---------------------------------------------------------------------------------------------------------------------
# Signed checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

_LOG_KEY, _WITNESS_KEY = b"\x01", b"\x04"
_KEY_ID = 4
_PUBLIC_KEY = 32
_TIME = 8


class BadKey(ValueError):
    """The text is not the vkey of an Ed25519 key."""


@dataclass(frozen=True)
class LogKey:
    """A public key: of the log, whose name is the origin of its checkpoints, or of a witness."""

    name: str
    id: bytes
    public: Ed25519PublicKey
    witness: bool = False

    @classmethod
    def of(cls, vkey: str) -> LogKey:
        """Read `name+<id in hex>+base64(type ‖ public key)`, or raise `BadKey`."""
        try:
            name, id_, encoded = vkey.strip().split("+", 2)
            material = base64.b64decode(encoded, validate=True)
            if material[:1] not in (_LOG_KEY, _WITNESS_KEY) or len(material) != 1 + _PUBLIC_KEY:
                raise BadKey(vkey)
            own_id = sha256(name.encode() + b"\n" + material).digest()[:_KEY_ID]
            if not name or own_id.hex() != id_:
                raise BadKey(vkey)
            key = Ed25519PublicKey.from_public_bytes(material[1:])
            return cls(name, own_id, key, witness=material[:1] == _WITNESS_KEY)
        except (ValueError, binascii.Error) as reason:
            raise BadKey(vkey) from reason


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    note: str


def read_checkpoint(note: str) -> Checkpoint:
    """Read a checkpoint without looking at its signatures, or raise ValueError."""
    text, blank, _ = note.partition("\n\n")
    lines = text.split("\n")
    if not blank or len(lines) != 3 or not lines[1].isascii() or not lines[1].isdigit():  # noqa: PLR2004
        raise ValueError("not a checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as reason:
        raise ValueError("not a checkpoint") from reason
    if len(root) != HASH or lines[1] != str(int(lines[1])):
        raise ValueError("not a checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def says(note: str, key: LogKey, size: int, root: bytes) -> bool:
    """Say whether this is a checkpoint of this size and root, and the log's key has signed it."""
    text = checkpoint_text(key.name, size, root)
    return note.startswith(text + "\n") and is_signed(text, note[len(text) + 1 :], key)


def is_signed(text: str, signatures: str, key: LogKey) -> bool:
    """Every signature of the key must fit, and there must be one. Signatures of others are none of our business."""
    if not signatures.endswith("\n"):
        return False
    found = False
    for line in signatures[:-1].split("\n"):
        dash, name, encoded = [*line.split(" ", 2), "", "", ""][:3]
        if dash != "—":
            return False
        try:
            signature = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return False
        if name == key.name and signature[:_KEY_ID] == key.id:
            try:
                key.public.verify(*_signed(signature[_KEY_ID:], text, key))
            except InvalidSignature:
                return False
            found = True
    return found


def _signed(signature: bytes, text: str, key: LogKey) -> tuple[bytes, bytes]:
    """The signature's 64 bytes and what they sign: a witness signs the moment with the checkpoint."""
    if not key.witness:
        return signature, text.encode()
    moment = int.from_bytes(signature[:_TIME], "big")
    return signature[_TIME:], f"cosignature/v1\ntime {moment}\n{text}".encode()


# ---------------------------------------------------------------------------------------------------------------------
# Where the log comes from.


class Unreachable(Exception):
    """What is to be verified cannot be had. `what` names it, `why` is for people."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


class Source(Protocol):
    """A published log. `read` raises `Unreachable`; `read_many` reads in the order asked for."""

    def read(self, path: str) -> bytes: ...

    def read_many(self, paths: Iterable[str]) -> Iterator[bytes]: ...


class Folder:
    """A folder with the log in it: the log's own, or a bundle's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder if (folder / "checkpoint").is_file() else folder / "log"

    def read(self, path: str) -> bytes:
        try:
            return (self.folder / path).read_bytes()
        except OSError as reason:
            raise Unreachable(str(self.folder / path), reason.strerror or str(reason)) from reason

    def read_many(self, paths: Iterable[str]) -> Iterator[bytes]:
        return map(self.read, paths)


class Site:
    """A site that publishes its log beneath /log/."""

    _LARGEST = 256 * 1024 * 1024
    _SECONDS = 30
    _AT_ONCE = 4

    def __init__(self, address: str) -> None:
        address = address.rstrip("/")
        self.address = address if address.endswith("/log") else f"{address}/log"

    def read(self, path: str) -> bytes:
        address = f"{self.address}/{path}"
        request = urllib.request.Request(address, headers={"User-Agent": "hattama-verify"})  # noqa: S310  http(s) only
        try:
            with urllib.request.urlopen(request, timeout=self._SECONDS) as answer:  # noqa: S310  the same
                content: bytes = answer.read(self._LARGEST + 1)
        except (OSError, ValueError) as reason:
            raise Unreachable(address, str(reason)) from reason
        if len(content) > self._LARGEST:
            raise Unreachable(address, "too large")
        return content

    def read_many(self, paths: Iterable[str]) -> Iterator[bytes]:
        with ThreadPoolExecutor(self._AT_ONCE) as pool:
            yield from pool.map(self.read, paths)


def source_of(where: str) -> Source:
    return Site(where) if where.startswith(("http://", "https://")) else Folder(Path(where))


def _read_tile(source: Source, tile: TileName) -> bytes:
    """Read a tile; where a partial one is gone, its place is in the full one that took over."""
    try:
        return source.read(tile.path)
    except Unreachable:
        if tile.width == WIDTH:
            raise
        whole = source.read(tile._replace(width=WIDTH).path)
        if tile.level is not None:
            return whole[: tile.width * HASH]
        entries = entries_of(whole)[: tile.width]
        return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


# ---------------------------------------------------------------------------------------------------------------------
# What was found, in words.

_WORDS: dict[str, tuple[str, str, str]] = {
    "holds": ("holds", "дұрыс", "верно"),
    "fails": ("DOES NOT HOLD", "ДҰРЫС ЕМЕС", "НЕВЕРНО"),
    "open": ("not checked", "тексерілмеді", "не проверено"),
    "told": ("result", "нәтиже", "результат"),
    "all_holds": (
        "Everything that was checked holds.",
        "Тексерілгеннің бәрі дұрыс.",
        "Всё, что проверено, верно.",
    ),
    "some_fails": (
        "{count} things do not hold. Keep this output and the log's files, and tell others.",
        "{count} жерде сәйкессіздік бар. Осы шығарылымды және журнал файлдарын сақтап, басқаларға хабарлаңыз.",
        "Несоответствий: {count}. Сохраните этот вывод и файлы журнала и сообщите другим.",
    ),
    "more": ("… and {count} more.", "… және тағы {count}.", "… и ещё {count}."),
    # Signature
    "signed": (
        "Signature: the checkpoint of {size} events is signed with the key {key}.",
        "Қолтаңба: {size} оқиғаның бақылау нүктесіне {key} кілтімен қол қойылған.",
        "Подпись: контрольная точка на {size} событий подписана ключом {key}.",
    ),
    "not_signed": (
        "Signature: the checkpoint is not signed with the key {key}.",
        "Қолтаңба: бақылау нүктесіне {key} кілтімен қол қойылмаған.",
        "Подпись: контрольная точка не подписана ключом {key}.",
    ),
    "no_checkpoint": (
        "Signature: what is published as the checkpoint is none.",
        "Қолтаңба: бақылау нүктесі ретінде жарияланған мәтін бақылау нүктесі емес.",
        "Подпись: опубликованное как контрольная точка ею не является.",
    ),
    "key_of_the_site": (
        "Signature: no key was given, so the one that is published beside the log was taken. Compare it with the key "
        "in a newspaper or from people you trust: {key}",
        "Қолтаңба: кілт берілмеген, сондықтан журналдың жанында жарияланған кілт алынды. Оны газеттегі немесе өзіңіз "
        "сенетін адамдардан алған кілтпен салыстырыңыз: {key}",
        "Подпись: ключ не задан, взят тот, что опубликован рядом с журналом. Сравните его с ключом из газеты или от "
        "тех, кому доверяете: {key}",
    ),
    "another_key": (
        "Signature: the key published beside the log is another one: {key}",
        "Қолтаңба: журналдың жанында жарияланған кілт басқа: {key}",
        "Подпись: рядом с журналом опубликован другой ключ: {key}",
    ),
    "cosigned": (
        "Witness: {key} has cosigned this checkpoint.",
        "Куәгер: {key} осы бақылау нүктесіне қосарлап қол қойған.",
        "Свидетель: {key} заверил эту контрольную точку.",
    ),
    "not_cosigned": (
        "Witness: {key} has not cosigned this checkpoint.",
        "Куәгер: {key} осы бақылау нүктесіне қол қоймаған.",
        "Свидетель: {key} не заверил эту контрольную точку.",
    ),
    # Entries and files
    "entries": (
        "Events: all {size} events are there, each in its canonical form, and hash to the signed root.",
        "Оқиғалар: {size} оқиғаның бәрі бар, әрқайсысы канондық түрінде және қол қойылған түбірге сәйкес келеді.",
        "События: все {size} событий на месте, каждое в канонической форме, и дают подписанный корень.",
    ),
    "other_root": (
        "Events: the published events do not hash to the root that was signed.",
        "Оқиғалар: жарияланған оқиғалар қол қойылған түбірге сәйкес келмейді.",
        "События: опубликованные события не дают подписанного корня.",
    ),
    "unreachable": (
        "Events: {what} cannot be read ({why}).",
        "Оқиғалар: {what} оқылмайды ({why}).",
        "События: {what} не читается ({why}).",
    ),
    "bad_bundle": (
        "Events: {what} does not hold the {width} events it must.",
        "Оқиғалар: {what} файлында болуға тиіс {width} оқиға жоқ.",
        "События: в {what} нет тех {width} событий, что должны быть.",
    ),
    "bad_entry": (
        "Event {index}: it is not an event in canonical form ({why}).",
        "{index}-оқиға: канондық түрдегі оқиға емес ({why}).",
        "Событие {index}: не событие в канонической форме ({why}).",
    ),
    "bad_body": (
        "Event {index} ({kind}): its content cannot be read ({why}).",
        "{index}-оқиға ({kind}): мазмұны оқылмайды ({why}).",
        "Событие {index} ({kind}): содержание не читается ({why}).",
    ),
    "tiles": (
        "Tree: all {count} published hash tiles are those of the events.",
        "Ағаш: жарияланған {count} хеш бөлігінің бәрі оқиғаларға сәйкес.",
        "Дерево: все {count} опубликованных фрагментов хешей соответствуют событиям.",
    ),
    "bad_tile": (
        "Tree: {what} does not hold the hashes of the events.",
        "Ағаш: {what} файлындағы хештер оқиғаларға сәйкес емес.",
        "Дерево: {what} содержит не те хеши, что у событий.",
    ),
    # History
    "extends": (
        "History: nothing was changed or removed since the checkpoint of {size} events in {what}.",
        "Тарих: {what} файлындағы {size} оқиғаның бақылау нүктесінен бері ештеңе өзгертілмеген және жойылмаған.",
        "История: со времени контрольной точки на {size} событий в {what} ничего не изменено и не удалено.",
    ),
    "rewritten": (
        "History: the log was REWRITTEN: its first {size} events are not those of the checkpoint in {what}. "
        "Both checkpoints together prove it.",
        "Тарих: журнал ҚАЙТА ЖАЗЫЛҒАН: алғашқы {size} оқиға {what} файлындағы бақылау нүктесіне сәйкес емес. "
        "Мұны екі бақылау нүктесі бірге дәлелдейді.",
        "История: журнал ПЕРЕПИСАН: первые {size} событий не те, что в контрольной точке из {what}. "
        "Обе контрольные точки вместе это доказывают.",
    ),
    "shorter": (
        "History: the log was ROLLED BACK: it has {size} events, and the checkpoint in {what} has {old}.",
        "Тарих: журнал КЕРІ ҚАЙТАРЫЛҒАН: онда {size} оқиға бар, ал {what} файлындағы бақылау нүктесінде {old}.",
        "История: журнал ОТКАЧЕН НАЗАД: в нём {size} событий, а в контрольной точке из {what} их {old}.",
    ),
    "old_not_signed": (
        "History: {what} is not a checkpoint signed with the log's key.",
        "Тарих: {what} — журнал кілтімен қол қойылған бақылау нүктесі емес.",
        "История: {what} — не контрольная точка, подписанная ключом журнала.",
    ),
    "no_old": (
        "History: no older checkpoint was given. A log rewritten as a whole and signed again is only found by holding "
        "it against a checkpoint that somebody kept (--keep, --old).",
        "Тарих: ескі бақылау нүктесі берілмеген. Түгел қайта жазылып, қайта қол қойылған журнал біреу сақтап қойған "
        "бақылау нүктесімен салыстырғанда ғана анықталады (--keep, --old).",
        "История: старая контрольная точка не дана. Журнал, целиком переписанный и заново подписанный, обнаруживается "
        "только сравнением с сохранённой кем-то контрольной точкой (--keep, --old).",
    ),
    # Election packages
    "package": (
        "Election {election}: its package is the one the log names ({stations} stations, {contests} contests).",
        "{election} сайлауы: топтамасы журналда аталғанның өзі (учаскелер: {stations}, сайлау түрлері: {contests}).",
        "Выборы {election}: пакет тот самый, что назван в журнале (участков: {stations}, видов выборов: {contests}).",
    ),
    "bad_package": (
        "Election {election}: the package {sha256} is not what its hash says, or cannot be read ({why}).",
        "{election} сайлауы: {sha256} топтамасы хешіне сәйкес емес немесе оқылмайды ({why}).",
        "Выборы {election}: пакет {sha256} не соответствует хешу или не читается ({why}).",
    ),
    "no_package": (
        "Election {election}: without its package sums cannot be checked.",
        "{election} сайлауы: топтамасыз жиынтықтарды тексеру мүмкін емес.",
        "Выборы {election}: без пакета суммы проверить нельзя.",
    ),
    # Protocols
    "protocols": (
        "Protocols: each of {steps} steps follows from the one before, and every version of a protocol stays as it was "
        "({in_force} in force, {held} held, {annulled} annulled, {awaited} not in).",
        "Хаттамалар: {steps} қадамның әрқайсысы алдыңғысынан шығады, хаттаманың әр нұсқасы сол күйінде қалған "
        "(күшінде: {in_force}, шешім күтуде: {held}, жарамсыз деп танылған: {annulled}, келіп түспеген: {awaited}).",
        "Протоколы: каждый из {steps} шагов следует из предыдущего, каждая версия протокола осталась какой была "
        "(в силе: {in_force}, на рассмотрении: {held}, аннулировано: {annulled}, не поступило: {awaited}).",
    ),
    "unknown_place": (
        "Event {index}: {station} does not vote in {contest}, or is not in the district {area}.",
        "{index}-оқиға: {station} учаскесі {contest} сайлауына қатыспайды немесе {area} ауданында емес.",
        "Событие {index}: участок {station} не голосует в {contest} или не относится к району {area}.",
    ),
    "wrong_step": (
        "{contest}, {station}: event {index} ({kind}) is no step from “{state}”.",
        "{contest}, {station}: {index}-оқиға ({kind}) «{state}» күйінен жасалатын қадам емес.",
        "{contest}, {station}: событие {index} ({kind}) — не шаг из состояния «{state}».",
    ),
    "wrong_version": (
        "{contest}, {station}: event {index} speaks of version {found}, expected {expected}.",
        "{contest}, {station}: {index}-оқиға {found}-нұсқа туралы айтады, күтілгені {expected}.",
        "{contest}, {station}: событие {index} говорит о версии {found}, ожидалась {expected}.",
    ),
    "wrong_figures": (
        "{contest}, {station}: the figures of event {index} are not those of the form ({what}).",
        "{contest}, {station}: {index}-оқиғаның көрсеткіштері хаттама нысанына сай емес ({what}).",
        "{contest}, {station}: показатели события {index} не соответствуют форме ({what}).",
    ),
    "not_opened": (
        "{contest}, {station}: the figures accepted by event {index} are not those that were held.",
        "{contest}, {station}: {index}-оқиғамен қабылданған көрсеткіштер қарауға қалдырылғандай емес.",
        "{contest}, {station}: принятые событием {index} показатели — не те, что были оставлены на рассмотрение.",
    ),
    "findings": (
        "Checks: {count} protocols were held against the published checks again, with the same findings.",
        "Тексерулер: {count} хаттама жарияланған тексерулермен қайта салыстырылды, нәтижесі бірдей.",
        "Проверки: {count} протоколов заново проверены опубликованными правилами, замечания те же.",
    ),
    "other_findings": (
        "{contest}, {station}: event {index} names the findings {found}, the published checks say {expected}.",
        "{contest}, {station}: {index}-оқиғада {found} көрсетілген, жарияланған тексерулер бойынша {expected}.",
        "{contest}, {station}: в событии {index} названы замечания {found}, по опубликованным правилам {expected}.",
    ),
    "other_check_set": (
        "{contest}, {station}: event {index} names check set {found}; {expected} was in force.",
        "{contest}, {station}: {index}-оқиғада {found}-тексерулер жинағы аталған; күшінде болғаны {expected}.",
        "{contest}, {station}: событие {index} называет набор проверок {found}, действовал {expected}.",
    ),
    "bad_check_set": (
        "Form {form}: event {index} on check set {number} does not fit what was proposed before.",
        "{form} нысаны: {number}-тексерулер жинағы туралы {index}-оқиға бұрын ұсынылғанға сәйкес емес.",
        "Форма {form}: событие {index} о наборе проверок {number} не соответствует предложенному ранее.",
    ),
    # Beside protocols
    "series": (
        "Turnout reports, complaints: {turnout} reports and {complaints} complaints are there without a gap.",
        "Қатысу туралы хабарламалар мен шағымдар: {turnout} хабарлама, {complaints} шағым үзіліссіз бар.",
        "Сообщения о явке и жалобы: {turnout} сообщений и {complaints} жалоб на месте, без пропусков.",
    ),
    "gap": (
        "Event {index} ({kind}, {what}): number {found}, expected {expected}.",
        "{index}-оқиға ({kind}, {what}): нөмірі {found}, күтілгені {expected}.",
        "Событие {index} ({kind}, {what}): номер {found}, ожидался {expected}.",
    ),
    # Sums
    "bulletin": (
        "Bulletin {number}: its sums and seats are those of the protocols in the log of {size} events "
        "({stations} of {expected} protocols).",
        "№ {number} хабарлама: жиынтықтары мен мандаттары {size} оқиғалық журналдағы хаттамаларға сәйкес "
        "({expected} хаттаманың {stations}).",
        "Сводка № {number}: её суммы и мандаты соответствуют протоколам в журнале из {size} событий "
        "({stations} из {expected} протоколов).",
    ),
    "final": (
        "Final result {number}: its sums and seats are those of the protocols in the log of {size} events, and two "
        "people stand for it.",
        "Түпкілікті қорытынды {number}: жиынтықтары мен мандаттары {size} оқиғалық журналдағы хаттамаларға сәйкес, "
        "оны екі адам растаған.",
        "Окончательный результат {number}: его суммы и мандаты соответствуют протоколам в журнале из {size} событий, "
        "за него поручились двое.",
    ),
    "proposed": (
        "Final result {number}: proposed, not approved; its sums and seats are those of the protocols.",
        "Түпкілікті қорытынды {number}: ұсынылған, мақұлданбаған; жиынтықтары мен мандаттары хаттамаларға сәйкес.",
        "Окончательный результат {number}: предложен, не одобрен; его суммы и мандаты соответствуют протоколам.",
    ),
    "not_the_sum": (
        "{what} {number}: what was published is NOT the sum of the protocols in the log of {size} events.",
        "{what} {number}: жарияланғаны {size} оқиғалық журналдағы хаттамалардың жиынтығы ЕМЕС.",
        "{what} {number}: опубликовано НЕ то, что дают протоколы в журнале из {size} событий.",
    ),
    "where_not_the_sum": (
        "{what} {number}: {contest}, {area}, {figure}: published {found}, the protocols give {expected}.",
        "{what} {number}: {contest}, {area}, {figure}: жарияланғаны {found}, хаттамалар бойынша {expected}.",
        "{what} {number}: {contest}, {area}, {figure}: опубликовано {found}, по протоколам {expected}.",
    ),
    "wrong_publication": (
        "Event {index} ({kind} {number}): {why}.",
        "{index}-оқиға ({kind} {number}): {why}.",
        "Событие {index} ({kind} {number}): {why}.",
    ),
    "certificates": (
        "Certificates: {signed} were signed by two people over the sums of their protocols; nothing changed beneath "
        "the {standing} that stand.",
        "Бекітілген нәтижелер: {signed} нәтижеге хаттамаларының жиынтығы бойынша екі адам қол қойған; күшіндегі "
        "{standing} нәтиженің астында ештеңе өзгермеген.",
        "Утверждения: {signed} подписаны двумя людьми по суммам своих протоколов; под {standing} действующими ничего "
        "не изменилось.",
    ),
    "mandates": (
        "Mandates: of {count} acts, {confirmed} were confirmed by a second person, and follow from the final result.",
        "Мандаттар: {count} актінің {confirmed} актісін екінші адам растаған, олар түпкілікті қорытындыдан шығады.",
        "Мандаты: из актов ({count}) вторым лицом подтверждено {confirmed}; они следуют из окончательного результата.",
    ),
    "wrong_mandate": (
        "Act {number} about the mandates of {contest} (event {index}): {why}.",
        "{contest} мандаттары туралы № {number} акт ({index}-оқиға): {why}.",
        "Акт № {number} о мандатах, {contest} (событие {index}): {why}.",
    ),
    "wrong_certificate": (
        "Certificate {number} of {contest}, {area} (event {index}): {why}.",
        "{contest}, {area} бойынша № {number} бекітілген нәтиже ({index}-оқиға): {why}.",
        "Утверждение № {number}, {contest}, {area} (событие {index}): {why}.",
    ),
    "no_publication": (
        "Results: nothing has been published yet; sums are those of the protocols alone.",
        "Нәтижелер: әлі ештеңе жарияланбаған; жиынтықтар тек хаттамалардан алынды.",
        "Результаты: ещё ничего не опубликовано; суммы — только по протоколам.",
    ),
    "word_bulletin": ("Bulletin", "Хабарлама №", "Сводка №"),
    "word_final": ("Final result", "Түпкілікті қорытынды", "Окончательный результат"),
    "unknown_kinds": (
        "Events of kinds that this program does not know: {kinds}. A newer version of it may.",
        "Бұл бағдарлама білмейтін оқиға түрлері: {kinds}. Жаңа нұсқасы білуі мүмкін.",
        "События, которых эта программа не знает: {kinds}. Возможно, их знает новая версия.",
    ),
    "sum_of": (
        "{contest}: {stations} of {expected} protocols in force as of {size} events",
        "{contest}: {size} оқиға бойынша {expected} хаттаманың {stations} күшінде",
        "{contest}: {stations} из {expected} протоколов в силе, {size} событий",
    ),
    "sum_line": ("{votes} votes, {percent} %, {seats} seats", "{votes} дауыс, {percent} %, мандат: {seats}",
                 "{votes} голосов, {percent} %, мандатов: {seats}"),
    "lots": ("{count} seats wait for lots", "{count} мандат жеребе күтуде", "{count} мандатов ждут жребия"),
    # Own copies
    "copies": (
        "Own copies: {agree} agree, {differ} differ, {absent} not in yet.",
        "Өз көшірмелеріңіз: {agree} сәйкес, {differ} сәйкес емес, {absent} әлі түспеген.",
        "Ваши копии: {agree} совпадают, {differ} расходятся, {absent} ещё не поступили.",
    ),
    "copy_differs": (
        "Own copy of {contest}, {station}: {what} (event {index})",
        "{contest}, {station} көшірмеңіз: {what} ({index}-оқиға)",
        "Ваша копия {contest}, {station}: {what} (событие {index})",
    ),
    "copy_figure": ("{code}: yours {own}, in the log {logged}", "{code}: сізде {own}, журналда {logged}",
                    "{code}: у вас {own}, в журнале {logged}"),
    "copy_bad": (
        "Own copies, line {line}: {why}.",
        "Көшірмелер, {line}-жол: {why}.",
        "Копии, строка {line}: {why}.",
    ),
    # A proof by itself
    "proof": (
        "Proof: the entry is number {index} of the log of {size} events that the key {key} signed.",
        "Дәлел: бұл жазба {key} кілті қол қойған {size} оқиғалық журналдағы {index}-жазба.",
        "Доказательство: запись — номер {index} в журнале из {size} событий, подписанном ключом {key}.",
    ),
    "bad_proof": (
        "Proof: {what} does not prove it ({why}).",
        "Дәлел: {what} мұны дәлелдемейді ({why}).",
        "Доказательство: {what} этого не доказывает ({why}).",
    ),
}  # fmt: skip

_SHOWN_AT_MOST = 100


class Result(NamedTuple):
    status: str
    key: str
    values: Mapping[str, Any]


class Report:
    """What holds, what does not, what was not checked; the first failures whole, of the others how many there are."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.failures = 0
        self._failed_parts: set[str] = set()

    def holds(self, part: str, key: str, /, **values: Any) -> None:
        """Say that a part holds, unless something in it did not."""
        if part not in self._failed_parts:
            self.results.append(Result("holds", key, values))

    def fails(self, part: str, key: str, /, **values: Any) -> None:
        self._failed_parts.add(part)
        self.failures += 1
        if self.failures <= _SHOWN_AT_MOST:
            self.results.append(Result("fails", key, values))

    def open(self, key: str, /, **values: Any) -> None:
        """Say what could not be checked, or is for people to look at."""
        self.results.append(Result("open", key, values))

    def has_failed(self, part: str) -> bool:
        return part in self._failed_parts

    @property
    def ok(self) -> bool:
        return not self.failures


def in_words(key: str, language: str, /, **values: Any) -> str:
    return _WORDS[key][LANGUAGES.index(language)].format(**values)


# ---------------------------------------------------------------------------------------------------------------------
# The election package: what is voted on, where, on which form, by which rules.


@dataclass(frozen=True)
class Choice:
    code: str
    against_all: bool
    withdrawn: bool
    registration_order: int | None


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest. `codes` are its figures in order: its form's `lines`, then the votes; `optional` may be left out."""

    code: str
    kind: str
    seats: int
    threshold: Fraction
    method: str
    minimum_runner_up: int | None
    form: str
    lines: tuple[str, ...]
    codes: tuple[str, ...]
    optional: frozenset[str]
    choices: tuple[Choice, ...]
    positions: Mapping[str, int]
    on_tie: str
    on_against_all: str
    lists: Mapping[str, Sequence[int]]
    """The places of each choice that mandates are handed out by; of a candidate, one."""


@dataclass(frozen=True)
class Package:
    """An election as its package says it. `district_of` is by station, `owed` the stations of each contest."""

    sha256: str
    election: str
    contests: Mapping[str, Contest]
    parent_of: Mapping[str, str]
    district_of: Mapping[str, str]
    owed: Mapping[str, frozenset[str]]
    checks_of: Mapping[str, Sequence[Mapping[str, Any]]]

    def upward(self, area: str) -> Iterator[str]:
        """The area and all areas above it."""
        for _ in range(len(self.parent_of) + 1):
            if not area:
                return
            yield area
            area = self.parent_of.get(area, "")


_TRUE = {"true", "yes", "1"}
_LARGEST_PACKAGE = 200 * 1024 * 1024


def read_package(content: bytes, name: str) -> Package:
    """Read the canonical zip of a package. Raises ValueError for another zip, or one that is no package."""
    if sha256(content).hexdigest() != name:
        raise ValueError("its SHA-256 is another")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_PACKAGE:
                raise ValueError("too large")
            files = {member.filename: archive.read(member) for member in archive.infolist()}
        return _package(files, name)
    except (zipfile.BadZipFile, KeyError, TypeError, AttributeError) as reason:
        raise ValueError(f"{type(reason).__name__}: {reason}") from reason


def _package(files: Mapping[str, bytes], name: str) -> Package:
    heading = tomllib.loads(files["election.toml"].decode("utf-8-sig"))
    lines, checks = {}, {}
    for form in heading["form"]:
        lines[form["code"]] = form.get("lines") or form.get("line") or []
        checks[form["code"]] = form.get("check") or form.get("checks") or []
    choices: dict[str, list[Choice]] = defaultdict(list)
    for row in _table(files["choices.csv"]):
        order = row.get("registration_order") or ""
        choices[row["contest"]].append(
            Choice(
                row["code"], row["kind"] == "against_all", row.get("withdrawn", "").lower() in _TRUE,
                int(order) if order else None,
            )
        )  # fmt: skip
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in _table(files.get("candidates.csv", b"contest,choice,position")):
        places[row["contest"], row["choice"]].append(int(row["position"]))
    parents = {row["code"]: row["parent"] for row in _table(files["areas.csv"])}
    districts = {row["code"]: row["area"] for row in _table(files["stations.csv"])}
    contests = {
        row["code"]: _contest(row, lines[row["form"]], choices[row["code"]], places)
        for row in _table(files["contests.csv"])
    }
    return Package(
        name, heading["code"], contests, parents, districts, _owed(files["ballots.csv"], parents, districts), checks
    )


def _contest(
    row: Mapping[str, str], lines: Sequence[Mapping[str, Any]], choices: Sequence[Choice],
    places: Mapping[tuple[str, str], Sequence[int]],
) -> Contest:  # fmt: skip
    standing = [choice.code for choice in choices if not choice.against_all]
    form_lines = tuple(line["code"] for line in lines)
    codes = (*form_lines, *(f"votes:{choice.code}" for choice in choices))
    minimum = row.get("minimum_runner_up") or ""
    return Contest(
        code=row["code"],
        kind=row["kind"],
        seats=int(row["seats"] or 0),
        threshold=Fraction(row["threshold_percent"] or 0),
        method=row["method"],
        minimum_runner_up=int(minimum) if minimum else None,
        form=row["form"],
        lines=form_lines,
        codes=codes,
        optional=frozenset(line["code"] for line in lines if line.get("may_be_absent") or line.get("optional")),
        choices=tuple(choices),
        positions={code: position for position, code in enumerate(codes)},
        on_tie=row.get("on_tie") or "lots",
        on_against_all=row.get("on_against_all") or "elected",
        lists={
            code: [1] if row["kind"] == "plurality" else sorted(places.get((row["code"], code), ()))
            for code in standing
        },
    )


def _owed(ballots: bytes, parents: Mapping[str, str], districts: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The stations of each contest: those named, and all beneath an area that is named."""
    children: dict[str, list[str]] = defaultdict(list)
    for code, parent in parents.items():
        children[parent].append(code)
    stations: dict[str, list[str]] = defaultdict(list)
    for station, district in districts.items():
        stations[district].append(station)

    def beneath(area: str) -> Iterator[str]:
        yield from stations[area]
        for child in children[area]:
            yield from beneath(child)

    owed: dict[str, set[str]] = defaultdict(set)
    for row in _table(ballots):
        place = row["area_or_station"]
        owed[row["contest"]].update(beneath(place) if place in parents else [place])
    return {contest: frozenset(places) for contest, places in owed.items()}


def _table(content: bytes) -> Iterator[dict[str, str]]:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    names = [name.strip() for name in next(rows, [])]
    for row in rows:
        if row:
            yield dict(zip(names, map(str.strip, row), strict=False))


# Checks: linear comparisons of figures.

_TOKEN = re.compile(r"votes:[A-Za-z0-9._-]+|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|==|!=|<=|>=|[<>+*-]|\S", re.ASCII)
_COMPARISONS = {"==", "!=", "<=", ">=", "<", ">"}


class Rule(NamedTuple):
    """`sum of coefficient * figure + constant` must be from `lowest` to `highest` (with !=: must not be).

    Beside the figures of a form there is one more, the sum of the votes, which is last.
    """

    code: str
    terms: tuple[tuple[int, int], ...]
    constant: int
    of_each_choice: int | None
    lowest: float
    highest: float
    outside: bool


def broken(rules: Iterable[Rule], figures: Sequence[int | None], votes: Sequence[int]) -> list[str]:
    """Return the codes of the rules that the figures break: of each once, or once for each choice that breaks it."""
    codes: list[str] = []
    for code, terms, constant, of_each, lowest, highest, outside in rules:
        total = constant
        try:
            for position, coefficient in terms:
                total += coefficient * figures[position]  # type: ignore[operator]
        except TypeError:
            continue  # A figure was left out: nothing can be said.
        if of_each is None:
            if (lowest <= total <= highest) is outside:
                codes.append(code)
        else:
            codes += [code for each in votes if (lowest <= total + of_each * each <= highest) is outside]
    return codes


_VOTES_TOTAL = -1


def read_rule(code: str, text: str, tolerance: int, contest: Contest) -> Rule:
    """Read a rule of the form of a contest. Raises ValueError."""
    # Contests on one form differ in their choices, which few rules name: the others are read once for all of them.
    return _read_rule(code, text, tolerance, contest.codes if "votes:" in text else contest.lines)


@lru_cache(maxsize=4096)
def _read_rule(code: str, text: str, tolerance: int, codes: tuple[str, ...]) -> Rule:
    comparison, terms = _read_terms(text)
    coefficients: dict[int, int] = {}
    constant, of_each = 0, None
    for factor, name in terms:
        if name is None:
            constant += factor
        elif name == "any_choice":
            of_each = (of_each or 0) + factor
        else:
            position = _VOTES_TOTAL if name == "votes_total" else codes.index(name)
            coefficients[position] = coefficients.get(position, 0) + factor
    infinite = float("inf")
    lowest, highest = {
        "<=": (-infinite, tolerance),
        "<": (-infinite, tolerance - 1),
        ">=": (-tolerance, infinite),
        ">": (1 - tolerance, infinite),
    }.get(comparison, (-tolerance, tolerance))
    return Rule(code, tuple(coefficients.items()), constant, of_each, lowest, highest, comparison == "!=")


def _read_terms(text: str) -> tuple[str, tuple[tuple[int, str | None], ...]]:
    """The comparison of a rule, and all its terms brought to the left side."""
    tokens = _TOKEN.findall(text)
    at = next((position for position, token in enumerate(tokens) if token in _COMPARISONS), None)
    if at is None:
        raise ValueError(f"a rule without a comparison: {text[:80]}")
    right = ((-factor, name) for factor, name in _terms(tokens[at + 1 :]))
    return tokens[at], (*_terms(tokens[:at]), *right)


def _terms(tokens: Sequence[str]) -> Iterator[tuple[int, str | None]]:
    """Each term of a sum as its factor and its name; without a name it is a number."""
    sign, factor, name = 1, None, None
    for token in [*tokens, "+"]:
        if token in {"+", "-"}:
            if factor is not None or name is not None:
                yield sign * (1 if factor is None else factor), name
                factor, name = None, None
            sign = -1 if token == "-" else 1  # noqa: S105  a minus
        elif token.isdigit():
            factor = int(token)
        elif token != "*":  # noqa: S105  a times
            name = token


# ---------------------------------------------------------------------------------------------------------------------
# Seats, as plainly as the law says it: counting and comparing, seat by seat. Constitutional Law on Elections of
# Kazakhstan, Article 97-1, for `hare-kz`; the others by their textbook definitions.


@dataclass(frozen=True)
class Contender:
    """A choice that can win seats."""

    code: str
    votes: int
    order: int | None


class Tie(NamedTuple):
    """How many seats only lots can give, and between whom; `together`: one of them gets all of these seats."""

    seats: int = 0
    between: frozenset[str] = frozenset()
    together: bool = False


_NO_TIE = Tie()


@dataclass(frozen=True)
class Seats:
    """Seats of each choice, and what stays open until lots are drawn."""

    of: dict[str, int]
    tie: Tie = _NO_TIE

    @property
    def by_lots(self) -> int:
        return self.tie.seats


def seats_of(contest: Contest, figures: Sequence[int]) -> Seats:
    """Allocate a contest's seats by its own rules. A withdrawn choice takes no part. Raises ValueError."""
    taking_part = [choice for choice in contest.choices if not choice.withdrawn]
    votes = {choice.code: figures[contest.positions[f"votes:{choice.code}"]] for choice in taking_part}
    contenders = [
        Contender(choice.code, votes[choice.code], choice.registration_order)
        for choice in taking_part
        if not choice.against_all
    ]
    valid = sum(votes.values())
    needed, hundred = contest.threshold.numerator * valid, 100 * contest.threshold.denominator
    inside = [one for one in contenders if one.votes and one.votes * hundred >= needed]
    outside = [one for one in contenders if one.votes and one not in inside]
    won = {one.code: 0 for one in contenders}
    if not inside or not contest.seats:
        return Seats(won)
    method = contest.method or ("plurality" if contest.kind == "plurality" else "hare-kz")
    if method not in _METHODS:
        raise ValueError(f"unknown method {method}")
    return Seats(won, _METHODS[method](won, inside, outside, contest))


def _hare(won: dict[str, int], inside: list[Contender], _outside: list[Contender], contest: Contest) -> Tie:
    quota = Fraction(sum(one.votes for one in inside), contest.seats)
    for one in inside:
        won[one.code] = int(one.votes / quota)
    remainders = {one.code: one.votes / quota - won[one.code] for one in inside}
    return _one_each(won, inside, remainders, contest.seats - sum(won.values()), registration_decides=True)


def _hare_kz(won: dict[str, int], inside: list[Contender], outside: list[Contender], contest: Contest) -> Tie:
    if len(inside) > 1 or not outside:
        return _hare(won, inside, outside, contest)
    first, most = inside[0], max(one.votes for one in outside)
    quotient = Fraction(most * contest.seats, first.votes + most)
    minimum = 2 if contest.minimum_runner_up is None else contest.minimum_runner_up
    for_second = min(contest.seats, max(int(quotient * 7 / 10), minimum))
    won[first.code] = contest.seats - for_second
    second, tie = _winners([one for one in outside if one.votes == most], 1, registration_decides=True)
    for one in second:
        won[one.code] = for_second
    return _NO_TIE if second or not for_second else Tie(for_second, tie.between, together=True)


def _by_divisors(divisor: Callable[[int], int]) -> Method:
    def method(won: dict[str, int], inside: list[Contender], _outside: list[Contender], contest: Contest) -> Tie:
        left = contest.seats
        while left:
            largest = max(Fraction(one.votes, divisor(won[one.code])) for one in inside)
            tied = [one for one in inside if Fraction(one.votes, divisor(won[one.code])) == largest]
            winners, tie = _winners(tied, left, registration_decides=True)
            for one in winners:
                won[one.code] += 1
            if tie.seats:
                return tie
            left -= len(winners)
        return _NO_TIE

    return method


def _plurality(won: dict[str, int], inside: list[Contender], _outside: list[Contender], contest: Contest) -> Tie:
    votes = {one.code: one.votes for one in inside}
    return _one_each(won, inside, votes, contest.seats, registration_decides=False)


Method = Callable[[dict[str, int], list[Contender], list[Contender], Contest], Tie]
"""Gives seats (first argument) to those inside, or the runner-up outside; returns what goes to lots."""

_METHODS: dict[str, Method] = {
    "hare-kz": _hare_kz,
    "hare": _hare,
    "dhondt": _by_divisors(lambda held: held + 1),
    "sainte-lague": _by_divisors(lambda held: 2 * held + 1),
    "plurality": _plurality,
}


def _one_each(
    won: dict[str, int],
    among: list[Contender],
    sizes: Mapping[str, Fraction | int],
    seats: int,
    *,
    registration_decides: bool,
) -> Tie:
    """Give one seat each to the largest; return what goes to lots."""
    left = seats
    for size in sorted(set(sizes.values()), reverse=True):
        tied = [one for one in among if sizes[one.code] == size]
        winners, tie = _winners(tied, left, registration_decides=registration_decides)
        for one in winners:
            won[one.code] += 1
        left -= len(winners)
        if tie.seats or not left:
            return tie
    return _NO_TIE


def _winners(tied: list[Contender], seats: int, *, registration_decides: bool) -> tuple[list[Contender], Tie]:
    """Of equals, those who get one of the seats, and what nothing but lots can give.

    The earlier registered go first; who has no place in that order, or shares one, cannot be told apart by it.
    """
    if len(tied) <= seats or not seats:
        return tied[:seats], _NO_TIE
    if not registration_decides or any(one.order is None for one in tied):
        return [], Tie(seats, frozenset(one.code for one in tied))
    winners: list[Contender] = []
    for order in sorted({one.order for one in tied if one.order is not None}):
        same = [one for one in tied if one.order == order]
        left = seats - len(winners)
        if len(same) > left:
            return winners, Tie(left, frozenset(one.code for one in same)) if left else _NO_TIE
        winners += same
    return winners, _NO_TIE


# ---------------------------------------------------------------------------------------------------------------------
# The form of entries, which each has by itself: it needs half of the time, and can be looked at beside the rest.

_SUBJECTS = frozenset({"election", "contest", "area", "station"})
_ALWAYS = frozenset({"v", "kind", "at", "actor", "body"})
_ACTOR = frozenset({"role", "pseudonym"})


def is_event(value: Any) -> bool:
    """Say whether a value has the form that every entry of the log has."""
    if not isinstance(value, dict):
        return False
    keys = value.keys()
    return (
        keys >= _ALWAYS
        and keys <= _ALWAYS | _SUBJECTS
        and isinstance(value["actor"], dict)
        and value["actor"].keys() == _ACTOR
        and isinstance(value["body"], dict)
        and type(value["v"]) is int
        and isinstance(value["kind"], str)
        and isinstance(value["at"], str)
    )


class Form(NamedTuple):
    """What a bundle holds, before anybody asks what it means."""

    leaves: bytes
    """The leaf hashes of its entries, one after the other."""
    wrong: dict[int, str]
    """Why an entry (by its place in the bundle) is no event in canonical form."""
    events: list[Any] | None = None
    """Of the right ones, unless another process has looked: to read them again takes less than to send them over."""


def form_of(bundle: bytes) -> Form:
    """Return the form of a bundle's entries; of none, where it ends within one."""
    entries = _entries_or_none(bundle)
    wrong: dict[int, str] = {}
    events: list[Any] = []
    for place, entry in enumerate(entries):
        try:
            event = read_canonical(entry)
        except NotCanonical as reason:
            wrong[place] = str(reason)
            continue
        if is_event(event) and len(entry) <= LONGEST_ENTRY:
            events.append(event)
        else:
            wrong[place] = entry[:60].decode(errors="replace")
    return Form(b"".join(map(leaf_of, entries)), wrong, events)


def _form_to_send(bundle: bytes) -> Form:
    return form_of(bundle)._replace(events=None)


def _entries_or_none(bundle: bytes) -> list[bytes]:
    try:
        return entries_of(bundle)
    except ValueError:
        return []


_AT_ONCE = 16
"""Bundles that are looked at here while another process starts, and then wait for it. A shorter log needs none."""


def forms_of(bundles: Iterable[bytes]) -> Iterator[tuple[bytes, Form]]:
    """Return each bundle with its form, in their order. Of a long log, another process looks at what comes next."""
    bundles = iter(bundles)
    for bundle in islice(bundles, _AT_ONCE):
        yield bundle, form_of(bundle)
    for bundle in bundles:
        yield from _forms_from_beside(chain([bundle], bundles))


def _forms_from_beside(bundles: Iterator[bytes]) -> Iterator[tuple[bytes, Form]]:
    waiting: deque[tuple[bytes, Future[Form]]] = deque()
    with _another_process() as promise:
        for bundle in bundles:
            waiting.append((bundle, promise(bundle)))
            if len(waiting) == _AT_ONCE:
                yield _kept(*waiting.popleft())
        while waiting:
            yield _kept(*waiting.popleft())


@contextlib.contextmanager
def _another_process() -> Iterator[Callable[[bytes], Future[Form]]]:
    """Yield what promises the form of a bundle. Where there can be no other process, nobody keeps the promise."""
    try:
        # Started anew and not as a copy of this one, which has threads: the same on every system.
        other = ProcessPoolExecutor(1, get_context("spawn"))
    except (ImportError, OSError, ValueError):
        yield lambda _bundle: Future()
        return
    try:
        yield partial(_promised, other)
    finally:
        other.shutdown(cancel_futures=True)


def _promised(other: ProcessPoolExecutor, bundle: bytes) -> Future[Form]:
    try:
        return other.submit(_form_to_send, bundle)
    except (BrokenProcessPool, OSError):
        return Future()


def _kept(bundle: bytes, promised: Future[Form]) -> tuple[bytes, Form]:
    if not promised.cancel():
        with contextlib.suppress(BrokenProcessPool):
            return bundle, promised.result()
    return bundle, form_of(bundle)


# ---------------------------------------------------------------------------------------------------------------------
# Reading the log: every event in its order.


class Step(NamedTuple):
    """What an event may do: from which states, to which, and whether it brings a new version."""

    before: tuple[str, ...]
    after: str
    brings_version: bool


_STEPS = {
    "protocol.accepted": Step(("awaited", "returned", "repeat_ordered"), "in_force", True),
    "protocol.held": Step(("awaited", "returned", "repeat_ordered"), "held", True),
    "protocol.returned": Step(("held",), "returned", False),
    "protocol.corrected": Step(("in_force",), "in_force", True),
    "protocol.recounted": Step(("in_force",), "in_force", True),
    "protocol.annulled": Step(("in_force",), "annulled", False),
    "protocol.repeat_ordered": Step(("annulled",), "repeat_ordered", False),
}
_REPLACING = frozenset({"protocol.corrected", "protocol.recounted"})
_HELD_ACCEPTED = Step(("held",), "in_force", False)

# Kinds that change nothing that is checked here beyond their form.
_OTHERS = frozenset({
    "appointment.made", "appointment.revoked", "access.renewed", "entry.recorded", "photograph.attached",
    "photograph.withdrawn", "claim.taken_over", "protocols.imported", "webhook.set", "webhook.turned_off",
    "query.opened", "query.closed", "publication.paused", "publication.resumed", "bulletins.scheduled",
    "text.erased",
})  # fmt: skip

PACKAGE_SET = 1
_SALT = 32
_LARGEST_FIGURE = 2**31 - 1


@dataclass(slots=True)
class Standing:
    """Where the protocol of a contest at a station stands in the course of the log."""

    state: str = "awaited"
    version: int = 0
    versions: int = 0
    committed: str = ""
    findings: Any = None
    figures: list[int | None] | None = None
    index: int = -1
    """Of the event by which the version in force came into force."""
    entry_sha256: str = ""


@dataclass
class Certificate:
    """What a commission established of a contest in an area, as its events say it."""

    at: int
    contest: str
    area: str
    number: int
    size: int
    figures: Mapping[str, int]
    stations: Sequence[int]
    content_sha256: str
    pseudonym: str
    signed: bool = False
    withdrawn: bool = False


@dataclass
class Act:
    """An act about the mandates of a contest by a final result, as its events say it."""

    at: int
    contest: str
    number: int
    final: int
    what: str
    data: Mapping[str, Any]
    pseudonym: str
    state: str = "proposed"


class Change(NamedTuple):
    at: int
    contest: str
    station: str
    state: str
    figures: list[int | None] | None


class Publication(NamedTuple):
    at: int
    kind: str
    election: str
    number: int
    size: int
    root: str
    content_sha256: str
    pseudonym: str


@dataclass
class ElectionLog:
    """What the log says of one election."""

    code: str
    packages: list[tuple[int, Package]] = field(default_factory=list)
    standings: dict[tuple[str, str], Standing] = field(default_factory=lambda: defaultdict(Standing))
    changes: list[Change] = field(default_factory=list)
    proposals: dict[tuple[str, int], str] = field(default_factory=dict)
    """SHA-256 of proposed check sets, by form and number."""
    sets: dict[str, dict[int, tuple[str, Sequence[Mapping[str, Any]]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """By form and number: from when a check set is in force, and its checks."""
    rules: dict[tuple[str, int], list[Rule]] = field(default_factory=dict)
    """By contest and check set."""
    numbers: Counter[tuple[str, ...]] = field(default_factory=Counter)
    ended: set[tuple[str, str, int]] = field(default_factory=set)
    publications: list[Publication] = field(default_factory=list)
    approved: dict[int, Publication] = field(default_factory=dict)
    certificates: dict[tuple[str, str, int], Certificate] = field(default_factory=dict)
    acts: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    """About mandates, by contest."""

    @property
    def package(self) -> Package | None:
        return self.packages[-1][1] if self.packages else None

    def package_at(self, index: int) -> Package | None:
        """The package in force when the event with this index was recorded."""
        return next((package for first, package in reversed(self.packages) if first < index), None)


def _about(index: int, event: Mapping[str, Any]) -> dict[str, Any]:
    return {"contest": event["contest"], "station": event["station"], "index": index}


class LogReading:
    """One pass over the entries of a log, in order."""

    def __init__(self, report: Report, packages: Callable[[str], bytes] | None = None) -> None:
        self._report = report
        self._packages = packages
        self.leaves = bytearray()
        self.size = 0
        self.elections: dict[str, ElectionLog] = {}
        self.unknown: Counter[str] = Counter()
        self.steps = 0
        self.checked = 0
        self.series: Counter[str] = Counter()

    def take(self, bundle: bytes, form: Form) -> None:
        """Take the entries of the next bundle."""
        entries = entries_of(bundle) if form.leaves else []
        try:
            right = [entry for place, entry in enumerate(entries) if place not in form.wrong]
            events = iter(read_all(right) if form.events is None else form.events)
        except RecursionError:
            # So deep that it depends on who reads it: it is judged by who goes on with it.
            form = form_of(bundle)
            events = iter(form.events or ())
        self.leaves += form.leaves
        for place, entry in enumerate(entries):
            if place in form.wrong:
                self._report.fails("entries", "bad_entry", index=self.size, why=form.wrong[place])
            else:
                self._event(self.size, next(events), entry)
            self.size += 1

    def _event(self, index: int, event: Mapping[str, Any], entry: bytes) -> None:
        kind = event["kind"]
        log = self._election(event.get("election", ""))
        try:
            if kind.startswith("protocol.") and kind in _STEPS:
                self._protocol(log, index, event, entry)
            else:
                handler = _HANDLERS.get(kind)
                if handler:
                    handler(self, log, index, event)
                elif kind not in _OTHERS:
                    self.unknown[kind] += 1
        except (KeyError, TypeError, ValueError, AttributeError) as reason:
            self._report.fails("entries", "bad_body", index=index, kind=kind, why=f"{type(reason).__name__}: {reason}")

    def _election(self, code: str) -> ElectionLog:
        if code not in self.elections:
            self.elections[code] = ElectionLog(code)
        return self.elections[code]

    # The registry

    def _registered(self, log: ElectionLog, index: int, event: Mapping[str, Any]) -> None:
        name = event["body"]["package_sha256"]
        if event["kind"] == "election.amended" and log.package:
            before = event["body"]["package_sha256_before"]
            if before != log.package.sha256:
                self._report.fails(
                    "packages", "bad_package", election=log.code, sha256=before, why=f"before: {log.package.sha256}"
                )
        if self._packages is None:
            return
        try:
            if not re.fullmatch("[0-9a-f]{64}", name):
                raise ValueError("no SHA-256")  # noqa: TRY301  the same answer to whatever is wrong
            package = read_package(self._packages(f"election/{name}.zip"), name)
            if package.election != log.code:
                raise ValueError(f"of the election {package.election}")  # noqa: TRY301  the same
        except (Unreachable, ValueError) as reason:
            self._report.fails("packages", "bad_package", election=log.code, sha256=name, why=reason)
            return
        log.packages.append((index, package))
        log.rules = {key: rules for key, rules in log.rules.items() if key[1] != PACKAGE_SET}

    def _checks(self, log: ElectionLog, index: int, event: Mapping[str, Any]) -> None:
        body, kind = event["body"], event["kind"]
        which = form, number = body["form"], body["check_set"]
        told = body["sha256"]
        fits = kind == "checks.proposed" or log.proposals.get(which) == told
        if "checks" in body:
            fits = fits and sha256(canonical(body["checks"])).hexdigest() == told
        if not fits:
            self._report.fails("findings", "bad_check_set", form=form, index=index, number=number)
        if kind == "checks.proposed":
            log.proposals[which] = told
        elif kind == "checks.adopted":
            log.sets[form][number] = (body["in_force_from"], body["checks"])
        else:
            log.sets[form].pop(number, None)

    # Protocols

    def _protocol(self, log: ElectionLog, index: int, event: Mapping[str, Any], entry: bytes) -> None:
        contest_code, station, kind, body = event["contest"], event["station"], event["kind"], event["body"]
        package = log.package
        contest = package.contests.get(contest_code) if package else None
        if package and (
            contest is None
            or station not in package.owed.get(contest_code, ())
            or package.district_of.get(station) != event.get("area")
        ):
            area = event.get("area")
            self._report.fails("protocols", "unknown_place", **_about(index, event), area=area)
            return
        standing = log.standings[contest_code, station]
        step = _HELD_ACCEPTED if kind == "protocol.accepted" and body.get("held") is True else _STEPS[kind]
        self._follow(standing, step, index, event)
        if step.after == "in_force":
            figures = self._figures(contest, index, event)
            if step is _HELD_ACCEPTED:
                opened = commitment(bytes.fromhex(body["salt"]), canonical(body["figures"]))
                if opened != standing.committed or standing.findings != (body.get("check_set"), body["findings"]):
                    self._report.fails("protocols", "not_opened", **_about(index, event))
            if contest and figures:
                self._findings(log, contest, figures, index, event, held_before=step is _HELD_ACCEPTED)
            standing.figures, standing.index = figures, index
            standing.entry_sha256 = sha256(entry).hexdigest()
        else:
            if ("figures" in body) or ("salt" in body):
                self._report.fails("protocols", "wrong_figures", **_about(index, event), what=kind)
            standing.figures = None
            if step.after == "held":
                standing.committed = body["commitment"]
                standing.findings = body.get("check_set"), body["findings"]
                if contest:
                    self._check_set(log, contest, index, event)
        log.changes.append(Change(index, contest_code, station, step.after, standing.figures))
        self.steps += 1

    def _follow(self, standing: Standing, step: Step, index: int, event: Mapping[str, Any]) -> None:
        kind, body = event["kind"], event["body"]
        if standing.state not in step.before:
            self._report.fails("protocols", "wrong_step", **_about(index, event), kind=kind, state=standing.state)
        expected = standing.versions + 1 if step.brings_version else standing.version
        replaced = standing.version if kind in _REPLACING else None
        for found, right in ((body.get("version"), expected), (body.get("replaces"), replaced)):
            if found != right:
                self._report.fails("protocols", "wrong_version", **_about(index, event), found=found, expected=right)
        standing.state, standing.version = step.after, expected
        standing.versions = max(standing.versions, expected)

    def _figures(self, contest: Contest | None, index: int, event: Mapping[str, Any]) -> list[int | None] | None:
        """Return the figures in the form's order, None for what is left out; nothing where they do not fit it."""
        told = event["body"]["figures"]
        if len(bytes.fromhex(event["body"]["salt"])) != _SALT:
            self._report.fails("protocols", "wrong_figures", **_about(index, event), what="salt")
        if contest is None:
            return None
        figures = list(map(told.get, contest.codes))
        complete = len(told) == len(figures) and set(map(type, figures)) == {int}
        if complete and min(figures) >= 0 and max(figures) <= _LARGEST_FIGURE:
            return figures
        wrong = [code for code in told if code not in contest.positions]
        for code, figure in zip(contest.codes, figures, strict=True):
            if figure is None:
                if code not in contest.optional or code in told:
                    wrong.append(code)
            elif type(figure) is not int or not 0 <= figure <= _LARGEST_FIGURE:
                wrong.append(code)
        if wrong:
            self._report.fails("protocols", "wrong_figures", **_about(index, event), what=", ".join(sorted(wrong)))
            return None
        return figures

    def _check_set(self, log: ElectionLog, contest: Contest, index: int, event: Mapping[str, Any]) -> int:
        """Return the number of the check set in force, and hold what the event says against it."""
        begun = [(begins, number) for number, (begins, _) in log.sets[contest.form].items() if begins <= event["at"]]
        in_force = max(begun)[1] if begun else PACKAGE_SET
        told = event["body"].get("check_set", PACKAGE_SET)
        if told != in_force:
            self._report.fails("findings", "other_check_set", **_about(index, event), found=told, expected=in_force)
        return in_force

    def _findings(
        self, log: ElectionLog, contest: Contest, figures: list[int | None], index: int, event: Mapping[str, Any],
        *, held_before: bool,
    ) -> None:  # fmt: skip
        """Hold the figures against the checks again. Of a held protocol they were looked at when it came in."""
        if held_before:
            number = event["body"].get("check_set", PACKAGE_SET)
        else:
            number = self._check_set(log, contest, index, event)
        votes = cast(list[int], figures[len(contest.lines) :])  # A choice without votes has 0.
        expected = broken(self._rules(log, contest, number), [*figures, sum(votes)], votes)
        self.checked += 1
        found = event["body"]["findings"]
        if found != expected:
            self._report.fails("findings", "other_findings", **_about(index, event), found=found, expected=expected)

    def _rules(self, log: ElectionLog, contest: Contest, number: int) -> list[Rule]:
        key = contest.code, number
        if key not in log.rules:
            package = log.package
            if number == PACKAGE_SET and package:
                checks = package.checks_of[contest.form]
            else:
                checks = log.sets[contest.form][number][1]
            log.rules[key] = [
                read_rule(check["code"], check["rule"], check.get("tolerance") or 0, contest) for check in checks
            ]
        return log.rules[key]

    # Beside protocols

    def _turnout(self, log: ElectionLog, index: int, event: Mapping[str, Any]) -> None:
        self._next(log, index, event, "turnout", event["station"], str(event["body"]["hour"]))

    def _complaint(self, log: ElectionLog, index: int, event: Mapping[str, Any]) -> None:
        if event["kind"] == "complaint.registered":
            self._next(log, index, event, "complaints", event["contest"], event["station"])
            return
        number = event["body"]["number"]
        which = event["contest"], event["station"], number
        if which in log.ended or number > log.numbers["complaints", event["contest"], event["station"]]:
            self._report.fails(
                "series", "gap", index=index, kind=event["kind"], what=event["station"], found=number, expected="–"
            )
        log.ended.add(which)

    def _next(self, log: ElectionLog, index: int, event: Mapping[str, Any], *series: str) -> None:
        log.numbers[series] += 1
        found, expected = event["body"]["number"], log.numbers[series]
        if found != expected:
            what = ", ".join(series[1:])
            self._report.fails(
                "series", "gap", index=index, kind=event["kind"], what=what, found=found, expected=expected
            )
        self.series[series[0]] += 1

    # Certificates

    def _certificate(self, log: ElectionLog, index: int, event: Mapping[str, Any]) -> None:
        body, kind = event["body"], event["kind"]
        which = event["contest"], event["area"], body["number"]
        place = {"contest": which[0], "area": which[1], "number": which[2], "index": index}
        if kind == "certificate.proposed":
            log.numbers["certificates", *which[:2]] += 1
            if which in log.certificates or body["number"] != log.numbers["certificates", *which[:2]]:
                self._report.fails("certificates", "wrong_certificate", **place, why=kind)
            stations = [body["stations"][name] for name in ("expected", "reported", "annulled")]
            log.certificates[which] = Certificate(
                index, *which, body["checkpoint"]["size"], body["figures"], stations, body["content_sha256"],
                event["actor"]["pseudonym"],
            )  # fmt: skip
            return
        certificate = log.certificates.get(which)
        if certificate is None:
            self._report.fails("certificates", "wrong_certificate", **place, why=kind)
        elif kind == "certificate.withdrawn":
            certificate.withdrawn = True
        elif kind == "certificate.signed":
            own = certificate.pseudonym == event["actor"]["pseudonym"]
            if own or certificate.content_sha256 != body["content_sha256"] or certificate.withdrawn:
                self._report.fails("certificates", "wrong_certificate", **place, why="one person" if own else kind)
            certificate.signed = True

    # Mandates

    def _mandates(self, log: ElectionLog, index: int, event: Mapping[str, Any]) -> None:
        body, kind, contest = event["body"], event["kind"], event["contest"]
        acts, number = log.acts[contest], body["act"]
        place = {"contest": contest, "number": number, "index": index}
        if kind == "mandates.proposed":
            if number != len(acts) + 1:
                self._report.fails("mandates", "wrong_mandate", **place, why=f"{number} ≠ {len(acts) + 1}")
            pseudonym = event["actor"]["pseudonym"]
            acts.append(Act(index, contest, number, body["final"], body["what"], body["data"], pseudonym))
            return
        act = next((each for each in acts if each.number == number), None)
        if act is None or act.state != "proposed":
            self._report.fails("mandates", "wrong_mandate", **place, why=kind)
            return
        act.state = kind.partition(".")[2]
        if act.state == "confirmed" and act.pseudonym == event["actor"]["pseudonym"]:
            self._report.fails("mandates", "wrong_mandate", **place, why="one person")

    # Published results

    def _publication(self, log: ElectionLog, index: int, event: Mapping[str, Any]) -> None:
        body, kind = event["body"], event["kind"]
        checkpoint = body.get("checkpoint") or {"size": -1, "root": ""}
        publication = Publication(
            index, kind.partition(".")[0], log.code, body["number"], checkpoint["size"], checkpoint["root"],
            body["content_sha256"], event["actor"]["pseudonym"],
        )  # fmt: skip
        if kind == "final.approved":
            log.approved[publication.number] = publication
            return
        log.numbers["published", kind] += 1
        if publication.number != log.numbers["published", kind]:
            self._report.fails(
                "publications", "wrong_publication", index=index, kind=kind, number=publication.number,
                why=f"≠ {log.numbers['published', kind]}",
            )  # fmt: skip
        if not 0 <= publication.size <= index:
            self._report.fails(
                "publications", "wrong_publication", index=index, kind=kind, number=publication.number,
                why=f"checkpoint {publication.size}",
            )  # fmt: skip
            return
        log.publications.append(publication)


_HANDLERS: dict[str, Callable[[LogReading, ElectionLog, int, Mapping[str, Any]], None]] = {
    "election.loaded": LogReading._registered,
    "election.amended": LogReading._registered,
    "checks.proposed": LogReading._checks,
    "checks.adopted": LogReading._checks,
    "checks.withdrawn": LogReading._checks,
    "turnout.reported": LogReading._turnout,
    "complaint.registered": LogReading._complaint,
    "complaint.answered": LogReading._complaint,
    "complaint.withdrawn": LogReading._complaint,
    "certificate.proposed": LogReading._certificate,
    "certificate.opinion": LogReading._certificate,
    "certificate.signed": LogReading._certificate,
    "certificate.withdrawn": LogReading._certificate,
    "mandates.proposed": LogReading._mandates,
    "mandates.confirmed": LogReading._mandates,
    "mandates.withdrawn": LogReading._mandates,
    "bulletin.published": LogReading._publication,
    "final.proposed": LogReading._publication,
    "final.approved": LogReading._publication,
}


# ---------------------------------------------------------------------------------------------------------------------
# Sums: station, district, region, nation.

_PLACE_OF_STATE = {"in_force": 1, "held": 2, "annulled": 3}

Sum = tuple[list[int], list[int]]
"""Figures in the form's order, and stations (expected, reported, held, annulled)."""


class Sums:
    """The sums of an election by contest and district, moved one protocol at a time."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._sums: dict[tuple[str, str], Sum] = {}
        self._standing: dict[tuple[str, str], Change] = {}
        for contest, stations in package.owed.items():
            for station in stations:
                self._cell(contest, station)[1][0] += 1

    def move(self, change: Change) -> None:
        """Let a protocol stand as the change says."""
        if change.contest not in self._package.contests or change.station not in self._package.district_of:
            return
        before = self._standing.get((change.contest, change.station))
        if before:
            self._enter(before, -1)
        self._enter(change, 1)
        self._standing[change.contest, change.station] = change

    def everywhere(self) -> dict[tuple[str, str], Sum]:
        """Return the sums of every contest in every area, each with all that lies beneath it."""
        whole: dict[tuple[str, str], Sum] = {}
        for (contest, district), (figures, counts) in self._sums.items():
            for area in self._package.upward(district):
                there = whole.get((contest, area))
                whole[contest, area] = (
                    (list(map(add, there[0], figures)), list(map(add, there[1], counts)))
                    if there
                    else (figures[:], counts[:])
                )
        return whole

    def of(self, contest: str, area: str) -> Sum:
        """Return the sum of a contest in one area."""
        figures, counts = [0] * len(self._package.contests[contest].codes), [0, 0, 0, 0]
        for (code, district), (some, stations) in self._sums.items():
            if code == contest and area in self._package.upward(district):
                figures, counts = list(map(add, figures, some)), list(map(add, counts, stations))
        return figures, counts

    def _enter(self, change: Change, sign: int) -> None:
        figures, counts = self._cell(change.contest, change.station)
        place = _PLACE_OF_STATE.get(change.state)
        if place is not None:
            counts[place] += sign
        if change.figures is not None:
            some = change.figures if None not in change.figures else [figure or 0 for figure in change.figures]
            figures[:] = map(add if sign > 0 else sub, figures, some)

    def _cell(self, contest: str, station: str) -> Sum:
        key = contest, self._package.district_of[station]
        if key not in self._sums:
            self._sums[key] = [0] * len(self._package.contests[contest].codes), [0, 0, 0, 0]
        return self._sums[key]


@dataclass(frozen=True)
class Whole:
    """An election's sums and seats as of a log size."""

    package: Package
    size: int
    sums: Mapping[tuple[str, str], Sum]
    seats: Mapping[str, Seats]

    @property
    def nation(self) -> str:
        return next(area for area, parent in self.package.parent_of.items() if not parent)

    @property
    def protocols(self) -> tuple[int, int]:
        """How many protocols are in force, of how many."""
        national = [counts for (_, area), (_, counts) in self.sums.items() if area == self.nation]
        return sum(counts[1] for counts in national), sum(counts[0] for counts in national)

    def content_sha256(self) -> str:
        """Return the hash by which a published result with these sums and seats is named in the log."""
        content = {
            "tallies": sorted(
                [contest, area, figures, counts] for (contest, area), (figures, counts) in self.sums.items()
            ),
            "seats": {contest: seats.of for contest, seats in self.seats.items()},
        }
        return sha256(canonical(content)).hexdigest()


def wholes(log: ElectionLog, stops: Sequence[tuple[int, Package]]) -> Iterator[Whole]:
    """Yield the sums of an election at each stop (log size, and the package that counts there), sizes ascending."""
    known: dict[str, tuple[Sums, int, Whole | None]] = {}
    """By package: the sums, how many changes are in them, and what was told of them last."""
    for size, package in stops:
        sums, walked, whole = known.get(package.sha256) or (Sums(package), 0, None)
        end = bisect_left(log.changes, size, key=attrgetter("at"))
        for change in log.changes[walked:end]:
            sums.move(change)
        if whole is None or end > walked:
            whole = _whole(package, size, sums.everywhere())
        known[package.sha256] = sums, end, whole
        yield replace(whole, size=size)


def _whole(package: Package, size: int, sums: Mapping[tuple[str, str], Sum]) -> Whole:
    nation = next(area for area, parent in package.parent_of.items() if not parent)
    seats = {
        code: seats_of(contest, sums[code, nation][0])
        for code, contest in package.contests.items()
        if contest.seats and (code, nation) in sums
    }
    return Whole(package, size, sums, seats)


# ---------------------------------------------------------------------------------------------------------------------
# Mandates: who holds what by a final result, and what follows for each act in turn.

_REPEATS = ("repeat_voting", "repeat_election")


class Mandates:
    """Who holds the mandates of a contest by one final result, as the acts on it go on."""

    def __init__(self, contest: Contest, seats: Seats, figures: Sequence[int]) -> None:
        votes = {choice.code: figures[contest.positions[f"votes:{choice.code}"]] for choice in contest.choices}
        self._contest = contest
        self._seats = seats
        self._against = sum(votes[choice.code] for choice in contest.choices if choice.against_all)
        self._most = max((votes[code] for code in seats.of), default=0)
        self._drawn: frozenset[str] | None = None
        self._registered = False
        self._called = False
        self._gave_up: dict[str, set[int]] = defaultdict(set)

    def follow(self, what: str, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what an act must say, given what it chose freely; None where there can be no such act now."""
        acts = {
            "lots": self._lots,
            "registration": self._registration,
            "given_up": self._given_up,
            "repeat": self._repeat,
        }
        return acts[what](said)

    @property
    def _verdict(self) -> str:
        tie, contest = self._seats.tie, self._contest
        if contest.kind != "plurality":
            return "lots" if tie.between else "elected"
        if not self._most or (contest.on_against_all == "repeat_election" and self._against > self._most):
            return "repeat_election"
        return contest.on_tie if tie.between else "elected"

    def _lots(self, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        tie, won = self._seats.tie, list(said["won"])
        many = 1 if tie.together else tie.seats
        if self._verdict != "lots" or self._drawn is not None:
            return None
        if not set(won) <= tie.between or len(set(won)) != len(won) or len(won) != many:
            return None
        self._drawn = frozenset(won)
        return {"among": _named_in_any_order(said, tie.between), "won": won, "drawn_on": said["drawn_on"]}

    def _registration(self, _said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        undrawn = bool(self._seats.tie.between) and self._drawn is None
        if self._registered or undrawn or self._verdict in _REPEATS:
            return None
        self._registered = True
        held = {code: self._holders(code) for code in self._contest.lists}
        return {"holders": {code: places for code, places in held.items() if places}}

    def _given_up(self, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        code, place = said["list"], said["place"]
        before = self._holders(code)
        if not self._registered or place not in before:
            return None
        self._gave_up[code].add(place)
        after = [each for each in self._holders(code) if each not in before]
        return {"list": code, "place": place, "successor": after[0] if after else None}

    def _repeat(self, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if self._called:
            return None
        self._called = True
        held = any(self._holders(code) for code in self._contest.lists)
        if self._contest.kind == "plurality" and any(self._gave_up.values()) and not held:
            return {"what": "by_election", "among": [], "day": said["day"]}
        if self._verdict not in _REPEATS:
            return None
        tied = self._seats.tie.between if self._verdict == "repeat_voting" else frozenset()
        return {"what": self._verdict, "among": _named_in_any_order(said, tied), "day": said["day"]}

    def _holders(self, code: str) -> list[int]:
        tie = self._seats.tie
        drawn = (tie.seats if tie.together else 1) if self._drawn and code in self._drawn else 0
        left = [place for place in self._contest.lists.get(code, ()) if place not in self._gave_up[code]]
        return left[: self._seats.of.get(code, 0) + drawn]


def _named_in_any_order(said: Mapping[str, Any], tied: Iterable[str]) -> list[str]:
    among = said["among"]
    return list(among) if sorted(among) == sorted(tied) else sorted(tied)


# ---------------------------------------------------------------------------------------------------------------------
# What an observer copied at stations.


class Copy(NamedTuple):
    line: int
    contest: str
    station: str
    figures: Mapping[str, int]


class Compared(NamedTuple):
    """What became of a copy. `different` names figures with (own, logged); `state` is where the protocol stands."""

    copy: Copy
    state: str
    different: Mapping[str, tuple[int, int | None]]
    at: int
    entry_sha256: str


def read_copies(text: str, contest: str | None = None) -> Iterator[Copy]:
    """Read copies from CSV: `station`, perhaps `contest`, and one column for each figure. Raises ValueError."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    if "station" not in (reader.fieldnames or ()):
        raise ValueError("line 1: there is no column “station”")
    for line, row in enumerate(reader, start=2):
        figures = {}
        for code, cell in row.items():
            if code in (None, "station", "contest") or not (cell or "").strip():
                continue
            if not cell.strip().isascii() or not cell.strip().isdigit():
                raise ValueError(f"line {line}, column {code}: “{cell}” is not a whole number")
            figures[code] = int(cell)
        yield Copy(line, (row.get("contest") or contest or "").strip(), (row["station"] or "").strip(), figures)


def compare(copy: Copy, log: ElectionLog) -> Compared:
    """Hold a copy against what the log has. Raises ValueError for a contest, station or figure that is unknown."""
    package = log.package
    if package is None:
        raise ValueError("there is no election package")
    code = copy.contest or (next(iter(package.contests)) if len(package.contests) == 1 else "")
    contest = package.contests.get(code)
    if contest is None:
        raise ValueError(f"“{code}” is no contest (--contest)")
    if copy.station not in package.owed.get(code, ()):
        raise ValueError(f"“{copy.station}” does not vote in {code}")
    unknown = [name for name in copy.figures if name not in contest.positions]
    if unknown:
        raise ValueError(f"there is no figure {', '.join(unknown)}")
    standing = log.standings.get((code, copy.station), Standing())
    if standing.figures is None:
        return Compared(copy._replace(contest=code), standing.state, {}, -1, "")
    logged = {name: standing.figures[contest.positions[name]] for name in copy.figures}
    different = {name: (own, logged[name]) for name, own in copy.figures.items() if logged[name] != own}
    return Compared(copy._replace(contest=code), standing.state, different, standing.index, standing.entry_sha256)


def proof_file(tree: Tree, index: int, note: str, entry: bytes | None = None) -> str:
    """Return the `.tlog-proof` of an entry under the checkpoint that covers the whole tree."""
    extra = f"extra {base64.b64encode(entry).decode()}\n" if entry is not None else ""
    path = "".join(f"{base64.b64encode(each).decode()}\n" for each in tree.path(index))
    return f"c2sp.org/tlog-proof@v1\n{extra}index {index}\n{path}\n{note}"


def check_proof(content: str, key: LogKey, entry: bytes | None = None) -> tuple[int, int, bytes]:
    """Check a `.tlog-proof` (without `entry`, its extra is the entry). Return index, size, entry; raise ValueError."""
    head, blank, note = content.partition("\n\n")
    kind, *lines = head.split("\n")
    if kind != "c2sp.org/tlog-proof@v1" or not blank:
        raise ValueError("it is no tlog-proof")
    if lines and lines[0].startswith("extra "):
        extra = base64.b64decode(lines.pop(0).removeprefix("extra "), validate=True)
        entry = extra if entry is None else entry
    if not lines or not re.fullmatch("index (0|[1-9][0-9]{0,18})", lines[0], re.ASCII):
        raise ValueError("it names no index")
    if entry is None:
        raise ValueError("it holds no entry: name its file with --entry")
    index, checkpoint = int(lines[0].split(" ")[1]), read_checkpoint(note)
    path = [base64.b64decode(line, validate=True) for line in lines[1:]]
    if root_by_path(leaf_of(entry), index, checkpoint.size, path) != checkpoint.root:
        raise ValueError("the path does not lead to the root")
    if not says(note, key, checkpoint.size, checkpoint.root):
        raise ValueError("the checkpoint is not signed with the key")
    return index, checkpoint.size, entry


# ---------------------------------------------------------------------------------------------------------------------
# The verification as a whole.


class Old(NamedTuple):
    """An older checkpoint of the same log that somebody kept."""

    name: str
    note: str


@dataclass
class Verified:
    """What a verification leaves behind: the report, and what was read."""

    report: Report
    reading: LogReading
    tree: Tree
    checkpoint: Checkpoint | None = None
    compared: list[Compared] = field(default_factory=list)
    wholes: list[Whole] = field(default_factory=list)
    """The sums of each election at the end of the log."""


def verify(
    source: Source, key: LogKey | None, *, old: Sequence[Old] = (), witnesses: Sequence[LogKey] = (),
    copies: Sequence[Copy] = (),
) -> Verified:  # fmt: skip
    """Verify everything that is published of a log. Without a key, that which is published beside it is taken."""
    report = Report()
    reading = LogReading(report, source.read)
    verified = Verified(report, reading, Tree(b""))
    note = source.read("checkpoint").decode("utf-8", errors="replace")
    key = _key(source, key, report)
    try:
        checkpoint = read_checkpoint(note)
    except ValueError:
        report.fails("signature", "no_checkpoint")
        return verified
    verified.checkpoint = checkpoint
    if key and says(note, key, checkpoint.size, checkpoint.root):
        report.holds("signature", "signed", size=checkpoint.size, key=key.name)
    else:
        report.fails("signature", "not_signed", key=key.name if key else "–")
    _check_witnesses(checkpoint, witnesses, report)
    _read_entries(source, checkpoint.size, reading, report)
    verified.tree = Tree(reading.leaves)
    if not report.has_failed("files"):
        if verified.tree.root() != checkpoint.root:
            report.fails("entries", "other_root")
        report.holds("entries", "entries", size=checkpoint.size)
        _check_tiles(source, checkpoint.size, verified.tree, report)
    _check_history(old, key, verified.tree, report)
    _check_elections(source, verified)
    _check_copies(copies, verified)
    return verified


def _key(source: Source, key: LogKey | None, report: Report) -> LogKey | None:
    published = None
    with contextlib.suppress(Unreachable, BadKey, UnicodeDecodeError):
        published = source.read("vkey").decode().strip()
        LogKey.of(published)
    if key is None and published:
        report.open("key_of_the_site", key=published)
        return LogKey.of(published)
    if key and published and LogKey.of(published) != key:
        report.open("another_key", key=published)
    return key


def _check_witnesses(checkpoint: Checkpoint, witnesses: Sequence[LogKey], report: Report) -> None:
    text = checkpoint_text(checkpoint.origin, checkpoint.size, checkpoint.root)
    for witness in witnesses:
        signed = checkpoint.note.startswith(text + "\n") and is_signed(text, checkpoint.note[len(text) + 1 :], witness)
        if signed:
            report.holds(f"witness {witness.name}", "cosigned", key=witness.name)
        else:
            report.fails("witnesses", "not_cosigned", key=witness.name)


def _read_entries(source: Source, size: int, reading: LogReading, report: Report) -> None:
    bundles = [tile for tile in needed_tiles(size) if tile.level is None]
    whole = [tile.path for tile in bundles if tile.width == WIDTH]
    rest = (_read_tile(source, tile) for tile in bundles[len(whole) :])
    try:
        for tile, (content, form) in zip(bundles, forms_of(chain(source.read_many(whole), rest)), strict=True):
            if len(form.leaves) != tile.width * HASH:
                report.fails("entries", "bad_bundle", what=tile.path, width=tile.width)
            reading.take(content, form)
    except Unreachable as reason:
        report.fails("files", "unreachable", what=reason.what, why=reason.why)


def _check_tiles(source: Source, size: int, tree: Tree, report: Report) -> None:
    count = 0
    for tile in needed_tiles(size):
        if tile.level is None:
            continue
        count += 1
        try:
            found = _read_tile(source, tile)
        except Unreachable as reason:
            report.fails("tiles", "unreachable", what=reason.what, why=reason.why)
            return
        if found != tree.tile(tile.level, tile.number, tile.width):
            report.fails("tiles", "bad_tile", what=tile.path)
    report.holds("tiles", "tiles", count=count)


def _check_history(old: Sequence[Old], key: LogKey | None, tree: Tree, report: Report) -> None:
    for name, note in old:
        try:
            kept = read_checkpoint(note)
        except ValueError:
            kept = None
        if kept is None or key is None or not says(note, key, kept.size, kept.root):
            report.fails("history", "old_not_signed", what=name)
        elif kept.size > tree.size:
            report.fails("history", "shorter", size=tree.size, old=kept.size, what=name)
        elif tree.root(kept.size) != kept.root:
            report.fails("history", "rewritten", size=kept.size, what=name)
        else:
            report.holds("history", "extends", size=kept.size, what=name)
    if not old:
        report.open("no_old")


def _check_elections(source: Source, verified: Verified) -> None:
    report, reading = verified.report, verified.reading
    elections = [log for log in reading.elections.values() if log.code]
    for log in elections:
        if log.package:
            contests, stations = len(log.package.contests), len(log.package.district_of)
            report.holds("packages", "package", election=log.code, contests=contests, stations=stations)
        else:
            report.open("no_package", election=log.code)
    states = Counter(standing.state for log in elections for standing in log.standings.values())
    owed = sum(len(stations) for log in elections if log.package for stations in log.package.owed.values())
    settled = {state: states[state] for state in ("in_force", "held", "annulled")}
    report.holds("protocols", "protocols", steps=reading.steps, awaited=max(0, owed - sum(settled.values())), **settled)
    report.holds("findings", "findings", count=reading.checked)
    report.holds("series", "series", turnout=reading.series["turnout"], complaints=reading.series["complaints"])
    for log in elections:
        _check_certificates(log, report)
        _check_published(source, log, verified)
    if reading.unknown:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(reading.unknown.items()))
        report.open("unknown_kinds", kinds=kinds)


def _check_published(source: Source, log: ElectionLog, verified: Verified) -> None:
    report, tree = verified.report, verified.tree
    published = sorted(log.publications, key=lambda each: (each.size, each.at))
    if not published:
        report.open("no_publication")
    known = [(each, package) for each in published if (package := log.package_at(each.at))]
    stops = [(each.size, package) for each, package in known]
    if log.package:
        stops.append((verified.reading.size, log.package))
    computed = list(wholes(log, stops))
    verified.wholes.extend(computed[len(known) :])
    for (each, _), whole in zip(known, computed, strict=False):
        part = f"{each.kind} {each.number}"
        if each.size <= tree.size and tree.root(each.size).hex() != each.root:
            why = f"root {each.root[:16]}…"
            report.fails(part, "wrong_publication", index=each.at, kind=each.kind, number=each.number, why=why)
        if whole.content_sha256() != each.content_sha256:
            report.fails(part, "not_the_sum", what=each.kind, number=each.number, size=each.size)
        _check_snapshot_file(source, each, whole, part, report)
        _conclude(log, each, whole, part, report)
    _check_mandates(
        log,
        {
            each.number: whole
            for (each, _), whole in zip(known, computed, strict=False)
            if each.kind == "final" and each.number in log.approved
        },
        report,
    )
    for number, approval in log.approved.items():
        if not any(each.kind == "final" and each.number == number for each in published):
            report.fails(
                "publications", "wrong_publication", index=approval.at, kind="final.approved", number=number, why="–"
            )


def _check_certificates(log: ElectionLog, report: Report) -> None:
    """Hold each certificate against the sums as of its checkpoint, and those that stand against the sums of now."""
    signed = [each for each in log.certificates.values() if each.signed]
    package = log.package
    if not signed or package is None:
        return
    sums, walked = Sums(package), 0
    for each in sorted(signed, key=lambda each: each.size):
        while walked < len(log.changes) and log.changes[walked].at < each.size:
            sums.move(log.changes[walked])
            walked += 1
        _compare_certificate(each, package, sums, "≠ Σ", report)
    for change in log.changes[walked:]:
        sums.move(change)
    standing = [each for each in signed if not each.withdrawn]
    for each in standing:
        _compare_certificate(each, package, sums, "changed, not withdrawn", report)
    report.holds("certificates", "certificates", signed=len(signed), standing=len(standing))


def _compare_certificate(each: Certificate, package: Package, sums: Sums, why: str, report: Report) -> None:
    contest = package.contests.get(each.contest)
    if contest is not None and each.area in package.parent_of:
        figures, (expected, reported, _held, annulled) = sums.of(each.contest, each.area)
        told = [each.figures.get(code, 0) for code in contest.codes]
        if told == figures and list(each.stations) == [expected, reported, annulled]:
            return
    place = {"contest": each.contest, "area": each.area, "number": each.number, "index": each.at}
    report.fails("certificates", "wrong_certificate", **place, why=why)


def _check_mandates(log: ElectionLog, finals: Mapping[int, Whole], report: Report) -> None:
    """Derive every confirmed act from the final result that it is about, and from the acts before it."""
    derived: dict[tuple[str, int], Mandates] = {}
    acts = [act for acts in log.acts.values() for act in acts]
    for act in acts:
        if act.state != "confirmed" or log.package is None:
            continue
        place = {"contest": act.contest, "number": act.number, "index": act.at}
        whole = finals.get(act.final)
        try:
            if whole is None:
                raise LookupError(f"final {act.final}")  # noqa: TRY301  the same answer to whatever is wrong
            key = act.contest, act.final
            if key not in derived:
                figures = whole.sums[act.contest, whole.nation][0]
                derived[key] = Mandates(whole.package.contests[act.contest], whole.seats[act.contest], figures)
            expected = derived[key].follow(act.what, act.data)
        except (LookupError, TypeError, ValueError) as reason:
            report.fails("mandates", "wrong_mandate", **place, why=f"{type(reason).__name__}: {reason}")
            continue
        if expected != act.data:
            why = f"{act.what}: {json.dumps(act.data)} ≠ {json.dumps(expected)}"
            report.fails("mandates", "wrong_mandate", **place, why=why)
    if acts:
        confirmed = sum(act.state == "confirmed" for act in acts)
        report.holds("mandates", "mandates", count=len(acts), confirmed=confirmed)


def _conclude(log: ElectionLog, each: Publication, whole: Whole, part: str, report: Report) -> None:
    stations, expected = whole.protocols
    if each.kind != "final":
        report.holds(part, "bulletin", number=each.number, size=each.size, stations=stations, expected=expected)
        return
    approval = log.approved.get(each.number)
    if approval is None:
        report.holds(part, "proposed", number=each.number)
        return
    if approval.content_sha256 != each.content_sha256 or approval.pseudonym == each.pseudonym:
        report.fails(
            part, "wrong_publication", index=approval.at, kind="final.approved", number=each.number,
            why="one person" if approval.pseudonym == each.pseudonym else "≠ final.proposed",
        )  # fmt: skip
    report.holds(part, "final", number=each.number, size=each.size)


def _check_snapshot_file(source: Source, each: Publication, whole: Whole, part: str, report: Report) -> None:
    """Where a bundle has the published result as a file, say which of its figures are not the sum of the protocols."""
    if not isinstance(source, Folder):
        return
    pattern = f"snapshots/{each.election}/{each.kind}-{each.number}.*.json"
    for path in source.folder.parent.glob(pattern):
        try:
            contests = json.loads(path.read_bytes())["contests"]
            found = {
                (contest, area): (tally["figures"], tally["stations"])
                for contest, content in contests.items()
                for area, tally in content["tallies"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
            report.fails(part, "unreachable", what=path.name, why=reason)
            continue
        for key in sorted(whole.sums.keys() | found.keys()):
            _compare_sums(each, whole, key, found.get(key), part=part, report=report)


def _compare_sums(
    each: Publication, whole: Whole, key: tuple[str, str], found: Any, *, part: str, report: Report
) -> None:
    expected = whole.sums.get(key)
    if expected is not None and found is not None and expected == (list(found[0]), list(found[1])):
        return
    contest, area = key
    names = (*whole.package.contests[contest].codes, "expected", "reported", "held", "annulled")
    right = [*expected[0], *expected[1]] if expected else [None] * len(names)
    stands = [*found[0], *found[1]] if found else [None] * len(names)
    for name, one, other in zip(names, right, stands, strict=False):
        if one != other:
            report.fails(
                part, "where_not_the_sum", what=each.kind, number=each.number, contest=contest, area=area, figure=name,
                found=other, expected=one,
            )  # fmt: skip


def _check_copies(copies: Sequence[Copy], verified: Verified) -> None:
    if not copies:
        return
    report = verified.report
    elections = [log for log in verified.reading.elections.values() if log.package]
    if not elections:
        return
    # Of several elections in one log, the last loaded is the one whose copies are at hand.
    log = elections[-1]
    for copy in copies:
        try:
            compared = compare(copy, log)
        except ValueError as reason:
            report.fails("copies", "copy_bad", line=copy.line, why=reason)
            continue
        verified.compared.append(compared)
        if compared.different:
            report.fails("copies_differ", "copy_differs", compared=compared)
    outcomes = Counter(outcome_of(compared) for compared in verified.compared)
    report.results.append(
        Result(
            "told", "copies",
            {"agree": outcomes["agree"], "differ": outcomes["differ"], "absent": outcomes["absent"]},
        )
    )  # fmt: skip


def outcome_of(compared: Compared) -> str:
    if compared.at < 0:
        return "absent"
    return "differ" if compared.different else "agree"


# ---------------------------------------------------------------------------------------------------------------------
# On the command line.


def sentence(result: Result, language: str) -> str:
    """Return what was found as a sentence."""
    values = dict(result.values)
    if "what" in values and result.key in ("not_the_sum", "where_not_the_sum"):
        values["what"] = in_words(f"word_{values['what']}", language)
    if isinstance(values.get("compared"), Compared):
        compared: Compared = values["compared"]
        values |= {"contest": compared.copy.contest, "station": compared.copy.station, "index": compared.at}
        values["what"] = "; ".join(
            in_words("copy_figure", language, code=code, own=own, logged=logged)
            for code, (own, logged) in compared.different.items()
        )
    return in_words(result.key, language, **values)


def written(report: Report, language: str) -> Iterator[str]:
    """Yield the lines of a report."""
    width = max(len(in_words(status, language)) for status in ("holds", "fails", "open", "told"))
    for result in report.results:
        yield f"{in_words(result.status, language):<{width}}  {sentence(result, language)}"
    if report.failures > _SHOWN_AT_MOST:
        yield " " * (width + 2) + in_words("more", language, count=report.failures - _SHOWN_AT_MOST)


def results_in_words(verified: Verified, language: str) -> Iterator[str]:
    """Yield the national result of every contest with a list, as the log has it."""
    for whole in verified.wholes:
        for code, contest in whole.package.contests.items():
            if contest.kind != "party_list" or (code, whole.nation) not in whole.sums:
                continue
            figures, counts = whole.sums[code, whole.nation]
            yield ""
            yield in_words("sum_of", language, contest=code, stations=counts[1], expected=counts[0], size=whole.size)
            votes = {each.code: figures[contest.positions[f"votes:{each.code}"]] for each in contest.choices}
            seats = whole.seats.get(code, Seats({}))
            for choice, number in sorted(votes.items(), key=lambda each: -each[1]):
                percent = f"{100 * number / (sum(votes.values()) or 1):.2f}"
                line = in_words("sum_line", language, votes=number, percent=percent, seats=seats.of.get(choice, 0))
                yield f"  {choice:<24} {line}"
            if seats.by_lots:
                yield "  " + in_words("lots", language, count=seats.by_lots)


def _sums_as_data(whole: Whole) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {contest: {} for contest in whole.package.contests}
    for (contest, area), (figures, counts) in whole.sums.items():
        codes = whole.package.contests[contest].codes
        told[contest][area] = {"stations": counts, "figures": dict(zip(codes, figures, strict=True))}
    for contest, seats in whole.seats.items():
        told[contest]["seats"] = seats.of
    return told


def as_data(verified: Verified) -> dict[str, Any]:
    """Return everything that was found as data."""
    checkpoint = verified.checkpoint
    return {
        "ok": verified.report.ok,
        "checkpoint": checkpoint.note if checkpoint else None,
        "failures": verified.report.failures,
        "results": [
            {"status": each.status, "key": each.key, "sentence": sentence(each, "en")}
            for each in verified.report.results
        ],
        "elections": {whole.package.election: _sums_as_data(whole) for whole in verified.wholes},
        "copies": [
            {
                "contest": each.copy.contest, "station": each.copy.station, "outcome": outcome_of(each),
                "state": each.state, "index": each.at, "entry_sha256": each.entry_sha256,
                "different": {code: {"own": own, "logged": logged} for code, (own, logged) in each.different.items()},
            }
            for each in verified.compared
        ],
    }  # fmt: skip


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Verifies a Hattama log and every result that follows from it.",
        epilog="Тілі / язык / language: --language kk|ru|en",
    )
    parser.add_argument("where", nargs="?", help="address of the site, or a folder: a bundle, or its log/")
    parser.add_argument("--vkey", help="the log's public key, or a file with it")
    parser.add_argument("--old", action="append", default=[], metavar="FILE", help="an older checkpoint somebody kept")
    parser.add_argument("--keep", metavar="FILE", help="hold against the checkpoint kept here, then keep the new one")
    parser.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="a witness that must have cosigned"
    )
    parser.add_argument("--copies", metavar="CSV", help="own copies of protocols: station[,contest], figures by code")
    parser.add_argument("--contest", metavar="CODE", help="the contest of copies that name none")
    parser.add_argument("--proofs", metavar="FOLDER", help="write a proof for every copy whose protocol is in")
    parser.add_argument("--proof", metavar="FILE", help="check this .tlog-proof alone")
    parser.add_argument(
        "--entry", metavar="FILE", help="the entry that --proof is about, if the proof does not hold it"
    )
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--json", action="store_true", help="tell everything as JSON")
    options = parser.parse_args(argv)
    if not options.where and not options.proof:
        parser.error("name a site or a folder, or a proof")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Verify what the command line names; return the exit code."""
    options = _arguments(argv)
    try:
        return _prove(options) if options.proof else _verify(options)
    except (Unreachable, OSError) as reason:
        print(reason, file=sys.stderr)
    except BadKey:
        print("This is not the vkey of a log: name+id+key", file=sys.stderr)
    except (ValueError, UnicodeDecodeError) as reason:
        print(reason, file=sys.stderr)
    return 2


def _given_key(given: str | None) -> LogKey | None:
    if not given:
        return None
    try:
        return LogKey.of(given)
    except BadKey:
        path = Path(given)
        return LogKey.of(path.read_text()) if path.is_file() else LogKey.of(given)


def _verify(options: argparse.Namespace) -> int:
    # Nothing that is read here refers back to itself: looking for circles would take a fifth of the time.
    gc.disable()
    old = [Old(name, Path(name).read_text()) for name in options.old]
    keep = Path(options.keep) if options.keep else None
    if keep and keep.is_file():
        old.append(Old(str(keep), keep.read_text()))
    copies = []
    if options.copies:
        copies = list(read_copies(Path(options.copies).read_text(encoding="utf-8-sig"), options.contest))
    verified = verify(
        source_of(options.where), _given_key(options.vkey), old=old, copies=copies,
        witnesses=[LogKey.of(witness) for witness in options.witness],
    )  # fmt: skip
    report = verified.report
    if options.proofs and verified.checkpoint:
        _write_proofs(Path(options.proofs), verified)
    # What does not hold replaces nothing that was kept: it may be the only proof.
    if keep and verified.checkpoint and not report.has_failed("signature") and not report.has_failed("history"):
        keep.write_text(verified.checkpoint.note)
    if options.json:
        print(json.dumps(as_data(verified), ensure_ascii=False))
    else:
        for line in (*written(report, options.language), *results_in_words(verified, options.language)):
            print(line)
        print()
        print(in_words("all_holds" if report.ok else "some_fails", options.language, count=report.failures))
    return 0 if report.ok else 1


def _write_proofs(folder: Path, verified: Verified) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for compared in verified.compared:
        if compared.at >= 0 and verified.checkpoint:
            name = f"{compared.copy.contest}.{compared.copy.station}.tlog-proof"
            (folder / name).write_text(proof_file(verified.tree, compared.at, verified.checkpoint.note))


def _prove(options: argparse.Namespace) -> int:
    key = _given_key(options.vkey)
    if key is None:
        raise BadKey("")
    entry = Path(options.entry).read_bytes() if options.entry else None
    try:
        index, size, entry = check_proof(Path(options.proof).read_text(), key, entry)
    except ValueError as reason:
        print(in_words("bad_proof", options.language, what=options.proof, why=reason))
        return 1
    print(in_words("proof", options.language, index=index, size=size, key=key.name))
    print(entry.decode(errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
