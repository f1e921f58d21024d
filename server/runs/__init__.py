"""Heavy runs in worker processes: a bounded queue, fair between users, with limits."""
