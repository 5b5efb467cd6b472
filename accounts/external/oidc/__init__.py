"""OpenID Connect: allauth leads people there and back; here stands what of the answers is believed."""
