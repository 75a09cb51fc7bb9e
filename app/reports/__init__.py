"""Reports: aggregated data of the other domains. Owns nothing and changes nothing."""
