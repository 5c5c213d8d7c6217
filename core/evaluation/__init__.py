"""How good the mattes are: metrics, baselines, tables."""
