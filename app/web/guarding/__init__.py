"""What bounds the server below the application.

uvicorn hands a request to the application once its head is complete, and waits for that, for the body and
for the client to read the answer as long as the client likes. Here its two protocol classes are extended:
heads and bodies have a size and a time, connections are counted by address and in all, and a client that
does not read is let go. `app/web/serving.py` gives the classes to uvicorn. What a request may contain is
decided elsewhere: the application's own limits begin where the head of a request is complete.
"""
