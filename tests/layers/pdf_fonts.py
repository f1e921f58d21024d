"""Fonts of a PDF that are not embedded."""

from __future__ import annotations

from pypdf import PdfReader

__all__ = ["unembedded_fonts"]


def unembedded_fonts(reader: PdfReader) -> list[str]:
    """Fonts of a PDF without their file inside."""
    missing = []
    for page in reader.pages:
        fonts = page["/Resources"].get_object().get("/Font", {})
        for font in fonts.get_object().values() if fonts else ():
            inner = font.get_object()
            for part in inner.get("/DescendantFonts", [inner]):
                descriptor = part.get_object().get("/FontDescriptor")
                held = descriptor.get_object().keys() if descriptor else ()
                if not {"/FontFile2", "/FontFile3", "/FontFile"} & set(held):
                    missing.append(str(inner.get("/BaseFont")))
    return missing
