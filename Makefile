.venv: uv.lock pyproject.toml
	uv sync --frozen
	touch .venv
