"""A server with small limits and short time-outs below the application, which tests reach quickly."""

from app.cli import app
from app.web.guarding import bounds

HEAD_WITHIN = 1.5

if __name__ == "__main__":
    bounds.HEAD_WITHIN = HEAD_WITHIN
    bounds.BODY_WITHIN = 6.0
    bounds.BODY_GRACE = 1.0
    bounds.REST_WITHIN = 1.0
    bounds.IDLE_WITHIN = 3
    bounds.UNREAD_WITHIN = 2.0
    bounds.REFUSED_WITHIN = 1.0
    bounds.LOOK_EVERY = 0.1
    app()
