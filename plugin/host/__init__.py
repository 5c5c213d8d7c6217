"""What a host is to stfam, and the way of one shot through it (standard library only)."""
