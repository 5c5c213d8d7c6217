"""The process boundary: the protocol, its client (standard library alone) and the worker's server."""
