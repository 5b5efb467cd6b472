"""Sign-in with accounts that the school keeps elsewhere: OpenID Connect, CAS, and hand-over tickets."""
