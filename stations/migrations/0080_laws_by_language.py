"""The law that a check or a quota comes from is named in each language; so far one text stood for all of them."""

from django.db import migrations, models

_SAME_IN_ALL = "UPDATE stations_formcheck SET law_kk = law_en, law_ru = law_en"

_QUOTAS = """
    UPDATE stations_election SET quotas = (
        SELECT jsonb_agg({changed} ORDER BY place)
        FROM jsonb_array_elements(quotas) WITH ORDINALITY AS each (quota, place)
    )
    WHERE quotas <> '[]'
"""
_TO_THREE = _QUOTAS.format(
    changed="""
        (quota - 'law') || jsonb_build_object('law_en', quota -> 'law', 'law_kk', quota -> 'law', 'law_ru', quota -> 'law')
    """
)
_TO_ONE = _QUOTAS.format(
    changed="(quota - '{law_en,law_kk,law_ru}'::text[]) || jsonb_build_object('law', quota -> 'law_en')"
)


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0070_days_to_certify"),
    ]

    operations = [
        # Renamed, so that the right to amend it stays with the column.
        migrations.RenameField(model_name="formcheck", old_name="law", new_name="law_en"),
        migrations.AddField(
            model_name="formcheck",
            name="law_kk",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="formcheck",
            name="law_ru",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.RunSQL(_SAME_IN_ALL, migrations.RunSQL.noop),
        migrations.RunSQL(_TO_THREE, _TO_ONE),
    ]
