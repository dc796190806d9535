"""A response's body, decoded within bounds: never a byte more than allowed is made (A8.3–A8.6)."""

import zlib
from collections.abc import AsyncIterator
from typing import Any, Final, Protocol

import brotli

from ..model import FailureKind
from .limits import Limits

_STEP: Final = 256 << 10


class BodyError(Exception):
    """Why a body could not be had."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class _Decoder(Protocol):
    def feed(self, data: bytes) -> bytes: ...
    def more(self) -> bytes: ...
    def finished(self) -> bool: ...


class _Zlib:
    """gzip (also in several members) and deflate, a bounded step at a time."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._inner = zlib.decompressobj(window)
        self._any = False

    def feed(self, data: bytes) -> bytes:
        if self._inner.eof:
            if not data.startswith(b"\x1f\x8b"):
                return b""  # padding behind the end is ignored, as browsers do
            self._inner = zlib.decompressobj(self._window)
        out = self._inner.decompress(data, _STEP)
        self._any = self._any or bool(out)
        return out

    def more(self) -> bytes:
        if self._inner.unconsumed_tail:
            return self._inner.decompress(self._inner.unconsumed_tail, _STEP)
        if self._inner.eof and (rest := self._inner.unused_data):
            return self.feed(rest) if rest.startswith(b"\x1f\x8b") else b""
        return b""

    def finished(self) -> bool:
        return self._inner.eof


class _Brotli:
    """br, a bounded step at a time."""

    def __init__(self) -> None:
        self._inner: Any = brotli.Decompressor()

    def feed(self, data: bytes) -> bytes:
        return bytes(self._inner.process(data, output_buffer_limit=_STEP))

    def more(self) -> bytes:
        if self._inner.can_accept_more_data():
            return b""
        return bytes(self._inner.process(b"", output_buffer_limit=_STEP))

    def finished(self) -> bool:
        return bool(self._inner.is_finished())


def _decoder(coding: str) -> _Decoder | None:
    match coding:
        case "gzip" | "x-gzip":
            return _Zlib(31)
        case "deflate":
            return _Zlib(15)
        case "br":
            return _Brotli()
    return None


async def read_body(
    chunks: AsyncIterator[bytes], coding: str, limits: Limits
) -> tuple[bytes, int, bool]:
    """The decoded body, its size on the wire, and whether it was plain though a coding was named.

    Raises BodyError: too_large, bad_coding, truncated.
    """
    codings = [part.strip().lower() for part in coding.split(",") if part.strip()]
    codings = [part for part in codings if part != "identity"]
    if len(codings) > 1:
        raise BodyError(FailureKind.BAD_CODING, f"more than one Content-Encoding: {coding[:80]}")
    decoder = _decoder(codings[0]) if codings else None
    if codings and decoder is None:
        raise BodyError(FailureKind.BAD_CODING, f"unknown Content-Encoding: {coding[:80]}")
    out = bytearray()
    wire = 0
    plain = False
    async for chunk in chunks:
        wire += len(chunk)
        if wire > limits.max_wire:
            raise BodyError(FailureKind.TOO_LARGE, f"more than {limits.max_wire} bytes sent")
        if decoder is None:
            out += chunk
            _within(out, wire, limits)
            continue
        try:
            step = decoder.feed(chunk)
            while step:
                out += step
                _within(out, wire, limits)
                step = decoder.more()
        except (zlib.error, brotli.error) as wrong:
            if out or wire != len(chunk):
                raise BodyError(FailureKind.BAD_CODING, f"broken {codings[0]}: {wrong}") from None
            # A coding is named, and the body is plain: servers do that (A8.5).
            plain, decoder = True, None
            out += chunk
    if decoder is not None and wire and not decoder.finished():
        raise BodyError(FailureKind.TRUNCATED, f"the {codings[0]} body ends in the middle")
    return bytes(out), wire, plain


def _within(out: bytearray, wire: int, limits: Limits) -> None:
    if len(out) > limits.max_body:
        raise BodyError(FailureKind.TOO_LARGE, f"more than {limits.max_body} bytes decoded")
    if len(out) > limits.max_ratio_from and len(out) > limits.max_ratio * wire:
        raise BodyError(
            FailureKind.TOO_LARGE, f"grows more than {limits.max_ratio} times in decoding"
        )
