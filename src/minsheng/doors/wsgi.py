"""The web application, as any WSGI server loads it: `minsheng.doors.wsgi:application`."""

from django.core.handlers.wsgi import WSGIHandler

from minsheng.cli.runtime import connect

connect()
application = WSGIHandler()
