"""What an election loaded before a change of the tables holds after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stations.models import Election, FormCheck
from tests import scene

pytestmark = pytest.mark.django_db
ONE_LAW = "0070_days_to_certify"


def migrate(back_to: str = "") -> None:
    """Migrate this room back, or everything to what it is today."""
    with scene.as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        executor = MigrationExecutor(connection)
        executor.migrate([("stations", back_to)] if back_to else executor.loader.graph.leaf_nodes())


def test_a_law_that_was_one_text_stands_for_every_language(tmp_path: Path) -> None:
    scene.load(tmp_path / "package", candidates=3, quota=30)
    migrate(ONE_LAW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT law FROM stations_formcheck")
        assert cursor.fetchall() == [("Article 43",)]
    migrate()
    laws = ("law_en", "law_kk", "law_ru")
    assert set(FormCheck.objects.values_list(*laws)) == {("Article 43", "Article 43", "Article 43")}
    (quota,) = Election.objects.get().quotas
    assert [quota[law] for law in laws] == ["Article 89", "Article 89", "Article 89"] and "law" not in quota
    FormCheck.objects.update(law_en="Article 44", law_kk="44-бап", law_ru="статья 44")
