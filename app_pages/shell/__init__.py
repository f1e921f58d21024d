"""What all pages share: frame, state, jobs, downloads, address."""
