"""`python -m cli` is the command `quarterhour`."""

from cli import main

if __name__ == "__main__":
    raise SystemExit(main())
