"""The ways into the program: command line, hosts, batch queue."""
