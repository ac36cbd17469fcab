"""What do the bytes of a certificate, a key or a PFX say? Bytes in, facts out: no Django, no database, no network."""
