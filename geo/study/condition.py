"""The language of conditions, by which the rule `rate` decides when an object is met.

    condition  = and { "or" and }
    and        = negation { "and" negation }
    negation   = "not" negation | "(" condition ")" | comparison
    comparison = operand ("=" | "!=" | "<" | "<=" | ">" | ">=") operand
               | operand ["not"] "in" "(" constant { "," constant } ")"
    operand    = column | constant
    constant   = number | text | date

A column is a word, or anything in backquotes (`` `人口(人)` ``). A text stands in single or double
quotes, a date is 2026-03-04. Signs of Chinese keyboards (（ ） ， ＝ ≤ “ ”) are understood. A
condition is only ever compared with cells; nothing in it can be called or evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from geo.base.errors import StudyError
from geo.base.messages import one_line

__all__ = ["And", "Column", "Comparison", "Constant", "Node", "Not", "Or", "columns_of", "parse"]

# Deeper nesting than anybody writes; the parser is recursive.
_DEEPEST = 50
_SHOWN = 20
# Signs of Chinese keyboards, outside of texts and quoted names.
_SIGNS = str.maketrans("（），＝！＜＞", "(),=!<>")
_OPERATORS = {"==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">="}
_CLOSING = {"'": "'", '"': '"', "“": "”", "‘": "’", "`": "`"}
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<date>\d{4}-\d{2}-\d{2}(?!\w))
      | (?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w))
      | (?P<word>\w+)
      | (?P<sign><=|>=|!=|<>|==|[=<>≠≤≥(),])
      | (?P<quote>['"“‘`])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Column:
    """The cells of a column."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A number, a text or a date, the same for every object."""

    value: float | str | date


Operand = Column | Constant


@dataclass(frozen=True)
class Comparison:
    """`left` compared with `right`; the operator ``in`` is met by any of several."""

    left: Operand
    operator: str
    right: tuple[Operand, ...]


@dataclass(frozen=True)
class And:
    """Met if all parts are."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Met if any part is."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """Met if the part is not."""

    part: Node


Node = Comparison | And | Or | Not


def parse(text: str) -> Node:
    """Parse a condition.

    Raises
    ------
    StudyError
        ``condition_*``, without a field, with the position (from 1) of what is wrong.

    Examples
    --------
    >>> columns_of(parse("started = '是' and homes >= 10"))
    ('started', 'homes')
    """
    parser = _Parser(_tokens(text))
    node = parser.condition()
    parser.expect_end()
    if not columns_of(node):
        _refuse_at("condition_no_column", 0, text)
    return node


def columns_of(node: Node) -> tuple[str, ...]:
    """Return the columns that a condition reads, each once, in their order."""
    if isinstance(node, Not):
        found = list(columns_of(node.part))
    elif isinstance(node, And | Or):
        found = [name for part in node.parts for name in columns_of(part)]
    else:
        operands = (node.left, *node.right)
        found = [operand.name for operand in operands if isinstance(operand, Column)]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class _Token:
    kind: str  # date, number, word, sign, text, column, end
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    """Cut the text into tokens; the last one is the end."""
    found: list[_Token] = []
    at = 0
    # One sign each, so positions stay.
    plain = text.translate(_SIGNS)
    while plain[at:].strip():
        match = _TOKEN.match(plain, at)
        if match is None:
            start = at + len(plain[at:]) - len(plain[at:].lstrip())
            _refuse_at("condition_character", start, text[start])
        kind, start = str(match.lastgroup), match.start(str(match.lastgroup))
        at = match.end()
        value = match[kind]
        if kind == "quote":
            end = text.find(_CLOSING[value], at)
            if end < 0:
                _refuse_at("condition_text_open", start, text[start:])
            kind, value = ("column" if value == "`" else "text"), text[at:end]
            at = end + 1
        found.append(_Token(kind, _OPERATORS.get(value, value), start))
    return [*found, _Token("end", "", len(text))]


def _refuse_at(code: str, at: int, value: str) -> NoReturn:
    raise StudyError(code, at=at + 1, value=one_line(value, _SHOWN) or "-")


class _Parser:
    """Recursive descent; the depth is bounded."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._next, self._depth = tokens, 0, 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _refuse_here(self, code: str) -> NoReturn:
        _refuse_at(code, self._token.at, self._token.text)

    def _taken(self) -> _Token:
        token = self._token
        self._next += 1
        return token

    def _is(self, text: str, kind: str) -> bool:
        return self._token.kind == kind and self._token.text.lower() == text

    def _skip(self, text: str, kind: str = "sign") -> bool:
        """Whether the next token is this one, which is then passed."""
        if not self._is(text, kind):
            return False
        self._next += 1
        return True

    def condition(self) -> Node:
        parts = [self._all()]
        while self._skip("or", "word"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def expect_end(self) -> None:
        if self._token.kind != "end":
            self._refuse_here("condition_rest")

    def _all(self) -> Node:
        parts = [self._negation()]
        while self._skip("and", "word"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negation(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._refuse_here("condition_deep")
        if self._skip("not", "word"):
            found: Node = Not(self._negation())
        elif self._skip("("):
            found = self.condition()
            self._close()
        else:
            found = self._comparison()
        self._depth -= 1
        return found

    def _close(self) -> None:
        if not self._skip(")"):
            self._refuse_here("condition_no_bracket")

    def _comparison(self) -> Comparison:
        left = self._operand()
        if self._skip("not", "word"):
            if not self._skip("in", "word"):
                self._refuse_here("condition_no_operator")
            return Comparison(left, "not in", self._listed())
        if self._skip("in", "word"):
            return Comparison(left, "in", self._listed())
        if self._token.kind != "sign" or self._token.text in "(),":
            called = self._is("(", "sign") and isinstance(left, Column)
            code = "condition_call" if called else "condition_no_operator"
            self._refuse_here(code)
        return Comparison(left, self._taken().text, (self._operand(),))

    def _listed(self) -> tuple[Operand, ...]:
        if not self._skip("("):
            self._refuse_here("condition_no_list")
        found = [self._constant()]
        while self._skip(","):
            found.append(self._constant())
        self._close()
        return tuple(found)

    def _constant(self) -> Constant:
        operand = self._operand()
        if isinstance(operand, Column):
            self._next -= 1
            self._refuse_here("condition_list_column")
        return operand

    def _operand(self) -> Operand:
        token = self._token
        keyword = token.kind == "word" and token.text.lower() in ("and", "or", "not", "in")
        if keyword or token.kind in ("sign", "end"):
            self._refuse_here("condition_no_value")
        self._next += 1
        if token.kind in ("word", "column"):
            if self._is("(", "sign"):
                self._refuse_here("condition_call")
            return Column(token.text)
        if token.kind == "number":
            return Constant(float(token.text))
        if token.kind == "date":
            try:
                return Constant(date.fromisoformat(token.text))
            except ValueError:
                _refuse_at("condition_no_date", token.at, token.text)
        return Constant(token.text.strip())
