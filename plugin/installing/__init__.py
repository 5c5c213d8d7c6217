"""stfam into the hosts: what is packed, where hosts are found, `stfam hosts`."""
