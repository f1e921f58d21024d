"""Questions about a computed study: another limit, a site on trial, the nearest sites, names."""
