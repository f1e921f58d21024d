"""The indicator behind a layer's limit: who names it, where, and whether that text was read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.study.languages import Text

__all__ = ["SET_BY_OFFICE", "Indicator"]


class Indicator(BaseModel):
    """``indicator`` of a layer.

    Attributes
    ----------
    authority, document, clause : Text
        Who names the limit, in which document, under which name or number.
    version : str
        The year or date of the document.
    verified : str
        ``yes``: the document itself was read; ``secondary``: it is quoted by others; ``office``:
        the office has set the limit.
    pass_line : float, optional
        The share (0 to 1) from which on the indicator is passed; ``pass`` in study.toml.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)

    authority: Text = ""
    document: Text = ""
    clause: Text = ""
    version: str = ""
    verified: Literal["yes", "secondary", "office"] = "office"
    pass_line: Annotated[float | None, Field(gt=0, le=1)] = Field(
        default=None, alias="pass", strict=False
    )


SET_BY_OFFICE = Indicator()
