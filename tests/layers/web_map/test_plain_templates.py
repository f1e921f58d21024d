"""A text without anything to fill in is rendered as Jinja renders it."""

from __future__ import annotations

import jinja2
import pytest
from branca.element import Element

from layers.web_map.plain_templates import use_plain_templates


@pytest.mark.parametrize(
    "text",
    ["", "a", "a\n", "a\n\n", "\n", "f({a: {b: 1}});", "{ {", "{{ 2 * 3 }}",
     "{% if 1 %}x{% endif %}", "{# no #}y"],
)  # fmt: skip
def test_the_same_as_jinja(text: str) -> None:
    use_plain_templates()
    assert Element(text).render() == jinja2.Template(text).render()
