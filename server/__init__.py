"""Sign-in, grants, limits and audit of an office's server, without Streamlit."""
