"""Files in: composition tables, Skolverket's export, the tables that come along."""
