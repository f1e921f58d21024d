"""The files that an office gives for its report, read in a child process."""
