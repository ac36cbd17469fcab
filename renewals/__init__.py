"""Who looks after the certificates of the firm's clients? This application, the only one with tables."""
