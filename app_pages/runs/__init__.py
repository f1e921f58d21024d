"""Heavy work of the pages: in a worker process of a server, in a thread on a laptop."""
