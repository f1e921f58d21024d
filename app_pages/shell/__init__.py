"""Parts that all pages share: frame, session state, jobs, HTML pieces, served files."""
