"""The map in the browser, on the page and as a file of its own."""
