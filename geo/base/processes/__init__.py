"""Child processes that end with their parent, and the Job Objects of Windows."""
