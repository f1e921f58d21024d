"""Colours, symbols, fonts and escaping that all drawings share."""
