"""The Scenarios page: the list, the changes of a scenario, the map, before and after."""
