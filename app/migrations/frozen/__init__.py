"""What migrations need of the application, as it was when they were written.

A migration must do the same whenever it runs. It imports what is here, and no code that changes with the
application. What is here is never changed.
"""
