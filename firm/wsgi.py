"""Where does gunicorn find the pages?"""

import os

from django.core.wsgi import get_wsgi_application

from firm.refusing import refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firm.settings")  # noqa: TID251  # gunicorn starts without manage.py

application = get_wsgi_application()
refuse_unsafe_settings()
