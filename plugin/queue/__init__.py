"""The batch render queue: many shots unattended, on this machine, on Dask workers or on an OpenJD farm."""
