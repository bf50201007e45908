# What the image does is what the Makefile does: the same lock file, the same processes.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CONNECT_ENV=production
WORKDIR /app

COPY requirements/production.txt requirements/production.txt
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/production.txt

COPY . .
# collectstatic needs no secret and no server: these values live for this one line only
RUN python config/fresh_env.py > .env && python manage.py collectstatic --noinput && rm .env \
    && useradd --system --uid 10001 --no-create-home connect
USER 10001

EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "32", "--no-ws", "config.wsgi:application"]
