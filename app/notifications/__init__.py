"""Notifications: messages to people outside the company, by e-mail.

Owns recipients, delivery status and errors of messages. A message is stored in the transaction of its cause
and sent afterwards, with retries. Its text is made when it is sent, so that secret links are not stored.
Nothing is sent without a configured mail server; in development `mailbox` then keeps mails as files.
"""
