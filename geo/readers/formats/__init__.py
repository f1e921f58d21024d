"""One module a file format, and the detection of the format by its bytes."""
