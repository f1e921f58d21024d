"""The folder for an installation without internet, and the files that come with the program."""
