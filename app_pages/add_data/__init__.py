"""The steps of adding a file to a study."""
