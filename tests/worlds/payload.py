"""Text that runs wherever it is taken for HTML or for a template literal."""

from __future__ import annotations

__all__ = ["PAYLOAD"]

PAYLOAD = "<img src=x onerror=alert(1)>`${alert(2)}</script><script>alert(3)</script>"
