"""The server of the app, as a process that ends with the command that started it.

Run as ``python -m cli.app_server PARENT ARGUMENT...``, with the arguments of `streamlit`.
"""

from __future__ import annotations

import sys

from geo.base.processes.children import end_with_parent

__all__ = ["main"]


def main() -> None:
    """Run Streamlit until it is stopped."""
    end_with_parent(int(sys.argv[1]))
    from streamlit.web.cli import main as streamlit

    sys.argv = ["streamlit", *sys.argv[2:]]
    streamlit()


if __name__ == "__main__":
    main()
