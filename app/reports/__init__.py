"""Reports: what the other domains know, added up. Owns nothing and changes nothing."""
