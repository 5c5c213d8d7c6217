"""Farms: Dask workers on this machine, one task on any farm, and a farm on paper."""
