"""What every package may use: errors, messages, files, cache, progress, jobs, array helpers."""
