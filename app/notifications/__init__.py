"""Notifications: messages to people outside, by e-mail.

Owns what was to be said to whom, when it went out and what came in its way. A message is written in the
transaction of what it tells of, and sent after it, again and again until it is taken or given up. Its words
are made when it is sent, so that no link that opens something is stored. Sends nothing where no mail server
is set.
"""
