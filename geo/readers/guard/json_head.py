"""The members of a JSON object, from the first bytes of its file."""

from __future__ import annotations

import json

__all__ = ["outermost_members"]

_BLANKS = " \t\r\n"


def outermost_members(head: bytes) -> list[str]:
    """Names of the members of the outermost object, as far as `head` goes.

    Parameters
    ----------
    head : bytes
        The beginning of a file. It may end anywhere, also within a value; the member of that value
        is the last one found.

    Returns
    -------
    list of str
        Empty where the text is no JSON object.

    Examples
    --------
    >>> outermost_members(b'{"version": 0.6, "osm3s": {"copyright": "x"}, "elements": [{"ty')
    ['version', 'osm3s', 'elements']
    """
    text = head.decode("utf-8", errors="replace")
    decoder = json.JSONDecoder()
    names: list[str] = []
    at = _after(text, 0, "{")
    try:
        while at >= 0 and text[at : at + 1] == '"':
            name, at = decoder.raw_decode(text, at)
            at = _after(text, at, ":")
            if at < 0:
                break
            names.append(name)
            _, at = decoder.raw_decode(text, at)
            at = _after(text, at, ",")
    except (ValueError, RecursionError):
        # The head ends here.
        return names
    return names


def _after(text: str, at: int, sign: str) -> int:
    """The next letter after `sign`, which must be the next one itself; else -1."""
    at = _skipped(text, at)
    return _skipped(text, at + 1) if text[at : at + 1] == sign else -1


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at
