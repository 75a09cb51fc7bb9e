"""Limits of the server below the application.

uvicorn passes a request to the application once its head is complete, and otherwise waits without limits for
the head, the body and the client's reading. Its two protocol classes are extended here: heads and bodies have
a maximum size and time, connections are counted by address and in total, and a client that does not read is
disconnected. `app/web/serving.py` passes the classes to uvicorn. Limits on the content of requests are in the
application and apply after the head of a request is complete.
"""
