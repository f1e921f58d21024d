"""Child processes that end with their parent, the fork server, the Job Objects of Windows."""
