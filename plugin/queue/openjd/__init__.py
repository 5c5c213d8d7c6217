"""Job bundles for farms that speak Open Job Description, AWS Deadline Cloud among them."""
