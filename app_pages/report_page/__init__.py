"""Parts of the Report page: the check of a document that was edited."""
