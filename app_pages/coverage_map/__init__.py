"""The map of the Coverage page: view, scene, controls, legend and search box."""
